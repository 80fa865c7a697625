// A live connection that answers pipelines of statements without blocking.
#pragma once

#include "codec/rows.hpp"
#include "config/result.hpp"
#include "config/time.hpp"
#include "drivers/postgres/errc.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pgmuster::postgres {

struct session_facts {
  /// PQserverVersion: 150020.
  int version_num = 0;
  int backend_pid = 0;
  /// Our session is not our own: a pooler stands between.
  bool pooled = false;
  bool encrypted = false;
  /// A warning to log once, e.g. an unverified server off loopback.
  std::string warning;
};

struct statement_call {
  /// Identifies the text for prepared statements; the same id always means the
  /// same text on one session. Behind a pooler it is not used.
  std::string id;
  std::string sql;
  /// Needs its own transaction's identity rows first (behind a pooler only):
  /// the SQL that is run in the same transaction; its rows are returned too.
  std::string companion_sql;
  /// The text's only parameter in binary (see parameters.hpp); empty: it has
  /// none.
  std::string parameter = {};
};

/// When answers are read.
enum class reading : std::uint8_t {
  /// As they come: what each call took is known.
  prompt,
  /// Those of a moment together: fewer wake-ups, but what a call took is known
  /// only where that was long. Behind a pooler, where the next call waits for
  /// the answer, it is `prompt`.
  gathered
};

struct statement_result {
  /// Index into the calls of `start`.
  std::size_t index = 0;
  result<row_set> rows = row_set{};
  /// Rows of the companion, empty when there was none.
  row_set companion;
  /// From the moment it was at the head of the pipeline to its last row, or its
  /// share of that if it was read together with others; nothing where answers
  /// are gathered and none was long.
  std::optional<microseconds> took;
};

/// Used by one thread at a time (the owning actor). `on_ready` is called on the
/// reactor's thread.
class session {
public:
  /// Hands the connection to the reaper: cancels the poll, waits for that, then
  /// closes on a connector thread. Never blocks.
  virtual ~session() = default;

  [[nodiscard]] virtual const session_facts& facts() const noexcept = 0;

  /// Who is told that the socket is ready; set before `start`. The callee then
  /// calls `advance` on the owner's thread.
  virtual void notify(std::function<void()> on_ready) = 0;

  /// Sends all calls as one pipeline with a Sync after each, so that one
  /// failure leaves the others alone. Precondition: idle.
  virtual result<void> start(std::vector<statement_call> calls,
                             reading when = reading::prompt) = 0;

  /// Reads what has arrived and re-arms the socket while calls are pending.
  /// Returns results complete since; an error means the connection is lost
  /// (pending calls will not be answered).
  virtual result<std::vector<statement_result>> advance() = 0;

  /// No call is pending.
  [[nodiscard]] virtual bool idle() const noexcept = 0;

  /// Asks the server to stop the running statement, by a socket of its own.
  /// Fire and forget; bounded in number and time.
  virtual void cancel() = 0;

  /// Forgets prepared statements (after stale_statement).
  virtual void forget_prepared() = 0;

  /// Bytes received since connecting; an estimate from results.
  [[nodiscard]] virtual std::uint64_t bytes_read() const noexcept = 0;
};

} // namespace pgmuster::postgres
