// What is told of queries outside the process: a shape and a text without
// literals. Pure.
#pragma once

#include "actors/series_book.hpp"
#include "codec/points.hpp"
#include "routing/fingerprint_cache.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace pgmuster {

/// Names what was observed of sessions; what it knows of texts is the
/// process's.
class query_names {
public:
  /// Outlived by `shapes`.
  explicit query_names(fingerprint_cache& shapes) : shapes_(shapes) {}

  /// Fills in the shapes of events and entries that are about `seen.queries`,
  /// and lets go of their raw texts. A query whose entry is known has its
  /// entry's shape: that was read from the whole text.
  void name(observation& seen, const series_book& entries);

private:
  struct named {
    std::uint64_t shape = 0;
    /// Empty: not known, or not to be told.
    std::string text;
    std::string user;
  };
  [[nodiscard]] named name_of(const asked_query& one,
                              std::uint64_t instance,
                              const series_book& entries);
  static void name_event(target_event& event,
                         const std::vector<named>& all,
                         const std::vector<asked_query>& asked);

  fingerprint_cache& shapes_;
};

} // namespace pgmuster
