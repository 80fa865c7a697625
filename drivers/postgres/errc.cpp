// The words of each errc, and the SQLSTATEs that policy tells apart.
#include "drivers/postgres/errc.hpp"

#include <array>
#include <string>
#include <string_view>

namespace pgmuster::postgres {

namespace {

constexpr std::array<std::string_view, 21> words{
  "success",
  "the DSN cannot be read",
  "the password's source cannot be read",
  "the name did not resolve",
  "connection refused",
  "timed out",
  "TLS failed",
  "authentication failed",
  "no such database",
  "the server has no connection to spare",
  "the server is starting or stopping",
  "the connection was lost",
  "the peer does not speak the protocol",
  "a right is missing",
  "cancelled",
  "a lock was not available in time",
  "the result's shape has changed",
  "an object is missing",
  "the statement failed",
  "a limit of this process was reached",
  "the process is stopping"};

static_assert(words.size() == static_cast<std::size_t>(errc::stopping) + 1);

class postgres_category final : public std::error_category {
public:
  [[nodiscard]] const char* name() const noexcept override {
    return "postgres";
  }
  [[nodiscard]] std::string message(int value) const override {
    const auto index = static_cast<std::size_t>(value);
    return std::string{index < words.size() ? words[index] : "unknown"};
  }
};

struct sqlstate_rule {
  std::string_view prefix;
  errc code;
};

/// The first matching prefix decides (PostgreSQL's appendix A).
constexpr std::array<sqlstate_rule, 24> rules{{
  {"28", errc::authentication_failed}, {"3D000", errc::no_such_database},
  {"57P04", errc::no_such_database},   {"53300", errc::too_many_connections},
  {"57P01", errc::server_not_ready},   {"57P02", errc::server_not_ready},
  {"57P03", errc::server_not_ready},   {"57P05", errc::connection_lost},
  {"25P03", errc::connection_lost},    {"08P01", errc::protocol_violation},
  {"08", errc::connection_lost},       {"42501", errc::insufficient_privilege},
  {"57014", errc::cancelled},          {"55P03", errc::lock_not_available},
  {"0A000", errc::stale_statement},    {"26000", errc::stale_statement},
  {"42P01", errc::undefined},          {"42P02", errc::undefined},
  {"42703", errc::undefined},          {"42704", errc::undefined},
  {"42883", errc::undefined},          {"42725", errc::undefined},
  {"3F000", errc::undefined},          {"", errc::statement_failed},
}};

} // namespace

const std::error_category& category() noexcept {
  static const postgres_category instance;
  return instance;
}

std::error_code make_error_code(errc code) noexcept {
  return {static_cast<int>(code), category()};
}

errc classify_sqlstate(const char* sqlstate) noexcept {
  const std::string_view state = sqlstate == nullptr ? "" : sqlstate;
  for (const auto& rule : rules) {
    if (state.substr(0, rule.prefix.size()) == rule.prefix) {
      return rule.code;
    }
  }
  return errc::statement_failed;
}

} // namespace pgmuster::postgres
