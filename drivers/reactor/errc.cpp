// The words for reactor_errc.
#include "drivers/reactor/errc.hpp"

#include <string>

namespace pgmuster {
namespace {

class reactor_error_category final : public std::error_category {
public:
  [[nodiscard]] const char* name() const noexcept override { return "reactor"; }

  [[nodiscard]] std::string message(int code) const override {
    switch (static_cast<reactor_errc>(code)) {
    case reactor_errc::success:
      return "success";
    case reactor_errc::uring_unavailable:
      return "io_uring cannot be used here";
    case reactor_errc::epoll_unavailable:
      return "epoll cannot be set up";
    case reactor_errc::no_thread:
      return "the reactor's thread cannot be started";
    }
    return "unknown";
  }
};

} // namespace

const std::error_category& reactor_category() noexcept {
  static const reactor_error_category category;
  return category;
}

std::error_code make_error_code(reactor_errc code) noexcept {
  return {static_cast<int>(code), reactor_category()};
}

} // namespace pgmuster
