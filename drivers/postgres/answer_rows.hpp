// The rows of one result: kept as they come, made into cells when they are all
// there.
#pragma once

#include "codec/rows.hpp"
#include "config/result.hpp"
#include "drivers/postgres/decode.hpp"
#include "drivers/postgres/wire/server_message.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pgmuster::postgres {

class answer_rows {
public:
  /// Takes a RowDescription; false when the body is not one.
  [[nodiscard]] bool describe(std::string_view body);
  /// Keeps a DataRow, unless there is too much of them already.
  void add(std::string_view body);

  /// All rows since the last call, in binary format. Text cells share their
  /// bytes. A column of type record, alone or beside `digest` and `gone`, makes
  /// a packed row_set. Fails by column where a type is not read, and where
  /// there was more than limits::result_bytes_max.
  [[nodiscard]] result<row_set> finish();

  /// Forgets all that came since the last `finish`.
  void discard() noexcept;

private:
  [[nodiscard]] bool is_packed() const noexcept;
  [[nodiscard]] result<std::vector<column_format>> formats() const;
  [[nodiscard]] error bad_column(std::size_t column,
                                 std::string_view what) const;
  [[nodiscard]] result<void> fill(std::string_view rows,
                                  std::span<const column_format> formats,
                                  std::vector<cell>& cells) const;
  [[nodiscard]] result<void> fill_row(std::string_view row,
                                      std::span<const column_format> formats,
                                      cell* out) const;

  std::vector<column_description> columns_;
  /// Each with its length before it.
  std::string bytes_;
  std::size_t rows_ = 0;
  bool too_large_ = false;
};

} // namespace pgmuster::postgres
