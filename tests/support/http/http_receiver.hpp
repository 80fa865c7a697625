// A small real HTTP/1.1 server for tests: records what comes, answers by
// script, and can misbehave.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace pgmuster::test {

struct received_request {
  std::string method;
  std::string path;
  /// Names in lower case.
  std::map<std::string, std::string> headers;
  std::string body;
  /// Counts accepted connections from 1.
  std::size_t connection = 0;
};

struct scripted_answer {
  enum class fault : std::uint8_t {
    none,
    /// Reads the request, then says nothing until the receiver stops.
    stall,
    /// Resets the connection after the request, before any answer.
    reset,
    /// Resets after the head and half of the body.
    reset_in_body,
    /// Answers, then closes although the connection was to be kept.
    close_after
  };
  int status = 200;
  std::vector<std::string> headers;
  std::string body;
  fault misbehaves = fault::none;
};

/// Listens on 127.0.0.1, a thread a connection. Thread-safe. Once the script is
/// used up, everything is answered with 200 and an empty body.
class http_receiver {
public:
  http_receiver();
  ~http_receiver();
  http_receiver(const http_receiver&) = delete;
  http_receiver& operator=(const http_receiver&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  /// `http://127.0.0.1:port`.
  [[nodiscard]] std::string url() const;

  void then(scripted_answer answer);
  [[nodiscard]] std::vector<received_request> requests() const;
  /// False if fewer came within the patience.
  [[nodiscard]] bool
  wait_for(std::size_t requests,
           std::chrono::seconds patience = std::chrono::seconds{30}) const;
  /// Connections accepted so far, and open now.
  [[nodiscard]] std::size_t accepted() const;
  [[nodiscard]] std::size_t open() const;

  /// Closes all and joins. Idempotent.
  void stop();

private:
  void accept_all();
  void serve(int socket, std::size_t connection);
  [[nodiscard]] bool
  answer_one(int socket, std::size_t connection, std::string& unread);
  [[nodiscard]] scripted_answer next_answer(received_request request);
  [[nodiscard]] bool send_answer(int socket, const scripted_answer& answer);

  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::deque<scripted_answer> script_;
  std::vector<received_request> requests_;
  std::map<std::size_t, int> sockets_;
  std::size_t accepted_ = 0;
  std::vector<std::thread> serving_;
  std::thread accepting_;
};

} // namespace pgmuster::test
