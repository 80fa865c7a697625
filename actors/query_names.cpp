// A text that is not known yet is described here; there are few of them.
#include "actors/query_names.hpp"

#include "config/free_capacity.hpp"

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

query_names::named query_names::name_of(const asked_query& one,
                                        std::uint64_t instance,
                                        const series_book& entries) {
  named made;
  description_ptr said;
  if (!one.key.empty()) {
    if (const auto entry = entries.find_entry(instance, one.key)) {
      made.shape = entry->shape;
      made.user = entry->user;
      said = shapes_.of_shape(entry->shape);
    }
  }
  if (said == nullptr && !one.text.empty()) {
    said = shapes_.describe(one.text);
    made.shape = made.shape != 0 ? made.shape : said->fingerprint;
  }
  made.text = said != nullptr ? said->text : "";
  return made;
}

void query_names::name_event(target_event& event,
                             const std::vector<named>& all,
                             const std::vector<asked_query>& asked) {
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
