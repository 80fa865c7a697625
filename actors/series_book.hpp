// Which series an entry adds into, learned from its text. Pure; the dialect's
// fingerprinter is handed in.
#pragma once

#include "codec/points.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace pgmuster {

/// Texts to fingerprints; equal shapes give equal values.
using fingerprinter = std::function<std::uint64_t(std::string_view)>;

/// Of one lane. About 40 bytes an entry; names are interned.
class series_book {
public:
  /// Entries of one instance beyond which the instance is learned anew.
  static constexpr std::size_t entries_max = 100'000;

  explicit series_book(fingerprinter shape_of)
    : shape_of_(std::move(shape_of)) {}

  /// Learns texts, then names the series of all entries that are known.
  void absorb(observation& seen);
  void forget(std::uint64_t instance) { instances_.erase(instance); }

  [[nodiscard]] std::size_t entries() const noexcept;
  /// Instances that were learned anew because they had too many entries.
  [[nodiscard]] std::uint64_t overflows() const noexcept { return overflows_; }

private:
  struct identity {
    std::uint64_t shape = 0;
    std::uint32_t user = 0;
    bool toplevel = true;
  };
  using known_entries = std::unordered_map<std::uint64_t, identity>;

  [[nodiscard]] std::uint32_t intern(const std::string& name);
  void learn(known_entries& known, const entry_text& text);
  void name_series(const identity& of,
                   const std::string& database,
                   entry_delta& entry) const;

  fingerprinter shape_of_;
  std::unordered_map<std::uint64_t, known_entries> instances_;
  std::vector<std::string> names_;
  std::unordered_map<std::string, std::uint32_t> interned_;
  std::uint64_t overflows_ = 0;
};

} // namespace pgmuster
