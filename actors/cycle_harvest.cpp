#include "actors/cycle_harvest.hpp"

#include "actors/series_book.hpp"
#include "codec/catalog/entry_key.hpp"
#include "drivers/postgres/parameters.hpp"
#include "drivers/postgres/sessions/top_query_event.hpp"

#include <algorithm>
#include <iterator>

namespace pgmuster {

namespace {

/// One row of an internal probe, read by the names of its items.
class fields {
public:
  fields(const negotiated_probe& probe, const row_set& rows, std::size_t row)
    : probe_(probe), cells_(rows.row(row)) {}

  [[nodiscard]] cell at(std::string_view name) const {
    return first([&](const probe_item& item) {
      return item.role != item_role::metric && item.name == name;
    });
  }
  [[nodiscard]] cell start() const {
    return first(
      [](const probe_item& item) { return item.role == item_role::start; });
  }
  [[nodiscard]] std::int64_t integer(std::string_view name) const {
    const auto found = at(name);
    return found.is == cell::kind::integer ? found.integer : 0;
  }
  [[nodiscard]] std::string text(std::string_view name) const {
    return std::string{at(name).text()};
  }

private:
  template <class Predicate>
  [[nodiscard]] cell first(Predicate wanted) const {
    const auto columns = std::min(probe_.items.size(), cells_.size());
    for (std::size_t column = 0; column < columns; ++column) {
      if (wanted(probe_.definition->items[probe_.items[column]])) {
        return cells_[column];
      }
    }
    return {};
  }

