// A connection of an application, which stays open and may wait in a statement.
#pragma once

#include <memory>
#include <string>

namespace pgmuster::test {

class waiting_session {
public:
  /// Blocks until it is connected, or is not.
  explicit waiting_session(const std::string& dsn);
  waiting_session(const waiting_session&) = delete;
  waiting_session& operator=(const waiting_session&) = delete;
  ~waiting_session();

  [[nodiscard]] bool connected() const noexcept;
  /// Sends statements and does not wait for their end.
  bool begin(const std::string& sql);
  /// Blocks until what was begun has ended; whether all of it went well.
  bool end();
  bool run(const std::string& sql) { return begin(sql) && end(); }

private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace pgmuster::test
