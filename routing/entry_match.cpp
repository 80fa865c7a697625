// What was sent is looked up by its key; what was not, and is not said to be
// gone, is as it was.
#include "routing/entry_match.hpp"

#include "routing/varint.hpp"

#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace pgmuster {

namespace {

class matcher {
public:
  matcher(const std::vector<std::int64_t>& databases,
          entry_source& read,
          bool left_out)
    : databases_(databases), read_(read), left_out_(left_out) {
    sent_.reserve(read.count());
  }

  entry_match run(std::string_view packed) {
    for (std::size_t row = 0; row < read_.count(); ++row) {
      if (const auto digest = read_.gone(row)) {
        gone_.insert(*digest);
      } else {
        take_row(row);
      }
    }
    matched_.resize(made_.decoded.size());
    for (const char* at = packed.data(); at != packed.data() + packed.size();) {
      const baseline one{at};
      at = one.end();
      take_baseline(one);
    }
    for (std::uint32_t entry = 0; entry < matched_.size(); ++entry) {
      if (matched_[entry] == 0) {
        made_.entries.push_back({nullptr, entry});
      }
    }
    return std::move(made_);
  }

private:
  void take_row(std::size_t row) {
    entry_reading now;
    read_.decode(row, now);
    note_row(now.database);
    if (now.unattributed) {
      // It only adds into the sum of those without identity.
      auto& sum = made_.unattributed[now.database];
      sum.resize(read_.shape().columns);
      add(sum, now.values);
      return;
    }
    const auto key = baseline::hash_of(now.key);
    const auto [known, is_new] =
      sent_.try_emplace(key, static_cast<std::uint32_t>(made_.decoded.size()));
    if (is_new) {
      made_.decoded.push_back(std::move(now));
      made_.key_hashes.push_back(key);
      return;
    }
    auto& twin = made_.decoded[known->second];
    add(twin.values, now.values);
    // What it is made of can move one by one.
    twin.digest = 0;
  }

  /// By its key first: the digest of one that moved may be another's by chance,
  /// and is not gone then.
  void take_baseline(const baseline& one) {
    const auto found = sent_.find(one.key_hash());
    if (found == sent_.end()) {
      if (stands(one)) {
        leave(one);
      }
    } else if (std::exchange(matched_[found->second], 1) == 0) {
      made_.entries.push_back({one.begin(), found->second});
    }
  }

  /// It was left out: the server has it as it was.
  [[nodiscard]] bool stands(const baseline& one) const {
    return left_out_ && one.digest() != 0 && !gone_.contains(one.digest());
  }

  void leave(const baseline& one) {
    note_row(databases_[one.database()]);
    auto& all = made_.entries;
    if (all.empty() || all.back().unmoved_until != one.begin()) {
      all.push_back({one.begin()});
    }
    all.back().unmoved_until = one.end();
  }

  void note_row(std::int64_t database) {
    if (rows_ == nullptr || database != last_database_) {
      rows_ = &made_.rows_of[database];
      last_database_ = database;
    }
    ++*rows_;
  }

  static void add(std::vector<std::int64_t>& sum,
                  const std::vector<std::int64_t>& values) {
    for (std::size_t column = 0; column < sum.size(); ++column) {
      sum[column] = wrapping_add(sum[column], values[column]);
    }
  }

  const std::vector<std::int64_t>& databases_;
  entry_source& read_;
  const bool left_out_;
  /// By the hash of the key; and of which a baseline was found.
  std::unordered_map<std::uint64_t, std::uint32_t> sent_;
  std::vector<std::uint8_t> matched_;
  std::unordered_set<std::int64_t> gone_;
  entry_match made_;
  std::size_t* rows_ = nullptr;
  std::int64_t last_database_ = 0;
};

} // namespace

entry_match match_entries(std::string_view packed,
                          const std::vector<std::int64_t>& databases,
                          entry_source& read,
                          bool left_out) {
  return matcher{databases, read, left_out}.run(packed);
}

} // namespace pgmuster
