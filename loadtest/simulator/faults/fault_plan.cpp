// Sets of instances are resolved once, so that a decision looks only at the
// few faults that can strike its instance.
#include "loadtest/simulator/faults/fault_plan.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace pgmuster::loadtest {

namespace {

/// The finaliser of splitmix64: bits that look random.
constexpr std::uint64_t spread(std::uint64_t value) noexcept {
  value += 0x9e3779b97f4a7c15U;
  value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9U;
  value = (value ^ (value >> 27U)) * 0x94d049bb133111ebU;
  return value ^ (value >> 31U);
}

/// True for `chance` of all random numbers; `salt` makes decisions about
/// different faults independent.
bool lucky(double chance, std::uint64_t random, std::uint64_t salt) noexcept {
  constexpr double scale = 0x1p-53;
  const auto bits = spread(random ^ spread(salt)) >> 11U;
  return static_cast<double>(bits) * scale < chance;
}

bool in_ranges(const fault& one, instance_number instance) noexcept {
  return one.instances.empty()
         || std::any_of(one.instances.begin(), one.instances.end(),
                        [&](const instance_range& range) {
                          return range.first <= instance
                                 && instance <= range.last;
                        });
}

nanoseconds later(nanoseconds time, nanoseconds by) noexcept {
  return time == forever ? forever : time + by;
}

bool alters_model(fault_kind kind) noexcept {
  switch (kind) {
  case fault_kind::restart:
  case fault_kind::failover:
  case fault_kind::statistics_reset:
  case fault_kind::statements_reset:
  case fault_kind::eviction:
  case fault_kind::new_databases:
  case fault_kind::distinct_queries:
    return true;
  default:
    return false;
  }
}

void decide(const fault& one, nanoseconds until, startup_decision& into) {
  using outcome = startup_decision::outcome;
  switch (one.is) {
  case fault_kind::refuse:
    into.is = one.abrupt ? outcome::close : outcome::refuse;
    break;
  case fault_kind::restart:
  case fault_kind::failover:
    into.is = outcome::starting_up;
    break;
  case fault_kind::reset:
    into.is = one.place == fault_place::startup ? outcome::reset : into.is;
    break;
  case fault_kind::hang:
    if (one.place == fault_place::startup) {
      into.is = outcome::silence;
      into.until = until;
    }
    break;
  case fault_kind::wrong_password:
    into.wrong_password = true;
    break;
  case fault_kind::scram_iterations:
    into.scram_iterations = static_cast<std::uint32_t>(one.amount);
    break;
  default:
    break;
  }
}

void decide(const fault& one, nanoseconds until, answer_decision& into) {
  using outcome = answer_decision::outcome;
  switch (one.is) {
  case fault_kind::slow:
    into.delay += one.by;
    break;
  case fault_kind::reset:
    into.is = one.place == fault_place::before_row ? outcome::reset : into.is;
    break;
  case fault_kind::hang:
    if (one.place != fault_place::startup) {
      into.is = one.place == fault_place::within_row ? outcome::hang_within_row
                                                     : outcome::hang_before_row;
      into.until = until;
    }
    break;
  default:
    break;
  }
}

} // namespace

std::string_view name_of(fault_kind kind) noexcept {
  static constexpr std::array<std::string_view, 14> names{"slow",
                                                          "hang",
                                                          "refuse",
                                                          "reset",
                                                          "wrong_password",
                                                          "slow_tls",
                                                          "scram_iterations",
                                                          "restart",
                                                          "failover",
                                                          "statistics_reset",
                                                          "statements_reset",
                                                          "eviction",
                                                          "new_databases",
                                                          "distinct_queries"};
  return names[static_cast<std::size_t>(kind)];
}

