// Which baseline belongs to which entry of a read.
#pragma once

#include "routing/baseline.hpp"

#include <map>
#include <set>
#include <vector>

namespace pgmuster {

/// One entry of a read beside its predecessor.
struct matched_entry {
  /// Null: the last read did not have it.
  const char* before = nullptr;
  /// Index into `entry_match::decoded`, or `unmoved`.
  std::uint32_t now = unmoved;
  /// Of its bytes; 0 where they cannot tell that it did not move.
  std::uint64_t hash = 0;

  static constexpr std::uint32_t unmoved = 0xffff'ffffU;
};

/// A read, compared with the baselines of the last one.
struct entry_match {
  /// In the order of the read; rows without identity are not among them.
  std::vector<matched_entry> entries;
  /// Those that may have moved.
  std::vector<entry_reading> decoded;
  /// Rows by database; the rows without identity included.
  std::map<std::int64_t, std::size_t> rows_of;
  /// Sums of the rows without identity, by database.
  std::map<std::int64_t, std::vector<std::int64_t>> unattributed;
};

/// `packed` holds baselines of the read's shape, one after another; the result
/// points into it. Rows of equal key (no view has them, a custom probe might)
/// become one entry.
[[nodiscard]] entry_match match_entries(std::string_view packed,
                                        entry_source& read);

} // namespace pgmuster
