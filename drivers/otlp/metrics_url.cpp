// Where metrics go on a base address.
#include "drivers/otlp/http_client.hpp"

#include <string_view>

namespace pgmuster {

std::string metrics_url(const std::string& url) {
  constexpr std::string_view path = "/v1/metrics";
  const std::size_t end = std::min(url.find_first_of("?#"), url.size());
  std::string base = url.substr(0, end);
  while (!base.empty() && base.back() == '/') {
    base.pop_back();
  }
  if (!base.ends_with(path)) {
    base += path;
  }
  return base + url.substr(end);
}

} // namespace pgmuster