  const negotiated_probe& probe_;
  std::span<const cell> cells_;
};

wall_time from_microseconds(std::int64_t since_epoch) {
  return wall_time{microseconds{since_epoch}};
}

/// Key items as entry_rows writes them, so that texts meet their entries.
std::string key_bytes(const negotiated_probe& probe,
                      std::span<const cell> row) {
  std::string key;
  for (std::size_t i = 0; i < probe.items.size() && i < row.size(); ++i) {
    if (probe.definition->items[probe.items[i]].role == item_role::key
        && row[i].is == cell::kind::integer) {
      append_key_item(key, row[i].integer);
    }
  }
  return key;
}

std::shared_ptr<const block_layout> one_gauge(std::string probe,
                                              metric_descriptor metric,
                                              std::vector<std::string> keys) {
  auto layout = std::make_shared<block_layout>();
  layout->probe = std::move(probe);
  layout->metrics.push_back(std::move(metric));
  layout->keys = std::move(keys);
  layout->columns.push_back({0, {}});
  return layout;
}

point_row
gauge_row(std::vector<std::string> keys, std::int64_t value, wall_time now) {
  point_row row;
  row.values_of_keys = std::move(keys);
  row.values.push_back(number::of(value));
  row.start = now;
  row.time = now;
  return row;
}

} // namespace

std::string known_entries(harvest_memory& memory,
                          const negotiated_probe& probe) {
  return probe.by_digest ? postgres::int8_array(
           memory.deltas[probe.definition->name].known(probe.layout))
                         : std::string{};
}

cycle_harvest::cycle_harvest(std::shared_ptr<const target_identity> who,
                             const negotiated_probe* identity,
                             harvest_memory& memory,
                             wall_time now)
  : who_(std::move(who)),
    identity_(identity),
    memory_(memory),
    seen_(std::make_shared<observation>()) {
  seen_->of = who_->described;
  seen_->time = now;
}

void cycle_harvest::absorb(const negotiated_probe& probe,
                           row_set rows,
                           const row_set& companion) {
  if (identity_ != nullptr) {
    absorb_identity(*identity_, companion);
  }
  switch (probe.definition->family) {
  case probe_family::accumulated:
    readings_.push_back({&probe, std::move(rows)});
    return;
  case probe_family::raw:
    absorb_points(probe, rows);
    return;
  case probe_family::sampled:
    absorb_sample(probe, rows);
    return;
  case probe_family::internal:
    absorb_internal(probe, rows);
  }
}

void cycle_harvest::absorb_points(const negotiated_probe& probe,
                                  const row_set& rows) {
  if (probe.definition->name == "statements_info" && rows.rows() > 0) {
    const auto start = fields{probe, rows, 0}.start();
    const auto reset = start.is == cell::kind::integer ? start.integer : 0;
    if (memory_.statements_reset != 0 && reset != memory_.statements_reset) {
      gaps_.emplace_back("statistics reset");
    }
    memory_.statements_reset = reset;
    reset_read_ = reset != 0;
  }
  const auto start =
    memory_.identity
      ? from_microseconds(memory_.identity->during.postmaster_start)
      : seen_->time;
  auto mapped = map_rows(probe, rows, start, seen_->time);
  if (mapped.bad_cells > 0) {
    misread_.insert(probe.definition->name);
  }
  if (mapped.turned_away > 0) {
    turned_away_[probe.definition->name] = mapped.turned_away;
  }
  if (probe.layout->bounded && memory_.identity) {
    mapped.block.database = memory_.identity->database;
  }
  mapped.block.complete = mapped.turned_away == 0 && mapped.bad_cells == 0;
  seen_->points += mapped.points;
  seen_->blocks.push_back(std::move(mapped.block));
}

void cycle_harvest::absorb_sample(const negotiated_probe& probe,
                                  const row_set& rows) {
  const auto& called = probe.definition->name;
  const auto outcome = harvest_sample(probe, rows, memory_.database_names,
                                      memory_.samples, *seen_);
  if (outcome.bad_cells > 0) {
    misread_.insert(called);
  }
  if (outcome.turned_away > 0) {
    turned_away_[called] = outcome.turned_away;
  }
}

void cycle_harvest::absorb_internal(const negotiated_probe& probe,
                                    const row_set& rows) {
  const auto& called = probe.definition->name;
  if (called == "identity") {
    absorb_identity(probe, rows);
  } else if (called == "databases") {
    absorb_databases(probe, rows);
  } else if (called == "statement_texts") {
    absorb_texts(probe, rows);
  }
}

void cycle_harvest::add(point_block block) {
  seen_->points += count_points(block);
  seen_->blocks.push_back(std::move(block));
}

void cycle_harvest::absorb_identity(const negotiated_probe& probe,
                                    const row_set& rows) {
  if (rows.rows() == 0) {
    return;
  }
  identified_ = true;
  const fields row{probe, rows, 0};
  server_identity now;
  now.during.system_identifier = row.integer("system_identifier");
  now.during.postmaster_start = row.integer("postmaster_start");
  now.timeline = row.integer("timeline");
  now.standby = row.integer("in_recovery") != 0;
  now.privileged = row.integer("has_pg_monitor") != 0;
  now.version = row.text("server_version");
  now.database = row.text("current_database");
  if (!memory_.identity || memory_.identity->during != now.during) {
    ++memory_.incarnations;
    if (memory_.identity) {
      gaps_.emplace_back(memory_.identity->during.system_identifier
                             == now.during.system_identifier
                           ? "restart"
                           : "failover");
    }
  }
  memory_.identity = std::move(now);
}

void cycle_harvest::absorb_databases(const negotiated_probe& probe,
                                     const row_set& rows) {
  std::vector<known_database> found;
  memory_.database_names.clear();
  for (std::size_t at = 0; at < rows.rows(); ++at) {
    const fields row{probe, rows, at};
    const auto connectable = row.integer("datallowconn") != 0
                             && row.integer("datistemplate") == 0
                             && row.integer("may_connect") != 0;
    known_database one{row.integer("oid"), row.text("datname"), connectable};
    memory_.database_names.emplace(one.oid, one.name);
    found.push_back(std::move(one));
  }
  databases_ = std::move(found);
}

void cycle_harvest::absorb_texts(const negotiated_probe& probe,
                                 const row_set& rows) {
  seen_->texts.reserve(rows.rows());
  for (std::size_t at = 0; at < rows.rows(); ++at) {
    const fields row{probe, rows, at};
    if (row.at("query").is == cell::kind::null) {
      // Past the bound on bytes.
      ++turned_away_[probe.definition->name];
      continue;
    }
    entry_text one;
    one.key = hash_of_entry(key_bytes(probe, rows.row(at)));
    one.database = row.text("datname");
    one.user = row.text("rolname");
    const auto text = row.at("query").text();
    const auto known =
      memory_.shapes == nullptr ? nullptr : memory_.shapes->find(text);
    if (known == nullptr) {
      one.text = text;
    } else {
      one.shape = known->fingerprint;
    }
    const auto toplevel = row.at("toplevel");
    one.toplevel = toplevel.is != cell::kind::integer || toplevel.integer != 0;
    seen_->texts.push_back(std::move(one));
  }
}

void cycle_harvest::tell_top_queries(const std::vector<entry_block>& blocks) {
  if (memory_.samples.events == nullptr) {
    return;
  }
  auto told = postgres::top_query_events(
    blocks, memory_.samples.events->top_queries, seen_->time, seen_->queries);
  std::move(told.begin(), told.end(), std::back_inserter(seen_->events));
}

void cycle_harvest::compute_deltas() {
  if (memory_.identity && !identified_) {
    // Whose entries they are is not known: that may be another server by now.
    // The next cycle that knows has the whole difference.
    readings_.clear();
  }
  for (auto& one : readings_) {
    const auto& layout = one.probe->layout;
    read_context context;
    context.during =
      memory_.identity ? memory_.identity->during : incarnation{};
    context.stats_reset = reset_read_ ? memory_.statements_reset : 0;
    context.time = seen_->time;
    context.databases = &memory_.database_names;
    const auto columns = layout->columns.size();
    entry_rows read{*one.probe, one.rows};
    auto blocks =
      memory_.deltas[one.probe->definition->name].absorb(read, layout, context);
    if (read.bad().cells > 0) {
      misread_.insert(one.probe->definition->name);
    }
    std::uint64_t entries = 0;
    std::uint64_t moved = 0;
    for (auto& block : blocks) {
      entries += block.entries;
      moved += block.moved.size();
      block.kept = one.probe->definition->kept;
      block.ranked_by = one.probe->ranked_by_column;
      block.counted_by = one.probe->counted_by_column;
    }
    if (one.probe->definition->name == "statements") {
      tell_top_queries(blocks);
    }
    std::move(blocks.begin(), blocks.end(), std::back_inserter(seen_->entries));
    // What the server left out is known to be unchanged.
    seen_->points += entries * columns;
    // Several unattributed rows count as one entry that moved.
    seen_->unchanged += (entries - std::min(moved, entries)) * columns;
  }
  readings_.clear();
}

std::shared_ptr<observation> cycle_harvest::finish() {
  compute_deltas();
  seen_->incarnation =
    memory_.identity ? number_of(memory_.identity->during) : 0;
  return std::move(seen_);
}

point_block up_block(bool up, wall_time now) {
  static const auto layout =
    one_gauge("up",
              {"pgmuster.up", "", "1 if the target answered, else 0.",
               instrument::gauge, false},
              {});
  return {layout, {gauge_row({}, up ? 1 : 0, now)}};
}

point_block info_block(const server_identity& seen, wall_time now) {
  static const auto layout = one_gauge(
    "info",
    {"pgmuster.target.info", "", "What was observed of the server; always 1.",
     instrument::gauge, false},
    {"db.version", "postgresql.role", "postgresql.system_identifier",
     "postgresql.timeline"});
  return {layout,
          {gauge_row({seen.version, seen.standby ? "standby" : "primary",
                      std::to_string(seen.during.system_identifier),
                      std::to_string(seen.timeline)},
                     1, now)}};
}

point_block
turned_away_block(const std::map<std::string, std::uint64_t>& rows_by_probe,
                  const std::string& database,
                  wall_time now) {
  static const auto layout =
    one_gauge("turned_away",
              {"pgmuster.probe.rows_turned_away", "{row}",
               "Rows of a probe beyond its limit, which were not read.",
               instrument::gauge, false},
              {"pgmuster.probe", "db.namespace"});
  point_block block{layout, {}};
  for (const auto& [probe, rows] : rows_by_probe) {
    block.rows.push_back(
      gauge_row({probe, database}, static_cast<std::int64_t>(rows), now));
  }
  return block;
}

point_block degraded_block(const std::vector<const negotiated_probe*>& probes,
                           wall_time now) {
  static const auto layout =
    one_gauge("degraded",
              {"pgmuster.probe.degraded", "{line}",
               "Lines of a probe that this server cannot answer.",
               instrument::gauge, false},
              {"pgmuster.probe"});
  point_block block{layout, {}};
  for (const auto* probe : probes) {
    if (!probe->left_out.empty()) {
      block.rows.push_back(
        gauge_row({probe->definition->name},
                  static_cast<std::int64_t>(probe->left_out.size()), now));
    }
  }
  return block;
}

} // namespace pgmuster
