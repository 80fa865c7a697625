// Which baseline belongs to which entry of a read.
#pragma once

#include "routing/baseline.hpp"

#include <map>
#include <vector>

namespace pgmuster {

/// One entry of a read beside its predecessor, or several that were left out.
struct matched_entry {
  /// Null: the last read did not have it.
  const char* before = nullptr;
  /// Index into `entry_match::decoded`.
  std::uint32_t now = 0;
  /// Not null: none was sent of the baselines from `before` to here.
  const char* unmoved_until = nullptr;
};

/// A read, compared with the baselines of the last one.
struct entry_match {
  /// In the order of the last read, then those that it did not have; rows
  /// without identity are not among them.
  std::vector<matched_entry> entries;
  /// Those that were sent.
  std::vector<entry_reading> decoded;
  /// Of the keys of `decoded`.
  std::vector<std::uint64_t> key_hashes;
  /// Rows by database; those left out and those without identity included.
  std::map<std::int64_t, std::size_t> rows_of;
  /// Sums of the rows without identity, by database.
  std::map<std::int64_t, std::vector<std::int64_t>> unattributed;
};

/// `packed` holds baselines of the read's shape, one after another; the result
/// points into it. Rows of equal key (a custom probe might have them) become
/// one entry, whose digest is 0; a probe with digests must have none.
/// `left_out`: the server was told the digests of `packed`, and sent none of
/// the entries that still have theirs. `databases`: oids by the numbers that
/// the baselines have for them.
[[nodiscard]] entry_match
match_entries(std::string_view packed,
              const std::vector<std::int64_t>& databases,
              entry_source& read,
              bool left_out);

} // namespace pgmuster
