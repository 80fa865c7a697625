// Which shape a text has, remembered across the whole process: the same
// application runs on many databases, and a parser costs a thousand times a
// look-up.
#pragma once

#include "codec/query_description.hpp"
#include "routing/bounded_lru.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <string_view>

namespace pgmuster {

/// A dialect's: what is to be told of a text.
using query_describer = std::function<query_description(std::string_view)>;

using description_ptr = std::shared_ptr<const query_description>;

struct fingerprint_counts {
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::uint64_t evictions = 0;
  std::uint64_t bytes = 0;
  /// Shapes that are known now.
  std::uint64_t shapes = 0;
  /// Texts that the parser took, and that it refused, since the start.
  std::uint64_t parsed = 0;
  std::uint64_t lexical = 0;
};

/// Texts are known by a hash of 128 bits and never kept. All texts of a shape
/// have one description: that of the first, for as long as it is remembered.
/// Thread-safe; the describer runs outside of the lock.
class fingerprint_cache {
public:
  fingerprint_cache(query_describer describe, byte_count bytes_max);

  /// Null if this text is not known.
  [[nodiscard]] description_ptr find(std::string_view text);
  /// As `find`, else by the describer.
  [[nodiscard]] description_ptr describe(std::string_view text);
  /// Null if it was forgotten.
  [[nodiscard]] description_ptr of_shape(std::uint64_t fingerprint);

  [[nodiscard]] fingerprint_counts counted() const;

private:
  struct text_hash {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    bool operator==(const text_hash&) const = default;
  };
  struct hash_of {
    std::size_t operator()(const text_hash& of) const noexcept {
      return of.low;
    }
  };
  [[nodiscard]] static text_hash hashed(std::string_view text) noexcept;

  query_describer describe_;
  mutable std::mutex busy_;
  bounded_lru<text_hash, std::uint64_t, hash_of> texts_;
  bounded_lru<std::uint64_t, description_ptr> shapes_;
  std::uint64_t hits_ = 0;
  std::uint64_t misses_ = 0;
  std::uint64_t parsed_ = 0;
  std::uint64_t lexical_ = 0;
};

} // namespace pgmuster
