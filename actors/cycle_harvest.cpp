#include "actors/cycle_harvest.hpp"

#include <algorithm>
#include <array>

namespace pgmuster {

namespace {

/// The cell of the field item called `name`; a null cell where there is none.
cell field(const row_set& rows, std::size_t row, std::string_view name) {
  const auto& names = rows.column_names();
  const auto found = std::find(names.begin(), names.end(), name);
  return found == names.end()
           ? cell{}
           : rows.row(row)[static_cast<std::size_t>(found - names.begin())];
}

std::int64_t integer(const row_set& rows, std::size_t row,
                     std::string_view name) {
  const auto found = field(rows, row, name);
  return found.is == cell::kind::integer ? found.integer : 0;
}

std::string text(const row_set& rows, std::size_t row, std::string_view name) {
  return std::string{field(rows, row, name).text()};
}

wall_time from_microseconds(std::int64_t since_epoch) {
  return wall_time{microseconds{since_epoch}};
}

/// Key items as map_entries writes them, so that texts meet their entries.
std::string key_bytes(const negotiated_probe& probe,
                      std::span<const cell> row) {
  std::string key;
  for (std::size_t i = 0; i < probe.items.size() && i < row.size(); ++i) {
    if (probe.definition->items[probe.items[i]].role != item_role::key
        || row[i].is != cell::kind::integer) {
      continue;
    }
    auto rest = static_cast<std::uint64_t>(row[i].integer);
    std::array<char, 8> bytes{};
    for (auto at = bytes.rbegin(); at != bytes.rend(); ++at) {
      *at = static_cast<char>(rest & 0xffU);
      rest >>= 8U;
    }
    key.append(bytes.data(), bytes.size());
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

point_row gauge_row(std::vector<std::string> keys, std::int64_t value,
                    wall_time now) {
  point_row row;
  row.values_of_keys = std::move(keys);
  row.values.push_back(number::of(value));
  row.start = now;
  row.time = now;
  return row;
}

} // namespace

cycle_harvest::cycle_harvest(std::shared_ptr<const target_identity> who,
                             harvest_memory& memory, wall_time now)
  : who_(std::move(who)), memory_(memory), seen_(std::make_shared<observation>()) {
  seen_->of = who_->described;
  seen_->time = now;
}

void cycle_harvest::absorb(const negotiated_probe& probe, const row_set& rows,
                           const row_set& companion) {
  if (companion.rows() > 0) {
    absorb_identity(companion);
  }
  const auto& definition = *probe.definition;
  if (definition.family == probe_family::accumulated) {
    auto mapped = map_entries(probe, rows);
    bad_cells_ += mapped.bad_cells;
    readings_.push_back({&probe, std::move(mapped.read)});
    return;
  }
  if (definition.family == probe_family::raw) {
    const auto start
      = memory_.identity
          ? from_microseconds(memory_.identity->during.postmaster_start)
          : seen_->time;
    auto mapped = map_rows(probe, rows, start, seen_->time);
    bad_cells_ += mapped.bad_cells;
    if (first_bad_.empty()) {
      first_bad_ = mapped.first_bad;
    }
    seen_->points += mapped.points;
    seen_->blocks.push_back(std::move(mapped.block));
    return;
  }
  if (definition.name == "identity") {
    absorb_identity(rows);
  } else if (definition.name == "databases") {
    absorb_databases(rows);
  } else if (definition.name == "statement_texts") {
    absorb_texts(probe, rows);
  } else if (definition.name == "statements_info" && rows.rows() > 0) {
    memory_.statements_reset = integer(rows, 0, "stats_reset");
  }
}

void cycle_harvest::add(point_block block) {
  seen_->points += count_points(block);
  seen_->blocks.push_back(std::move(block));
}

void cycle_harvest::absorb_identity(const row_set& rows) {
  if (rows.rows() == 0) {
    return;
  }
  server_identity now;
  now.during.system_identifier = integer(rows, 0, "system_identifier");
  now.during.postmaster_start = integer(rows, 0, "postmaster_start");
  now.timeline = integer(rows, 0, "timeline");
  now.standby = integer(rows, 0, "standby") != 0;
  now.privileged = integer(rows, 0, "privileged") != 0;
  now.version = text(rows, 0, "version");
  if (!memory_.identity || memory_.identity->during != now.during) {
    ++memory_.incarnations;
  }
  if (now.version.empty() && memory_.identity) {
    now.version = memory_.identity->version;
  }
  memory_.identity = std::move(now);
}

void cycle_harvest::absorb_databases(const row_set& rows) {
  std::vector<known_database> found;
  memory_.database_names.clear();
  for (std::size_t row = 0; row < rows.rows(); ++row) {
    known_database one{integer(rows, row, "oid"), text(rows, row, "name"),
                       integer(rows, row, "connectable") != 0};
    memory_.database_names.emplace(one.oid, one.name);
    found.push_back(std::move(one));
  }
  databases_ = std::move(found);
}

void cycle_harvest::absorb_texts(const negotiated_probe& probe,
                                 const row_set& rows) {
  seen_->texts.reserve(rows.rows());
  for (std::size_t row = 0; row < rows.rows(); ++row) {
    entry_text one;
    one.key = key_bytes(probe, rows.row(row));
    one.database = text(rows, row, "datname");
    one.user = text(rows, row, "rolname");
    one.text = text(rows, row, "query");
    const auto toplevel = field(rows, row, "toplevel");
    one.toplevel
      = toplevel.is != cell::kind::integer || toplevel.integer != 0;
    seen_->texts.push_back(std::move(one));
  }
}

void cycle_harvest::compute_deltas() {
  for (auto& reading : readings_) {
    const auto& layout = reading.probe->layout;
    read_context context;
    context.during
      = memory_.identity ? memory_.identity->during : incarnation{};
    context.stats_reset = memory_.statements_reset;
    context.time = seen_->time;
    context.databases = &memory_.database_names;
    const auto columns = layout->columns.size();
    seen_->points += reading.read.count * columns;
    auto blocks = memory_.deltas[reading.probe->definition->name].absorb(
      reading.read, layout, context);
    std::uint64_t moved = 0;
    for (auto& block : blocks) {
      moved += block.moved.size();
      seen_->entries.push_back(std::move(block));
    }
    // Several unattributed rows count as one entry that moved.
    seen_->unchanged
      += (reading.read.count - std::min<std::uint64_t>(moved, reading.read.count))
         * columns;
  }
  readings_.clear();
}

std::shared_ptr<observation> cycle_harvest::finish() {
  compute_deltas();
  return std::move(seen_);
}

point_block up_block(bool up, wall_time now) {
  static const auto layout
    = one_gauge("up",
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
degraded_block(const std::vector<const negotiated_probe*>& probes,
               wall_time now) {
  static const auto layout
    = one_gauge("degraded",
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
