// Which series an entry adds into, learned from its text. Pure; the dialect's
// fingerprinter is handed in.
#pragma once

#include "codec/points.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace pgmuster {

/// Texts to fingerprints; equal shapes give equal values.
using fingerprinter = std::function<std::uint64_t(std::string_view)>;

/// Of one lane. 24 bytes an entry; names are interned, and the shapes of texts
/// are remembered, since the same application runs on many instances.
class series_book {
public:
  /// Entries of one instance beyond which the instance is learned anew.
  static constexpr std::size_t entries_max = 100'000;
  /// Texts whose shapes are remembered; past it all are forgotten.
  static constexpr std::size_t texts_max = 20'000;

  explicit series_book(fingerprinter shape_of)
    : fingerprint_(std::move(shape_of)) {}

  /// Learns texts, then names the series of all entries that are known.
  void absorb(observation& seen);
  /// What was learned of a database, or ("") of the whole instance; returns how
  /// many entries that were.
  std::size_t forget(std::uint64_t instance, const std::string& database);

  /// What is known of an entry by its key; nothing before its text came.
  struct known_entry {
    std::uint64_t shape = 0;
    const std::string& user;
  };
  [[nodiscard]] std::optional<known_entry>
  find_entry(std::uint64_t instance, std::string_view key) const;

  [[nodiscard]] std::size_t entries() const noexcept;
  /// Instances that were learned anew because they had too many entries.
  [[nodiscard]] std::uint64_t overflows() const noexcept { return overflows_; }

private:
  struct identity {
    /// Hash of the entry's key.
    std::uint64_t key = 0;
    std::uint64_t shape = 0;
    std::uint32_t user = 0;
    std::uint32_t database : 31 = 0;
    std::uint32_t toplevel : 1 = 1;
  };
  /// Sorted by key.
  using known_entries = std::vector<identity>;

  [[nodiscard]] static const identity* find(std::span<const identity> known,
                                            std::uint64_t key) noexcept;
  [[nodiscard]] std::uint32_t intern(const std::string& name);
  [[nodiscard]] std::uint64_t shape_of(const std::string& text);
  void learn(known_entries& known, const std::vector<entry_text>& texts);
  void name_series(const identity& of,
                   const std::string& database,
                   entry_delta& entry) const;

  fingerprinter fingerprint_;
  /// Shapes by hash of the text.
  std::unordered_map<std::uint64_t, std::uint64_t> shapes_;
  std::unordered_map<std::uint64_t, known_entries> instances_;
  std::vector<std::string> names_;
  std::unordered_map<std::string, std::uint32_t> interned_;
  std::uint64_t overflows_ = 0;
};

} // namespace pgmuster
