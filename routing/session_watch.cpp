// A condition is a kind, a session and when it began: the same one is told
// once.
#include "routing/session_watch.hpp"

#include <algorithm>

namespace pgmuster {

namespace {

using kind = lasting_session::kind;

/// `began` is by the server's clock; 0: it has not.
microseconds since(std::int64_t began, std::int64_t now) {
  return microseconds{began == 0 || now < began ? 0 : now - began};
}

} // namespace

/// Servers do not tell cheaply since when a session waits: it is the time since
/// it was first seen to.
void session_watch::note_waits(const seen_sessions& seen,
                               watched_sessions& made) {
  std::map<std::int64_t, wait> waits;
  for (const auto& one : seen.all) {
    microseconds lasted{0};
    if (!one.blocked_by.empty()) {
      const auto known = waits_.find(one.id);
      const bool same =
        known != waits_.end() && known->second.query_start == one.query_start;
      const auto began = same ? known->second.since : seen.server_now;
      waits.emplace(one.id, wait{one.query_start, began});
      lasted = since(began, seen.server_now);
    }
    made.blocked.push_back(lasted);
    made.longest_wait = std::max(made.longest_wait, lasted);
  }
  waits_ = std::move(waits);
}

watched_sessions session_watch::look(const seen_sessions& seen,
                                     const event_config& thresholds) {
  watched_sessions made;
  made.tree = blocking_tree_of(seen.all);
  note_waits(seen, made);
  std::set<condition> lasting;
  const auto judge = [&](lasting_session what, std::int64_t began,
                         milliseconds most) {
    const condition key{what.what, what.id, began};
    if (what.lasts >= most && lasting.insert(key).second
        && !told_.contains(key)) {
      made.lasting.push_back(what);
    }
  };
  std::map<std::int64_t, std::size_t> index;
  for (std::size_t at = 0; at < seen.all.size(); ++at) {
    const auto& one = seen.all[at];
    index.emplace(one.id, at);
    lasting_session open;
    open.id = one.id;
    open.at = at;
    open.lasts = since(one.transaction_start, seen.server_now);
    judge(open, one.transaction_start, thresholds.long_transaction);
    if (one.idle_in_transaction) {
      open.what = kind::idle_in_transaction;
      open.lasts = since(one.state_change, seen.server_now);
      judge(open, one.state_change, thresholds.idle_in_transaction);
    }
  }
  for (const auto& root : made.tree.roots) {
    lasting_session what;
    what.what = kind::blocking;
    what.id = root.id;
    what.waiters = root.waiters;
    what.depth = root.depth;
    for (const auto waiter : root.below) {
      what.lasts = std::max(what.lasts, made.blocked[waiter]);
    }
    const auto found = index.find(root.id);
    std::int64_t began = 0;
    if (found != index.end()) {
      what.at = found->second;
      began = seen.all[found->second].transaction_start;
    }
    judge(what, began, thresholds.blocking);
  }
  told_ = std::move(lasting);
  return made;
}

} // namespace pgmuster
