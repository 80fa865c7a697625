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

/// How the columns of a result are read, in their order.
struct answer_columns {
  std::vector<column_format> formats;
  /// The first one is a row value, alone or beside `digest` and `gone`.
  bool packed = false;
};

/// Fails by column where a type is not read, or not binary.
[[nodiscard]] result<answer_columns>
read_columns(std::span<const column_description> described);

class answer_rows {
public:
  /// Keeps a DataRow, unless there is too much of them already.
  void add(std::string_view body);
  /// There was a row that is longer than all may be.
  void add_too_long() noexcept;

  /// All rows since the last call. Text cells share their bytes. Fails where a
  /// row is none of `columns`, and where there was more than
  /// limits::result_bytes_max.
  [[nodiscard]] result<row_set> finish(const answer_columns& columns);

  /// Forgets all that came since the last `finish`.
  void discard() noexcept;

  /// No more comes for now: holds no room until it does.
  void rest() noexcept;

private:
  [[nodiscard]] result<row_set> take(const answer_columns& columns);

  /// Each with its length before it.
  std::string bytes_;
  std::size_t rows_ = 0;
  bool too_large_ = false;
};

} // namespace pgmuster::postgres
