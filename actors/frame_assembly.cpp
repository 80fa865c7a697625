#include "actors/frame_assembly.hpp"

#include "config/free_capacity.hpp"
#include "config/limits.hpp"
#include "routing/lane_for.hpp"

#include <algorithm>
#include <utility>

namespace pgmuster {

namespace {

/// Adds to a batch without room beyond what a batch may hold. A string of its
/// own doubles, also where it is asked for less.
void append(std::string& batch, const std::string& piece, std::size_t most) {
  const auto needed = batch.size() + piece.size();
  if (needed > batch.capacity()) {
    std::string larger;
    larger.reserve(std::max(needed, std::min(2 * batch.capacity(), most)));
    larger += batch;
    batch.swap(larger);
  }
  batch += piece;
}

/// Room of which little is used is given back: the first cycles of all targets,
/// or a refresh, fill what is then long all but empty.
bool too_large(const std::string& room, std::size_t used) {
  return room.capacity() > 3 * used;
}

/// Halves the rows of the largest block into two lists of blocks.
std::pair<std::vector<point_block>, std::vector<point_block>>
halve(std::vector<point_block> blocks) {
  if (blocks.size() > 1) {
    const auto middle =
      blocks.begin() + static_cast<std::ptrdiff_t>(blocks.size() / 2);
    std::vector<point_block> rest(std::make_move_iterator(middle),
                                  std::make_move_iterator(blocks.end()));
    blocks.erase(middle, blocks.end());
    return {std::move(blocks), std::move(rest)};
  }
  auto& rows = blocks.front().rows;
  const auto middle =
    rows.begin() + static_cast<std::ptrdiff_t>(rows.size() / 2);
  point_block rest{
    blocks.front().layout,
    {std::make_move_iterator(middle), std::make_move_iterator(rows.end())}};
  rows.erase(middle, rows.end());
  std::vector<point_block> second;
  second.push_back(std::move(rest));
  return {std::move(blocks), std::move(second)};
}

bool divisible(const std::vector<point_block>& blocks) {
  return blocks.size() > 1
         || (blocks.size() == 1 && blocks.front().rows.size() > 1);
}

} // namespace

frame_assembly::frame_assembly(const configuration& config,
                               ledger& books,
                               lane_counts& counted)
  : books_(books), counted_(counted) {
  for (const auto& tenant : config.tenants) {
    auto& outlets = outlets_[tenant.id];
    for (const auto& name : tenant.routes) {
      const auto& route = config.routes.at(name);
      const auto* otlp = std::get_if<otlp_destination>(&route.destination);
      outlets.push_back(
        otlp != nullptr
          ? outlet{name, otlp->encoding, otlp->shards, route.batch,
                   route.signals, otlp->temporality}
          : outlet{name, compression::none, 1, route.batch, route.signals});
    }
  }
}

frame_assembly::demand
frame_assembly::demand_of(const std::vector<outlet>& outlets,
                          sum_temporality temporality) {
  demand made;
  for (const auto& one : outlets) {
    if (!one.signals.metrics || one.temporality != temporality) {
      continue;
    }
    if (!std::exchange(made.wanted, true)) {
      made.limits = one.limits;
    }
    made.limits.bytes = std::min(made.limits.bytes, one.limits.bytes);
    made.limits.points = std::min(made.limits.points, one.limits.points);
  }
  return made;
}

void frame_assembly::encode(const resource& of,
                            const std::vector<point_block>& blocks,
                            const batch_limits& limits,
                            sum_temporality temporality,
                            std::vector<encoded_points>& pieces) {
  auto encoded = encoder_.encode(of, blocks, temporality);
  if ((encoded.bytes.size() > limits.bytes.value()
       || encoded.points > limits.points)
      && divisible(blocks)) {
    const auto [first, second] = halve(blocks);
    encode(of, first, limits, temporality, pieces);
    encode(of, second, limits, temporality, pieces);
    return;
  }
  if (encoded.points > 0) {
    pieces.push_back(std::move(encoded));
  }
}

std::vector<finished_frame> frame_assembly::add(const observation& seen,
                                                shaping_lease& lease,
                                                const shaping_tally& went,
                                                std::uint64_t made,
                                                mono_time now) {
  const auto events = encode_events(*seen.of, seen.events);
  pouring into{seen, now, {}};
  const origins from{went.passed - std::min(went.passed, events.points), made};
  add_metrics(sum_temporality::cumulative, from, into);
  add_metrics(sum_temporality::delta, from, into);
  for (auto& out : outlets_[seen.of->tenant]) {
    if (events.points > 0 && out.signals.logs) {
      put(out, signal::logs, events, events.points, 0, into);
    }
  }
  // Last, so that what a crash would take is at all times in one of the books.
  lease.settle(went);
  add_to(counted_.went[seen.of->tenant], went);
  return std::move(into.full);
}

void frame_assembly::add_metrics(sum_temporality temporality,
                                 origins from,
                                 pouring& into) {
  const auto& seen = into.seen;
  const auto what = demand_of(outlets_[seen.of->tenant], temporality);
  if (!what.wanted) {
    return;
  }
  std::vector<encoded_points> pieces;
  left_out rest;
  if (temporality == sum_temporality::delta) {
    const auto converted = deltas_.convert(seen);
    rest = converted.rest;
    encode(*seen.of, converted.blocks, what.limits, temporality, pieces);
  } else {
    encode(*seen.of, seen.blocks, what.limits, temporality, pieces);
  }
  put_metrics(pieces, rest, temporality, from, into);
}

void frame_assembly::put_metrics(const std::vector<encoded_points>& pieces,
                                 const left_out& rest,
                                 sum_temporality temporality,
                                 origins from,
                                 pouring& into) {
  auto& outlets = outlets_[into.seen.of->tenant];
  const auto each = [&](const auto& act) {
    for (auto& out : outlets) {
      if (out.signals.metrics && out.temporality == temporality) {
        act(out);
      }
    }
  };
  // Which of the points are made does not matter to the books, only that all
  // of both kinds enter once.
  const auto left = rest.unchanged + rest.beyond_limit;
  const auto made_left = std::min(from.made, left);
  if (left > 0) {
    each([&](const auto& out) {
      leave_out(out, rest, made_left, into.seen.of->tenant);
    });
  }
  from.made -= made_left;
  from.passed -= std::min(from.passed, left - made_left);
  for (const auto& piece : pieces) {
    const auto last = &piece == &pieces.back();
    const auto old = last ? from.passed : std::min(from.passed, piece.points);
    const auto added =
      last ? from.made : std::min(from.made, piece.points - old);
    from.passed -= old;
    from.made -= added;
    each(
      [&](auto& out) { put(out, signal::metrics, piece, old, added, into); });
  }
}

void frame_assembly::leave_out(const outlet& out,
                               const left_out& rest,
                               std::uint64_t made,
                               const tenant_id& tenant) {
  books_.delivery(tenant, out.route)->leave_out(rest, made);
  auto& counted = counted_.outlets[{tenant, out.route}];
  counted.entered += rest.unchanged + rest.beyond_limit;
  counted.out.unchanged += rest.unchanged;
  counted.out.beyond_limit += rest.beyond_limit;
}

std::string frame_assembly::room_for(const outlet& out, signal carries) {
  // Events are few.
  if (carries != signal::metrics) {
    return {};
  }
  auto room = std::exchange(spare_, {});
  const auto likely = out.likely_bytes;
  if (room.capacity() < likely || too_large(room, likely)) {
    free_capacity(room);
    room.reserve(likely);
  }
  return room;
}

void frame_assembly::put(outlet& out,
                         signal carries,
                         const encoded_points& piece,
                         std::uint64_t passed,
                         std::uint64_t made,
                         pouring& into) {
  const auto& seen = into.seen;
  const batch_key key{seen.of->tenant, out.route,
                      shard_for(seen.of->hash >> 8U, out.shards), carries};
  auto found = batches_.find(key);
  if (found != batches_.end()
      && (found->second.bytes.size() + piece.bytes.size()
            > out.limits.bytes.value()
          || found->second.points + piece.points > out.limits.points)) {
    into.full.push_back(cut(key, std::move(found->second)));
    batches_.erase(found);
    found = batches_.end();
  }
  if (found == batches_.end()) {
    found = batches_.emplace(key, batch{}).first;
    found->second.lease = std::make_shared<delivery_lease>(
      books_.delivery(seen.of->tenant, out.route));
    found->second.since = into.now;
    found->second.oldest = seen.time;
    found->second.bytes = room_for(out, carries);
    found->second.of = &out;
  }
  auto& open = found->second;
  open.lease->enter(passed, made);
  counted_.outlets[{seen.of->tenant, out.route}].entered += passed + made;
  append(open.bytes, piece.bytes, out.limits.bytes.value());
  open.lease->weigh(open.bytes.size());
  open.points += piece.points;
  open.newest = seen.time;
}

finished_frame frame_assembly::cut(const batch_key& key, batch taken) {
  auto made = std::make_shared<frame>();
  made->tenant = std::get<0>(key);
  made->route = std::get<1>(key);
  made->shard = std::get<2>(key);
  made->carries = std::get<3>(key);
  made->points = taken.points;
  made->bytes_before_compression = taken.bytes.size();
  made->oldest = taken.oldest;
  made->newest = taken.newest;
  made->encoding = taken.of->encoding;
  made->sums = made->carries == signal::metrics ? taken.of->temporality
                                                : sum_temporality::cumulative;
  auto packed = compressor_.compress(made->encoding, taken.bytes);
  if (packed) {
    made->payload = std::move(packed.value());
  } else {
    made->encoding = compression::none;
    made->payload = std::move(taken.bytes);
  }
  taken.lease->framed(made->points);
  taken.lease->weigh(made->payload.size());
  counted_.outlets[{made->tenant, made->route}].framed += made->points;
  if (made->carries == signal::metrics) {
    taken.of->likely_bytes = made->bytes_before_compression;
  }
  if (!too_large(taken.bytes, taken.bytes.size())
      && taken.bytes.capacity() > spare_.capacity()) {
    spare_ = std::move(taken.bytes);
    spare_.clear();
  }
  return {std::move(made), std::move(taken.lease)};
}

std::map<outlet_key, std::uint64_t> frame_assembly::batching() const {
  std::map<outlet_key, std::uint64_t> held;
  for (const auto& [key, open] : batches_) {
    held[{std::get<0>(key), std::get<1>(key)}] += open.lease->points();
  }
  return held;
}

std::vector<finished_frame> frame_assembly::take_old(mono_time now) {
  std::vector<finished_frame> taken;
  for (auto at = batches_.begin(); at != batches_.end();) {
    if (now - at->second.since >= at->second.of->limits.age) {
      taken.push_back(cut(at->first, std::move(at->second)));
      at = batches_.erase(at);
    } else {
      ++at;
    }
  }
  return taken;
}

std::vector<finished_frame> frame_assembly::take_all() {
  std::vector<finished_frame> taken;
  for (auto& [key, waiting] : batches_) {
    taken.push_back(cut(key, std::move(waiting)));
  }
  batches_.clear();
  return taken;
}

} // namespace pgmuster
