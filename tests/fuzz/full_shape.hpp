// A server that has what a catalog asks for, or a part of it.
#pragma once

#include "codec/catalog/negotiate.hpp"

#include <functional>

namespace pgmuster::fuzz {

/// `part` chooses by hash which of the needs are met: 0 none, 255 all.
inline server_shape
shape_with(const std::vector<std::shared_ptr<const probe_definition>>& catalog,
           unsigned part) {
  server_shape shape;
  shape.version_num = 150'000;
  const auto has = [&](const std::string& need) {
    return (part & (1U << (std::hash<std::string>{}(need) % 8))) != 0;
  };
  const auto meet = [&](std::string need) {
    if (need.starts_with('!')) {
      need.erase(0, 1);
    }
    if (!has(need)) {
      return;
    }
    const auto dot = need.find('.');
    auto& columns = shape.columns[need.substr(0, dot)];
    if (dot != std::string::npos) {
      columns.insert(need.substr(dot + 1));
    }
  };
  for (const auto& probe : catalog) {
    for (const auto& need : probe->needs) {
      meet(need);
    }
    for (const auto& item : probe->items) {
      for (const auto& need : item.needs) {
        meet(need);
      }
    }
    for (const auto& line : probe->tail) {
      for (const auto& need : line.needs) {
        meet(need);
      }
    }
    for (const auto& name : probe->extensions) {
      if (has(name)) {
        shape.extensions[name] = {"1.10", "public", true};
      }
    }
  }
  return shape;
}

} // namespace pgmuster::fuzz
