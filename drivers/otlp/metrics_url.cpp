// Where metrics and logs go on a base address.
#include "drivers/otlp/http_client.hpp"

#include <string_view>

namespace pgmuster {
namespace {

constexpr std::string_view metrics_path = "/v1/metrics";
constexpr std::string_view logs_path = "/v1/logs";

/// The base ends in `path`, in the place of `other`'s.
std::string with_path(const std::string& url,
                      std::string_view path,
                      std::string_view other) {
  const std::size_t end = std::min(url.find_first_of("?#"), url.size());
  std::string base = url.substr(0, end);
  while (!base.empty() && base.back() == '/') {
    base.pop_back();
  }
  if (base.ends_with(other)) {
    base.resize(base.size() - other.size());
  }
  if (!base.ends_with(path)) {
    base += path;
  }
  return base + url.substr(end);
}

} // namespace

std::string metrics_url(const std::string& url) {
  return with_path(url, metrics_path, {});
}

std::string logs_url(const std::string& url) {
  return with_path(url, logs_path, metrics_path);
}

} // namespace pgmuster
