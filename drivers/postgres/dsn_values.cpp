// What libpq 15 to 18 would refuse is refused here, and nothing else: an older
// one refuses words that it does not know when it connects.
#include "drivers/postgres/dsn_values.hpp"

#include "drivers/postgres/errc.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace pgmuster::postgres {

namespace {

struct choice {
  std::string_view option;
  std::string_view words;
  bool any_case = false;
};

constexpr auto versions = "TLSv1, TLSv1.1, TLSv1.2, TLSv1.3";

constexpr std::array choices{
  choice{"sslmode", "disable, allow, prefer, require, verify-ca, verify-full"},
  choice{"channel_binding", "disable, prefer, require"},
  choice{"target_session_attrs",
         "any, read-write, read-only, primary, standby, prefer-standby"},
  choice{"ssl_min_protocol_version", versions, true},
  choice{"ssl_max_protocol_version", versions, true},
  // We ask for none, so that one that is demanded would be in vain.
  choice{"gssencmode", "disable, prefer"},
};

constexpr std::array<std::string_view, 5> numbers{
  "keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count",
  "tcp_user_timeout"};

constexpr std::array<std::string_view, 3> lists{"host", "hostaddr", "port"};

std::string in_lower_case(std::string_view text) {
  std::string lower{text};
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32)
                                          : letter;
  });
  return lower;
}

bool is_among(std::string_view words, std::string_view value) {
  for (std::size_t at = 0; at < words.size();) {
    const auto end = std::min(words.find(", ", at), words.size());
    if (words.substr(at, end - at) == value) {
      return true;
    }
    at = end + 2;
  }
  return false;
}

/// Blanks around it and a sign are libpq's, too.
bool is_number(std::string_view text) {
  constexpr std::string_view blanks = " \t\n\v\f\r";
  text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
  text = text.substr(0, text.find_last_not_of(blanks) + 1);
  if (text.starts_with('+') && !text.starts_with("+-")) {
    text.remove_prefix(1);
  }
  int number = 0;
  const auto* const end = text.data() + text.size();
  const auto [stop, status] = std::from_chars(text.data(), end, number);
  return status == std::errc{} && stop == end;
}

} // namespace

result<void> check_dsn_values(const option_map& options) {
  const auto refused = [&](std::string_view option, const auto& good) {
    const auto found = options.find(std::string{option});
    return found != options.end() && !good(std::string_view{found->second});
  };
  for (const auto option : lists) {
    if (refused(option, [](std::string_view value) {
          return value.find(',') == value.npos;
        })) {
      return fail(errc::bad_dsn,
                  fmt::format("its {} is a list: a target is one server, give "
                              "each a target of its own",
                              option));
    }
  }
  for (const auto& one : choices) {
    if (refused(one.option, [&one](std::string_view value) {
          return one.any_case
                   ? is_among(in_lower_case(one.words), in_lower_case(value))
                   : is_among(one.words, value);
        })) {
      return fail(errc::bad_dsn,
                  fmt::format("its {} is none of {}", one.option, one.words));
    }
  }
  for (const auto option : numbers) {
    if (refused(option, is_number)) {
      return fail(errc::bad_dsn, fmt::format("its {} is not a number", option));
    }
  }
  return {};
}

} // namespace pgmuster::postgres
