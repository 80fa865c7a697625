// Whether io_uring may be used here: found out by using it, in a child process.
#pragma once

#include <string>

namespace pgmuster {

/// Containers forbid io_uring in several ways: the set-up fails, a later call
/// fails, or the process is killed. So a forked child opens our ring, asks for
/// the operations, submits one and waits for it. True if all went well; `why`
/// receives one sentence either way. Takes milliseconds; call it before other
/// threads exist.
[[nodiscard]] bool detect_uring(std::string& why);

} // namespace pgmuster
