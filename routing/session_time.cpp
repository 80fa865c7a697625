// An entry a session; those of one series are added up where series are kept.
#include "routing/session_time.hpp"

#include <algorithm>
#include <iterator>

namespace pgmuster {

void session_time::note_databases(
  const seen_sessions& seen,
  const std::map<std::int64_t, std::string>& databases) {
  if (!databases.empty()) {
    std::set<std::string> there;
    std::transform(databases.begin(), databases.end(),
                   std::inserter(there, there.end()),
                   [](const auto& one) { return one.second; });
    std::erase_if(databases_,
                  [&](const auto& name) { return !there.contains(name); });
  }
  for (const auto& one : seen.all) {
    databases_.insert(one.database);
  }
}

std::vector<entry_block>
session_time::count(const seen_sessions& seen,
                    const std::shared_ptr<const block_layout>& layout,
                    wall_time now,
                    milliseconds interval,
                    const std::map<std::int64_t, std::string>& databases,
                    std::uint32_t first_query) {
  note_databases(seen, databases);
  const bool first = previous_ == wall_time{};
  const auto passed = std::chrono::duration_cast<microseconds>(
    std::clamp<nanoseconds>(now - previous_, nanoseconds{0}, 2 * interval));
  const auto each = first ? 0 : passed.count();
  std::map<std::string, std::size_t> block_of;
  std::vector<entry_block> blocks;
  for (const auto& database : databases_) {
    block_of.emplace(database, blocks.size());
    auto& made = blocks.emplace_back();
    made.layout = layout;
    made.database = database;
    made.previous = previous_;
    made.gap = first;
  }
  for (const auto& one : seen.all) {
    auto& block = blocks[block_of.at(one.database)];
    ++block.entries;
    auto& entry = block.moved.emplace_back();
    entry.query = first_query++;
    entry.deltas.push_back(each);
    entry.values_of_keys = one.series;
    entry.values_of_keys.resize(layout->keys.size());
  }
  previous_ = now;
  return blocks;
}

} // namespace pgmuster
