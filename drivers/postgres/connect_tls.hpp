// The TLS side of one connect: roots that are shared instead of read again, and
// words for a handshake that fails.
#pragma once

#include "drivers/postgres/conninfo.hpp"
#include "drivers/postgres/tls_handover.hpp"

#include <atomic>

namespace pgmuster::postgres {

class connect_tls {
public:
  /// `not_shared` counts handshakes for which libpq reads the bundle itself.
  connect_tls(roots_library& library, std::atomic<std::uint64_t>& not_shared)
    : library_(library), not_shared_(not_shared) {}

  /// Before PQconnectStart, for each address anew: has libpq read one root
  /// instead of all. Errors: the roots that the mode insists on cannot be had.
  [[nodiscard]] result<void> prepare(const endpoint& where, option_map& values);

  /// PQconnectPoll.
  [[nodiscard]] PostgresPollingStatusType poll(PGconn* connection) {
    return watched_poll(connection, witness_);
  }

  /// After the handshake.
  static void finish(PGconn* connection) { dismiss_witness(connection); }

  /// The roots were not taken (a libpq on another OpenSSL than ours), so that
  /// one root only decided: the same address is worth one more attempt, in
  /// which libpq reads them all. `said` is libpq's sentence.
  [[nodiscard]] bool again(std::string_view said);

  /// What libpq's sentence means.
  [[nodiscard]] std::string words(std::string_view said) const {
    return tls_failure_words(said, *witness_, file_);
  }

private:
  roots_library& library_;
  std::atomic<std::uint64_t>& not_shared_;
  std::shared_ptr<tls_witness> witness_ = std::make_shared<tls_witness>();
  std::string file_;
  bool stand_in_ = false;
  bool alone_ = false;
};

} // namespace pgmuster::postgres
