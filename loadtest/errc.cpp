#include "loadtest/errc.hpp"

#include <string>

namespace pgmuster::loadtest {
namespace {

class category_type final : public std::error_category {
public:
  [[nodiscard]] const char* name() const noexcept override {
    return "pgmuster.loadtest";
  }
  [[nodiscard]] std::string message(int code) const override {
    switch (static_cast<loadtest_errc>(code)) {
    case loadtest_errc::success:
      return "success";
    case loadtest_errc::scenario_invalid:
      return "the scenario is not valid";
    case loadtest_errc::file:
      return "the file cannot be read or written";
    case loadtest_errc::cannot_listen:
      return "the address cannot be listened on";
    case loadtest_errc::process:
      return "the process did not run";
    case loadtest_errc::no_answer:
      return "no usable answer";
    case loadtest_errc::machine_too_small:
      return "this machine is too small";
    case loadtest_errc::part_missing:
      return "a part that the scenario needs is not there";
    case loadtest_errc::interrupted:
      return "the run was interrupted";
    }
    return "unknown";
  }
};

} // namespace

const std::error_category& loadtest_category() noexcept {
  static const category_type made;
  return made;
}

std::error_code make_error_code(loadtest_errc code) noexcept {
  return {static_cast<int>(code), loadtest_category()};
}

} // namespace pgmuster::loadtest
