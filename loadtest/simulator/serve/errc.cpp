// The words for serve_errc.
#include "loadtest/simulator/serve/errc.hpp"

#include <string>

namespace pgmuster::loadtest {
namespace {

class serve_error_category final : public std::error_category {
public:
  [[nodiscard]] const char* name() const noexcept override {
    return "simulator";
  }

  [[nodiscard]] std::string message(int code) const override {
    switch (static_cast<serve_errc>(code)) {
    case serve_errc::success:
      return "success";
    case serve_errc::cannot_listen:
      return "cannot listen there";
    case serve_errc::bad_certificate:
      return "not a certificate and its key (PEM)";
    case serve_errc::no_such_model:
      return "no server can be simulated so";
    case serve_errc::too_few_descriptors:
      return "the descriptor limit is too low";
    }
    return "unknown";
  }
};

} // namespace

const std::error_category& serve_category() noexcept {
  static const serve_error_category category;
  return category;
}

std::error_code make_error_code(serve_errc code) noexcept {
  return {static_cast<int>(code), serve_category()};
}

} // namespace pgmuster::loadtest
