// The words for the state directory's errors.
#include "drivers/state/errc.hpp"

#include <string>

namespace pgmuster {
namespace {

class category_of_state final : public std::error_category {
public:
  [[nodiscard]] const char* name() const noexcept override { return "state"; }

  [[nodiscard]] std::string message(int code) const override {
    switch (static_cast<state_errc>(code)) {
    case state_errc::success:
      return "success";
    case state_errc::no_folder:
      return "cannot be had as a folder";
    case state_errc::cannot_read:
      return "cannot be read";
    case state_errc::cannot_write:
      return "cannot be written";
    case state_errc::not_ours:
      return "is not a file that pgmuster wrote";
    case state_errc::other_version:
      return "was written by a version of pgmuster with another format";
    }
    return "unknown error of the state directory";
  }
};

} // namespace

const std::error_category& state_category() noexcept {
  static const category_of_state category;
  return category;
}

std::error_code make_error_code(state_errc code) noexcept {
  return {static_cast<int>(code), state_category()};
}

} // namespace pgmuster
