// What a delivered point of a simulated instance should have been.
#pragma once

#include "codec/points.hpp"
#include "loadtest/simulator/truth_book.hpp"

#include <span>

namespace pgmuster::loadtest {

struct truth_attribute {
  std::string_view key;
  std::string_view value;
};

/// A point as it arrived; `start` is unused for gauges.
struct delivered_value {
  std::string_view metric;
  std::span<const truth_attribute> attributes;
  wall_time start{};
  wall_time time{};
  number value;
};

/// What all statement series of one database counted together: those that are
/// kept, those that were, `other` and `unattributed`.
struct delivered_sum {
  std::string_view metric;
  std::string_view database;
  /// The first read, from which all is counted.
  wall_time start{};
  /// The last read.
  wall_time time{};
  std::int64_t sum = 0;
  /// What was counted before is in it, or reads stopped too early; the epoch:
  /// nobody asks.
  wall_time read_until{};
};

/// The collector stamps a point when its cycle begins; the server answers a
/// little later. Every step of the model within these bounds may be what was
/// seen; a value that is right at none of them is wrong.
struct truth_window {
  nanoseconds before{0};
  nanoseconds after = seconds{2};
};

/// Until when the answers were made, where the simulator knows that they took
/// longer than the window; the epoch: they did not.
struct answered_until {
  wall_time start{};
  wall_time time{};
};

struct truth_verdict {
  enum class kind : std::uint8_t {
    /// No series of the model, or of a metric that it does not judge.
    unknown,
    /// Right at one of the steps.
    right,
    /// Within what is possible; the exact value depends on when reads fell.
    plausible,
    wrong
  };
  kind is = kind::unknown;
  /// In words, when it is wrong.
  std::string expected;
};

/// One instance. Cheap to make; not thread-safe, since its book is not.
class instance_truth {
public:
  /// The plan with all its happenings. `names`: null leaves statements unknown.
  instance_truth(std::shared_ptr<truth_book> book,
                 instance_plan plan,
                 std::shared_ptr<const statement_names> names,
                 truth_window window = {});

  [[nodiscard]] truth_verdict judge(const delivered_value& point,
                                    answered_until late = {}) const;

  /// Exact, whatever the collector kept. Unknown for a plan with happenings:
  /// what is lost and what is counted twice then depends on when reads fell.
  [[nodiscard]] truth_verdict judge_sum(const delivered_sum& all,
                                        answered_until late = {}) const;

  [[nodiscard]] truth_window window() const noexcept { return window_; }

  /// A raw series' value at a step; a null field where the server says null,
  /// nothing where there is no such series.
  [[nodiscard]] std::optional<field>
  value(std::string_view metric,
        std::span<const truth_attribute> attributes,
        step_number step) const;

  /// What the collector has to count between reads at two steps, for one
  /// entry of the profile; `label` as metric_label makes it. As SEMANTICS
  /// has it: nothing across incarnations, all of an entry that was made anew.
  [[nodiscard]] std::int64_t increment(std::string_view label,
                                       std::uint32_t entry,
                                       step_number first,
                                       step_number last) const;

  /// The same, added up over all entries of one database, those of queries
  /// seen once included: what kept series, `other` and `unattributed` of that
  /// database must add up to.
  [[nodiscard]] std::int64_t database_increment(std::string_view label,
                                                std::uint32_t database,
                                                step_number first,
                                                step_number last) const;

  [[nodiscard]] const instance_plan& plan() const noexcept { return plan_; }

private:
  struct steps {
    step_number first = 0;
    step_number last = 0;
  };

  [[nodiscard]] static truth_verdict judge_rest(const delivered_value& point);
  [[nodiscard]] steps around(wall_time time, wall_time until) const noexcept;
  /// Over all columns of a metric.
  [[nodiscard]] std::int64_t counted(std::string_view metric,
                                     std::uint32_t database,
                                     step_number first,
                                     step_number last) const;
  [[nodiscard]] truth_verdict judge_time(const delivered_value& point) const;
  [[nodiscard]] truth_verdict judge_raw(const delivered_value& point,
                                        answered_until late) const;
  [[nodiscard]] truth_verdict judge_entry(const delivered_value& point,
                                          const truth_series& series,
                                          std::string_view fingerprint,
                                          answered_until late) const;
  [[nodiscard]] truth_verdict judge_other(const delivered_value& point,
                                          const truth_series& series,
                                          answered_until late) const;
  [[nodiscard]] std::int64_t increment_between(const asked_item& column,
                                               std::uint32_t entry,
                                               const moment& past,
                                               const moment& now) const;
  [[nodiscard]] std::int64_t most_possible(const asked_item& item,
                                           std::uint32_t entry,
                                           step_number first,
                                           step_number last) const;

  std::shared_ptr<truth_book> book_;
  instance_plan plan_;
  std::shared_ptr<const statement_names> names_;
  truth_window window_;
};

} // namespace pgmuster::loadtest
