// Reads DataRow messages back, as a client would.
#pragma once

#include "codec/rows.hpp"
#include "drivers/postgres/decode.hpp"
#include "loadtest/simulator/answer.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pgmuster::loadtest {

using raw_row = std::vector<std::optional<std::string>>;

inline std::uint32_t take_big(std::string_view& from, std::size_t bytes) {
  std::uint32_t value = 0;
  for (std::size_t at = 0; at < bytes; ++at) {
    value = value << 8U | static_cast<unsigned char>(from[at]);
  }
  from.remove_prefix(bytes);
  return value;
}

/// The values of each row; nothing when a length does not fit.
inline std::optional<std::vector<raw_row>> read_rows(std::string_view bytes) {
  std::vector<raw_row> rows;
  while (!bytes.empty()) {
    if (bytes.size() < 7 || bytes.front() != 'D') {
      return std::nullopt;
    }
    bytes.remove_prefix(1);
    auto whole = bytes;
    const auto length = take_big(whole, 4);
    if (length > bytes.size()) {
      return std::nullopt;
    }
    auto body = bytes.substr(4, length - 4);
    bytes.remove_prefix(length);
    raw_row row(take_big(body, 2));
    for (auto& value : row) {
      if (body.size() < 4) {
        return std::nullopt;
      }
      const auto size = take_big(body, 4);
      if (size == 0xffff'ffffU) {
        continue;
      }
      if (size > body.size()) {
        return std::nullopt;
      }
      value = std::string{body.substr(0, size)};
      body.remove_prefix(size);
    }
    if (!body.empty()) {
      return std::nullopt;
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

/// What a packed value holds: types and values.
inline std::optional<std::pair<std::vector<std::uint32_t>, raw_row>>
read_record(std::string_view bytes) {
  std::vector<std::uint32_t> types;
  raw_row values;
  for (auto left = take_big(bytes, 4); left > 0; --left) {
    if (bytes.size() < 8) {
      return std::nullopt;
    }
    types.push_back(take_big(bytes, 4));
    const auto size = take_big(bytes, 4);
    values.emplace_back();
    if (size == 0xffff'ffffU) {
      continue;
    }
    if (size > bytes.size()) {
      return std::nullopt;
    }
    values.back() = std::string{bytes.substr(0, size)};
    bytes.remove_prefix(size);
  }
  return bytes.empty() ? std::optional{std::pair{types, values}} : std::nullopt;
}

/// A binary answer's rows as the collector's own decoder reads their values.
inline row_set cells_of(const std::vector<wire_column>& columns,
                        std::vector<raw_row> rows) {
  const auto kept =
    std::make_shared<const std::vector<raw_row>>(std::move(rows));
  std::vector<cell> cells;
  constexpr std::uint32_t record_oid = 2249;
  const bool packed =
    !columns.empty() && columns.front().type_oid == record_oid;
  for (const auto& row : *kept) {
    for (std::size_t at = 0; at < row.size(); ++at) {
      cells.emplace_back();
      if (packed && at == 0) {
        cells.back() = row[at] ? cell::of(std::string_view{*row[at]}) : cell{};
      } else if (row[at]
                 && !postgres::decode_cell(
                   postgres::format_of(columns[at].type_oid), *row[at],
                   cells.back())) {
        return {};
      }
    }
  }
  return row_set{columns.size(), std::move(cells), kept,
                 packed ? &postgres::unpack_record : nullptr};
}

} // namespace pgmuster::loadtest
