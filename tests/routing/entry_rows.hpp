// Readings of pg_stat_statements as tests write them down.
#pragma once

#include "routing/entry_deltas.hpp"
#include "tests/routing/counter_layout.hpp"

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
  sent_rows(std::vector<row> rows, bool with_since)
    : rows_(std::move(rows)), shape_{2, columns, with_since, 0} {
    for (const auto& one : rows_) {
      auto& made = bytes_.emplace_back(one.unattributed ? "?" : "");
      made += one.key();
      for (const auto value : one.absolute) {
        made += big_endian(static_cast<std::uint64_t>(value));
      }
      made +=
        big_endian(static_cast<std::uint64_t>(with_since ? one.since : 0));
    }
  }
  [[nodiscard]] const entry_shape& shape() const noexcept override {
    return shape_;
  }
  [[nodiscard]] std::size_t count() const noexcept override {
    return rows_.size();
  }
  [[nodiscard]] std::string_view
  bytes(std::size_t entry) const noexcept override {
    return bytes_[entry];
  }
  void decode(std::size_t entry, entry_reading& into) override {
    const auto& from = rows_[entry];
    ++decoded;
    into = {from.key(), from.absolute, shape_.with_since ? from.since : 0,
            from.database, from.unattributed};
  }

  /// How many entries had to be looked at.
  std::size_t decoded = 0;

private:
  std::vector<row> rows_;
  entry_shape shape_;
  std::vector<std::string> bytes_;
};

} // namespace pgmuster::testing_routing
