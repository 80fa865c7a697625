// What a row says of its own size is believed only as far as its bytes go.
#include "drivers/postgres/answer_rows.hpp"

#include "config/free_capacity.hpp"
#include "config/limits.hpp"
#include "drivers/postgres/errc.hpp"
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

} // namespace

bool answer_rows::describe(std::string_view body) {
  auto columns = read_row_description(body);
  if (columns) {
    columns_ = std::move(*columns);
  }
  return columns.has_value();
}

void answer_rows::add(std::string_view body) {
  const auto length = static_cast<row_length>(body.size());
  too_large_ |= bytes_.size() + sizeof length + body.size()
                > limits::result_bytes_max.value();
  if (too_large_) {
    free_capacity(bytes_);
    return;
  }
  bytes_.append(reinterpret_cast<const char*>(&length), sizeof length);
  bytes_.append(body);
  ++rows_;
}

void answer_rows::discard() noexcept {
  free_capacity(columns_);
  free_capacity(bytes_);
  rows_ = 0;
  too_large_ = false;
}

bool answer_rows::is_packed() const noexcept {
  const auto width = columns_.size();
  const bool beside =
    width == 3 && columns_[1].name == "digest" && columns_[2].name == "gone";
  return (width == 1 || beside) && columns_[0].type == record_type
         && columns_[0].binary;
}

error answer_rows::bad_column(std::size_t column, std::string_view what) const {
  return fail(errc::statement_failed,
              fmt::format("column {} of type OID {} {}", columns_[column].name,
                          columns_[column].type, what));
}

result<std::vector<column_format>> answer_rows::formats() const {
  std::vector<column_format> made;
  made.reserve(columns_.size());
  for (std::size_t at = 0; at < columns_.size(); ++at) {
    made.push_back(at == 0 && is_packed() ? column_format::text
                                          : format_of(columns_[at].type));
    if (made.back() == column_format::unknown || !columns_[at].binary) {
      return bad_column(at, "is not read: cast it in the statement");
    }
  }
  return made;
}

result<row_set> answer_rows::finish() {
  if (too_large_) {
    discard();
    return fail(errc::statement_failed,
                fmt::format("its rows are more than {} MiB",
                            limits::result_bytes_max.value() >> 20U));
  }
  auto bytes = std::make_shared<const std::string>(std::move(bytes_));
  const auto formats = this->formats();
  std::vector<cell> cells;
  result<void> read;
  if (!formats) {
    read = formats.error();
  } else {
    read = fill(*bytes, *formats, cells);
  }
  const bool packed = is_packed();
  if (read && packed) {
    read = check_packed(cells, columns_.size());
  }
  std::vector<std::string> names;
  names.reserve(columns_.size());
  for (auto& column : columns_) {
    names.push_back(std::move(column.name));
  }
  discard();
  if (!read) {
    return read.error();
  }
  if (!keeps_text(*formats)) {
    bytes.reset();
  }
  return row_set{std::move(names), std::move(cells), std::move(bytes),
                 packed ? &unpack_record : nullptr};
}

result<void> answer_rows::fill(std::string_view rows,
                               std::span<const column_format> formats,
                               std::vector<cell>& cells) const {
  const auto width = columns_.size();
  const auto row_least =
    sizeof(row_length) + sizeof(column_count) + width * sizeof(value_length);
  if (rows.size() < rows_ * row_least) {
    return malformed();
  }
  cells.resize(rows_ * width);
  cell* out = cells.data();
  for (std::size_t row = 0; row < rows_; ++row, out += width) {
    row_length length = 0;
    std::memcpy(&length, rows.data(), sizeof length);
    const auto read =
      fill_row(rows.substr(sizeof length, length), formats, out);
    if (!read) {
      return read.error();
    }
    rows.remove_prefix(sizeof length + length);
  }
  return {};
}

result<void> answer_rows::fill_row(std::string_view row,
                                   std::span<const column_format> formats,
                                   cell* out) const {
  if (row.size() < sizeof(column_count)
      || read_big<column_count>(row.data()) != formats.size()) {
    return malformed();
  }
  row.remove_prefix(sizeof(column_count));
  for (std::size_t at = 0; at < formats.size(); ++at, ++out) {
    if (row.size() < sizeof(value_length)) {
      return malformed();
    }
    const auto length = read_big<value_length>(row.data());
    row.remove_prefix(sizeof length);
    if (length == null_length) {
      continue;
    }
    if (row.size() < length) {
      return malformed();
    }
    if (!decode_cell(formats[at], row.substr(0, length), *out)) {
      return bad_column(at, "has a value of another length");
    }
    row.remove_prefix(length);
  }
  return row.empty() ? result<void>{} : malformed();
}

} // namespace pgmuster::postgres
