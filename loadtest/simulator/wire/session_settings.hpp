// The settings of a session that the wire itself must heed.
#pragma once

#include "config/time.hpp"

#include <optional>
#include <string_view>

namespace pgmuster::loadtest {

class session_settings {
public:
  /// Takes a SET that succeeded, if it is about one of these. True: the client
  /// is to be told of the new value (application_name).
  bool apply(std::string_view statement);

  /// SET LOCAL ends with its transaction.
  void end_transaction() noexcept { local_timeout_.reset(); }
  /// DISCARD ALL.
  void reset() noexcept { *this = {}; }

  /// 0: none.
  [[nodiscard]] milliseconds statement_timeout() const noexcept {
    return local_timeout_.value_or(timeout_);
  }
  [[nodiscard]] bool wants_warnings() const noexcept { return warnings_; }
  [[nodiscard]] bool read_only() const noexcept { return read_only_; }

private:
  milliseconds timeout_{0};
  std::optional<milliseconds> local_timeout_;
  bool warnings_ = true;
  bool read_only_ = false;
};

} // namespace pgmuster::loadtest
