// Which column of the statements' probe is which attribute of the event.
#include "drivers/postgres/sessions/top_query_event.hpp"

#include "codec/catalog/entry_key.hpp"

#include <algorithm>
#include <array>

namespace pgmuster::postgres {

namespace {

struct told_column {
  std::string_view metric;
  /// Values of its fixed attributes, in order.
  std::string_view storage;
  std::string_view operation;
  const char* key;
  /// Microseconds, told as milliseconds.
  bool time = false;
};

constexpr std::string_view blocks = "postgresql.statement.blocks";
constexpr std::array<told_column, 10> told = {
  {{"postgresql.statement.calls", "", "", "postgresql.calls"},
   {"postgresql.statement.rows", "", "", "postgresql.rows"},
   {blocks, "shared", "dirtied", "postgresql.shared_blks_dirtied"},
   {blocks, "shared", "hit", "postgresql.shared_blks_hit"},
   {blocks, "shared", "read", "postgresql.shared_blks_read"},
   {blocks, "shared", "written", "postgresql.shared_blks_written"},
   {blocks, "temp", "read", "postgresql.temp_blks_read"},
   {blocks, "temp", "written", "postgresql.temp_blks_written"},
   {"postgresql.statement.execution.time", "", "", "postgresql.total_exec_time",
    true},
   {"postgresql.statement.planning.time", "", "", "postgresql.total_plan_time",
    true}}};

/// Key items: dbid, userid, queryid, toplevel.
constexpr std::size_t queryid_item = 2;

bool is(const told_column& wanted,
        const block_layout& layout,
        const block_layout::column& column) {
  const auto& fixed = column.fixed;
  return layout.metrics[column.metric].name == wanted.metric
         && (wanted.storage.empty()
               ? fixed.empty()
               : fixed.size() == 2 && fixed[0].value == wanted.storage
                   && fixed[1].value == wanted.operation);
}

void measure(const entry_delta& entry,
             const block_layout& layout,
             target_event& into) {
  for (const auto& wanted : told) {
    for (std::size_t c = 0; c < layout.columns.size(); ++c) {
      if (c < entry.deltas.size() && is(wanted, layout, layout.columns[c])) {
        into.measured.push_back(
          {wanted.key,
           wanted.time ? number::of(static_cast<double>(entry.deltas[c]) / 1e3)
                       : number::of(entry.deltas[c])});
      }
    }
  }
}

struct ranked_entry {
  const entry_block* block = nullptr;
  const entry_delta* entry = nullptr;
  std::int64_t took = 0;
};

std::vector<ranked_entry> ranked(std::span<const entry_block> all) {
  std::vector<ranked_entry> made;
  for (const auto& block : all) {
    for (const auto& entry : block.moved) {
      if (!entry.unattributed && block.ranked_by < entry.deltas.size()
          && entry.deltas[block.ranked_by] > 0) {
        made.push_back({&block, &entry, entry.deltas[block.ranked_by]});
      }
    }
  }
  return made;
}

} // namespace

std::vector<target_event> top_query_events(std::span<const entry_block> all,
                                           std::size_t most,
                                           wall_time now,
                                           std::vector<asked_query>& queries) {
  auto top = ranked(all);
  const auto count = std::min(most, top.size());
  std::partial_sort(top.begin(),
                    top.begin() + static_cast<std::ptrdiff_t>(count), top.end(),
                    [](const ranked_entry& one, const ranked_entry& other) {
                      return one.took != other.took
                               ? one.took > other.took
                               : one.entry->key < other.entry->key;
                    });
  std::vector<target_event> made;
  made.reserve(count);
  for (std::size_t at = 0; at < count; ++at) {
    const auto& [block, entry, took] = top[at];
    auto& event = made.emplace_back();
    event.name = event_names::top_query;
    event.kind = event_kind::ranked;
    event.time = now;
    event.body = "a statement that took long";
    event.described = {{"db.system.name", "postgresql"}};
    if (!block->database.empty()) {
      event.described.push_back({"db.namespace", block->database});
    }
    const std::string_view key = entry->key;
    if (key.size() >= (queryid_item + 1) * key_item_bytes) {
      event.described.push_back(
        {"postgresql.queryid", std::to_string(first_key_item(
                                 key.substr(queryid_item * key_item_bytes)))});
    }
    measure(*entry, *block->layout, event);
    event.query = static_cast<std::uint32_t>(queries.size());
    queries.push_back({entry->key, {}, "postgresql.rolname"});
  }
  return made;
}

} // namespace pgmuster::postgres
