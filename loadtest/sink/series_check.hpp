// Judges each received point by what its series said before: order,
// duplicates, gaps, counters that fall, starts; in 32 bytes a series.
#pragma once

#include "loadtest/sink/age_histogram.hpp"
#include "loadtest/sink/truth.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <array>
#include <map>
#include <string>
#include <vector>

namespace pgmuster::loadtest {

/// What can be wrong with a point. Each has a counter.
enum class point_fault : std::uint8_t {
  /// The same time and value once more.
  duplicate,
  /// The same time with another value.
  conflict,
  /// Earlier than what the series said last.
  disorder,
  /// A monotonic sum is smaller than before, and its start is the same.
  fell,
  /// The start is earlier than the series' previous one.
  start_went_back,
  /// A sum without a start, or one that starts after its own time.
  bad_start,
  /// A delta that begins before the one before has ended.
  overlap,
  /// The series was silent for longer than it may be.
  gap,
  /// Neither an integer nor a double.
  no_value,
  /// The truth is another.
  wrong_value
};
inline constexpr std::size_t point_faults = 10;
[[nodiscard]] std::string_view to_string(point_fault what) noexcept;

struct series_limits {
  std::size_t series_max = 20'000'000;
  std::size_t targets_max = 200'000;
  std::size_t metrics_max = 4'096;
  std::size_t examples_max = 20;
  /// How long a cumulative series may be silent: the refresh and some cycles.
  nanoseconds sum_silence = seconds{360};
  /// The same by the metric's name; gauges are judged only if named, since
  /// many come and go with what they describe.
  std::map<std::string, nanoseconds, std::less<>> silence;
};

struct check_tally {
  std::uint64_t points = 0;
  std::array<std::uint64_t, point_faults> found{};
  /// Points that were compared with the truth.
  std::uint64_t compared = 0;
  /// Points of series beyond `series_max`: counted, not judged.
  std::uint64_t unjudged = 0;
};

/// One thread's.
class series_check final : public otlp_reader {
public:
  explicit series_check(series_limits limits = {}, truth_function truth = {});

  /// What is read from now on arrived at this time.
  void arrived(wall_time now) noexcept { now_ = now; }
  void on_resource(std::span<const received_attribute> described) override;
  void on_metric(const received_metric& what) override;
  void on_point(const received_point& point) override;
  /// The request was read to its end: takes the age of its last resource.
  void finish_request();

  struct target_view {
    /// tenant/target
    std::string name;
    std::uint64_t points = 0;
    wall_time newest{};
    bool up = false;
  };
  [[nodiscard]] const check_tally& tally() const noexcept { return tally_; }
  [[nodiscard]] std::size_t series() const noexcept { return series_.size(); }
  [[nodiscard]] std::vector<target_view> targets() const;
  [[nodiscard]] std::map<std::string, std::uint64_t> points_by_metric() const;
  /// What all series of a counter added since the first point of each: the sum
  /// of its deltas, or of a cumulative one's differences, where a new start
  /// begins at 0. Both are the same for the same data.
  [[nodiscard]] std::map<std::string, number> increase_by_metric() const;
  /// The first faults in words.
  [[nodiscard]] const std::vector<std::string>& examples() const noexcept {
    return examples_;
  }
  /// From a resource's newest point to its arrival, since `forget_ages`.
  [[nodiscard]] const age_histogram& ages() const noexcept { return ages_; }
  void forget_ages() { ages_.clear(); }

private:
  struct series_state {
    std::int64_t time = 0;
    std::int64_t start = 0;
    /// The bits of an integer or of a double.
    std::int64_t value = 0;
    std::uint32_t points = 0;
    number::kind is = number::kind::absent;
  };
  static_assert(sizeof(series_state) == 32);

  struct metric_entry {
    std::uint64_t hash = 0;
    nanoseconds silence{};
    std::uint64_t points = 0;
    /// Absent of what is no counter.
    number increase;
  };

  void compare(const series_state& before,
               const series_state& now,
               const received_point& point);
  void
  note(point_fault what, const received_point& point, const std::string& words);
  void judge_delta(const series_state* before, const received_point& point);
  void add_increase(const series_state* before, const series_state& now);
  void ask_truth(const received_point& point);
  metric_entry& entry_of(const received_metric& what);

  series_limits limits_;
  truth_function truth_;
  boost::unordered_flat_map<std::uint64_t, series_state> series_;
  std::map<std::uint64_t, target_view> targets_;
  std::map<std::string, metric_entry, std::less<>> metrics_;
  metric_entry beyond_;
  check_tally tally_;
  std::vector<std::string> examples_;
  age_histogram ages_;

  wall_time now_{};
  std::string tenant_;
  std::string target_;
  std::uint64_t resource_hash_ = 0;
  target_view* of_ = nullptr;
  target_view nobody_;
  wall_time newest_{};
  std::string metric_;
  instrument kind_ = instrument::gauge;
  bool cumulative_ = false;
  [[nodiscard]] bool delta() const noexcept {
    return kind_ != instrument::gauge && !cumulative_;
  }
  bool is_up_ = false;
  metric_entry* entry_ = nullptr;
};

} // namespace pgmuster::loadtest
