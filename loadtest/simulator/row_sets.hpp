// The rows of each probe, by what they are about.
#pragma once

#include "loadtest/simulator/rows.hpp"

namespace pgmuster::loadtest {

[[nodiscard]] std::vector<model_row> identity_rows(const row_place& place);
[[nodiscard]] std::vector<model_row> instance_rows(const row_place& place);
[[nodiscard]] std::vector<model_row> archiver_rows(const row_place& place);
/// bgwriter, checkpointer, wal.
[[nodiscard]] std::vector<model_row> shared_rows(std::string_view probe,
                                                 const row_place& place);
[[nodiscard]] std::vector<model_row> statements_info_rows(const row_place&);
[[nodiscard]] std::vector<model_row> io_rows(const row_place& place);

/// database, db_size, databases.
[[nodiscard]] std::vector<model_row> database_rows(const row_place& place);

/// Client sessions of one database that are not idle.
struct busy_count {
  std::int64_t active = 0;
  std::int64_t open = 0;
  std::int64_t waiting = 0;
};
[[nodiscard]] busy_count busy_sessions(const row_place& place,
                                       std::uint32_t database);
[[nodiscard]] std::vector<model_row> session_rows(const row_place& place);
[[nodiscard]] std::vector<model_row>
sampled_session_rows(const row_place& place);
[[nodiscard]] std::vector<model_row> lock_rows(const row_place& place);
[[nodiscard]] std::vector<model_row> replication_rows(const row_place& place);
[[nodiscard]] std::vector<model_row> slot_rows(const row_place& place);
[[nodiscard]] std::vector<model_row> standby_rows(const row_place& place);

/// tables, table_sizes.
[[nodiscard]] std::vector<model_row> table_rows(const row_place& place);
/// indexes, index_sizes.
[[nodiscard]] std::vector<model_row> index_rows(const row_place& place);
[[nodiscard]] std::vector<model_row> table_count_rows(const row_place& place);

} // namespace pgmuster::loadtest
