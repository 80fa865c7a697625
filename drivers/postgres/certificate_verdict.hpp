// Why a certificate was refused: libpq says only that it was, OpenSSL knows
// more.
#pragma once

#include <string>

namespace pgmuster::postgres {

/// Call before the first connect; later calls change nothing.
void watch_certificate_verdicts();

/// OpenSSL's words on the last TLS connection that ended on this thread, such
/// as "certificate has expired"; empty if its certificate was not refused.
/// Asked once: the next call knows nothing.
[[nodiscard]] std::string take_certificate_verdict();

} // namespace pgmuster::postgres
