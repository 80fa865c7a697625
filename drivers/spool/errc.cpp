// The words for the spool's errors.
#include "drivers/spool/errc.hpp"

#include <string>

namespace pgmuster {
namespace {

class category_of_spool final : public std::error_category {
public:
  [[nodiscard]] const char* name() const noexcept override { return "spool"; }

  [[nodiscard]] std::string message(int code) const override {
    switch (static_cast<spool_errc>(code)) {
    case spool_errc::success:
      return "success";
    case spool_errc::cannot_open:
      return "cannot be opened";
    case spool_errc::cannot_write:
      return "cannot be written";
    case spool_errc::disk_full:
      return "no room left on the disk";
    case spool_errc::busy:
      return "too many frames wait to be written";
    case spool_errc::too_large:
      return "too large for a segment";
    case spool_errc::other_version:
      return "a segment of another version";
    case spool_errc::not_a_segment:
      return "not a segment, or its beginning is damaged";
    case spool_errc::corrupt:
      return "not the bytes that were written";
    case spool_errc::stopped:
      return "the spool is stopped";
    case spool_errc::no_thread:
      return "no thread to be had";
    }
    return "unknown spool error";
  }
};

} // namespace

const std::error_category& spool_category() noexcept {
  static const category_of_spool category;
  return category;
}

std::error_code make_error_code(spool_errc code) noexcept {
  return {static_cast<int>(code), spool_category()};
}

} // namespace pgmuster
