// Recognised by their first words; nothing is set or begun, since the model
// has no sessions.
#include "loadtest/simulator/plain_answer.hpp"

#include "loadtest/simulator/encode_row.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

namespace pgmuster::loadtest {

namespace {

struct known_command {
  std::string_view words;
  std::string_view tag;
};

constexpr std::array<known_command, 12> commands = {
  {{"set ", "SET"},
   {"reset ", "RESET"},
   {"begin", "BEGIN"},
   {"start transaction", "START TRANSACTION"},
   {"commit", "COMMIT"},
   {"end", "COMMIT"},
   {"rollback", "ROLLBACK"},
   {"abort", "ROLLBACK"},
   {"deallocate all", "DEALLOCATE ALL"},
   {"deallocate ", "DEALLOCATE"},
   {"discard all", "DISCARD ALL"},
   {"close all", "CLOSE CURSOR ALL"}}};

constexpr double seconds_asleep_max = 3'600;

/// In lower case, without blanks and semicolons at its ends.
std::string plain(std::string_view sql) {
  std::string made{sql};
  const auto idle = [](unsigned char letter) {
    return std::isspace(letter) != 0 || letter == ';';
  };
  made.erase(std::find_if_not(made.rbegin(), made.rend(), idle).base(),
             made.end());
  made.erase(made.begin(), std::find_if_not(made.begin(), made.end(), idle));
  std::transform(made.begin(), made.end(), made.begin(),
                 [](unsigned char letter) {
                   return static_cast<char>(std::tolower(letter));
                 });
  return made;
}

struct one_cell {
  std::string_view name;
  wire_type type = wire_type::text;
  field value;
};

wire_answer row_of(const std::vector<one_cell>& cells, bool binary) {
  wire_answer made;
  const auto begun = open_row(made.data_rows, cells.size());
  for (const auto& cell : cells) {
    made.columns.push_back(
      {std::string{cell.name}, oid_of(cell.type), length_of(cell.type)});
    encode_value(cell.type, cell.value, binary, made.data_rows);
  }
  close_row(made.data_rows, begun);
  made.command_tag = "SELECT 1";
  return made;
}

std::optional<field> setting(std::string_view name, const server_facts& facts) {
  if (name == "server_version") {
    return facts.version();
  }
  if (name == "server_version_num") {
    return std::to_string(facts.version_num());
  }
  if (name == "max_connections") {
    return std::string{"200"};
  }
  if (name == "transaction_read_only"
      || name == "default_transaction_read_only") {
    return std::string{"on"};
  }
  return std::nullopt;
}

/// `set_config(…), set_config(…)`: one text each.
wire_answer settings_answer(std::string_view sql, bool binary) {
  constexpr std::string_view call = "set_config(";
  std::vector<one_cell> cells;
  for (auto at = sql.find(call); at != std::string_view::npos;
       at = sql.find(call)) {
    sql.remove_prefix(at + call.size());
    // 'name', 'value', …
    const auto name_end = std::min(sql.find("', '"), sql.size());
    const auto value = sql.substr(std::min(name_end + 4, sql.size()));
    cells.push_back({"set_config", wire_type::text,
                     std::string{value.substr(0, value.find('\''))}});
  }
  return row_of(cells, binary);
}

std::optional<wire_answer> sleep_answer(std::string_view sql, bool binary) {
  constexpr std::string_view call = "pg_sleep(";
  const auto at = sql.find(call);
  if (at == std::string_view::npos) {
    return std::nullopt;
  }
  double wanted = 0;
  const auto rest = sql.substr(at + call.size());
  std::from_chars(rest.data(), rest.data() + rest.size(), wanted);
  // The type is void, which psql shows as nothing.
  auto made = row_of({{"pg_sleep", wire_type::text, std::string{}}}, binary);
  made.think_time = microseconds{static_cast<std::int64_t>(
    std::clamp(wanted, 0.0, seconds_asleep_max) * 1e6)};
  return made;
}

/// The databases that are closed to our role: none.
wire_answer closed_databases() {
  wire_answer made;
  made.columns = {{"datname", oid_of(wire_type::text), -1},
                  {"format", oid_of(wire_type::text), -1}};
  made.command_tag = "SELECT 0";
  return made;
}

std::optional<wire_answer> select_answer(const std::string& sql,
                                         const wire_question& question,
                                         std::int64_t backend_pid,
                                         const server_facts& facts) {
  const bool binary = question.binary;
  if (sql.find("set_config(") != std::string::npos) {
    return settings_answer(question.sql, binary);
  }
  if (sql.ends_with("pg_backend_pid()")) {
    return row_of({{"pg_backend_pid", wire_type::int4, backend_pid}}, binary);
  }
  if (sql.find("pg_has_role(current_user, 'pg_monitor'") != std::string::npos) {
    return row_of(
      {{"current_user", wire_type::text, std::string{question.user}},
       {"pg_has_role", wire_type::boolean, std::int64_t{1}}},
      binary);
  }
  if (sql.find("'grant connect on database") != std::string::npos) {
    return closed_databases();
  }
  if (sql.ends_with("version()")) {
    return row_of({{"version", wire_type::text, facts.long_version()}}, binary);
  }
  if (sql.ends_with("current_database()")) {
    return row_of(
      {{"current_database", wire_type::name, std::string{question.database}}},
      binary);
  }
  std::int64_t number = 0;
  const auto* const end = sql.data() + sql.size();
  if (const auto read = std::from_chars(sql.data() + 7, end, number);
      read.ec == std::errc{} && read.ptr == end) {
    return row_of({{"?column?", wire_type::int4, number}}, binary);
  }
  return sleep_answer(sql, binary);
}

} // namespace

std::optional<wire_answer> plain_answer(const wire_question& question,
                                        std::int64_t backend_pid,
                                        const server_facts& facts) {
  const auto sql = plain(question.sql);
  wire_answer made;
  if (sql.empty()) {
    return made;
  }
  for (const auto& command : commands) {
    if (sql.starts_with(command.words)) {
      made.command_tag = command.tag;
      return made;
    }
  }
  if (sql.starts_with("show ")) {
    const auto name = sql.substr(5);
    if (auto value = setting(name, facts); value) {
      made =
        row_of({{name, wire_type::text, std::move(*value)}}, question.binary);
      made.command_tag = "SHOW";
      return made;
    }
  }
  return sql.starts_with("select ")
           ? select_answer(sql, question, backend_pid, facts)
           : std::nullopt;
}

} // namespace pgmuster::loadtest
