// Words for the reasons why a probe's file cannot be used.
#include "codec/catalog/errc.hpp"

#include <string>

namespace pgmuster::catalog {

namespace {

class words final : public std::error_category {
public:
  [[nodiscard]] const char* name() const noexcept override {
    return "pgmuster.catalog";
  }
  [[nodiscard]] std::string message(int code) const override {
    switch (static_cast<errc>(code)) {
    case errc::success:
      return "success";
    case errc::malformed_probe:
      return "the probe's text is malformed";
    case errc::unreadable_probe:
      return "the probe cannot be read";
    case errc::conflicting_probes:
      return "the probes contradict each other";
    }
    return "unknown";
  }
};

} // namespace

const std::error_category& category() noexcept {
  static const words instance;
  return instance;
}

std::error_code make_error_code(errc code) noexcept {
  return {static_cast<int>(code), category()};
}

} // namespace pgmuster::catalog
