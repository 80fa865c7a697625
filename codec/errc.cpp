// The words for codec errors.
#include "codec/errc.hpp"

#include <string>

namespace pgmuster {
namespace {

class category_of_codec final : public std::error_category {
public:
  [[nodiscard]] const char* name() const noexcept override { return "codec"; }

  [[nodiscard]] std::string message(int code) const override {
    switch (static_cast<codec_errc>(code)) {
    case codec_errc::success:
      return "success";
    case codec_errc::compression_failed:
      return "compression failed";
    case codec_errc::corrupt:
      return "corrupt compressed bytes";
    case codec_errc::truncated:
      return "compressed bytes end too early";
    case codec_errc::too_large:
      return "larger than allowed when decompressed";
    case codec_errc::not_a_message:
      return "not the expected protobuf message";
    case codec_errc::not_printable:
      return "cannot be written as JSON";
    }
    return "unknown codec error";
  }
};

} // namespace

const std::error_category& codec_category() noexcept {
  static const category_of_codec category;
  return category;
}

std::error_code make_error_code(codec_errc code) noexcept {
  return {static_cast<int>(code), codec_category()};
}

} // namespace pgmuster
