// What every actor of a fleet shares: drivers, books and the configuration.
#pragma once

#include "actors/audit_board.hpp"
#include "actors/database_directory.hpp"
#include "actors/memory_board.hpp"
#include "actors/permit_directory.hpp"
#include "actors/route_board.hpp"
#include "actors/shape_cache.hpp"
#include "actors/stage_directory.hpp"
#include "codec/frame.hpp"
#include "codec/scrubber.hpp"
#include "config/configuration.hpp"
#include "config/result.hpp"
#include "drivers/admin/admin_server.hpp"
#include "drivers/admin/self_metrics.hpp"
#include "drivers/admin/status_board.hpp"
#include "drivers/clock.hpp"
#include "drivers/logging/log_sink.hpp"
#include "drivers/otlp/file_sink.hpp"
#include "drivers/otlp/http_client.hpp"
#include "drivers/postgres/connector.hpp"
#include "drivers/spool/spool.hpp"
#include "routing/audit.hpp"
#include "routing/credit.hpp"
#include "routing/event_budget.hpp"
#include "routing/fingerprint_cache.hpp"
#include "routing/ledger.hpp"
#include "routing/series_budget.hpp"

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <vector>

namespace pgmuster {

/// Created by the fleet, which outlives all actors. Members are thread-safe.
struct services {
  configuration config;
  clock_source* clock = nullptr;
  reactor* loop = nullptr;
  postgres::connector* connector = nullptr;
  http_client* http = nullptr;
  std::map<route_name, std::unique_ptr<file_sink>> files;
  /// Frames on disk; null if the configuration has no folder for them. Shared,
  /// since copies are ended wherever a lease ends.
  std::shared_ptr<spooling::spool> spool;
  /// Keeps a frame that no destination takes, with the destination's words;
  /// calls back from any thread. Empty: there is no quarantine.
  std::function<void(std::shared_ptr<const frame> refused,
                     std::string words,
                     std::function<void(result<void>)> done)>
    quarantine;
  self_metrics* metrics = nullptr;
  log_sink* log = nullptr;
  status_board board;
  route_board routes;
  ledger books;
  audit_board audit;
  memory_board memory;
  /// At most so much of the run before was lost, if it did not end well. Set
  /// before anything runs.
  std::map<outlet_key, std::uint64_t> lost_in_crash;
  /// By lane; what its stages have counted, for markers. Each stage writes its
  /// own part.
  std::vector<lane_counts> lane_counted;
  /// By (route, shard); written by that exporter.
  std::map<std::pair<route_name, std::size_t>, shard_counts> shard_counted;
  shape_cache shapes;
  /// What statements' texts are told as; set before anything runs.
  std::unique_ptr<fingerprint_cache> fingerprints;
  /// What must not leave is looked for with it; set before anything runs.
  std::shared_ptr<const scrubber> net;
  postgres::probe_catalog catalog;
  std::unique_ptr<stage_directory> stages;
  database_directory databases;
  permit_directory permits;
  /// How events of a tenant are chosen; the budget is shared by all lanes. Set
  /// before anything runs. Tenants without a route that takes logs have none:
  /// they tell no events.
  struct event_policy {
    explicit event_policy(const event_config& config)
      : how(config), budget(config.budget) {}
    event_config how;
    event_budget budget;
  };
  std::map<tenant_id, std::unique_ptr<event_policy>> events;
  /// Shared by all lanes; set before anything runs.
  struct series_allowance {
    std::shared_ptr<series_budget> tenant;
    series_config may_have;
  };
  std::map<tenant_id, series_allowance> series;
  /// By (lane, tenant).
  std::map<std::pair<std::size_t, tenant_id>, std::shared_ptr<credit_account>>
    credit;
  /// Absent without an address, and until it is open; asked by its own thread.
  std::atomic<const admin_server*> admin{nullptr};
  /// The grid on which cycles are due; set before anything runs.
  milliseconds begin_together{0};
  /// Database connections that may be open in the process.
  std::size_t connections_max = 0;
  std::atomic<std::size_t> connections{0};
  /// Set when the process is to stop: nothing new is begun.
  std::atomic<bool> stopping{false};
  /// The only route is standard output, and nobody reads it any more.
  std::atomic<bool> unread{false};
};

} // namespace pgmuster
