#include "drivers/postgres/fingerprint/utility_secrets.hpp"

#include <array>

namespace pgmuster::postgres {

namespace {

/// Statements whose secrets and words may stand in any form, quoted or not.
constexpr std::array<std::string_view, 7> of_utilities{
  "alter", "create", "set", "comment", "security", "notify", "import"};

/// `ALTER SYSTEM SET a = …`: the value goes to the end.
constexpr std::array<std::string_view, 4> set_to_the_end{"system", "role",
                                                         "user", "database"};

constexpr std::array<std::string_view, 3> of_roles{"role", "user", "group"};

constexpr std::array<std::string_view, 3> before_an_option{"add", "set",
                                                           "drop"};

[[nodiscard]] bool is(const sql_token& token, std::string_view word) noexcept {
  return token.is == sql_token::kind::word && same_word(token.text, word);
}

} // namespace

bool utility_secrets::hides(const sql_token& token) {
  if (token.text == ";") {
    *this = {};
    return false;
  }
  switch (hidden_) {
  case hiding::nothing:
    break;
  case hiding::value:
    return hides_value(token);
  case hiding::options:
  case hiding::option_name:
  case hiding::option_value:
    return hides_option(token);
  case hiding::connection:
    hidden_ = is(token, "publication") ? hiding::nothing : hidden_;
    return hidden_ != hiding::nothing;
  case hiding::rest:
    return true;
  }
  note(token);
  return false;
}

bool utility_secrets::sets_to_the_end() const noexcept {
  return same_word(first_, "set")
         || (same_word(first_, "alter") && is_one_of(second_, set_to_the_end));
}

bool utility_secrets::hides_value(const sql_token& token) {
  if (token.is == sql_token::kind::sign) {
    return false;
  }
  hidden_ = hiding::nothing;
  return !is(token, "null");
}

bool utility_secrets::hides_option(const sql_token& token) {
  if (hidden_ == hiding::options) {
    hidden_ = token.text == "(" ? hiding::option_name : hiding::nothing;
  } else if (token.text == ")") {
    hidden_ = hiding::nothing;
  } else if (token.text == ",") {
    hidden_ = hiding::option_name;
  } else if (hidden_ == hiding::option_value) {
    return true;
  } else if (!is_one_of(token.text, before_an_option)) {
    hidden_ = hiding::option_value;
  }
  return false;
}

void utility_secrets::note(const sql_token& token) {
  if (token.text == "," && same_word(first_, "notify")) {
    hidden_ = hiding::rest;
  }
  if (token.is != sql_token::kind::word) {
    return;
  }
  const auto before = last_;
  last_ = token.text;
  if (first_.empty()) {
    first_ = token.text;
    return;
  }
  second_ = second_.empty() ? token.text : second_;
  if (is_one_of(first_, of_utilities)) {
    hidden_ = opened_by(token, before);
  }
}

utility_secrets::hiding
utility_secrets::opened_by(const sql_token& token,
                           std::string_view before) const {
  const bool of_role = is_one_of(second_, of_roles) || same_word(first_, "set");
  if ((of_role && is(token, "password"))
      || (is(token, "by") && same_word(before, "identified"))) {
    return hiding::value;
  }
  if (is(token, "options")) {
    return hiding::options;
  }
  if (is(token, "connection") && same_word(second_, "subscription")) {
    return hiding::connection;
  }
  const bool commented =
    same_word(first_, "comment") || same_word(first_, "security");
  return commented && is(token, "is") ? hiding::rest : hiding::nothing;
}

} // namespace pgmuster::postgres
