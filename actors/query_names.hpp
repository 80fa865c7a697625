// What is told of queries outside the process: a shape and a text without
// literals. Pure; the dialect's reader is handed in.
#pragma once

#include "actors/series_book.hpp"
#include "codec/points.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace pgmuster {

/// A query as it may be told.
struct read_query {
  std::uint64_t shape = 0;
  /// Without literals.
  std::string text;
};

/// What a dialect makes of the words of others before they may leave.
struct query_reader {
  std::function<read_query(std::string_view text)> read;
  /// What an application says of itself, under this key of events.
  std::function<std::string(std::string_view words)> scrub;
  const char* scrubbed_key = "";
};

/// Of one lane: the texts of shapes, bounded in bytes, and by hash of the raw
/// text what was read already.
class query_names {
public:
  static constexpr std::size_t raw_max = 20'000;
  static constexpr std::size_t bytes_max = 4U << 20U;

  explicit query_names(query_reader reader) : reader_(std::move(reader)) {}

  /// Remembers the texts of entries, for events that have only a key.
  void learn(const observation& seen);
  /// Fills in the shapes of events and entries that are about `seen.queries`,
  /// and lets go of their raw texts. A query whose entry is known has its
  /// entry's shape: that was read from the whole text.
  void name(observation& seen, const series_book& entries);

  /// Of the texts kept.
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

private:
  struct named {
    std::uint64_t shape = 0;
    /// Empty: not known.
    std::string text;
    std::string user;
  };
  [[nodiscard]] std::uint64_t shape_of(std::string_view raw);
  [[nodiscard]] named name_of(const asked_query& one,
                              std::uint64_t instance,
                              const series_book& entries);
  void name_event(target_event& event,
                  const std::vector<named>& all,
                  const std::vector<asked_query>& asked) const;

  query_reader reader_;
  std::unordered_map<std::uint64_t, std::uint64_t> shapes_;
  std::unordered_map<std::uint64_t, std::string> texts_;
  std::size_t bytes_ = 0;
};

} // namespace pgmuster
