// A small piece of pg_type.
#include "loadtest/simulator/wire_type.hpp"

#include <array>

namespace pgmuster::loadtest {

namespace {

struct known_type {
  std::string_view name;
  std::uint32_t oid;
  std::int16_t length;
};

/// In the order of `wire_type`.
constexpr std::array<known_type, 14> types = {{{"bool", 16, 1},
                                               {"int2", 21, 2},
                                               {"int4", 23, 4},
                                               {"int8", 20, 8},
                                               {"oid", 26, 4},
                                               {"xid", 28, 4},
                                               {"float8", 701, 8},
                                               {"name", 19, 64},
                                               {"text", 25, -1},
                                               {"timestamptz", 1184, 8},
                                               {"interval", 1186, 16},
                                               {"pg_lsn", 3220, 8},
                                               {"numeric", 1700, -1},
                                               {"inet", 869, -1}}};

} // namespace

std::optional<wire_type> wire_type_named(std::string_view name) noexcept {
  for (std::size_t at = 0; at < types.size(); ++at) {
    if (types[at].name == name) {
      return static_cast<wire_type>(at);
    }
  }
  return std::nullopt;
}

std::uint32_t oid_of(wire_type type) noexcept {
  return types[static_cast<std::size_t>(type)].oid;
}

std::int16_t length_of(wire_type type) noexcept {
  return types[static_cast<std::size_t>(type)].length;
}

} // namespace pgmuster::loadtest
