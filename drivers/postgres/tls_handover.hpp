// A TLS handshake that libpq is about to begin is given the shared roots, and a
// witness that notes why the server's certificate would be refused.
#pragma once

#include "drivers/postgres/trust_roots.hpp"

#include <libpq-fe.h>

#include <string>
#include <string_view>

namespace pgmuster::postgres {

/// What a handshake saw of the server's certificates.
struct tls_witness {
  /// What is to be handed over; null: libpq's own file decides.
  std::shared_ptr<const trust_roots> roots;
  /// It was: nothing else decides.
  bool handed_over = false;
  /// The first objection of OpenSSL (X509_V_ERR_…); 0: none.
  int objection = 0;
  /// At which certificate: 0 is the server's own.
  int depth = 0;
  std::string subject;
  std::string issuer;
  /// `2026-01-31 00:00:00 UTC`, of that certificate.
  std::string not_before;
  std::string not_after;
};

/// PQconnectPoll; a handshake that begins in it is watched and given the roots
/// before its first byte is sent. The connection shares the witness until it is
/// dismissed or closed.
[[nodiscard]] PostgresPollingStatusType
watched_poll(PGconn* connection, const std::shared_ptr<tls_witness>& witness);

/// Lets the witness go; for when the handshake is over.
void dismiss_witness(PGconn* connection);

/// One sentence on a failed handshake; `said` is libpq's. `roots` are where the
/// roots came from.
[[nodiscard]] std::string tls_failure_words(std::string_view said,
                                            const tls_witness& witness,
                                            const std::string& roots);

/// OpenSSL refused the server's certificate.
[[nodiscard]] bool was_certificate_refused(std::string_view said);

} // namespace pgmuster::postgres
