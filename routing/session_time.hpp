// Counted time: each session that is seen stands for the time since the sample
// before.
#pragma once

#include "codec/points.hpp"
#include "codec/sessions.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace pgmuster {

/// Of one target.
class session_time {
public:
  /// One block a database that has or had sessions and, unless `databases` is
  /// empty, is still there; one entry a session, in order, whose query is
  /// `first_query` and following. The first sample stands for no time: nothing
  /// is known of what was before. After a silence of more than two intervals
  /// only two are counted: nobody saw what went on meanwhile.
  /// Precondition: the layout has one column, and the keys of a session's
  /// `series` and one more.
  [[nodiscard]] std::vector<entry_block>
  count(const seen_sessions& seen,
        const std::shared_ptr<const block_layout>& layout,
        wall_time now,
        milliseconds interval,
        const std::map<std::int64_t, std::string>& databases,
        std::uint32_t first_query);

private:
  void note_databases(const seen_sessions& seen,
                      const std::map<std::int64_t, std::string>& databases);

  wall_time previous_{};
  std::set<std::string> databases_;
};

} // namespace pgmuster
