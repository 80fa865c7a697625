// How a call is asked: prepared once on a session of our own, as a transaction
// behind a pooler; and which answers it will have.
#pragma once

#include "config/time.hpp"
#include "drivers/postgres/answer_queue.hpp"
#include "drivers/postgres/session.hpp"

#include <string>
#include <vector>

namespace pgmuster::postgres {

/// Writes at the end of what is to be sent, and tells the queue what to expect.
/// No socket.
class call_writer {
public:
  /// For a session of our own.
  call_writer() = default;
  /// Behind a pooler: what is set in each transaction.
  call_writer(milliseconds statement_timeout, milliseconds lock_timeout);

  void write(const statement_call& call,
             std::size_t index,
             std::string& to,
             answer_queue& answers);

  /// A statement of our own, in a block of its own.
  static void
  write_alone(const std::string& sql, std::string& to, answer_queue& answers);

private:
  void write_own(const statement_call& call,
                 std::size_t index,
                 std::string& to,
                 answer_queue& answers);
  void write_transaction(const statement_call& call,
                         std::size_t index,
                         std::string& to,
                         answer_queue& answers) const;
  std::size_t number_of(const std::string& id);

  /// Empty on a session of our own.
  std::string settings_sql_;
  /// Hashes of ids in order of first use: what is prepared is known by its
  /// number. They are a catalog's probes, few enough to be looked through and
  /// for two never to have one hash.
  std::vector<std::size_t> ids_;
};

} // namespace pgmuster::postgres
