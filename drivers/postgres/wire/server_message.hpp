// What one message of a server says (protocol 3.0, message formats of
// PostgreSQL's manual).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pgmuster::postgres {

struct server_message {
  char type = '\0';
  /// What follows the length; not this one's to keep.
  std::string_view body;
  /// Its body was longer than limits::result_bytes_max, and is passed over.
  bool too_long = false;
};

namespace said {

inline constexpr char parse_complete = '1';
inline constexpr char bind_complete = '2';
inline constexpr char notification = 'A';
inline constexpr char command_complete = 'C';
inline constexpr char data_row = 'D';
inline constexpr char error = 'E';
inline constexpr char copy_in = 'G';
inline constexpr char copy_out = 'H';
inline constexpr char empty_query = 'I';
inline constexpr char notice = 'N';
inline constexpr char parameter_status = 'S';
inline constexpr char row_description = 'T';
inline constexpr char copy_both = 'W';
inline constexpr char ready = 'Z';
inline constexpr char no_data = 'n';

} // namespace said

struct column_description {
  /// In UTF-8, cut where it is long.
  std::string name;
  /// The OID of its type.
  std::uint32_t type = 0;
  bool binary = false;
};

/// Nothing when the body is not one.
[[nodiscard]] std::optional<std::vector<column_description>>
read_row_description(std::string_view body);

struct server_complaint {
  /// SQLSTATE; empty when the server told none.
  std::string code;
  /// One line in UTF-8, cut where it is long.
  std::string words;
};

/// What of an ErrorResponse can be read.
[[nodiscard]] server_complaint read_complaint(std::string_view body);

} // namespace pgmuster::postgres
