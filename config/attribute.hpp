// A key and its text value, as put on resources and points.
#pragma once

#include <string>
#include <vector>

namespace pgmuster {

struct attribute {
  std::string key;
  std::string value;

  bool operator==(const attribute&) const = default;
};

using attributes = std::vector<attribute>;

} // namespace pgmuster
