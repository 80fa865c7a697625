// A TCP door of the tests' own before a server: forwards, refuses, stays
// silent, answers nonsense, or stops in the middle of a row.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace pgmuster::test {

/// A thread of its own; thread-safe. What is told acts on connections that come
/// later; those that are open stay until `cut`.
class gate {
public:
  /// Refuses until told otherwise. Port 0: a free one.
  explicit gate(const std::string& address = "127.0.0.1",
                std::uint16_t port = 0);
  gate(const gate&) = delete;
  gate& operator=(const gate&) = delete;
  ~gate();

  [[nodiscard]] std::uint16_t port() const noexcept;
  /// Keyword form; without TLS, so that a row can be seen here.
  [[nodiscard]] std::string dsn(const std::string& database = "postgres",
                                const std::string& user = "postgres") const;

  /// To a server on 127.0.0.1.
  void forward_to(std::uint16_t port);
  /// Nobody listens.
  void refuse();
  /// Accepts, and never answers.
  void stay_silent();
  /// Answers what a client sends with these, one after the other, then nothing.
  void answer(std::vector<std::string> words);
  /// The next row of at least `bytes` bytes that a server sends is passed on by
  /// half, and nothing after it on that connection.
  void stop_in_row(std::size_t bytes);
  /// A row was stopped in.
  [[nodiscard]] bool stopped_in_row() const noexcept;
  /// Resets all open connections.
  void cut();

  /// Since the beginning, and now.
  [[nodiscard]] std::size_t accepted() const noexcept;
  [[nodiscard]] std::size_t open() const noexcept;

private:
  class loop;
  std::unique_ptr<loop> loop_;
};

} // namespace pgmuster::test
