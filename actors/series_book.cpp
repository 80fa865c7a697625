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

} // namespace

std::uint32_t series_book::intern(const std::string& name) {
  const auto [found, added] =
    interned_.emplace(name, static_cast<std::uint32_t>(names_.size()));
  if (added) {
    names_.push_back(name);
  }
  return found->second;
}

std::uint64_t series_book::shape_of(const std::string& text) {
  if (shapes_.size() >= texts_max) {
    shapes_.clear();
  }
  const auto [found, added] = shapes_.try_emplace(stable_hash(text, ""), 0);
  if (added) {
    found->second = fingerprint_(text);
  }
  return found->second;
}

const series_book::identity* series_book::find(std::span<const identity> known,
                                               std::uint64_t key) noexcept {
  const auto at = std::lower_bound(
    known.begin(), known.end(), key,
    [](const identity& one, std::uint64_t wanted) { return one.key < wanted; });
  return at != known.end() && at->key == key ? &*at : nullptr;
}

/// The first text of a key stays.
void series_book::learn(known_entries& known,
                        const std::vector<entry_text>& texts) {
  const auto before = known.size();
  for (const auto& text : texts) {
    const auto key = stable_hash(text.key, "");
    if (find({known.data(), before}, key) == nullptr) {
      known.push_back({key, shape_of(text.text), intern(text.user),
                       mark_of(text.database) & 0x7fff'ffffU,
                       text.toplevel ? 1U : 0U});
    }
  }
  if (known.size() == before) {
    return;
  }
  std::stable_sort(known.begin(), known.end(),
                   [](const identity& one, const identity& other) {
                     return one.key < other.key;
                   });
  known.erase(std::unique(known.begin(), known.end(),
                          [](const identity& one, const identity& other) {
                            return one.key == other.key;
                          }),
              known.end());
  known.shrink_to_fit();
}

void series_book::name_series(const identity& of,
                              const std::string& database,
                              entry_delta& entry) const {
  const auto& user = names_[of.user];
  const std::string toplevel = of.toplevel != 0 ? "true" : "false";
  auto shape = hexadecimal(of.shape);
  entry.series = shape + (of.toplevel != 0 ? "t" : "n") + user;
  entry.values_of_keys = {database, user, toplevel, std::move(shape)};
}

void series_book::absorb(observation& seen) {
  if (seen.texts.empty() && seen.entries.empty()) {
    return;
  }
  auto& known = instances_[seen.of->hash];
  if (known.size() + seen.texts.size() > entries_max) {
    known.clear();
    ++overflows_;
  }
  learn(known, seen.texts);
  // The rest of the lane has no use for them.
  free_capacity(seen.texts);
  for (auto& block : seen.entries) {
    for (auto& entry : block.moved) {
      if (entry.unattributed || entry.query != no_query) {
        continue;
      }
      if (const auto* found = find(known, stable_hash(entry.key, ""))) {
        name_series(*found, block.database, entry);
      }
    }
  }
}

std::optional<series_book::known_entry>
series_book::find_entry(std::uint64_t instance, std::string_view key) const {
  const auto known = instances_.find(instance);
  const auto* const found = known == instances_.end()
                              ? nullptr
                              : find(known->second, stable_hash(key, ""));
  if (found == nullptr) {
    return std::nullopt;
  }
  return known_entry{found->shape, names_[found->user]};
}

std::size_t series_book::forget(std::uint64_t instance,
                                const std::string& database) {
  const auto found = instances_.find(instance);
  if (found == instances_.end()) {
    return 0;
  }
  auto& known = found->second;
  if (database.empty()) {
    const auto all = known.size();
    instances_.erase(found);
    return all;
  }
  return std::erase_if(known, [mark = mark_of(database)](const identity& one) {
    return one.database == mark;
  });
}

std::size_t series_book::entries() const noexcept {
  std::size_t sum = 0;
  for (const auto& [instance, known] : instances_) {
    sum += known.size();
  }
  return sum;
}

} // namespace pgmuster
