#include "drivers/admin/known_host.hpp"

#include "drivers/admin/listen_address.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>

namespace pgmuster {

namespace {

namespace ip = boost::asio::ip;

/// Without a port, brackets and a final dot; in small letters.
std::string bare(std::string_view host) {
  const auto bracket = host.find(']');
  if (host.starts_with('[') && bracket != host.npos) {
    host = host.substr(1, bracket - 1);
  } else if (host.find(':') == host.rfind(':')) {
    host = host.substr(0, host.find(':'));
  }
  if (host.ends_with('.')) {
    host.remove_suffix(1);
  }
  std::string made{host};
  std::transform(made.begin(), made.end(), made.begin(), [](char letter) {
    return letter >= 'A' && letter <= 'Z'
             ? static_cast<char>(letter - 'A' + 'a')
             : letter;
  });
  return made;
}

} // namespace

bool is_known_host(std::string_view header,
                   const std::string& listen,
                   const std::vector<std::string>& hosts) {
  const auto host = bare(header);
  if (header.empty() || host == "localhost") {
    return true;
  }
  const auto own = parse_listen_address(listen);
  const auto own_host = own ? bare(own->host) : std::string{};
  boost::system::error_code why;
  const auto address = ip::make_address(host, why);
  if (!why) {
    boost::system::error_code no_address;
    const auto own_address = ip::make_address(own_host, no_address);
    if (address.is_loopback()
        || (!no_address
            && (own_address.is_unspecified() || own_address == address))) {
      return true;
    }
  }
  return host == own_host
         || std::any_of(
           hosts.begin(), hosts.end(),
           [&](const std::string& known) { return bare(known) == host; });
}

} // namespace pgmuster
