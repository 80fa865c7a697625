// Reads what libpq keeps to itself of a session: the key that cancels it.
#pragma once

#include <libpq-fe.h>

#include <cstdint>

namespace pgmuster::postgres {

/// The pair a CancelRequest carries; pid 0 means that there is none.
struct backend_key {
  std::uint32_t pid = 0;
  std::uint32_t key = 0;
};

/// Of a connection that is made. None where the server gave none, or where this
/// libpq keeps it in another way than those we know (14 to 17).
[[nodiscard]] backend_key key_of(PGconn* connection) noexcept;

} // namespace pgmuster::postgres
