// The admin address: /metrics, /healthz, /readyz, /api/v1/….
#pragma once

#include "config/result.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace pgmuster {

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
  virtual void stop() = 0;
};

using admin_handlers = std::map<std::string, std::function<admin_answer()>>;

/// `listen` is host:port or [v6]:port. Unknown paths answer 404 with the list of
/// known ones; other methods 405. Bounded: 64 connections, 16 KiB a request,
/// 10 s each.
[[nodiscard]] result<std::unique_ptr<admin_server>>
start_admin_server(const std::string& listen, admin_handlers handlers);

} // namespace pgmuster
