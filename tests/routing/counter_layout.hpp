// The layout of entries whose columns are all counters.
#pragma once

#include "codec/points.hpp"

#include <iterator>
#include <memory>
#include <string>

namespace pgmuster::testing_routing {

inline std::shared_ptr<const block_layout> layout_of(std::size_t count) {
  auto made = std::make_shared<block_layout>();
  made->probe = "statements";
  made->keys.assign(std::begin(entry_series_keys), std::end(entry_series_keys));
  for (std::size_t c = 0; c < count; ++c) {
    made->metrics.push_back({.name = "m" + std::to_string(c),
                             .unit = "{x}",
                             .description = {},
                             .kind = instrument::counter});
    made->columns.push_back({static_cast<std::uint32_t>(c), {}});
  }
  return made;
}

} // namespace pgmuster::testing_routing
