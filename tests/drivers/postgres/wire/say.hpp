// Messages as a server writes them.
#pragma once

#include "drivers/postgres/wire/network_order.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace pgmuster::postgres {

inline std::string say(char type, std::string_view body = {}) {
  std::string made{type};
  append_big(made, static_cast<std::uint32_t>(body.size() + 4));
  return made.append(body);
}

struct told_column {
  std::string_view name;
  std::uint32_t type = 0;
  std::uint16_t format = 1;
};

/// The body of a RowDescription.
inline std::string columns_body(const std::vector<told_column>& columns) {
  std::string body;
  append_big(body, static_cast<std::uint16_t>(columns.size()));
  for (const auto& one : columns) {
    body.append(one.name).push_back('\0');
    append_big(body, std::uint32_t{0}); // its table
    append_big(body, std::uint16_t{0}); // its number there
    append_big(body, one.type);
    append_big(body, std::uint16_t{8});
    append_big(body, 0xffff'ffffU); // its modifier
    append_big(body, one.format);
  }
  return body;
}

/// The body of a DataRow; a null pointer is a null.
inline std::string row_body(const std::vector<const std::string*>& values) {
  std::string body;
  append_big(body, static_cast<std::uint16_t>(values.size()));
  for (const auto* const one : values) {
    if (one == nullptr) {
      append_big(body, 0xffff'ffffU);
    } else {
      append_big(body, static_cast<std::uint32_t>(one->size()));
      body += *one;
    }
  }
  return body;
}

} // namespace pgmuster::postgres
