// What sessions of a server were doing at one moment, in words that any
// database has.
#pragma once

#include "config/time.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace pgmuster {

/// A session at work, or in a transaction.
struct seen_session {
  /// Unique among the sessions of one moment.
  std::int64_t id = 0;
  std::string database;
  std::string user;
  std::string application;
  std::string client_address;
  std::int64_t client_port = 0;
  /// In the server's words; what it waits for is empty while it runs.
  std::string state;
  std::string wait_type;
  std::string wait;
  /// In a transaction in which it does nothing.
  bool idle_in_transaction = false;
  /// The server's own identity of the query; 0: none.
  std::int64_t query_id = 0;
  /// µs since the epoch, by the server's clock; 0: not begun.
  std::int64_t transaction_start = 0;
  std::int64_t query_start = 0;
  std::int64_t state_change = 0;
  /// How many transactions its snapshot holds back; -1: no snapshot.
  std::int64_t snapshot_age = -1;
  /// The sessions it waits for; as many as the server told.
  std::vector<std::int64_t> blocked_by;
  /// The key of its query's entry, opaque outside the dialect, or empty; and
  /// its text, as it is.
  std::string key;
  std::string text;
  /// What its time is counted under, beside its query: the values of the
  /// probe's attributes, in order; the first is the database.
  std::vector<std::string> series;
};

struct seen_sessions {
  std::vector<seen_session> all;
  /// The server's clock when it answered, in µs; 0: not known.
  std::int64_t server_now = 0;
  /// Cells that did not fit.
  std::uint64_t bad_cells = 0;
  /// Sessions beyond the probe's limit.
  std::uint64_t turned_away = 0;
};

} // namespace pgmuster
