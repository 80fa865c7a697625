// Readings of pg_stat_statements as tests write them down.
#pragma once

#include "routing/entry_deltas.hpp"
#include "tests/routing/counter_layout.hpp"

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace pgmuster::testing_routing {

using values = std::vector<std::int64_t>;

inline constexpr std::size_t columns = 6;

inline std::string big_endian(std::uint64_t value) {
  std::string bytes(8, '\0');
  for (std::size_t i = 8; i-- > 0; value >>= 8U) {
    bytes[i] = static_cast<char>(value & 0xffU);
  }
  return bytes;
}

struct row {
  std::int64_t database = 0;
  std::uint64_t query = 0;
  values absolute;
  std::int64_t since = 0;
  bool unattributed = false;

  [[nodiscard]] std::string key() const {
    return big_endian(static_cast<std::uint64_t>(database)) + big_endian(query);
  }
};

/// As a server would send them.
class sent_rows final : public entry_source {
public:
  /// To whom tells what it knows, only the differences are sent.
  sent_rows(std::vector<row> rows,
            bool with_since,
            const std::optional<std::vector<std::int64_t>>& known)
    : shape_{2, columns, with_since, 0}, by_digest_(known.has_value()) {
    std::set<std::int64_t> gone;
    if (known) {
      gone.insert(known->begin(), known->end());
    }
    for (auto& one : rows) {
      const auto digest = digest_of(one);
      if (!known || !gone.contains(digest)) {
        rows_.push_back(std::move(one));
      } else {
        found_.insert(digest);
      }
    }
    for (const auto digest : found_) {
      gone.erase(digest);
    }
    gone_.assign(gone.begin(), gone.end());
  }
  [[nodiscard]] const entry_shape& shape() const noexcept override {
    return shape_;
  }
  [[nodiscard]] std::size_t count() const noexcept override {
    return gone_.size() + rows_.size();
  }
  [[nodiscard]] bool by_digest() const noexcept override { return by_digest_; }
  [[nodiscard]] std::optional<std::int64_t>
  gone(std::size_t at) const override {
    return at < gone_.size() ? std::optional{gone_[at]} : std::nullopt;
  }
  void decode(std::size_t at, entry_reading& into) override {
    const auto& from = rows_.at(at - gone_.size());
    into = {
      from.key(),    from.absolute,     shape_.with_since ? from.since : 0,
      from.database, from.unattributed, by_digest_ ? digest_of(from) : 0};
  }
  /// Entries that were sent.
  [[nodiscard]] std::size_t sent() const noexcept { return rows_.size(); }

private:
  /// Never 0; rows without identity have none that could be told.
  [[nodiscard]] std::int64_t digest_of(const row& of) const {
    if (of.unattributed) {
      return 0;
    }
    auto bytes = of.key();
    for (const auto value : of.absolute) {
      bytes += big_endian(static_cast<std::uint64_t>(value));
    }
    // After a reset the time that was spent is never the same to the last bit.
    bytes += big_endian(static_cast<std::uint64_t>(of.since));
    return static_cast<std::int64_t>(std::hash<std::string>{}(bytes) | 1U);
  }

  std::vector<row> rows_;
  std::vector<std::int64_t> gone_;
  std::set<std::int64_t> found_;
  entry_shape shape_;
  bool by_digest_;
};

} // namespace pgmuster::testing_routing
