// The words for errors of files.
#include "drivers/files/errc.hpp"

#include <string>

namespace pgmuster {
namespace {

class category_of_files final : public std::error_category {
public:
  [[nodiscard]] const char* name() const noexcept override { return "file"; }

  [[nodiscard]] std::string message(int code) const override {
    switch (static_cast<file_errc>(code)) {
    case file_errc::success:
      return "success";
    case file_errc::owned:
      return "is used by another process";
    case file_errc::cannot_open:
      return "cannot be opened";
    case file_errc::cannot_grow:
      return "has no room on the disk";
    case file_errc::cannot_map:
      return "cannot become memory";
    }
    return "unknown error of a file";
  }
};

} // namespace

const std::error_category& file_category() noexcept {
  static const category_of_files category;
  return category;
}

std::error_code make_error_code(file_errc code) noexcept {
  return {static_cast<int>(code), file_category()};
}

} // namespace pgmuster
