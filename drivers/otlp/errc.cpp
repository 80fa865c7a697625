// The words for a destination's errors.
#include "drivers/otlp/errc.hpp"

#include <string>

namespace pgmuster {
namespace {

class category_of_otlp final : public std::error_category {
public:
  [[nodiscard]] const char* name() const noexcept override { return "otlp"; }

  [[nodiscard]] std::string message(int code) const override {
    switch (static_cast<otlp_errc>(code)) {
    case otlp_errc::success:
      return "success";
    case otlp_errc::cannot_open:
      return "cannot open for appending";
    case otlp_errc::no_thread:
      return "no thread to be had";
    }
    return "unknown destination error";
  }
};

} // namespace

const std::error_category& otlp_category() noexcept {
  static const category_of_otlp category;
  return category;
}

std::error_code make_error_code(otlp_errc code) noexcept {
  return {static_cast<int>(code), otlp_category()};
}

} // namespace pgmuster
