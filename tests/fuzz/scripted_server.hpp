// A listener that accepts and says what it is told, whatever it is asked; on
// the caller's thread, a turn at a time.
#pragma once

#include "drivers/postgres/handles.hpp"
#include "tests/fuzz/input_reader.hpp"

#include <deque>
#include <string>

namespace pgmuster::fuzz {

class scripted_server {
public:
  /// Listens on an abstract UNIX socket: no port, no file.
  scripted_server();

  [[nodiscard]] const std::string& dsn() const noexcept { return dsn_; }

  /// Forgets the last conversation and its script.
  void begin();
  /// Adds a handshake that goes well, and an answer to whose session it is.
  void greet(bool pooled);
  /// Adds what the input says.
  void follow(input_reader& input);

  /// Accepts, reads what has come, says the next piece; after the last one it
  /// hangs up.
  void turn();

private:
  void say(char type, std::string_view body);
  void pause() { script_.emplace_back(); }

  std::string dsn_;
  postgres::descriptor listener_;
  postgres::descriptor peer_;
  std::deque<std::string> script_;
};

} // namespace pgmuster::fuzz
