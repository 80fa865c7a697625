// Rates by the beginning of a metric's label; the longest one decides.
#include "loadtest/simulator/growth_rule.hpp"

#include <array>

namespace pgmuster::loadtest {

namespace {

struct known_rate {
  std::string_view label;
  std::int64_t rate_max;
  std::int64_t every = 1;
  std::int64_t present_permille = 1000;
};

constexpr std::array<known_rate, 45> rates = {{
  {"postgresql.archiver.archived", 1, 60},
  {"postgresql.archiver.failures", 0},
  {"postgresql.bgwriter.checkpoint.count", 1, 300},
  {"postgresql.bgwriter.maxwritten", 1, 120},
  {"postgresql.checkpointer.checkpoints.done", 1, 300},
  {"postgresql.checkpointer.restartpoints", 0},
  {"postgresql.checksum.failures", 0},
  {"postgresql.commits", 400},
  {"postgresql.rollbacks", 3},
  {"postgresql.blks_hit", 20'000},
  {"postgresql.tup_returned", 50'000},
  {"postgresql.tup_fetched", 10'000},
  {"postgresql.database.parallel_workers", 2},
  {"postgresql.database.sessions", 2},
  {"postgresql.database.sessions.ended", 0},
  {"postgresql.deadlocks", 0},
  {"postgresql.index.rows", 500},
  {"postgresql.index.scans", 200},
  {"postgresql.query.conflicts", 0},
  {"postgresql.statement.blocks{postgresql.storage=local", 10, 1, 0},
  {"postgresql.statement.blocks{postgresql.storage=shared", 2'000, 1, 950},
  {"postgresql.statement.blocks{postgresql.storage=shared,operation=dirtied",
   20, 1, 250},
  {"postgresql.statement.blocks{postgresql.storage=shared,operation=read", 40,
   1, 600},
  {"postgresql.statement.blocks{postgresql.storage=shared,operation=written", 5,
   1, 100},
  {"postgresql.statement.blocks{postgresql.storage=temp", 100, 1, 30},
  {"postgresql.statement.calls", 50},
  {"postgresql.statement.evictions", 0},
  {"postgresql.statement.execution.time", 40'000},
  {"postgresql.statement.io.time", 900, 1, 0},
  {"postgresql.statement.jit", 2, 1, 20},
  {"postgresql.statement.parallel_workers", 2, 1, 30},
  {"postgresql.statement.plan", 0, 1, 0},
  {"postgresql.statement.rows", 400, 1, 950},
  {"postgresql.statement.wal", 60, 1, 250},
  {"postgresql.statement.wal.buffers_full", 1, 1, 10},
  {"postgresql.statement.wal.bytes", 4'000, 1, 250},
  {"postgresql.statement.wal.full_page_images", 2, 1, 200},
  {"postgresql.table.analyze.count", 0},
  {"postgresql.table.autoanalyze.count", 1, 120},
  {"postgresql.table.autovacuum.count", 1, 120},
  {"postgresql.table.sequential_rows", 800},
  {"postgresql.table.vacuum.count", 0},
  {"postgresql.temp_files", 1, 30},
  {"postgresql.wal.buffers_full", 1, 30},
  {"postgresql.wal.full_page_images", 20},
}};

constexpr std::int64_t block_bytes = 8'192;

const known_rate* find_rate(std::string_view label) {
  const known_rate* best = nullptr;
  for (const auto& each : rates) {
    if (label.starts_with(each.label)
        && (best == nullptr || each.label.size() > best->label.size())) {
      best = &each;
    }
  }
  return best;
}

} // namespace

growth_rule rule_of(const metric_descriptor& metric,
                    std::string_view label,
                    bool milliseconds) {
  growth_rule made;
  if (metric.unit == "By") {
    made.unit = label.starts_with("postgresql.statement") ? 1 : block_bytes;
  } else if (milliseconds) {
    made.divisor = 1e3;
  } else if (metric.real) {
    // Counted in microseconds; a rate is in thousands of them.
    made.divisor = metric.unit == "ms" ? 1e3 : 1e6;
    made.rate_max = 200'000;
  }
  if (const auto* known = find_rate(label); known != nullptr) {
    made.rate_max = known->rate_max;
    made.every = known->every;
    made.present_permille = known->present_permille;
  }
  made.is = made.rate_max == 0                  ? growth_rule::kind::never
            : metric.kind == instrument::gauge  ? growth_rule::kind::swings
            : metric.kind == instrument::updown ? growth_rule::kind::lasts
                                                : growth_rule::kind::grows;
  return made;
}

} // namespace pgmuster::loadtest
