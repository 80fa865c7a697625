// A body that is shorter than it says is read as far as it goes, never past it.
#include "drivers/postgres/wire/server_message.hpp"

#include "config/utf8.hpp"
#include "drivers/postgres/wire/network_order.hpp"

namespace pgmuster::postgres {

namespace {

/// Up to a zero byte, which is stepped over; nothing when there is none.
std::optional<std::string_view> take_text(std::string_view& rest) noexcept {
  const auto end = rest.find('\0');
  if (end == std::string_view::npos) {
    return std::nullopt;
  }
  const auto text = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return text;
}

/// Behind a column's name: its table (4), number (2), type (4), the type's
/// width (2) and modifier (4), and its format (2).
constexpr std::size_t column_tail = 18;
constexpr std::size_t type_at = 6;
constexpr std::size_t format_at = 16;

/// A server may send what it likes, and it is told, logged and kept; what is
/// longer is cut. PostgreSQL's own names have 63 bytes.
constexpr std::size_t words_max = 1'024;
constexpr std::size_t name_max = 128;

} // namespace

std::optional<std::vector<column_description>>
read_row_description(std::string_view body) {
  if (body.size() < sizeof(std::uint16_t)) {
    return std::nullopt;
  }
  const auto count = read_big<std::uint16_t>(body.data());
  body.remove_prefix(sizeof count);
  // A column has a name's end at least: no room for what cannot come.
  if (body.size() < std::size_t{count} * (column_tail + 1)) {
    return std::nullopt;
  }
  std::vector<column_description> columns;
  columns.reserve(count);
  for (std::size_t at = 0; at < count; ++at) {
    const auto name = take_text(body);
    if (!name || body.size() < column_tail) {
      return std::nullopt;
    }
    columns.push_back({printable(*name, name_max),
                       read_big<std::uint32_t>(body.data() + type_at),
                       read_big<std::uint16_t>(body.data() + format_at) == 1});
    body.remove_prefix(column_tail);
  }
  return body.empty() ? std::optional{std::move(columns)} : std::nullopt;
}

server_complaint read_complaint(std::string_view body) {
  server_complaint made;
  while (!body.empty() && body.front() != '\0') {
    const char field = body.front();
    body.remove_prefix(1);
    const auto text = take_text(body);
    if (!text) {
      break;
    }
    if (field == 'C') {
      made.code = *text;
    } else if (field == 'M') {
      made.words = printable(*text, words_max);
    }
  }
  return made;
}

} // namespace pgmuster::postgres
