// What an exporter has taken in and holds, for markers.
#include "actors/exporter_actor.hpp"

namespace pgmuster {

void exporter_actor::count_in(const frame_ready& ready) {
  shared_->shard_counted.at({route_.name, shard_})
    .received_by_lane[ready.lane][ready.what->tenant] += ready.what->points;
}

void exporter_actor::on_marker(const marker& passed) {
  auto& place = passed.pass->shards.at({route_.name, shard_});
  place.counts.received_by_lane[passed.lane] =
    shared_->shard_counted.at({route_.name, shard_})
      .received_by_lane[passed.lane];
  if (++place.markers == place.counts.received_by_lane.size()) {
    export_queue::held_leases held;
    queue_.list(held);
    backlog_.list(held);
    for (const auto& [refusal, refused] : leaving_) {
      held.emplace(refused.lease.get(), refused.what->tenant);
    }
    for (const auto& [lease, tenant] : held) {
      place.counts.in_flight[tenant] += lease->points();
    }
    passed.pass->all.one_done();
  }
}

} // namespace pgmuster
