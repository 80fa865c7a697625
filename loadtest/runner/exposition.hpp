// Reads a page of Prometheus' text format: sums by name, and histograms.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace pgmuster::loadtest {

/// Cumulative counts by upper bound, as a histogram is exposed.
using buckets = std::map<double, double>;

struct exposition {
  /// The sum over its series by the metric's name.
  std::map<std::string, double, std::less<>> sums;
  /// Over all series, by the name without `_bucket`.
  std::map<std::string, buckets, std::less<>> histograms;
  /// By name and the whole text between braces.
  std::map<std::string, double, std::less<>> series;

  [[nodiscard]] double sum(std::string_view name) const;
  [[nodiscard]] double one(std::string_view name_and_labels) const;
};

/// Lines that are not understood are passed over.
[[nodiscard]] exposition read_exposition(std::string_view page);

/// What a histogram gained between two readings.
[[nodiscard]] buckets gained(const buckets& before, const buckets& after);

/// Interpolated within its bucket, as Prometheus does; 0 without any. A value
/// beyond the last finite bound is that bound.
[[nodiscard]] double quantile(const buckets& counts, double share);

/// The bound of the highest bucket that holds anything.
[[nodiscard]] double highest(const buckets& counts);

} // namespace pgmuster::loadtest
