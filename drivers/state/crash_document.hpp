// What the next start is to know of this run if it ends without a word: the
// file that is written again and again while we run.
#pragma once

#include "config/result.hpp"
#include "config/strong_id.hpp"
#include "config/time.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pgmuster {

/// At most so many points of a tenant and route are lost if the process dies
/// now.
struct crash_bound {
  tenant_id tenant;
  route_name route;
  std::uint64_t points = 0;
};

struct crash_document {
  /// The run has ended, and nothing is missing but what its books say.
  bool clean = false;
  wall_time written{};
  /// Of the run and of the machine, so that what lies beside it is known to be
  /// theirs; "" where an earlier version wrote it.
  std::string run;
  std::string boot;
  std::vector<crash_bound> bounds;
};

/// {"format": 1, "clean": …, "written": …, "run": …, "boot": …, "bounds":
/// [{"tenant": …, "route": …, "points": …}]}
[[nodiscard]] std::string crash_json(const crash_document& document);
[[nodiscard]] result<crash_document> parse_crash_json(std::string_view text);

} // namespace pgmuster
