// The words of config_errc.
#include "config/errc.hpp"

#include <string>

namespace pgmuster {
namespace {

class category_type final : public std::error_category {
public:
  [[nodiscard]] const char* name() const noexcept override { return "config"; }

  [[nodiscard]] std::string message(int code) const override {
    switch (static_cast<config_errc>(code)) {
    case config_errc::success:
      return "success";
    case config_errc::unit_missing:
      return "a number without a unit";
    case config_errc::unit_unknown:
      return "an unknown unit";
    case config_errc::not_a_quantity:
      return "not a number with a unit";
    case config_errc::out_of_range:
      return "out of range";
    case config_errc::unreadable:
      return "cannot be read";
    case config_errc::too_large:
      return "too large";
    case config_errc::malformed:
      return "malformed";
    }
    return "unknown error";
  }
};

} // namespace

const std::error_category& config_category() noexcept {
  static const category_type instance;
  return instance;
}

std::error_code make_error_code(config_errc code) noexcept {
  return {static_cast<int>(code), config_category()};
}

} // namespace pgmuster
