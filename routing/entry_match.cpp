// Side by side while the order holds, by key where it does not.
#include "routing/entry_match.hpp"

#include "routing/varint.hpp"

#include <xxhash.h>

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>

namespace pgmuster {

namespace {

/// So many entries may have gone from one place before the key is looked up.
constexpr std::size_t look_ahead = 4;

class matcher {
public:
  matcher(std::string_view packed, entry_source& read)
    : read_(read), shape_(read.shape()) {
    for (const char* at = packed.data(); at != packed.data() + packed.size();) {
      const baseline one{at};
      before_.push_back(at);
      at = one.end();
    }
    taken_.resize(before_.size());
  }

  entry_match run() {
    const auto rows = read_.count();
    made_.entries.reserve(rows);
    for (std::size_t row = 0; row < rows; ++row) {
      side_by_side(row);
    }
    if (!strays_.empty() && !settle_strays()) {
      made_ = {};
      merge_equal_keys();
    }
    return std::move(made_);
  }

private:
  void side_by_side(std::size_t row) {
    const auto bytes = read_.bytes(row);
    matched_entry found;
    found.hash = bytes.empty() ? 0 : XXH3_64bits(bytes.data(), bytes.size());
    if (found.hash != 0 && take_ahead([&](const baseline& one) {
          return one.hash() == found.hash;
        })) {
      found.before = before_[next_ - 1];
      note_row(baseline{found.before}.database(shape_));
      made_.entries.push_back(found);
      return;
    }
    entry_reading now;
    read_.decode(row, now);
    if (!identified(now)) {
      return;
    }
    baseline::pack_key(key_, now.key);
    if (take_ahead(
          [&](const baseline& one) { return one.key(shape_) == key_; })) {
      found.before = before_[next_ - 1];
    } else {
      strays_.push_back(made_.entries.size());
    }
    keep(found, std::move(now));
  }

  /// Finds a baseline a few places on, and goes on behind it.
  template <class Predicate>
  bool take_ahead(Predicate wanted) {
    const auto end = std::min(before_.size(), next_ + look_ahead);
    for (auto at = next_; at < end; ++at) {
      if (wanted(baseline{before_[at]})) {
        taken_[at] = 1;
        next_ = at + 1;
        return true;
      }
    }
    return false;
  }

  void note_row(std::int64_t database) {
    if (rows_ == nullptr || database != last_database_) {
      rows_ = &made_.rows_of[database];
      last_database_ = database;
    }
    ++*rows_;
  }

  /// False: the row only adds into the sum of those without identity.
  bool identified(const entry_reading& now) {
    note_row(now.database);
    if (!now.unattributed) {
      return true;
    }
    auto& sum = made_.unattributed[now.database];
    sum.resize(shape_.columns);
    add(sum, now.values);
    return false;
  }

  void keep(matched_entry found, entry_reading now) {
    found.now = static_cast<std::uint32_t>(made_.decoded.size());
    made_.entries.push_back(found);
    made_.decoded.push_back(std::move(now));
  }

  static void add(std::vector<std::int64_t>& sum,
                  const std::vector<std::int64_t>& values) {
    for (std::size_t column = 0; column < sum.size(); ++column) {
      sum[column] = wrapping_add(sum[column], values[column]);
    }
  }

  [[nodiscard]] std::unordered_map<std::string_view, std::size_t>
  index_baselines() const {
    std::unordered_map<std::string_view, std::size_t> places;
    places.reserve(before_.size());
    for (std::size_t at = 0; at < before_.size(); ++at) {
      places.emplace(baseline{before_[at]}.key(shape_), at);
    }
    return places;
  }

  /// False when two rows have the same key.
  bool settle_strays() {
    const auto places = index_baselines();
    std::set<std::string_view> fresh;
    for (const auto entry : strays_) {
      auto& stray = made_.entries[entry];
      const auto& now = made_.decoded[stray.now];
      baseline::pack_key(key_, now.key);
      const auto place = places.find(key_);
      if (place == places.end()) {
        if (!fresh.insert(now.key).second) {
          return false;
        }
        continue;
      }
      if (std::exchange(taken_[place->second], 1) != 0) {
        return false;
      }
      stray.before = before_[place->second];
    }
    return true;
  }

  /// Slow, and again in each read: their bytes tell nothing.
  void merge_equal_keys() {
    rows_ = nullptr;
    const auto places = index_baselines();
    std::map<std::string, std::uint32_t> seen;
    for (std::size_t row = 0; row < read_.count(); ++row) {
      entry_reading now;
      read_.decode(row, now);
      if (!identified(now)) {
        continue;
      }
      const auto [known, is_new] = seen.try_emplace(
        now.key, static_cast<std::uint32_t>(made_.decoded.size()));
      if (!is_new) {
        add(made_.decoded[known->second].values, now.values);
        continue;
      }
      baseline::pack_key(key_, now.key);
      const auto place = places.find(key_);
      keep({place == places.end() ? nullptr : before_[place->second]},
           std::move(now));
    }
  }

  entry_source& read_;
  const entry_shape& shape_;
  std::vector<const char*> before_;
  std::vector<std::uint8_t> taken_;
  /// The first baseline that was not passed.
  std::size_t next_ = 0;
  /// Entries that were not where they were expected.
  std::vector<std::size_t> strays_;
  entry_match made_;
  std::string key_;
  std::size_t* rows_ = nullptr;
  std::int64_t last_database_ = 0;
};

} // namespace

entry_match match_entries(std::string_view packed, entry_source& read) {
  return matcher{packed, read}.run();
}

} // namespace pgmuster
