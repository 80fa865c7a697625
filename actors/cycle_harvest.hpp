// Gathers the results of one cycle of one database into an observation. Pure.
#pragma once

#include "actors/session_harvest.hpp"
#include "actors/target_identity.hpp"
#include "codec/catalog/entry_rows.hpp"
#include "codec/catalog/map_rows.hpp"
#include "drivers/postgres/session.hpp"
#include "routing/entry_deltas.hpp"
#include "routing/fingerprint_cache.hpp"

#include <map>
#include <optional>
#include <set>

namespace pgmuster {

/// What the `identity` probe said.
struct server_identity {
  incarnation during;
  std::int64_t timeline = 0;
  bool standby = false;
  bool privileged = true;
  std::string version;
  /// The one we are connected to.
  std::string database;
};

struct known_database {
  std::int64_t oid = 0;
  std::string name;
  bool connectable = true;
};

/// What outlives a cycle: baselines and names.
struct harvest_memory {
  std::optional<server_identity> identity;
  std::map<std::int64_t, std::string> database_names;
  std::map<std::string, entry_deltas> deltas;
  std::int64_t statements_reset = 0;
  std::uint64_t incarnations = 0;
  /// Texts whose shapes it knows are not copied; may be null.
  fingerprint_cache* shapes = nullptr;
  sample_memory samples;
};

/// The probe's parameter: what is known of its entries. Empty where it has
/// none.
[[nodiscard]] std::string known_entries(harvest_memory& memory,
                                        const negotiated_probe& probe);

class cycle_harvest {
public:
  /// `identity` reads companions (behind a pooler); may be null.
  cycle_harvest(std::shared_ptr<const target_identity> who,
                const negotiated_probe* identity,
                harvest_memory& memory,
                wall_time now);

  /// One probe's answer.
  void
  absorb(const negotiated_probe& probe, row_set rows, const row_set& companion);
  /// A block made by the collector itself (up, target.info, degraded).
  void add(point_block block);

  /// Computes deltas and hands the observation out. Call once.
  [[nodiscard]] std::shared_ptr<observation> finish();

  /// Present if the `databases` probe answered in this cycle.
  [[nodiscard]] const std::optional<std::vector<known_database>>&
  databases() const noexcept {
    return databases_;
  }
  /// Names of probes with cells that did not fit; whole after `finish`.
  [[nodiscard]] const std::set<std::string>& misread() const noexcept {
    return misread_;
  }
  /// Rows beyond the limit, by probe.
  [[nodiscard]] const std::map<std::string, std::uint64_t>&
  turned_away() const noexcept {
    return turned_away_;
  }
  /// Why what was counted before cannot be continued: "restart", "failover",
  /// "statistics reset".
  [[nodiscard]] const std::vector<std::string>& gaps() const noexcept {
    return gaps_;
  }
  /// Blocks so far, for vitals.
  [[nodiscard]] const std::vector<point_block>& blocks() const noexcept {
    return seen_->blocks;
  }

private:
  void absorb_points(const negotiated_probe& probe, const row_set& rows);
  void absorb_internal(const negotiated_probe& probe, const row_set& rows);
  void absorb_identity(const negotiated_probe& probe, const row_set& rows);
  void absorb_databases(const negotiated_probe& probe, const row_set& rows);
  void absorb_texts(const negotiated_probe& probe, const row_set& rows);
  void absorb_sample(const negotiated_probe& probe, const row_set& rows);
  void tell_top_queries(const std::vector<entry_block>& blocks);
  void compute_deltas();

  struct reading {
    const negotiated_probe* probe;
    row_set rows;
  };

  std::shared_ptr<const target_identity> who_;
  const negotiated_probe* identity_;
  harvest_memory& memory_;
  std::shared_ptr<observation> seen_;
  std::vector<reading> readings_;
  bool identified_ = false;
  /// When statements were reset is known of this cycle.
  bool reset_read_ = false;
  std::optional<std::vector<known_database>> databases_;
  std::set<std::string> misread_;
  std::vector<std::string> gaps_;
  std::map<std::string, std::uint64_t> turned_away_;
};

/// `pgmuster.up` with this value.
[[nodiscard]] point_block up_block(bool up, wall_time now);
/// `pgmuster.target.info`: what is observed of the server, as attributes.
[[nodiscard]] point_block info_block(const server_identity& seen,
                                     wall_time now);
/// `pgmuster.probe.rows_turned_away`: a row a probe.
[[nodiscard]] point_block
turned_away_block(const std::map<std::string, std::uint64_t>& rows_by_probe,
                  const std::string& database,
                  wall_time now);
/// `pgmuster.probe.degraded`: lines left out, a row a probe that lost some.
[[nodiscard]] point_block
degraded_block(const std::vector<const negotiated_probe*>& probes,
               wall_time now);

} // namespace pgmuster
