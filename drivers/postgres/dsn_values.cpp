// The words are libpq's own, of its newest release: an older one refuses those
// that it does not know when it connects.
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
};

constexpr std::array choices{
  choice{"sslmode", "disable, allow, prefer, require, verify-ca, verify-full"},
  choice{"channel_binding", "disable, prefer, require"},
  choice{"target_session_attrs",
         "any, read-write, read-only, primary, standby, prefer-standby"},
  choice{"ssl_min_protocol_version", "TLSv1, TLSv1.1, TLSv1.2, TLSv1.3"},
  choice{"ssl_max_protocol_version", "TLSv1, TLSv1.1, TLSv1.2, TLSv1.3"},
  choice{"gssencmode", "disable, prefer, require"},
  choice{"sslsni", "0, 1"},
  choice{"keepalives", "0, 1"},
};

constexpr std::array<std::string_view, 5> numbers{
  "keepalives_idle", "keepalives_interval", "keepalives_count",
  "tcp_user_timeout", "connect_timeout"};

constexpr std::array<std::string_view, 3> lists{"host", "hostaddr", "port"};

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

bool is_number(std::string_view text) {
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
  for (const auto& [option, words] : choices) {
    if (refused(option, [words = words](std::string_view value) {
          return is_among(words, value);
        })) {
      return fail(errc::bad_dsn,
                  fmt::format("its {} is none of {}", option, words));
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
