// Which TLS a connect asks libpq for: the mode, the roots, our certificate.
#pragma once

#include "drivers/postgres/conninfo.hpp"

namespace pgmuster::postgres {

/// No such file can exist, so libpq finds no home file to read.
inline constexpr const char* nowhere = "/dev/null/none";

/// Puts the target's own files over those of the DSN, and `system` into words
/// that libpq 15 has. Errors: `system` with a mode that would not verify, or on
/// a system without roots.
[[nodiscard]] result<void> name_tls_files(option_map& options,
                                          const tls_files& files);

/// Fills in what is not named: off loopback, and wherever roots are named, the
/// server is verified. `warning` is filled when it is not, off loopback.
void choose_tls(option_map& values,
                const endpoint& where,
                std::string& warning);

/// libpq will hold the server's certificate against a file of roots, and
/// nothing else is needed for that (no list of revoked ones).
[[nodiscard]] bool verifies_by_roots_alone(const option_map& values);

} // namespace pgmuster::postgres
