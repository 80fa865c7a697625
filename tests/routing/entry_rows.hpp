// Readings of pg_stat_statements as tests write them down.
#pragma once

#include "routing/entry_deltas.hpp"

#include <string>
#include <vector>

namespace pgmuster::testing_routing {

using values = std::vector<std::int64_t>;

inline constexpr std::size_t columns = 6;

inline std::string big_endian(std::uint64_t value) {
  std::string bytes(8, '\0');
  for (std::size_t i = 8; i-- > 0; value >>= 8U) {
    bytes[i] = static_cast<char>(value & 0xffU);
  }
  return bytes;
}

inline std::shared_ptr<const block_layout> layout_of(std::size_t count) {
  auto made = std::make_shared<block_layout>();
  made->probe = "statements";
  for (std::size_t c = 0; c < count; ++c) {
    made->metrics.push_back({.name = "m" + std::to_string(c),
                             .unit = "{x}",
                             .description = {},
                             .kind = instrument::counter});
    made->columns.push_back({static_cast<std::uint32_t>(c), {}});
  }
  return made;
}

struct row {
  std::int64_t database = 0;
  std::uint64_t query = 0;
  values absolute;
  std::int64_t since = 0;
  bool unattributed = false;

  [[nodiscard]] std::string key() const {
    return big_endian(static_cast<std::uint64_t>(database)) + big_endian(query);
  }
};

inline entry_readings readings(const std::vector<row>& rows, bool with_since) {
  entry_readings made;
  made.count = rows.size();
  made.columns = columns;
  made.key_width = 16;
  for (const auto& one : rows) {
    made.keys += one.key();
    made.values.insert(made.values.end(), one.absolute.begin(),
                       one.absolute.end());
    if (with_since) {
      made.since.push_back(one.since);
    }
    made.database_oids.push_back(one.database);
    made.unattributed.push_back(one.unattributed ? 1 : 0);
  }
  return made;
}

} // namespace pgmuster::testing_routing
