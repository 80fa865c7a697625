// Judges each received point by what its series said before: order,
// duplicates, gaps, counters that fall, starts; in 32 bytes a series.
#pragma once

#include "loadtest/sink/age_histogram.hpp"
#include "loadtest/sink/statement_sums.hpp"
#include "loadtest/sink/truth.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <array>
#include <map>
#include <optional>
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
  /// The series was silent for longer than it may be, between two points or up
  /// to the end.
  gap,
  /// Neither an integer nor a double.
  no_value,
  /// The truth is another.
  wrong_value,
  /// What all statement series of a database counted is not the truth.
  wrong_sum
};
inline constexpr std::size_t point_faults = 11;
[[nodiscard]] std::string_view to_string(point_fault what) noexcept;

struct series_limits {
  std::size_t series_max = 20'000'000;
  std::size_t targets_max = 200'000;
  /// Fits a series' two bytes for it.
  std::size_t metrics_max = 4'096;
  std::size_t examples_max = 20;
  /// Of statement series: a metric of a database of a target.
  std::size_t sums_max = 1'000'000;
  /// How long a cumulative series may be silent: the refresh and some cycles.
  nanoseconds sum_silence = seconds{360};
  /// How long before the end the statements of a database were read last, if
  /// they moved since; 0: not judged.
  nanoseconds statement_silence{0};
  /// The same by the metric's name; gauges are judged only if named, since
  /// many come and go with what they describe.
  std::map<std::string, nanoseconds, std::less<>> silence;
};

struct check_tally {
  std::uint64_t points = 0;
  std::array<std::uint64_t, point_faults> found{};
  /// Points that were compared with the truth.
  std::uint64_t compared = 0;
  /// Sums that were; see `finish`.
  std::uint64_t sums_compared = 0;
  /// Points of series beyond `series_max`: counted, not judged.
  std::uint64_t unjudged = 0;
};

/// One thread's.
class series_check final : public otlp_reader {
public:
  explicit series_check(series_limits limits = {},
                        truth_function truth = {},
                        sum_truth_function sum_truth = {});

  /// What is read from now on arrived at this time.
  void arrived(wall_time now) noexcept { now_ = now; }
  void on_resource(std::span<const received_attribute> described) override;
  void on_metric(const received_metric& what) override;
  void on_point(const received_point& point) override;
  /// The request was read to its end: takes the age of its last resource.
  void finish_request();
  /// Once, when all has arrived: what the statement series counted is held
  /// against the truth. With `end`, when the sender was told to stop, series
  /// and databases that had fallen silent before it are found too.
  void finish(std::optional<wall_time> end);

  struct target_view {
    /// tenant/target
    std::string name;
    std::uint64_t points = 0;
    std::uint64_t series = 0;
    wall_time newest{};
    bool up = false;
    /// When that arrived.
    wall_time up_heard{};
  };
  [[nodiscard]] const check_tally& tally() const noexcept { return tally_; }
  [[nodiscard]] std::size_t series() const noexcept { return series_.size(); }
  [[nodiscard]] const std::vector<target_view>& targets() const noexcept {
    return targets_;
  }
  /// It says so, and not too long ago.
  [[nodiscard]] bool is_up(const target_view& of, wall_time now) const;
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
    /// Into `targets_`; `nobody` beyond its bound.
    std::uint32_t target = 0;
    std::uint16_t metric = 0;
    number::kind is = number::kind::absent;
    /// The collector may stop sending it: a statement that is kept no more.
    bool may_leave = false;
  };
  static_assert(sizeof(series_state) == 32);

  struct metric_entry {
    std::string name;
    std::uint64_t hash = 0;
    nanoseconds silence{};
    std::uint64_t points = 0;
    /// Absent of what is no counter.
    number increase;
  };
  static constexpr std::uint32_t nobody = ~std::uint32_t{0};

  void compare(const series_state& before,
               const series_state& now,
               const received_point& point);
  void
  note(point_fault what, const received_point& point, const std::string& words);
  void note(point_fault what, const std::string& words);
  /// Counts it; the first of each kind is always told.
  [[nodiscard]] bool wants_example(point_fault what);
  void judge_delta(const series_state* before, const received_point& point);
  void add_increase(const series_state* before, const series_state& now);
  [[nodiscard]] bool delta() const noexcept {
    return kind_ != instrument::gauge && !cumulative_;
  }
  void ask_truth(const received_point& point, std::int64_t grown);
  void judge_sums(std::optional<wall_time> end);
  void judge_silence(wall_time end);
  [[nodiscard]] std::uint16_t entry_of(const received_metric& what);

  series_limits limits_;
  truth_function truth_;
  sum_truth_function sum_truth_;
  statement_sums sums_;
  boost::unordered_flat_map<std::uint64_t, series_state> series_;
  std::vector<target_view> targets_;
  boost::unordered_flat_map<std::uint64_t, std::uint32_t> target_of_;
  /// The first is all that is beyond its bound.
  std::vector<metric_entry> metrics_{1};
  std::map<std::string, std::uint16_t, std::less<>> metric_of_;
  check_tally tally_;
  std::vector<std::string> examples_;
  age_histogram ages_;

  wall_time now_{};
  std::string tenant_;
  std::string target_;
  std::uint64_t resource_hash_ = 0;
  std::uint32_t of_ = nobody;
  wall_time newest_{};
  std::string metric_;
  instrument kind_ = instrument::gauge;
  bool cumulative_ = false;
  bool is_up_ = false;
  std::uint16_t entry_ = 0;
};

} // namespace pgmuster::loadtest
