// Values as PostgreSQL takes them: a bare number of a time-out is milliseconds.
#include "loadtest/simulator/wire/session_settings.hpp"

#include "config/units.hpp"
#include "loadtest/simulator/wire/sql_outline.hpp"

#include <charconv>

namespace pgmuster::loadtest {

namespace {

std::optional<milliseconds> timeout_of(std::string_view value) {
  std::int64_t number = 0;
  const auto* const end = value.data() + value.size();
  const auto [stop, status] = std::from_chars(value.data(), end, number);
  if (status == std::errc{} && stop == end) {
    return milliseconds{number};
  }
  if (same_word(value, "default")) {
    return milliseconds{0};
  }
  const auto parsed = parse_duration(value);
  return parsed ? std::optional{*parsed} : std::nullopt;
}

bool is_true(std::string_view value) noexcept {
  return same_word(value, "on") || same_word(value, "true")
         || same_word(value, "yes") || value == "1";
}

} // namespace

bool session_settings::apply(std::string_view statement) {
  const auto change = setting_of(statement);
  if (!change) {
    return false;
  }
  if (same_word(change->name, "statement_timeout")) {
    const auto timeout = timeout_of(change->value);
    if (timeout && change->local) {
      local_timeout_ = timeout;
    } else if (timeout) {
      timeout_ = *timeout;
    }
  } else if (same_word(change->name, "client_min_messages")) {
    warnings_ = !same_word(change->value, "error");
  } else if (same_word(change->name, "default_transaction_read_only")) {
    read_only_ = is_true(change->value);
  }
  return same_word(change->name, "application_name");
}

} // namespace pgmuster::loadtest
