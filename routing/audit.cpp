// Counts of stages are exact where the marker passed: what one handed on, the
// next has taken. Books move on meanwhile, so they are held to two readings.
#include "routing/audit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace pgmuster {

namespace {

constexpr std::array<const char*, audited_stages> stage_names{
  "fingerprint", "cardinality", "sampler", "frame"};

std::uint64_t settled(const shaping_tally& went) {
  return went.passed + went.unchanged + went.folded + went.sampled_out
         + sum_of(went.dropped);
}

template <class Map>
std::uint64_t at(const Map& counts, const typename Map::key_type& key) {
  const auto found = counts.find(key);
  return found == counts.end() ? 0 : found->second;
}

std::uint64_t lost_with_actors(const drop_tally& dropped) {
  return dropped[static_cast<std::size_t>(drop_reason::actor_lost)];
}

/// The view of a tenant, which the earlier reading may not have had.
const ledger::tenant_view* find(const std::vector<ledger::tenant_view>& views,
                                const tenant_id& tenant) {
  const auto found =
    std::find_if(views.begin(), views.end(),
                 [&](const auto& one) { return one.tenant == tenant; });
  return found == views.end() ? nullptr : &*found;
}

/// Compares the counts of one round with the books of one tenant.
class comparison {
public:
  comparison(const audit_round& round,
             const ledger::tenant_view& after,
             audit_outcome& into)
    : round_(round), after_(after), into_(into) {
    if (const auto* known = find(round.before, after.tenant)) {
      before_ = *known;
    }
  }

  void shaping(const ledger::tenant_view* earlier);
  void delivery(const ledger::tenant_view* earlier);

private:
  void say(const std::string& what) {
    into_.disagreements.push_back(
      fmt::format("tenant {}: {}", after_.tenant.value(), what));
  }
  /// A count that only grows lies between the two readings.
  void between(const std::string& what,
               std::uint64_t before,
               std::uint64_t counted,
               std::uint64_t after) {
    if (counted < before || counted > after) {
      say(fmt::format("{}: the stages counted {}, the book says {} to {}", what,
                      counted, before, after));
    }
  }
  void
  equal(const std::string& what, std::uint64_t counted, std::uint64_t in_book) {
    if (counted != in_book) {
      say(fmt::format("{}: the stages hold {}, the book says {}", what, counted,
                      in_book));
    }
  }
  /// What did not arrive where it was sent was lost with an actor, and its
  /// lease has said so.
  void accounted(const std::string& what,
                 std::uint64_t sent,
                 std::uint64_t arrived,
                 std::uint64_t lost) {
    if (arrived > sent || sent - arrived > lost) {
      say(fmt::format("{}: {} of {} arrived, {} were lost with actors", what,
                      arrived, sent, lost));
    }
  }
  void lane(const lane_counts& counts);
  void outlet(const route_name& route,
              const delivery_view& before,
              const delivery_view& after);
  void spooled(const route_name& route, const delivery_view& after);

