// How fast each metric grows, and in what unit the model counts it.
#pragma once

#include "codec/points.hpp"

#include <string_view>

namespace pgmuster::loadtest {

struct growth_rule {
  enum class kind : std::uint8_t {
    /// Stays 0: nothing of that sort happens here.
    never,
    /// A counter.
    grows,
    /// A counter that survives a reset of statistics: a size, a number of rows.
    lasts,
    /// A gauge around its level.
    swings
  };
  kind is = kind::grows;
  /// The fastest of its kind grows by this in a step, in units of `unit`.
  std::int64_t rate_max = 50;
  /// Only one step of so many counts.
  std::int64_t every = 1;
  /// What is counted in units of: 8192 for bytes of blocks.
  std::int64_t unit = 1;
  /// The value is divided by this and is a double; 0: an integer.
  double divisor = 0;
  /// Of a thousand entries of a family, how many have it at all.
  std::int64_t present_permille = 1000;
};

/// `label` as metric_label makes it. `milliseconds`: the column is
/// milliseconds as a double and the metric is integer microseconds.
[[nodiscard]] growth_rule rule_of(const metric_descriptor& metric,
                                  std::string_view label,
                                  bool milliseconds);

} // namespace pgmuster::loadtest
