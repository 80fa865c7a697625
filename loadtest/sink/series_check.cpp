#include "loadtest/sink/series_check.hpp"

#include <fmt/format.h>

#include <xxhash.h>

#include <bit>

namespace pgmuster::loadtest {
namespace {

/// Of a set: attributes may come in any order.
std::uint64_t hash_of(std::span<const received_attribute> all) {
  std::uint64_t sum = 0;
  for (const auto& one : all) {
    const auto key = XXH3_64bits(one.key.data(), one.key.size());
    const auto pair =
      XXH3_64bits_withSeed(one.value.data(), one.value.size(), key);
    // Multiplied, so that equal pairs in two places do not cancel out.
    sum += pair * 0x9E3779B97F4A7C15ULL;
  }
  return sum;
}

std::int64_t nanos(wall_time at) {
  return at.time_since_epoch().count();
}

std::int64_t bits_of(const number& value) {
  return value.is == number::kind::real
           ? std::bit_cast<std::int64_t>(value.real)
           : value.integer;
}

std::string print(number::kind is, std::int64_t bits) {
  return is == number::kind::real ? fmt::to_string(std::bit_cast<double>(bits))
                                  : fmt::to_string(bits);
}

bool less(number::kind is, std::int64_t left, std::int64_t right) {
  return is == number::kind::real
           ? std::bit_cast<double>(left) < std::bit_cast<double>(right)
           : left < right;
}

double in_seconds(std::int64_t nanoseconds) {
  return static_cast<double>(nanoseconds) / 1e9;
}

} // namespace

std::string_view to_string(point_fault what) noexcept {
  constexpr std::array<std::string_view, point_faults> names{
    "duplicate",       "conflict",    "disorder", "fell",
    "start_went_back", "bad_start",   "overlap",  "gap",
    "no_value",        "wrong_value", "wrong_sum"};
  return names[static_cast<std::size_t>(what)];
}

series_check::series_check(series_limits limits,
                           truth_function truth,
                           sum_truth_function sum_truth)
  : limits_(std::move(limits)),
    truth_(std::move(truth)),
    sum_truth_(std::move(sum_truth)),
    sums_(limits_.sums_max) {}

void series_check::on_resource(std::span<const received_attribute> described) {
  finish_request();
  resource_hash_ = hash_of(described);
  tenant_.clear();
  target_.clear();
  for (const auto& one : described) {
    if (one.key == "service.namespace") {
      tenant_ = one.value;
    } else if (one.key == "service.name") {
      target_ = one.value;
    }
  }
  const auto found = target_of_.find(resource_hash_);
  if (found != target_of_.end()) {
    of_ = found->second;
  } else if (targets_.size() < limits_.targets_max) {
    of_ = static_cast<std::uint32_t>(targets_.size());
    target_of_.emplace(resource_hash_, of_);
    targets_.emplace_back().name = tenant_ + "/" + target_;
  } else {
    of_ = nobody;
  }
}

void series_check::on_metric(const received_metric& what) {
  metric_ = what.name;
  kind_ = what.kind;
  cumulative_ = what.cumulative;
  is_up_ = what.name == "pgmuster.up";
  entry_ = entry_of(what);
}

std::uint16_t series_check::entry_of(const received_metric& what) {
  const auto found = metric_of_.find(what.name);
  if (found != metric_of_.end()) {
    return found->second;
  }
  if (metrics_.size() > limits_.metrics_max) {
    return 0;
  }
  metric_entry made;
  made.name = what.name;
  made.hash = XXH3_64bits(what.name.data(), what.name.size());
  const auto named = limits_.silence.find(what.name);
  if (named != limits_.silence.end()) {
    made.silence = named->second;
  } else if (what.cumulative) {
    made.silence = limits_.sum_silence;
  }
  const auto at = static_cast<std::uint16_t>(metrics_.size());
  metric_of_.emplace(what.name, at);
  metrics_.push_back(std::move(made));
  return at;
}

void series_check::on_point(const received_point& point) {
  ++tally_.points;
  ++metrics_[entry_].points;
  if (of_ != nobody) {
    auto& target = targets_[of_];
    ++target.points;
    target.newest = std::max(target.newest, point.time);
    if (is_up_) {
      target.up =
        point.value.is == number::kind::integer && point.value.integer == 1;
      target.up_heard = now_;
    }
  }
  newest_ = std::max(newest_, point.time);
  if (!point.value.present()) {
    note(point_fault::no_value, point, "no value");
    return;
  }
  if (kind_ != instrument::gauge
      && (nanos(point.start) == 0 || point.start > point.time)) {
    note(point_fault::bad_start, point,
         fmt::format("start {} at time {}", nanos(point.start),
                     nanos(point.time)));
  }
  const auto key =
    (resource_hash_ ^ metrics_[entry_].hash) + hash_of(point.attributes);
  const auto statement = attribute_of(point.attributes, fingerprint_key);
  series_state now{nanos(point.time),
                   nanos(point.start),
                   bits_of(point.value),
                   of_,
                   entry_,
                   point.value.is,
                   !statement.empty() && statement != "other"};
  const auto found = series_.find(key);
  // A new start is another accumulator, from 0; what came before stays counted.
  std::int64_t grown = now.value;
  if (found == series_.end() && series_.size() >= limits_.series_max) {
    ++tally_.unjudged;
    return;
  }
  const auto* before = found != series_.end() ? &found->second : nullptr;
  judge_delta(before, point);
  add_increase(before, now);
  if (found == series_.end()) {
    series_.emplace(key, now);
    if (of_ != nobody) {
      ++targets_[of_].series;
    }
  } else {
    compare(found->second, now, point);
    if (now.time <= found->second.time) {
      grown = 0;
    } else if (now.start == found->second.start) {
      grown -= found->second.value;
    }
    // What came too late says nothing of what comes next.
    if (now.time >= found->second.time) {
      found->second = now;
    }
  }
  if (truth_ && !delta()) {
    ask_truth(point, grown);
  }
}

void series_check::judge_delta(const series_state* before,
                               const received_point& point) {
  if (delta() && before != nullptr && nanos(point.start) < before->time
      && nanos(point.time) > before->time) {
    note(point_fault::overlap, point,
         fmt::format("begins {:.3f} s before the one before ended",
                     in_seconds(before->time - nanos(point.start))));
  }
}

void series_check::add_increase(const series_state* before,
                                const series_state& now) {
  if (kind_ != instrument::counter) {
    return;
  }
  const bool real = now.is == number::kind::real;
  auto& sum = metrics_[entry_].increase;
  if (!sum.present()) {
    sum = real ? number::of(0.0) : number::of(std::int64_t{0});
  }
  if (cumulative_
      && (before == nullptr || now.time <= before->time
          || now.is != before->is)) {
    return;
  }
  // A start that is earlier than what was said already is no reset.
  const bool whole =
    delta() || (now.start != before->start && now.start >= before->time);
  if (real) {
    const auto value = std::bit_cast<double>(now.value);
    sum.real += whole ? value : value - std::bit_cast<double>(before->value);
  } else {
    sum.integer += whole ? now.value : now.value - before->value;
  }
}

void series_check::compare(const series_state& before,
                           const series_state& now,
                           const received_point& point) {
  const auto both = [&] {
    return fmt::format("{} after {}, {:.3f} s after it",
                       print(now.is, now.value), print(before.is, before.value),
                       in_seconds(now.time - before.time));
  };
  if (now.time == before.time) {
    const bool same = now.value == before.value && now.is == before.is;
    note(same ? point_fault::duplicate : point_fault::conflict, point, both());
    return;
  }
  if (now.time < before.time) {
    note(point_fault::disorder, point, both());
    return;
  }
  if (cumulative_ && now.start < before.start) {
    note(point_fault::start_went_back, point,
         fmt::format("start {} after {}", now.start, before.start));
  }
  const bool continued = now.start == before.start;
  if (continued && kind_ == instrument::counter && now.is == before.is
      && less(now.is, now.value, before.value)) {
    note(point_fault::fell, point, both());
  }
  const auto silence = metrics_[entry_].silence;
  if ((continued || !cumulative_) && silence.count() > 0
      && now.time - before.time > silence.count()) {
    note(point_fault::gap, point,
         fmt::format("silent for {:.1f} s, {:.1f} s are allowed",
                     in_seconds(now.time - before.time),
                     in_seconds(silence.count())));
  }
}

void series_check::ask_truth(const received_point& point, std::int64_t grown) {
  const truth_question about{tenant_, target_, metric_, kind_, point};
  const auto told = truth_(about);
  if (told.is == truth_answer::kind::unknown) {
    return;
  }
  ++tally_.compared;
  if (cumulative_ && point.value.is == number::kind::integer
      && !attribute_of(point.attributes, fingerprint_key).empty()) {
    sums_.add(about, grown);
  }
  if (told.is == truth_answer::kind::wrong) {
    note(point_fault::wrong_value, point,
         fmt::format("{}, in truth {}",
                     print(point.value.is, bits_of(point.value)),
                     told.expected));
  }
}

bool series_check::wants_example(point_fault what) {
  const auto found = ++tally_.found[static_cast<std::size_t>(what)];
  return found == 1 || examples_.size() < limits_.examples_max;
}

void series_check::note(point_fault what,
                        const received_point& point,
                        const std::string& words) {
  if (!wants_example(what)) {
    return;
  }
  std::string attributes;
  for (const auto& one : point.attributes) {
    attributes += fmt::format("{}{}={}", attributes.empty() ? "" : ", ",
                              one.key, one.value);
  }
  examples_.push_back(fmt::format("{}: {}/{} {}{{{}}}: {}", to_string(what),
                                  tenant_, target_, metric_, attributes,
                                  words));
}

bool series_check::is_up(const target_view& of, wall_time now) const {
  const auto allowed = limits_.silence.find("pgmuster.up");
  return of.up
         && (allowed == limits_.silence.end()
             || now - of.up_heard <= allowed->second);
}

void series_check::finish(std::optional<wall_time> end) {
  judge_sums(end);
  if (end) {
    judge_silence(*end);
  }
}

void series_check::judge_silence(wall_time end) {
  for (const auto& [key, one] : series_) {
    const auto& metric = metrics_[one.metric];
    const auto silent = nanos(end) - one.time;
    if (metric.silence.count() == 0 || silent <= metric.silence.count()
        || one.may_leave
        || one.target == nobody
        // What is not up is told as that.
        || !is_up(targets_[one.target], end)) {
      continue;
    }
    note(point_fault::gap,
         fmt::format("{} {}: nothing in the last {:.1f} s before the end, "
                     "{:.1f} s are allowed",
                     targets_[one.target].name, metric.name, in_seconds(silent),
                     in_seconds(metric.silence.count())));
  }
}

void series_check::judge_sums(std::optional<wall_time> end) {
  if (!sum_truth_) {
    return;
  }
  const bool to_the_end = end && limits_.statement_silence.count() > 0;
  const auto read_until =
    to_the_end ? *end - limits_.statement_silence : wall_time{};
  sums_.each([&](sum_question about) {
    about.read_until = read_until;
    const auto told = sum_truth_(about);
    if (told.is == truth_answer::kind::unknown) {
      return;
    }
    ++tally_.sums_compared;
    if (told.is == truth_answer::kind::wrong) {
      note(point_fault::wrong_sum,
           fmt::format("{} {} of the database {}: all statement series, other "
                       "included, counted {}, in truth {}",
                       about.target, about.metric, about.database, about.sum,
                       told.expected));
    }
  });
}

void series_check::note(point_fault what, const std::string& words) {
  if (wants_example(what)) {
    examples_.push_back(fmt::format("{}: {}", to_string(what), words));
  }
}

void series_check::finish_request() {
  if (newest_ != wall_time{}) {
    ages_.add(now_ - newest_);
    newest_ = {};
  }
}

std::map<std::string, std::uint64_t> series_check::points_by_metric() const {
  std::map<std::string, std::uint64_t> counted;
  for (const auto& entry : metrics_) {
    if (entry.points > 0) {
      counted[entry.name.empty() ? "beyond the bound" : entry.name] =
        entry.points;
    }
  }
  return counted;
}

std::map<std::string, number> series_check::increase_by_metric() const {
  std::map<std::string, number> summed;
  for (const auto& entry : metrics_) {
    if (entry.increase.present()) {
      summed[entry.name] = entry.increase;
    }
  }
  return summed;
}

} // namespace pgmuster::loadtest
