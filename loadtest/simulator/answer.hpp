// What the wire asks of a simulated server, and what it is given to send.
#pragma once

#include "config/time.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pgmuster::loadtest {

struct wire_column {
  std::string name;
  std::uint32_t type_oid = 0;
  /// As in pg_type: -1 for what varies.
  std::int16_t type_length = -1;
};

/// Values are in PostgreSQL's own formats already, so that the wire only
/// copies bytes.
struct wire_answer {
  /// Empty: no RowDescription (SET, BEGIN …).
  std::vector<wire_column> columns;
  /// DataRow messages, one after another, each with its 'D' and its length.
  std::string data_rows;
  /// "SELECT 3", "SET", "BEGIN"; empty for an empty query.
  std::string command_tag;
  /// Not empty: an ErrorResponse instead.
  std::string sqlstate;
  std::string message;
  /// The server's own time before it answers.
  std::chrono::microseconds think_time{0};
};

struct wire_question {
  std::string_view sql;
  /// The format of all result columns.
  bool binary = false;
  std::vector<std::string> parameters;
  std::string_view database;
  std::string_view user;
  bool read_only_transaction = false;
  /// The format of the parameters.
  bool binary_parameters = false;
};

/// One simulated instance. One thread (the ring's) uses it.
class server_model {
public:
  virtual ~server_model() = default;

  /// A statement that the model does not know is an error 0A000 that quotes
  /// its start.
  [[nodiscard]] virtual wire_answer answer(const wire_question& question,
                                           std::int64_t backend_pid,
                                           wall_time now) = 0;

  /// For Parse and Describe: the columns of the answer to `sql`, none when it
  /// has no rows or is not known.
  [[nodiscard]] virtual std::vector<wire_column>
  describe(std::string_view sql) = 0;

  /// 13 … 18.
  [[nodiscard]] virtual int major_version() const = 0;
};

} // namespace pgmuster::loadtest
