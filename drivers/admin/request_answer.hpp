// Which answer a request gets; knows nothing of sockets.
#pragma once

#include "drivers/admin/admin_server.hpp"

#include <string_view>

namespace pgmuster {

/// `target` is the request line's, with or without a query, which is ignored.
/// GET and HEAD reach a handler; other methods get 405. A handler that throws
/// gives 500.
[[nodiscard]] admin_answer answer_request(const admin_handlers& handlers,
                                          std::string_view method,
                                          std::string_view target);

/// An error as every other one looks: {"error": …}.
[[nodiscard]] admin_answer refusal(int status, std::string_view why);

} // namespace pgmuster
