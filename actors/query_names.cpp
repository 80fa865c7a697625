// Reads each text once; forgets all when there are too many.
#include "actors/query_names.hpp"

#include "config/free_capacity.hpp"
#include "routing/schedule.hpp"

#include <fmt/format.h>

namespace pgmuster {

namespace {

void name_entry(entry_delta& entry, std::uint64_t shape) {
  if (entry.values_of_keys.empty()) {
    return;
  }
  if (shape != 0) {
    entry.values_of_keys.back() = fmt::format("{:016x}", shape);
  }
  entry.series.clear();
  for (const auto& value : entry.values_of_keys) {
    (entry.series += value) += '\0';
  }
}

} // namespace

std::uint64_t query_names::shape_of(std::string_view raw) {
  const auto key = stable_hash(raw, "");
  if (const auto known = shapes_.find(key); known != shapes_.end()) {
    return known->second;
  }
  if (shapes_.size() >= raw_max || bytes_ >= bytes_max) {
    shapes_.clear();
    texts_.clear();
    bytes_ = 0;
  }
  auto read = reader_.read(raw);
  shapes_.emplace(key, read.shape);
  const auto [text, added] =
    texts_.try_emplace(read.shape, std::move(read.text));
  bytes_ += added ? text->second.size() : 0;
  return read.shape;
}

void query_names::learn(const observation& seen) {
  for (const auto& one : seen.texts) {
    static_cast<void>(shape_of(one.text));
  }
}

query_names::named query_names::name_of(const asked_query& one,
                                        std::uint64_t instance,
                                        const series_book& entries) {
  named made;
  const auto entry =
    one.key.empty() ? std::nullopt : entries.find_entry(instance, one.key);
  if (!one.text.empty()) {
    made.shape = shape_of(one.text);
    made.text = texts_[made.shape];
  }
  if (entry) {
    made.shape = entry->shape;
    made.user = entry->user;
    const auto text = texts_.find(entry->shape);
    if (text != texts_.end() && !text->second.empty()) {
      made.text = text->second;
    }
  }
  return made;
}

void query_names::name_event(target_event& event,
                             const std::vector<named>& all,
                             const std::vector<asked_query>& asked) const {
  for (auto& one : event.described) {
    if (one.key == reader_.scrubbed_key) {
      one.value = reader_.scrub(one.value);
    }
  }
  if (event.query >= all.size()) {
    return;
  }
  const auto& query = all[event.query];
  event.sample.shape = query.shape;
  if (query.shape != 0) {
    event.described.push_back(
      {query_fingerprint_key, fmt::format("{:016x}", query.shape)});
  }
  if (!query.text.empty()) {
    event.described.push_back({query_text_key, query.text});
  }
  const auto* const user_key = asked[event.query].user_key;
  if (user_key != nullptr && !query.user.empty()) {
    event.described.push_back({user_key, query.user});
  }
}

void query_names::name(observation& seen, const series_book& entries) {
  std::vector<named> all;
  all.reserve(seen.queries.size());
  for (const auto& one : seen.queries) {
    all.push_back(name_of(one, seen.of->hash, entries));
  }
  for (auto& event : seen.events) {
    name_event(event, all, seen.queries);
  }
  for (auto& block : seen.entries) {
    for (auto& entry : block.moved) {
      if (entry.query < all.size()) {
        name_entry(entry, all[entry.query].shape);
      }
    }
  }
  free_capacity(seen.queries);
}

} // namespace pgmuster
