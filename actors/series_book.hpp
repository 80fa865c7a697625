// Which series an entry adds into, learned from its text. Pure.
#pragma once

#include "codec/points.hpp"
#include "routing/fingerprint_cache.hpp"

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace pgmuster {

/// By which an entry's texts and numbers meet.
[[nodiscard]] std::uint64_t hash_of_entry(std::string_view key) noexcept;

/// Of one lane. 16 bytes an entry; names are interned. Texts that the process
/// has seen before come with their shapes; the others are described elsewhere,
/// off the way of the numbers, and learned when they come back.
class series_book {
public:
  /// Entries of one instance, and those whose statements they are (users in
  /// databases), beyond which the instance is learned anew.
  static constexpr std::size_t entries_max = 100'000;
  static constexpr std::size_t owners_max = 65'536;

  /// Outlived by `shapes`.
  explicit series_book(fingerprint_cache& shapes) : shapes_(shapes) {}

  /// Learns texts that have their shapes, then names the series of all entries
  /// that are known. Takes all texts; returns those that are to be described.
  [[nodiscard]] std::vector<entry_text> absorb(observation& seen);
  /// What became of texts that `absorb` returned: `shapes` is parallel to
  /// them. Nothing of an instance that was forgotten since.
  void learn(std::uint64_t instance,
             const std::vector<entry_text>& texts,
             const std::vector<std::uint64_t>& shapes);
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
    /// The first bits of the hash of the entry's key: among the most entries
    /// that an instance has, two are taken for one with a chance of 2e-5.
    std::uint64_t key : 48 = 0;
    std::uint64_t owner : 16 = 0;
    std::uint64_t shape = 0;
  };
  struct owner {
    std::uint32_t user = 0;
    std::uint32_t database = 0;
    bool toplevel = true;
    auto operator<=>(const owner&) const = default;
  };
  struct known_instance {
    /// Sorted by key.
    std::vector<identity> entries;
    std::vector<owner> owners;
  };
  /// Where each owner of an instance is.
  using owner_places = std::map<owner, std::uint16_t>;

  [[nodiscard]] static const identity* find(std::span<const identity> known,
                                            std::uint64_t key) noexcept;
  [[nodiscard]] std::uint32_t intern(const std::string& name);
  [[nodiscard]] static owner_places places_of(const known_instance& known);
  void add(const entry_text& text,
           std::uint64_t shape,
           known_instance& known,
           owner_places& places);
  /// Sorts what was added behind the first `before`.
  static void settle(known_instance& known, std::size_t before);
  void learn_texts(observation& seen,
                   known_instance& known,
                   std::vector<entry_text>& unknown);
  void name_series(const identity& of,
                   const owner& whose,
                   const std::string& database,
                   entry_delta& entry) const;

  fingerprint_cache& shapes_;
  std::unordered_map<std::uint64_t, known_instance> instances_;
  std::vector<std::string> names_;
  std::unordered_map<std::string, std::uint32_t> interned_;
  std::uint64_t overflows_ = 0;
};

} // namespace pgmuster
