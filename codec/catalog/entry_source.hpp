// What a read of entries offers to whoever subtracts it from the last one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pgmuster {

/// One entry, taken apart: absolute values as exact integers (times in µs).
struct entry_reading {
  /// `key_items × 8` bytes: each key item as a big-endian integer.
  std::string key;
  /// Parallel to the layout's columns; NULL is 0.
  std::vector<std::int64_t> values;
  /// The `start` item (stats_since) in µs; 0 where there is none.
  std::int64_t since = 0;
  /// The value of the key item named `dbid`; 0 where there is none.
  std::int64_t database = 0;
  /// A key item was NULL: no identity.
  bool unattributed = false;
  /// Changes whenever the entry does; 0: that is not known.
  std::int64_t digest = 0;
};

struct entry_shape {
  std::size_t key_items = 0;
  std::size_t columns = 0;
  /// The probe has a `start` item.
  bool with_since = false;
  /// Which key item is the database's oid.
  std::optional<std::size_t> database_item;

  bool operator==(const entry_shape&) const = default;
};

/// Used by one thread.
class entry_source {
public:
  virtual ~entry_source() = default;

  [[nodiscard]] virtual const entry_shape& shape() const noexcept = 0;
  /// Rows: entries, and digests that none has any more.
  [[nodiscard]] virtual std::size_t count() const noexcept = 0;
  /// Entries with a known digest were left out.
  [[nodiscard]] virtual bool by_digest() const noexcept = 0;
  /// The row is no entry, but says a known digest that none has any more.
  [[nodiscard]] virtual std::optional<std::int64_t>
  gone(std::size_t row) const = 0;
  /// Of an entry. Replaces all of `into`. What does not fit reads as nothing
  /// and is counted by the source.
  virtual void decode(std::size_t row, entry_reading& into) = 0;
};

} // namespace pgmuster
