// libpq hands the key out only inside a PGcancel, whose use blocks. Its trace
// would print it as well, but reads past the end of a message that is shorter
// than it says, so a server could end us with one.
#include "drivers/postgres/backend_key.hpp"

#include <malloc.h>
#include <sys/socket.h>

#include <cstring>
#include <memory>

namespace pgmuster::postgres {

namespace {

struct peer_address {
  sockaddr_storage address;
  socklen_t length;
};

/// How a PGcancel of libpq 14 to 17 begins.
struct cancel_prefix {
  peer_address peer;
  std::int32_t pid;
  std::int32_t key;
};

constexpr int version_min = 140'000;
constexpr int version_end = 180'000;

struct free_cancel {
  void operator()(PGcancel* cancel) const noexcept { PQfreeCancel(cancel); }
};

} // namespace

backend_key key_of(PGconn* connection) noexcept {
  if (PQlibVersion() < version_min || PQlibVersion() >= version_end) {
    return {};
  }
  const std::unique_ptr<PGcancel, free_cancel> cancel{PQgetCancel(connection)};
  if (cancel == nullptr
      || ::malloc_usable_size(cancel.get()) < sizeof(cancel_prefix)) {
    return {};
  }
  cancel_prefix prefix;
  std::memcpy(&prefix, static_cast<const void*>(cancel.get()), sizeof prefix);
  // What can be had both ways must agree, or the layout is another one.
  if (prefix.pid != PQbackendPID(connection) || prefix.pid == 0) {
    return {};
  }
  return {static_cast<std::uint32_t>(prefix.pid),
          static_cast<std::uint32_t>(prefix.key)};
}

} // namespace pgmuster::postgres
