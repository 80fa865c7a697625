// What lasts too long among sessions, told once for as long as it lasts.
#pragma once

#include "codec/sessions.hpp"
#include "config/event_config.hpp"
#include "routing/blocking_tree.hpp"

#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

namespace pgmuster {

struct lasting_session {
  enum class kind : std::uint8_t { transaction, idle_in_transaction, blocking };
  kind what = kind::transaction;
  std::int64_t id = 0;
  /// Its index; none: a blocker that is not among the sessions.
  std::optional<std::size_t> at{};
  microseconds lasts{0};
  /// blocking: how many wait for it, and how far away.
  std::size_t waiters = 0;
  std::size_t depth = 0;
};

struct watched_sessions {
  blocking_tree tree;
  /// Parallel to the sessions: for how long each was seen waiting for others.
  std::vector<microseconds> blocked;
  microseconds longest_wait{0};
  /// What has become too long since the last look.
  std::vector<lasting_session> lasting;
};

/// Of one target; remembers no more than it sees.
class session_watch {
public:
  [[nodiscard]] watched_sessions look(const seen_sessions& seen,
                                      const event_config& thresholds);

private:
  using condition =
    std::tuple<lasting_session::kind, std::int64_t, std::int64_t>;
  void note_waits(const seen_sessions& seen, watched_sessions& made);

  struct wait {
    /// Of its query: another one is another wait.
    std::int64_t query_start = 0;
    /// The server's time when it was first seen.
    std::int64_t since = 0;
  };
  std::map<std::int64_t, wait> waits_;
  std::set<condition> told_;
};

} // namespace pgmuster
