// Where one message of a server ends and the next one begins, in bytes that
// come in pieces of any size.
#pragma once

#include "drivers/postgres/wire/server_message.hpp"

#include <string>
#include <string_view>

namespace pgmuster::postgres {

class message_splitter {
public:
  enum class outcome : std::uint8_t {
    message,
    /// The bytes are used up; what is left of them is kept here.
    more,
    /// Its length cannot be, or it is no row and beyond
    /// limits::result_bytes_max: the connection is of no more use.
    broken
  };

  /// Takes one message off the front of what was kept and `bytes`. It is valid
  /// until the next call, and as long as `bytes` are.
  [[nodiscard]] outcome next(std::string_view& bytes, server_message& out);

private:
  [[nodiscard]] outcome gather(std::string_view& bytes, server_message& out);
  [[nodiscard]] outcome
  pass_over(char type, std::size_t body_size, server_message& out);

  /// A message whose end had not come.
  std::string begun_;
  /// Bytes to come of a row that is too long.
  std::size_t passed_over_ = 0;
  /// … and has been given out since.
  bool given_ = false;
};

} // namespace pgmuster::postgres
