// A block of every kind of column, of one target.
#pragma once

#include "codec/points.hpp"

#include <memory>

namespace pgmuster::testing_routing {

inline constexpr wall_time t0{seconds{1'700'000'000}};

inline std::shared_ptr<const block_layout> layout_of_kinds() {
  auto made = std::make_shared<block_layout>();
  made->probe = "tables";
  made->keys = {"name"};
  const auto add = [&](const char* name, instrument kind) {
    made->columns.push_back(
      {static_cast<std::uint32_t>(made->metrics.size()), {}});
    made->metrics.push_back({name, "{x}", {}, kind, false});
  };
  add("reads", instrument::counter);
  add("writes", instrument::counter);
  add("size", instrument::updown);
  add("sessions", instrument::gauge);
  return made;
}

inline std::shared_ptr<const resource> some_resource() {
  auto made = std::make_shared<resource>();
  made->hash = 7;
  return made;
}

} // namespace pgmuster::testing_routing
