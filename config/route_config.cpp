#include "config/route_config.hpp"

namespace pgmuster {

std::string without_query(const std::string& url) {
  const auto query = url.find('?');
  return query == std::string::npos ? url : url.substr(0, query + 1) + "***";
}

std::vector<http_header> headers_for(const otlp_destination& destination,
                                     const tenant_id& tenant) {
  auto headers = destination.headers;
  for (auto& one : headers) {
    std::string value = one.value.reveal();
    for (auto at = value.find(tenant_variable); at != std::string::npos;
         at = value.find(tenant_variable, at + tenant.value().size())) {
      value.replace(at, tenant_variable.size(), tenant.value());
    }
    one.value = secret_string{std::move(value)};
  }
  return headers;
}

} // namespace pgmuster
