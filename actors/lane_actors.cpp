// From what was read to what is sent of it: names, bounds, choice.
#include "actors/lane_passing.hpp"
#include "actors/text_actor.hpp"
#include "config/limits.hpp"
#include "routing/schedule.hpp"

#include <algorithm>

namespace pgmuster {

// -- fingerprint
// ---------------------------------------------------------------

fingerprint_actor::fingerprint_actor(caf::actor_config& config,
                                     lane_place where)
  : caf::event_based_actor(config),
    where_(std::move(where)),
    series_(*where_.shared->fingerprints),
    names_(*where_.shared->fingerprints) {}

caf::behavior fingerprint_actor::make_behavior() {
  // It ends with us and we with it: then both are started again.
  texts_ = system().spawn<text_actor>(where_.shared, where_.lane);
  link_to(texts_);
  return {
    [this](passing& message) {
      count_in(where_, stage::fingerprint, message);
      const auto overflows = series_.overflows();
      auto unknown = series_.absorb(*message.seen);
      if (series_.overflows() > overflows) {
        where_.shared->metrics->count(
          "pgmuster_names_learned_anew_total",
          "Targets with more statements than are remembered: theirs are "
          "learned from nothing.",
          1);
      }
      names_.name(*message.seen, series_);
      have_described(message.seen->of->hash, std::move(unknown));
      hand_on(where_, stage::cardinality, std::move(message));
    },
    [this](const texts_described& back) { learn(back); },
    [this](const forget_gone& gone) {
      where_.shared->metrics->count(
        "pgmuster_names_forgotten_total",
        "Identities of statements whose database or target is gone.",
        static_cast<double>(series_.forget(gone.target, gone.database)));
      hand_on(where_, stage::cardinality, gone);
    },
    [this](const flush_lane& flush) {
      hand_on(where_, stage::cardinality, flush);
    },
    [this](const marker& passed) {
      leave_counts(where_, stage::fingerprint, passed);
      hand_on(where_, stage::cardinality, passed);
    },
  };
}

void fingerprint_actor::on_exit() {
  caf::anon_send_exit(texts_, caf::exit_reason::kill);
  texts_ = nullptr;
}

/// Some at a time, so that others have their turn in between.
void fingerprint_actor::have_described(std::uint64_t target,
                                       std::vector<entry_text> unknown) {
  constexpr std::size_t at_a_time = 32;
  std::size_t turned_away = 0;
  for (std::size_t from = 0; from < unknown.size(); from += at_a_time) {
    auto some = std::make_shared<std::vector<entry_text>>();
    for (auto at = from; at < unknown.size() && at < from + at_a_time; ++at) {
      const auto bytes = unknown[at].text.size();
      if (bytes_out_ + bytes > limits::texts_waiting_max.value()) {
        ++turned_away;
        continue;
      }
      bytes_out_ += bytes;
      some->push_back(std::move(unknown[at]));
    }
    if (!some->empty()) {
      cafc::tell(texts_, describe_texts{target, std::move(some)});
    }
  }
  if (turned_away > 0) {
    where_.shared->metrics->count(
      "pgmuster_texts_turned_away_total",
      "Texts of statements that came faster than they could be looked at; they "
      "come again.",
      static_cast<double>(turned_away));
  }
}

void fingerprint_actor::learn(const texts_described& back) {
  std::uint64_t bytes = 0;
  for (const auto& text : *back.texts) {
    bytes += text.text.size();
  }
  // After a restart there may be answers to what another has asked.
  bytes_out_ -= std::min(bytes_out_, bytes);
  series_.learn(back.target, *back.texts, *back.shapes);
}

// -- cardinality
// ---------------------------------------------------------------

cardinality_actor::cardinality_actor(caf::actor_config& config,
                                     lane_place where)
  : caf::event_based_actor(config),
    where_(std::move(where)),
    info_(where_.shared->config.statements) {}

caf::behavior cardinality_actor::make_behavior() {
  // That they are 0 is to be seen, too.
  count_refused(0);
  count_violations(0);
  return {
    [this](passing& message) {
      count_in(where_, stage::cardinality, message);
      shape(message);
      hand_on(where_, stage::sampler, std::move(message));
    },
    [this](const forget_gone& gone) {
      forget(gone);
      hand_on(where_, stage::sampler, gone);
    },
    [this](const flush_lane& flush) { hand_on(where_, stage::sampler, flush); },
    [this](const marker& passed) {
      leave_counts(where_, stage::cardinality, passed);
      hand_on(where_, stage::sampler, passed);
    },
  };
}

cardinality_actor::instance&
cardinality_actor::instance_of(const resource& of) {
  auto& here = instances_[of.hash];
  if (here.series == nullptr) {
    const auto& budget = where_.shared->series.at(of.tenant);
    here.may_have = budget.may_have;
    here.series =
      std::make_shared<series_budget>(here.may_have.per_target, budget.tenant);
  }
  return here;
}

void cardinality_actor::count_refused(std::uint64_t times) {
  where_.shared->metrics->count(
    "pgmuster_series_over_budget_total",
    "Times that the series of a target or tenant left no room for an entry, "
    "a table or an index.",
    static_cast<double>(times));
}

void cardinality_actor::count_violations(std::uint64_t times) {
  where_.shared->metrics->count(
    "pgmuster_cardinality_violations_total",
    "Columns of a cycle in which what has series and what has none did not "
    "add up to all that was read.",
    static_cast<double>(times));
}

accumulation_outcome cardinality_actor::accumulate(instance& here,
                                                   const entry_block& read,
                                                   const observation& seen) {
  cardinality_limits bounds;
  bounds.kept_max = read.kept;
  bounds.ranked_by = read.ranked_by;
  if (read.layout->probe == "statements") {
    const auto& told = where_.shared->config.statements;
    bounds.kept_max = told.limit;
    bounds.mean_min = microseconds{told.mean_time_min}.count();
  }
  bounds.refresh_after = limits::refresh_after;
  auto& family =
    here.families.try_emplace({read.layout->probe, read.database}, here.series)
      .first->second;
  const auto refused = family.over_budget();
  auto outcome = family.absorb(read, bounds, seen.time, seen.of->hash);
  if (family.over_budget() > refused) {
    count_refused(family.over_budget() - refused);
  }
  return outcome;
}

std::size_t
cardinality_actor::bound(instance& here, point_block& block, passing& message) {
  const auto& bound = block.layout->bounded;
  if (!bound) {
    return 0;
  }
  const auto named = here.may_have.kept_of(bound->kept_class);
  auto& family =
    here.bounded.try_emplace({block.layout->probe, block.database}, here.series)
      .first->second;
  const auto refused = family.over_budget();
  member_limits limits;
  limits.most = named != 0 ? named : bound->kept;
  const auto outcome =
    family.bound(block, limits, message.seen->time, message.seen->incarnation);
  message.went.folded += outcome.folded;
  if (family.over_budget() > refused) {
    count_refused(family.over_budget() - refused);
  }
  if (outcome.violations > 0) {
    count_violations(outcome.violations);
  }
  return 1;
}

void cardinality_actor::shape(passing& message) {
  auto& seen = *message.seen;
  auto& here = instance_of(*seen.of);
  auto& unchanged =
    here.unchanged.try_emplace(message.database, refresh_limits{}, room_)
      .first->second;
  for (auto& block : seen.blocks) {
    const auto ours = bound(here, block, message);
    const auto kept = unchanged.filter(block, seen.time, seen.of->hash, ours);
    message.went.passed += kept.passed;
    message.went.unchanged += kept.unchanged;
    message.made += kept.made;
  }
  message.went.unchanged += seen.unchanged;
  for (const auto& read : seen.entries) {
    auto outcome = accumulate(here, read, seen);
    message.went.passed += outcome.went.passed;
    message.went.unchanged += outcome.went.unchanged;
    message.went.folded += outcome.went.folded;
    message.made += outcome.made;
    if (outcome.violations > 0) {
      count_violations(outcome.violations);
    }
    auto info = info_.of(outcome.block, *where_.shared->fingerprints);
    message.made += info.rows.size();
    seen.blocks.push_back(std::move(outcome.block));
    if (!info.rows.empty()) {
      seen.blocks.push_back(std::move(info));
    }
  }
  seen.entries.clear();
}

void cardinality_actor::forget(const forget_gone& gone) {
  const auto known = instances_.find(gone.target);
  if (known == instances_.end()) {
    return;
  }
  auto& here = known->second;
  std::size_t families = here.families.size() + here.bounded.size();
  if (gone.database.empty()) {
    instances_.erase(known);
  } else {
    const auto is_gone = [&](const auto& one) {
      return one.first.second == gone.database;
    };
    here.unchanged.erase(gone.database);
    families = std::erase_if(here.families, is_gone);
    families += std::erase_if(here.bounded, is_gone);
  }
  where_.shared->metrics->count(
    "pgmuster_families_forgotten_total",
    "Families of entries, tables or indexes whose database or target is gone.",
    static_cast<double>(families));
}

// -- sampler
// -------------------------------------------------------------------

sampler_actor::sampler_actor(caf::actor_config& config, lane_place where)
  : caf::event_based_actor(config), where_(std::move(where)) {}

caf::behavior sampler_actor::make_behavior() {
  return {
    [this](passing& message) {
      count_in(where_, stage::sampler, message);
      choose(message);
      hand_on(where_, stage::frame, std::move(message));
    },
    [this](const forget_gone& gone) {
      if (gone.database.empty()) {
        allowances_.erase(gone.target);
      }
      hand_on(where_, stage::frame, gone);
    },
    [this](const flush_lane& flush) { hand_on(where_, stage::frame, flush); },
    [this](const marker& passed) {
      leave_counts(where_, stage::sampler, passed);
      hand_on(where_, stage::frame, passed);
    },
  };
}

void sampler_actor::choose(passing& message) {
  auto& events = message.seen->events;
  if (events.empty()) {
    return;
  }
  auto& went = message.went;
  if (where_.shared->memory.state() != memory_state::ample) {
    add_to(went.dropped, dropped_for(drop_reason::memory, events.size()));
    events.clear();
    return;
  }
  weigh_samples(message);
  const auto before = events.size();
  std::erase_if(events, [](const target_event& one) {
    return one.kind == event_kind::sample && one.weight <= 0;
  });
  went.sampled_out += before - events.size();
  add_to(went.dropped,
         dropped_for(drop_reason::event_limit, tell_changes(message)));
  went.passed += events.size();
}

void sampler_actor::weigh_samples(passing& message) {
  auto& events = message.seen->events;
  std::vector<sample_traits> samples;
  for (const auto& one : events) {
    if (one.kind == event_kind::sample) {
      samples.push_back(one.sample);
    }
  }
  const auto& tenant = message.seen->of->tenant;
  const auto policy = where_.shared->events.find(tenant);
  if (samples.empty() || policy == where_.shared->events.end()) {
    return;
  }
  auto& sampler = samplers_
                    .try_emplace(tenant, policy->second->how,
                                 stable_hash(tenant.value(), "samples"))
                    .first->second;
  const auto weights = sampler.choose(samples, policy->second->budget,
                                      where_.shared->clock->mono());
  auto weight = weights.begin();
  for (auto& one : events) {
    if (one.kind == event_kind::sample) {
      one.weight = *weight++;
    }
  }
}

/// What has changed or is wrong is told, but no flood of it; returns how many
/// were left out.
std::uint64_t sampler_actor::tell_changes(passing& message) {
  auto& events = message.seen->events;
  const auto is_change = [](const target_event& one) {
    return one.kind == event_kind::change;
  };
  const auto changes = static_cast<std::uint64_t>(
    std::count_if(events.begin(), events.end(), is_change));
  if (changes == 0) {
    return 0;
  }
  auto left = allowances_[message.seen->of->hash].take(
    changes, where_.shared->clock->mono(), event_limits{});
  return std::erase_if(events, [&](const target_event& one) {
    if (!is_change(one)) {
      return false;
    }
    const bool told = left > 0;
    left -= told ? 1U : 0U;
    return !told;
  });
}

} // namespace pgmuster
