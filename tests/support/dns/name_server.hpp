// A real name server of one mind: every name has the addresses it is told, or
// none, or no answer at all.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace pgmuster::test {

/// UDP on 127.0.0.1, a thread of its own; thread-safe. At first no name exists.
class name_server {
public:
  name_server();
  name_server(const name_server&) = delete;
  name_server& operator=(const name_server&) = delete;
  ~name_server();

  /// `address:port`.
  [[nodiscard]] std::string address() const;

  /// IPv4 addresses, with a lifetime of 0 s.
  void points_to(std::vector<std::string> addresses);
  /// NXDOMAIN.
  void knows_no_name();
  /// SERVFAIL.
  void fails();
  void stays_silent();

  [[nodiscard]] std::size_t asked() const noexcept { return asked_; }

private:
  void serve();
  [[nodiscard]] std::string answer_to(const std::string& question);

  int socket_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<std::size_t> asked_{0};
  std::mutex mutex_;
  bool silent_ = false;
  std::uint8_t code_ = 3;
  std::vector<std::string> addresses_;
  std::thread thread_;
};

} // namespace pgmuster::test
