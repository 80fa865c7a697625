// The backend that works everywhere.
#pragma once

#include "drivers/reactor/poll_backend.hpp"

#include <memory>

namespace pgmuster {

/// `wake_descriptor` ends a wait when it becomes readable; it stays the
/// caller's. nullptr if epoll is not to be had.
[[nodiscard]] std::unique_ptr<poll_backend>
make_epoll_backend(int wake_descriptor);

} // namespace pgmuster
