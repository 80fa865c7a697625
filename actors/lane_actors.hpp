// The stages between a database and its frames: each a shell around pure code.
#pragma once

#include "actors/frame_assembly.hpp"
#include "actors/messages.hpp"
#include "actors/query_names.hpp"
#include "actors/series_book.hpp"
#include "actors/services.hpp"
#include "actors/statement_descriptions.hpp"
#include "routing/bounded_rows.hpp"
#include "routing/cardinality.hpp"
#include "routing/event_allowance.hpp"
#include "routing/event_sampling.hpp"
#include "routing/refresh.hpp"

#include <unordered_map>

namespace pgmuster {

/// What every stage of a lane knows.
struct lane_place {
  std::shared_ptr<services> shared;
  std::size_t lane = 0;
};

/// Names the series of accumulated entries.
class fingerprint_actor final : public caf::event_based_actor {
public:
  fingerprint_actor(caf::actor_config& config, lane_place where);
  caf::behavior make_behavior() override;
  void on_exit() override;
  const char* name() const override { return "pgmuster.fingerprint"; }

private:
  void have_described(std::uint64_t target, std::vector<entry_text> unknown);
  void learn(const texts_described& back);

  lane_place where_;
  series_book series_;
  query_names names_;
  /// Describes new texts beside us.
  caf::actor texts_;
  /// Of texts that it has and we wait for.
  std::uint64_t bytes_out_ = 0;
};

/// Bounds the number of series and holds back what did not change.
class cardinality_actor final : public caf::event_based_actor {
public:
  cardinality_actor(caf::actor_config& config, lane_place where);
  caf::behavior make_behavior() override;
  const char* name() const override { return "pgmuster.cardinality"; }

private:
  struct instance {
    std::shared_ptr<series_budget> series;
    series_config may_have;
    /// By the database that is read: its rows come in blocks of their own.
    std::map<std::string, refresh_filter> unchanged;
    /// By (probe, database).
    std::map<std::pair<std::string, std::string>, accumulated_family> families;
    std::map<std::pair<std::string, std::string>, bounded_rows> bounded;
  };
  void shape(passing& message);
  [[nodiscard]] instance& instance_of(const resource& of);
  /// Takes out what has no series of its own; returns how many rows of ours
  /// are behind the others now.
  std::size_t bound(instance& here, point_block& block, passing& message);
  void count_refused(std::uint64_t times);
  void count_violations(std::uint64_t times);
  [[nodiscard]] accumulation_outcome
  accumulate(instance& here, const entry_block& read, const observation& seen);
  void forget(const forget_gone& gone);

  lane_place where_;
  std::shared_ptr<refresh_room> room_ = std::make_shared<refresh_room>();
  statement_info info_;
  std::unordered_map<std::uint64_t, instance> instances_;
};

/// Chooses among events; points always pass, since sums are never sampled.
class sampler_actor final : public caf::event_based_actor {
public:
  sampler_actor(caf::actor_config& config, lane_place where);
  caf::behavior make_behavior() override;
  const char* name() const override { return "pgmuster.sampler"; }

private:
  void choose(passing& message);
  /// How many of each kind are told; gives the samples their weights.
  void weigh_samples(passing& message);
  [[nodiscard]] std::uint64_t tell_changes(passing& message);

  lane_place where_;
  /// By the target's hash.
  std::unordered_map<std::uint64_t, event_allowance> allowances_;
  std::map<tenant_id, event_sampler> samplers_;
};

/// Batches encoded points into frames and hands those to exporters.
class frame_actor final : public caf::event_based_actor {
public:
  frame_actor(caf::actor_config& config, lane_place where);
  caf::behavior make_behavior() override;
  void on_exit() override;
  const char* name() const override { return "pgmuster.frame"; }

private:
  void clean(observation& seen);
  void on_marker(const marker& passed);
  void send(std::vector<finished_frame> frames);
  void watch_age();

  lane_place where_;
  frame_assembly assembly_;
  bool age_watched_ = false;
};

} // namespace pgmuster
