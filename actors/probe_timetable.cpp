#include "actors/probe_timetable.hpp"

#include <algorithm>

namespace pgmuster {

milliseconds interval_of(const probe_definition& probe,
                         const interval_config& intervals) {
  const auto& named = intervals.by_name;
  auto chosen = intervals.default_interval;
  if (const auto own = named.find(probe.name); own != named.end()) {
    return own->second;
  }
  if (const auto by_class = named.find(probe.interval_class);
      by_class != named.end()) {
    chosen = by_class->second;
  } else if (probe.scope == probe_scope::database) {
    if (const auto scope = named.find("database"); scope != named.end()) {
      chosen = scope->second;
    }
  }
  return std::max(chosen, probe.interval.value_or(milliseconds{0}));
}

probe_timetable::probe_timetable(std::vector<const negotiated_probe*> probes,
                                 const interval_config& intervals) {
  lines_.reserve(probes.size());
  for (const auto* probe : probes) {
    lines_.push_back(
      {probe, interval_of(*probe->definition, intervals), {}, {}});
  }
  // When statistics were reset must be known before the numbers are read: the
  // other way round a reset in between would count whole histories as growth.
  std::stable_partition(lines_.begin(), lines_.end(), [](const line& one) {
    return one.probe->definition->family != probe_family::accumulated;
  });
  const auto shortest = std::min_element(
    lines_.begin(), lines_.end(), [](const line& left, const line& right) {
      return left.interval < right.interval;
    });
  base_ =
    shortest == lines_.end() ? intervals.default_interval : shortest->interval;
}

std::vector<const negotiated_probe*> probe_timetable::take_due(mono_time now) {
  std::vector<const negotiated_probe*> due;
  for (auto& known : lines_) {
    if (known.due <= now) {
      due.push_back(known.probe);
      // Half a grid step early, so that lateness of one cycle does not push
      // the probe into the next.
      known.due = now + known.interval - base_ / 2;
    }
  }
  return due;
}

void probe_timetable::ask_again(std::string_view probe, mono_time now) {
  for (auto& known : lines_) {
    if (known.probe->definition->name == probe) {
      known.due = std::min(known.due, now + known.interval / 10 - base_ / 2);
    }
  }
}

microseconds probe_timetable::cost_of(const negotiated_probe& probe,
                                      std::optional<microseconds> measured) {
  const auto known =
    std::find_if(lines_.begin(), lines_.end(),
                 [&](const line& one) { return one.probe == &probe; });
  if (known == lines_.end()) {
    return measured.value_or(microseconds{0});
  }
  known->cost = measured.value_or(known->cost);
  return known->cost;
}

} // namespace pgmuster
