// How `admin.listen` is read.
#include "drivers/admin/listen_address.hpp"

#include "drivers/admin/errc.hpp"

#include <charconv>

namespace pgmuster {

result<listen_address> parse_listen_address(std::string_view text) {
  const error bad =
    fail(admin_errc::bad_listen_address, "\"" + std::string{text} + "\"");
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    return bad;
  }
  std::string_view host = text.substr(0, colon);
  const bool bracketed =
    host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) {
    host = host.substr(1, host.size() - 2);
  }
  const bool has_colon = host.find(':') != std::string_view::npos;
  if (host.empty() || bracketed != has_colon
      || host.find_first_of("[]") != std::string_view::npos) {
    return bad;
  }
  const std::string_view digits = text.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, why] =
    std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (digits.empty() || why != std::errc{}
      || end != digits.data() + digits.size()) {
    return bad;
  }
  return listen_address{std::string{host}, port};
}

} // namespace pgmuster
