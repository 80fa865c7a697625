// The admin address: /metrics, /healthz, /readyz, /api/v1/….
#pragma once

#include "config/result.hpp"
#include "config/time.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace pgmuster {

/// Connections at a time; the next one is closed unanswered and counted.
inline constexpr std::size_t admin_connections_max = 64;

/// Of a request's header, and of its body (which nobody reads).
inline constexpr std::size_t admin_request_bytes_max = 16 * 1024;

/// To send a request (also: to be idle), and again to take the answer.
inline constexpr seconds admin_request_time_max{10};

struct admin_answer {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
};

/// Answers GETs on a thread of its own (Boost.Beast). A handler may be called
/// from that thread at any time until `stop` returns.
class admin_server {
public:
  virtual ~admin_server() = default;
  /// The port in use (chosen when the configuration said 0).
  [[nodiscard]] virtual std::uint16_t port() const noexcept = 0;
  /// Connections over the limit, and requests too long, not HTTP or for a host
  /// that is not ours.
  [[nodiscard]] virtual std::uint64_t turned_away() const noexcept = 0;
  /// Ends the thread and closes the port; never from a handler. Idempotent.
  virtual void stop() = 0;
};

using admin_handlers = std::map<std::string, std::function<admin_answer()>>;

/// `listen` is host:port or [v6]:port. Unknown paths answer 404 with the list
/// of known ones; other methods than GET and HEAD 405. A host's name is
/// resolved here, so this may block. A request for a host that is_known_host
/// does not know gets 421; `hosts` are known besides. Errors: admin_errc, with
/// the address.
[[nodiscard]] result<std::unique_ptr<admin_server>>
start_admin_server(const std::string& listen,
                   admin_handlers handlers,
                   std::vector<std::string> hosts = {});

} // namespace pgmuster
