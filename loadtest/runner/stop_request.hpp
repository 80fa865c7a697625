// Ctrl-C and SIGTERM as something to wait for: the runner ends what it started
// before it ends itself.
#pragma once

#include <string>

namespace pgmuster::loadtest {

class stop_request {
public:
  /// Holds both signals back, unless whoever started the process ignores them;
  /// to be made before any thread.
  stop_request();
  /// Lets them through again.
  ~stop_request();
  stop_request(const stop_request&) = delete;
  stop_request& operator=(const stop_request&) = delete;

  /// Readable once a signal has come.
  [[nodiscard]] int descriptor() const noexcept { return fd_; }

  /// Whether one has come. From then on the next one ends the process.
  [[nodiscard]] bool came();

  /// Of the signal that came: "SIGINT", "SIGTERM".
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

private:
  int fd_ = -1;
  std::string name_;
};

} // namespace pgmuster::loadtest
