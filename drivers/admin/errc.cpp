// Why the admin side failed, as far as a person at a terminal must know.
#include "drivers/admin/errc.hpp"

#include <string>

namespace pgmuster {

namespace {

const char* words(admin_errc code) {
  switch (code) {
  case admin_errc::success:
    return "no error";
  case admin_errc::bad_listen_address:
    return "not host:port or [v6]:port";
  case admin_errc::no_such_address:
    return "no address of this machine";
  case admin_errc::address_in_use:
    return "address already in use";
  case admin_errc::cannot_listen:
    return "cannot listen there";
  case admin_errc::bad_url:
    return "not an http:// or https:// URL";
  case admin_errc::unreachable:
    return "nobody answers there";
  case admin_errc::timed_out:
    return "no answer in time";
  case admin_errc::bad_status:
    return "an error was answered";
  case admin_errc::answer_too_long:
    return "the answer is too long";
  case admin_errc::bad_answer:
    return "the answer is not whole HTTP";
  }
  return "unknown";
}

class category final : public std::error_category {
public:
  [[nodiscard]] const char* name() const noexcept override {
    return "pgmuster.admin";
  }
  [[nodiscard]] std::string message(int code) const override {
    return words(static_cast<admin_errc>(code));
  }
};

} // namespace

const std::error_category& admin_category() noexcept {
  static const category instance;
  return instance;
}

std::error_code make_error_code(admin_errc code) noexcept {
  return {static_cast<int>(code), admin_category()};
}

} // namespace pgmuster
