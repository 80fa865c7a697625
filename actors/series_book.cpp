#include "actors/series_book.hpp"

#include "routing/schedule.hpp"

#include <array>

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

} // namespace

std::uint32_t series_book::intern(const std::string& name) {
  const auto [found, added] =
    interned_.emplace(name, static_cast<std::uint32_t>(names_.size()));
  if (added) {
    names_.push_back(name);
  }
  return found->second;
}

void series_book::learn(known_entries& known, const entry_text& text) {
  const auto key = stable_hash(text.key, "");
  if (known.count(key) == 0) {
    known.emplace(
      key, identity{shape_of_(text.text), intern(text.user), text.toplevel});
  }
}

void series_book::name_series(const identity& of,
                              const std::string& database,
                              entry_delta& entry) const {
  const auto& user = names_[of.user];
  const std::string toplevel = of.toplevel ? "true" : "false";
  auto shape = hexadecimal(of.shape);
  entry.series = shape + (of.toplevel ? "t" : "n") + user;
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
  for (const auto& text : seen.texts) {
    learn(known, text);
  }
  seen.texts.clear();
  for (auto& block : seen.entries) {
    for (auto& entry : block.moved) {
      if (entry.unattributed) {
        continue;
      }
      const auto found = known.find(stable_hash(entry.key, ""));
      if (found != known.end()) {
        name_series(found->second, block.database, entry);
      }
    }
  }
}

std::size_t series_book::entries() const noexcept {
  std::size_t sum = 0;
  for (const auto& [instance, known] : instances_) {
    sum += known.size();
  }
  return sum;
}

} // namespace pgmuster
