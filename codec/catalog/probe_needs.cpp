#include "codec/catalog/probe_needs.hpp"

#include <algorithm>
#include <string_view>

namespace pgmuster::catalog {

namespace {

[[nodiscard]] bool has(const server_shape& shape, std::string_view need) {
  const auto dot = need.find('.');
  const std::string relation{need.substr(0, dot)};
  const auto found = shape.columns.find(relation);
  if (dot == std::string_view::npos) {
    return found != shape.columns.end() || shape.extensions.contains(relation);
  }
  return found != shape.columns.end()
         && found->second.contains(std::string{need.substr(dot + 1)});
}

} // namespace

bool met(const server_shape& shape, const std::string& need) {
  return need.front() == '!' ? !has(shape, std::string_view{need}.substr(1))
                             : has(shape, need);
}

bool met(const server_shape& shape, const needs_list& needs) {
  return std::all_of(needs.begin(), needs.end(),
                     [&](const auto& need) { return met(shape, need); });
}

bool outgrown(const server_shape& shape, const needs_list& needs) {
  return std::any_of(needs.begin(), needs.end(), [&](const auto& need) {
    return need.front() == '!' && !met(shape, need);
  });
}

} // namespace pgmuster::catalog