  const audit_round& round_;
  const ledger::tenant_view& after_;
  audit_outcome& into_;
  ledger::tenant_view before_;
};

void comparison::lane(const lane_counts& counts) {
  const auto lost = lost_with_actors(after_.shaping.went.dropped);
  for (std::size_t one = 1; one < audited_stages; ++one) {
    accounted(
      fmt::format("from {} to {}", stage_names[one - 1], stage_names[one]),
      at(counts.entered[one - 1], after_.tenant),
      at(counts.entered[one], after_.tenant), lost);
  }
  const auto went = counts.went.find(after_.tenant);
  accounted("through the frame stage", at(counts.entered.back(), after_.tenant),
            went == counts.went.end() ? 0 : settled(went->second), lost);
}

void comparison::shaping(const ledger::tenant_view* earlier) {
  shaping_tally went;
  for (const auto& counts : round_.lanes) {
    lane(counts);
    const auto found = counts.went.find(after_.tenant);
    if (found != counts.went.end()) {
      add_to(went, found->second);
    }
  }
  const auto& first = before_.shaping.went;
  const auto& last = after_.shaping.went;
  between("passed", first.passed, went.passed, last.passed);
  between("unchanged", first.unchanged, went.unchanged, last.unchanged);
  between("folded", first.folded, went.folded, last.folded);
  between("sampled_out", first.sampled_out, went.sampled_out, last.sampled_out);
  const auto still = before_.shaping.transitions == after_.shaping.transitions;
  ++(still ? into_.still : into_.moving);
  // Between two markers nothing can wait in a lane that the second finds empty.
  if (still && earlier != nullptr
      && earlier->shaping.transitions == after_.shaping.transitions) {
    equal("held in lanes", 0, after_.shaping.held);
  }
}

void comparison::outlet(const route_name& route,
                        const delivery_view& before,
                        const delivery_view& after) {
  const outlet_key key{after_.tenant, route};
  outlet_counts sum;
  std::uint64_t received = 0;
  std::uint64_t in_flight = 0;
  for (const auto& counts : round_.lanes) {
    const auto found = counts.outlets.find(key);
    if (found != counts.outlets.end()) {
      sum.entered += found->second.entered;
      sum.out.unchanged += found->second.out.unchanged;
      sum.out.beyond_limit += found->second.out.beyond_limit;
      sum.framed += found->second.framed;
      sum.batching += found->second.batching;
    }
  }
  for (const auto& [shard, counts] : round_.shards) {
    if (shard.first != route) {
      continue;
    }
    in_flight += at(counts.in_flight, after_.tenant);
    for (const auto& from : counts.received_by_lane) {
      received += at(from, after_.tenant);
    }
  }
  const auto named = [&](const char* what) {
    return fmt::format("route {}: {}", route.value(), what);
  };
  const auto lost =
    lost_with_actors(after.dropped)
    + after.dropped[static_cast<std::size_t>(drop_reason::unencodable)];
  between(named("entered"), before.passed + before.made, sum.entered,
          after.passed + after.made);
  between(named("unchanged"), before.unchanged, sum.out.unchanged,
          after.unchanged);
  accounted(
    named("from batches to frames"), sum.entered,
    sum.framed + sum.batching + sum.out.unchanged + sum.out.beyond_limit, lost);
  accounted(named("from frame stages to exporters"), sum.framed, received,
            lost);
  const auto still = before.transitions == after.transitions;
  ++(still ? into_.still : into_.moving);
  if (still) {
    equal(named("batching"), sum.batching, after.batching);
    equal(named("in flight"), in_flight, after.in_flight);
  }
}

void comparison::spooled(const route_name& route, const delivery_view& after) {
  if (round_.spooled) {
    equal(fmt::format("route {}: spooled", route.value()),
          at(*round_.spooled, {after_.tenant, route}), after.spooled);
  }
}

void comparison::delivery(const ledger::tenant_view* earlier) {
  for (const auto& [route, view] : after_.delivery) {
    const auto known = before_.delivery.find(route);
    outlet(route,
           known == before_.delivery.end() ? delivery_view{} : known->second,
           view);
    if (earlier == nullptr) {
      continue;
    }
    // What the spool was asked to do between two markers it has done.
    const auto last = earlier->delivery.find(route);
    if (last != earlier->delivery.end()
        && last->second.transitions == view.transitions) {
      spooled(route, view);
    }
  }
}

} // namespace

audit_outcome judge(const audit_round& round,
                    const std::vector<ledger::tenant_view>& earlier) {
  audit_outcome outcome;
  for (const auto& after : round.after) {
    comparison with{round, after, outcome};
    const auto* last = find(earlier, after.tenant);
    with.shaping(last);
    with.delivery(last);
  }
  return outcome;
}

} // namespace pgmuster
