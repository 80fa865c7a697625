// The whole collector in one object: starts everything in order and stops it in
// the order of the pipeline.
#pragma once

#include "config/configuration.hpp"
#include "config/result.hpp"
#include "drivers/clock.hpp"
#include "drivers/postgres/catalog/catalog.hpp"
#include "drivers/reactor/reactor.hpp"
#include "routing/drop_reason.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace pgmuster {

struct services;
class log_sink;

struct stop_outcome {
  /// All frames were delivered or written within the grace time.
  bool drained = false;
  std::uint64_t targets = 0;
  std::uint64_t databases = 0;
  std::uint64_t acknowledged = 0;
  /// Refused, quarantined or dropped.
  std::uint64_t lost = 0;
  /// Of those: refused.
  std::uint64_t rejected = 0;
  /// Of those: kept on disk with the words of who refused them.
  std::uint64_t quarantined = 0;
  /// On disk, to be sent by the next start.
  std::uint64_t spooled = 0;
  /// By reason, of both books.
  drop_tally dropped{};
  std::int64_t server_cost_us = 0;
  bool balanced = false;
};

class fleet {
public:
  /// `catalog` is load_catalog's, `loop` start_reactor's; `log` and `clock`
  /// must outlive the fleet. Fails before the first tick or not at all.
  [[nodiscard]] static result<std::unique_ptr<fleet>>
  start(configuration config,
        postgres::probe_catalog catalog,
        std::unique_ptr<reactor> loop,
        std::string reactor_reason,
        log_sink& log,
        clock_source& clock = system_clock_source());

  ~fleet();
  fleet(const fleet&) = delete;
  fleet& operator=(const fleet&) = delete;

  /// Ticks stop, running cycles end, lanes are flushed, exporters drained; at
  /// most `grace`. Idempotent; the second call returns the first's outcome.
  stop_outcome stop(milliseconds grace);

  /// Standard output is the only route and has lost its reader: there is
  /// nothing left to collect for.
  [[nodiscard]] bool unread() const noexcept;

  /// 0 without an admin listener.
  [[nodiscard]] std::uint16_t admin_port() const noexcept;
  /// For tests and the API; valid as long as the fleet.
  [[nodiscard]] services& shared() noexcept;
  /// Actors that are alive.
  [[nodiscard]] std::size_t running_actors() const;

private:
  struct state;
  explicit fleet(std::unique_ptr<state> made);
  std::unique_ptr<state> state_;
};

} // namespace pgmuster
