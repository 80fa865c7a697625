// Why libpq could not connect, told without reading translated sentences.
#pragma once

#include "drivers/postgres/errc.hpp"

#include <libpq-fe.h>

#include <string>
#include <string_view>

namespace pgmuster::postgres {

/// The code in libpq's sentence about a refusal; empty when the server sent
/// none. Expects PQERRORS_VERBOSE, which puts it after the severity, whatever
/// the server's language.
[[nodiscard]] std::string find_sqlstate(std::string_view message);

/// `before` is the state in which the failing step began.
[[nodiscard]] errc classify_connect_failure(const PGconn* connection,
                                            ConnStatusType before);

/// libpq's sentence after its own `connection to server … failed: `.
[[nodiscard]] std::string_view without_preamble(std::string_view message);

/// libpq's sentence on a handshake that has just failed on this thread, and why
/// the certificate was refused if it was.
[[nodiscard]] std::string handshake_words(const PGconn* connection, errc code);

/// Another address of the same name may still answer.
[[nodiscard]] bool worth_another_address(errc code) noexcept;

} // namespace pgmuster::postgres
