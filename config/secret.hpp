// A secret cannot be printed by accident: it has no stream, format or string
// conversion, only `reveal()`.
#pragma once

#include <string>
#include <utility>

namespace pgmuster {

class secret_string {
public:
  secret_string() = default;
  explicit secret_string(std::string value) : value_(std::move(value)) {}

  /// The bytes themselves: for the call that needs them, never for a log.
  [[nodiscard]] const std::string& reveal() const noexcept { return value_; }
  [[nodiscard]] bool empty() const noexcept { return value_.empty(); }

  bool operator==(const secret_string&) const = default;

private:
  std::string value_;
};

} // namespace pgmuster
