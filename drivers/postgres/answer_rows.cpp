// What a row says of its own size is believed only as far as its bytes go.
#include "drivers/postgres/answer_rows.hpp"

#include "config/free_capacity.hpp"
#include "config/limits.hpp"
#include "drivers/postgres/errc.hpp"
#include "drivers/postgres/spare_bytes.hpp"
#include "drivers/postgres/wire/network_order.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace pgmuster::postgres {

namespace {

using row_length = std::uint32_t;
using column_count = std::uint16_t;
using value_length = std::uint32_t;
constexpr value_length null_length = 0xffff'ffffU;

bool keeps_text(std::span<const column_format> formats) noexcept {
  return std::find(formats.begin(), formats.end(), column_format::text)
         != formats.end();
}

error malformed() {
  return fail(errc::protocol_violation, "a row does not hold its columns");
}

/// Rows stay as they came; the first one shows whether their types are read.
result<void> check_packed(const std::vector<cell>& cells, std::size_t width) {
  for (std::size_t at = 0; at < cells.size(); at += width) {
    if (cells[at].is == cell::kind::null) {
      continue;
    }
    if (const auto type = unread_type(cells[at].text()); type != 0) {
      return fail(errc::statement_failed,
                  fmt::format("a value of type OID {} in a row is not read: "
                              "cast it in the statement",
                              type));
    }
    break;
  }
  return {};
}

error bad_column(const column_description& column) {
  return fail(errc::statement_failed,
              fmt::format("column {} of type OID {} is not read: cast it in "
                          "the statement",
                          column.name, column.type));
}

bool is_packed(std::span<const column_description> columns) noexcept {
  const bool beside = columns.size() == 3 && columns[1].name == "digest"
                      && columns[2].name == "gone";
  return (columns.size() == 1 || beside) && columns[0].type == record_type
         && columns[0].binary;
}

result<void> read_row(std::string_view row,
                      std::span<const column_format> formats,
                      cell* out) {
  if (row.size() < sizeof(column_count)
      || read_big<column_count>(row.data()) != formats.size()) {
    return malformed();
  }
  row.remove_prefix(sizeof(column_count));
  for (const auto format : formats) {
    if (row.size() < sizeof(value_length)) {
      return malformed();
    }
    const auto length = read_big<value_length>(row.data());
    row.remove_prefix(sizeof length);
    auto& decoded = *out++;
    if (length == null_length) {
      continue;
    }
    if (row.size() < length) {
      return malformed();
    }
    if (!decode_cell(format, row.substr(0, length), decoded)) {
      return fail(errc::statement_failed,
                  "a value has another length than its type");
    }
    row.remove_prefix(length);
  }
  return row.empty() ? result<void>{} : malformed();
}

result<std::vector<cell>> cells_of(std::string_view bytes,
                                   std::size_t rows,
                                   std::span<const column_format> formats) {
  const auto width = formats.size();
  const auto row_least =
    sizeof(row_length) + sizeof(column_count) + width * sizeof(value_length);
  // No room for what cannot be there.
  if (bytes.size() < rows * row_least) {
    return malformed();
  }
  std::vector<cell> cells(rows * width);
  for (cell* out = cells.data(); !bytes.empty(); out += width) {
    row_length length = 0;
    std::memcpy(&length, bytes.data(), sizeof length);
    const auto read =
      read_row(bytes.substr(sizeof length, length), formats, out);
    if (!read) {
      return read.error();
    }
    bytes.remove_prefix(sizeof length + length);
  }
  return cells;
}

} // namespace

result<answer_columns>
read_columns(std::span<const column_description> described) {
  answer_columns made;
  made.packed = is_packed(described);
  made.formats.reserve(described.size());
  for (const auto& column : described) {
    made.formats.push_back(made.packed && made.formats.empty()
                             ? column_format::text
                             : format_of(column.type));
    if (made.formats.back() == column_format::unknown || !column.binary) {
      return bad_column(column);
    }
  }
  return made;
}

void answer_rows::add(std::string_view body) {
  const auto length = static_cast<row_length>(body.size());
  if (too_large_
      || bytes_.size() + sizeof length + body.size()
           > limits::result_bytes_max.value()) {
    return add_too_long();
  }
  if (bytes_.capacity() <= std::string{}.capacity()) {
    bytes_ = take_spare_bytes();
  }
  bytes_.append(reinterpret_cast<const char*>(&length), sizeof length);
  bytes_.append(body);
  ++rows_;
}

void answer_rows::add_too_long() noexcept {
  too_large_ = true;
  free_capacity(bytes_);
}

void answer_rows::discard() noexcept {
  bytes_.clear();
  rows_ = 0;
  too_large_ = false;
}

void answer_rows::rest() noexcept {
  discard();
  give_spare_bytes(std::move(bytes_));
}

result<row_set> answer_rows::finish(const answer_columns& columns) {
  auto made = take(columns);
  discard();
  return made;
}

result<row_set> answer_rows::take(const answer_columns& columns) {
  if (too_large_) {
    return fail(errc::statement_failed,
                fmt::format("its rows are more than {} MiB",
                            limits::result_bytes_max.value() >> 20U));
  }
  // Text lives on, in a block of its own size where the room is a thread's.
  std::shared_ptr<const std::string> kept;
  if (keeps_text(columns.formats)) {
    kept = bytes_.capacity() > spare_bytes_max
             ? std::make_shared<const std::string>(std::move(bytes_))
             : std::make_shared<const std::string>(bytes_);
  }
  auto cells = cells_of(kept ? *kept : bytes_, rows_, columns.formats);
  if (!cells) {
    return cells.error();
  }
  if (columns.packed) {
    if (const auto read = check_packed(*cells, columns.formats.size()); !read) {
      return read.error();
    }
  }
  return row_set{columns.formats.size(), std::move(cells.value()), kept,
                 columns.packed ? &unpack_record : nullptr};
}

} // namespace pgmuster::postgres
