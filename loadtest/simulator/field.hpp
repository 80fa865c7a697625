// One value of a simulated answer.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

namespace pgmuster::loadtest {

/// Null, a number, or a text. Times are microseconds since the Unix epoch,
/// booleans 0 and 1. Converts from what it holds, so that rows read as tables.
class field {
public:
  field() = default;
  field(std::int64_t value) : is_(kind::integer), integer_(value) {}
  field(double value) : is_(kind::real), real_(value) {}
  field(std::string value) : is_(kind::text), text_(std::move(value)) {}

  [[nodiscard]] bool null() const noexcept { return is_ == kind::null; }
  /// Null pointers where it holds something else.
  [[nodiscard]] const std::int64_t* integer() const noexcept {
    return is_ == kind::integer ? &integer_ : nullptr;
  }
  [[nodiscard]] const double* real() const noexcept {
    return is_ == kind::real ? &real_ : nullptr;
  }
  [[nodiscard]] const std::string* text() const noexcept {
    return is_ == kind::text ? &text_ : nullptr;
  }

private:
  enum class kind : std::uint8_t { null, integer, real, text };

  kind is_ = kind::null;
  std::int64_t integer_ = 0;
  double real_ = 0;
  std::string text_;
};

} // namespace pgmuster::loadtest
