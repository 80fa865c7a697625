#include "actors/series_book.hpp"

#include "config/free_capacity.hpp"
#include "routing/schedule.hpp"

#include <algorithm>

namespace pgmuster {

namespace {

std::string hexadecimal(std::uint64_t value) {
  static const char* const digits = "0123456789abcdef";
  std::string text(16, '0');
  for (auto at = text.rbegin(); at != text.rend(); ++at) {
    *at = digits[value & 0xfU];
    value >>= 4U;
  }
  return text;
}

/// Enough to forget by: a database that is taken for another is learned anew.
std::uint32_t mark_of(const std::string& database) {
  return static_cast<std::uint32_t>(stable_hash(database, "") >> 33U);
}

/// Of an entry's hash, as many as an identity holds.
std::uint64_t first_bits(std::uint64_t hash) noexcept {
  return hash >> 16U;
}

} // namespace

std::uint64_t hash_of_entry(std::string_view key) noexcept {
  return stable_hash(key, "");
}

std::uint32_t series_book::intern(const std::string& name) {
  const auto [found, added] =
    interned_.emplace(name, static_cast<std::uint32_t>(names_.size()));
  if (added) {
    names_.push_back(name);
  }
  return found->second;
}

const series_book::identity* series_book::find(std::span<const identity> known,
                                               std::uint64_t key) noexcept {
  const auto wanted = first_bits(key);
  const auto at = std::lower_bound(
    known.begin(), known.end(), wanted,
    [](const identity& one, std::uint64_t other) { return one.key < other; });
  return at != known.end() && at->key == wanted ? &*at : nullptr;
}

series_book::owner_places series_book::places_of(const known_instance& known) {
  owner_places places;
  for (const auto& one : known.owners) {
    places.emplace(one, static_cast<std::uint16_t>(places.size()));
  }
  return places;
}

void series_book::add(const entry_text& text,
                      std::uint64_t shape,
                      known_instance& known,
                      owner_places& places) {
  const owner whose{intern(text.user), mark_of(text.database), text.toplevel};
  auto place = places.find(whose);
  if (place == places.end()) {
    if (known.owners.size() >= owners_max) {
      return;
    }
    place =
      places.emplace(whose, static_cast<std::uint16_t>(known.owners.size()))
        .first;
    known.owners.push_back(whose);
  }
  auto& made = known.entries.emplace_back();
  made.key = first_bits(text.key) & 0xffff'ffff'ffffU;
  made.owner = place->second;
  made.shape = shape;
}

/// The first text of a key stays.
void series_book::settle(known_instance& known, std::size_t before) {
  auto& entries = known.entries;
  if (entries.size() == before) {
    return;
  }
  std::stable_sort(entries.begin(), entries.end(),
                   [](const identity& one, const identity& other) {
                     return one.key < other.key;
                   });
  entries.erase(std::unique(entries.begin(), entries.end(),
                            [](const identity& one, const identity& other) {
                              return one.key == other.key;
                            }),
                entries.end());
  entries.shrink_to_fit();
  known.owners.shrink_to_fit();
}

void series_book::learn(std::uint64_t instance,
                        const std::vector<entry_text>& texts,
                        const std::vector<std::uint64_t>& shapes) {
  const auto found = instances_.find(instance);
  if (found == instances_.end()) {
    return;
  }
  auto& known = found->second;
  const auto before = known.entries.size();
  auto places = places_of(known);
  for (std::size_t i = 0; i < texts.size() && i < shapes.size(); ++i) {
    add(texts[i], shapes[i], known, places);
  }
  settle(known, before);
}

void series_book::name_series(const identity& of,
                              const owner& whose,
                              const std::string& database,
                              entry_delta& entry) const {
  const auto& user = names_[whose.user];
  auto shape = hexadecimal(of.shape);
  entry.series = shape + (whose.toplevel ? "t" : "n") + user;
  entry.values_of_keys = {
    database,         user, whose.toplevel ? "true" : "false",
    std::move(shape), "",   ""};
  if (const auto described = shapes_.of_shape(of.shape)) {
    entry.values_of_keys[entry_fingerprint_key + 1] = described->operation;
    entry.values_of_keys[entry_fingerprint_key + 2] = described->summary;
  }
}

void series_book::learn_texts(observation& seen,
                              known_instance& known,
                              std::vector<entry_text>& unknown) {
  if (seen.texts.empty()) {
    return;
  }
  if (known.entries.size() + seen.texts.size() > entries_max
      || known.owners.size() + seen.texts.size() > owners_max) {
    known = {};
    ++overflows_;
  }
  const auto before = known.entries.size();
  auto places = places_of(known);
  for (auto& text : seen.texts) {
    if (text.shape == 0) {
      unknown.push_back(std::move(text));
    } else if (find({known.entries.data(), before}, text.key) == nullptr) {
      add(text, text.shape, known, places);
    }
  }
  settle(known, before);
  // The rest of the lane has no use for them.
  free_capacity(seen.texts);
}

std::vector<entry_text> series_book::absorb(observation& seen) {
  std::vector<entry_text> unknown;
  if (seen.texts.empty() && seen.entries.empty()) {
    return unknown;
  }
  auto& known = instances_[seen.of->hash];
  learn_texts(seen, known, unknown);
  for (auto& block : seen.entries) {
    for (auto& entry : block.moved) {
      if (entry.unattributed || entry.query != no_query) {
        continue;
      }
      if (const auto* found = find(known.entries, hash_of_entry(entry.key))) {
        name_series(*found, known.owners[found->owner], block.database, entry);
      }
    }
  }
  return unknown;
}

std::optional<series_book::known_entry>
series_book::find_entry(std::uint64_t instance, std::string_view key) const {
  const auto known = instances_.find(instance);
  const auto* const found = known == instances_.end()
                              ? nullptr
                              : find(known->second.entries, hash_of_entry(key));
  if (found == nullptr) {
    return std::nullopt;
  }
  return known_entry{found->shape,
                     names_[known->second.owners[found->owner].user]};
}

std::size_t series_book::forget(std::uint64_t instance,
                                const std::string& database) {
  const auto found = instances_.find(instance);
  if (found == instances_.end()) {
    return 0;
  }
  auto& known = found->second;
  if (database.empty()) {
    const auto all = known.entries.size();
    instances_.erase(found);
    return all;
  }
  return std::erase_if(known.entries,
                       [&, mark = mark_of(database)](const identity& one) {
                         return known.owners[one.owner].database == mark;
                       });
}

std::size_t series_book::entries() const noexcept {
  std::size_t sum = 0;
  for (const auto& [instance, known] : instances_) {
    sum += known.entries.size();
  }
  return sum;
}

} // namespace pgmuster
