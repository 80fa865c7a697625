// The texts of the tables beside this header, as they were built in.
#pragma once

#include <string_view>

namespace pgmuster::loadtest {

/// `relation column type majors`, one a line.
[[nodiscard]] std::string_view server_columns_table() noexcept;

/// `backend_type object context operations majors`, one a line.
[[nodiscard]] std::string_view io_rows_table() noexcept;

} // namespace pgmuster::loadtest
