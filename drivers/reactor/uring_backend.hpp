// The backend for hosts that allow io_uring.
#pragma once

#include "config/result.hpp"
#include "drivers/reactor/poll_backend.hpp"

#include <memory>

namespace pgmuster {

/// Call it on the loop's thread: the ring belongs to the thread that makes it.
/// `wake_descriptor` ends a wait when it becomes readable; it stays the
/// caller's. Error: reactor_errc::uring_unavailable.
[[nodiscard]] result<std::unique_ptr<poll_backend>>
make_uring_backend(int wake_descriptor);

} // namespace pgmuster
