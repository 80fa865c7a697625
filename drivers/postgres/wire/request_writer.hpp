// How each message of ours is written: the extended query protocol, with
// results in binary.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pgmuster::postgres {

/// Writes at the end of a string that it does not own. Names and texts end at
/// their first zero byte.
class request_writer {
public:
  explicit request_writer(std::string& into) noexcept : into_(&into) {}

  /// The types of its parameters are the server's to find. An empty name is
  /// the statement that the next Parse replaces.
  void parse(std::string_view name, std::string_view sql);
  /// The unnamed portal. `parameter` is the only one, in binary; empty: none.
  void bind(std::string_view statement, std::string_view parameter);
  void describe_portal();
  void execute();
  void sync();

private:
  std::size_t begin(char type);
  void end(std::size_t begun);
  void text(std::string_view value);

  std::string* into_;
};

} // namespace pgmuster::postgres
