// A program of a test's own that listens on 127.0.0.1: nghttpx, tinyproxy.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace pgmuster::test {

/// A port that was free a moment ago.
[[nodiscard]] std::uint16_t free_port();

class listening_program {
public:
  /// Starts it and waits until `port` accepts. `log` gets what it prints.
  listening_program(const std::vector<std::string>& command,
                    std::uint16_t port,
                    const std::string& log);
  /// Ends it, by its pid.
  ~listening_program();
  listening_program(const listening_program&) = delete;
  listening_program& operator=(const listening_program&) = delete;

  /// False: it is not installed, or ended at once; the log says why.
  [[nodiscard]] bool listens() const noexcept { return listens_; }

private:
  pid_t pid_ = -1;
  bool listens_ = false;
};

} // namespace pgmuster::test
