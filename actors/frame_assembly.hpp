// Batches encoded points by tenant, route and shard, and cuts frames by bytes
// and age. Pure but for the books it keeps.
#pragma once

#include "codec/compress.hpp"
#include "codec/frame.hpp"
#include "codec/otlp_encode.hpp"
#include "codec/otlp_events.hpp"
#include "config/configuration.hpp"
#include "routing/audit.hpp"
#include "routing/delta_points.hpp"
#include "routing/lease.hpp"

#include <map>
#include <tuple>

namespace pgmuster {

struct finished_frame {
  std::shared_ptr<const frame> what;
  std::shared_ptr<delivery_lease> lease;
};

/// Of one lane; used by one thread. Frames never mix tenants.
class frame_assembly {
public:
  /// Counts into `counted` what it does with the points.
  frame_assembly(const configuration& config,
                 ledger& books,
                 lane_counts& counted);

  /// Ends the lease and puts the points into the batch of each route of the
  /// tenant; returns frames that became full.
  [[nodiscard]] std::vector<finished_frame> add(const observation& seen,
                                                shaping_lease& lease,
                                                const shaping_tally& went,
                                                std::uint64_t made,
                                                mono_time now);
  /// Batches whose oldest point waited long enough.
  [[nodiscard]] std::vector<finished_frame> take_old(mono_time now);
  [[nodiscard]] std::vector<finished_frame> take_all();
  /// Lets all batches go; their leases count the points as lost.
  void clear() { batches_.clear(); }
  /// Points of the leases of open batches.
  [[nodiscard]] std::map<outlet_key, std::uint64_t> batching() const;
  [[nodiscard]] bool empty() const noexcept { return batches_.empty(); }
  /// What it holds for routes that take deltas.
  [[nodiscard]] const delta_points& deltas() const noexcept { return deltas_; }

private:
  struct outlet {
    route_name route;
    compression encoding = compression::none;
    std::size_t shards = 1;
    batch_limits limits;
    route_signals signals;
    sum_temporality temporality = sum_temporality::cumulative;
    /// What its last batch of metrics came to: room for the next one, which is
    /// not filled by doubling (half of what is doubled is let go).
    std::size_t likely_bytes = 0;
  };
  using batch_key = std::tuple<tenant_id, route_name, std::size_t, signal>;
  struct batch {
    std::string bytes;
    std::uint64_t points = 0;
    std::shared_ptr<delivery_lease> lease;
    mono_time since{};
    wall_time oldest{};
    wall_time newest{};
    outlet* of = nullptr;
  };

  /// How the routes of a tenant that take metrics want them.
  struct demand {
    bool wanted = false;
    /// A tenant's pieces are as small as its strictest route wants them.
    batch_limits limits;
  };
  [[nodiscard]] static demand demand_of(const std::vector<outlet>& outlets,
                                        sum_temporality temporality);
  void encode(const resource& of,
              const std::vector<point_block>& blocks,
              const batch_limits& limits,
              sum_temporality temporality,
              std::vector<encoded_points>& pieces);
  /// What came of one observation, on its way into batches.
  struct pouring {
    const observation& seen;
    mono_time now;
    std::vector<finished_frame> full;
  };
  /// Points of one observation by where they come from.
  struct origins {
    std::uint64_t passed = 0;
    std::uint64_t made = 0;
  };
  void add_metrics(sum_temporality temporality, origins from, pouring& into);
  void put(outlet& out,
           signal carries,
           const encoded_points& piece,
           std::uint64_t passed,
           std::uint64_t made,
           pouring& into);
  void put_metrics(const std::vector<encoded_points>& pieces,
                   const left_out& rest,
                   sum_temporality temporality,
                   origins from,
                   pouring& into);
  void leave_out(const outlet& out,
                 const left_out& rest,
                 std::uint64_t made,
                 const tenant_id& tenant);
  [[nodiscard]] std::string room_for(const outlet& out, signal carries);
  [[nodiscard]] finished_frame cut(const batch_key& key, batch taken);

  std::map<tenant_id, std::vector<outlet>> outlets_;
  ledger& books_;
  lane_counts& counted_;
  otlp_encoder encoder_;
  /// The buffer of a batch that was cut, for the next one.
  std::string spare_;
  delta_points deltas_;
  compressor compressor_;
  std::map<batch_key, batch> batches_;
};

} // namespace pgmuster