fault_plan::fault_plan(std::vector<fault> faults,
                       instance_number instances,
                       std::uint64_t seed)
  : faults_(std::move(faults)), struck_(faults_.size()), instances_(instances) {
  begins_.reserve(instances_ + 1);
  for (instance_number instance = 0; instance < instances; ++instance) {
    begins_.push_back(strokes_.size());
    for (std::uint32_t at = 0; at < faults_.size(); ++at) {
      const auto& one = faults_[at];
      if (in_ranges(one, instance) && lucky(one.share, seed + at, instance)) {
        const auto shift =
          one.stagger * static_cast<std::int64_t>(struck_[at]++);
        strokes_.push_back({at, one.from + shift, later(one.to, shift)});
      }
    }
  }
  begins_.push_back(strokes_.size());
}

std::span<const fault_plan::stroke>
fault_plan::strokes_of(instance_number instance) const {
  if (instance >= instances_) {
    return {};
  }
  return std::span{strokes_}.subspan(begins_[instance],
                                     begins_[instance + 1] - begins_[instance]);
}

template <class Decision>
Decision fault_plan::decide_now(instance_number instance,
                                nanoseconds now,
                                std::uint64_t random) const {
  Decision made;
  for (const auto& one : strokes_of(instance)) {
    const auto& what = faults_[one.fault];
    if (one.from <= now && now < one.to
        && lucky(what.chance, random, one.fault)) {
      decide(what, one.to, made);
    }
  }
  return made;
}

startup_decision fault_plan::on_startup(instance_number instance,
                                        nanoseconds now,
                                        std::uint64_t random) const {
  return decide_now<startup_decision>(instance, now, random);
}

answer_decision fault_plan::on_answer(instance_number instance,
                                      nanoseconds now,
                                      std::uint64_t random) const {
  return decide_now<answer_decision>(instance, now, random);
}

nanoseconds fault_plan::tls_delay(std::optional<instance_number> instance,
                                  nanoseconds now,
                                  std::uint64_t random) const {
  nanoseconds delay{0};
  if (instance) {
    for (const auto& one : strokes_of(*instance)) {
      const auto& what = faults_[one.fault];
      if (what.is == fault_kind::slow_tls && one.from <= now && now < one.to
          && lucky(what.chance, random, one.fault)) {
        delay += what.by;
      }
    }
    return delay;
  }
  for (std::uint32_t at = 0; at < faults_.size() && instances_ > 0; ++at) {
    const auto& what = faults_[at];
    const auto part =
      static_cast<double>(struck_[at]) / static_cast<double>(instances_);
    if (what.is == fault_kind::slow_tls && what.from <= now && now < what.to
        && lucky(what.chance * part, random, at)) {
      delay += what.by;
    }
  }
  return delay;
}

std::vector<expulsion> fault_plan::expulsions() const {
  std::vector<expulsion> made;
  for (instance_number instance = 0; instance < instances_; ++instance) {
    for (const auto& one : strokes_of(instance)) {
      const auto& what = faults_[one.fault];
      const bool reset =
        what.is == fault_kind::reset && what.place == fault_place::sessions;
      if (reset || what.is == fault_kind::restart
          || what.is == fault_kind::failover) {
        made.push_back({one.from, instance, reset});
      }
    }
  }
  std::stable_sort(made.begin(), made.end(),
                   [](const expulsion& left, const expulsion& right) {
                     return left.at < right.at;
                   });
  return made;
}

std::vector<model_event>
fault_plan::model_events(instance_number instance) const {
  std::vector<model_event> made;
  for (const auto& one : strokes_of(instance)) {
    const auto& what = faults_[one.fault];
    if (!alters_model(what.is)) {
      continue;
    }
    made.push_back({one.from, what.is, what.amount, what.abrupt});
    if (what.is == fault_kind::distinct_queries && one.to != forever) {
      made.push_back({one.to, what.is, 0, false});
    }
  }
  std::stable_sort(made.begin(), made.end(),
                   [](const model_event& left, const model_event& right) {
                     return left.at < right.at;
                   });
  return made;
}

std::vector<std::uint32_t> fault_plan::scram_iterations() const {
  std::vector<std::uint32_t> made;
  for (const auto& one : faults_) {
    if (one.is == fault_kind::scram_iterations) {
      made.push_back(static_cast<std::uint32_t>(one.amount));
    }
  }
  return made;
}

} // namespace pgmuster::loadtest
