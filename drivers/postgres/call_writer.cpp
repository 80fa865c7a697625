// Each call ends with its Sync, so that one failure leaves the others alone.
#include "drivers/postgres/call_writer.hpp"

#include "drivers/postgres/wire/request_writer.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace pgmuster::postgres {

namespace {

using part = answer_queue::part;

/// Short, since the server cuts names at 63 bytes and an id has no bound. Made
/// ten times a cycle: without a format to be parsed.
std::string server_name(std::size_t number) {
  const fmt::format_int digits{number};
  return std::string{"pgmuster_"}.append(digits.data(), digits.size());
}

void write_text(request_writer& write,
                const std::string& sql,
                std::string_view parameter = {}) {
  write.parse({}, sql);
  write.bind({}, parameter);
  write.describe_portal();
  write.execute();
}

} // namespace

call_writer::call_writer(milliseconds statement_timeout,
                         milliseconds lock_timeout)
  : settings_sql_(fmt::format(
    "SELECT pg_catalog.set_config('statement_timeout', '{}', true), "
    "pg_catalog.set_config('lock_timeout', '{}', true), "
    "pg_catalog.set_config('search_path', '', true)",
    statement_timeout.count(),
    lock_timeout.count())) {}

void call_writer::write(const statement_call& call,
                        std::size_t index,
                        std::string& to,
                        answer_queue& answers) {
  if (settings_sql_.empty()) {
    write_own(call, index, to, answers);
  } else {
    write_transaction(call, index, to, answers);
  }
}

void call_writer::write_own(const statement_call& call,
                            std::size_t index,
                            std::string& to,
                            answer_queue& answers) {
  request_writer write{to};
  if (call.id.empty()) {
    write_text(write, call.sql, call.parameter);
    answers.expect(part::rows, index);
  } else {
    const auto number = number_of(call.id);
    const auto name = server_name(number);
    if (!answers.has(number)) {
      write.parse(name, call.sql);
      answers.expect(part::prepare, index, number);
    }
    write.bind(name, call.parameter);
    if (!answers.knows_columns(number)) {
      write.describe_portal();
    }
    write.execute();
    answers.expect(part::rows, index, number);
  }
  write.sync();
  answers.expect(part::end_of_call, index);
}

std::size_t call_writer::number_of(const std::string& id) {
  const auto hash = std::hash<std::string>{}(id);
  const auto found = std::find(ids_.begin(), ids_.end(), hash);
  if (found != ids_.end()) {
    return static_cast<std::size_t>(found - ids_.begin());
  }
  ids_.push_back(hash);
  return ids_.size() - 1;
}

void call_writer::write_transaction(const statement_call& call,
                                    std::size_t index,
                                    std::string& to,
                                    answer_queue& answers) const {
  request_writer write{to};
  const auto step = [&](const std::string& sql) {
    write_text(write, sql);
    answers.expect(part::step, index);
  };
  step("BEGIN TRANSACTION READ ONLY");
  step(settings_sql_);
  if (!call.companion_sql.empty()) {
    write_text(write, call.companion_sql);
    answers.expect(part::companion, index);
  }
  write_text(write, call.sql, call.parameter);
  answers.expect(part::rows, index);
  step("COMMIT");
  write.sync();
  answers.expect(part::end_of_call, index);
}

void call_writer::write_alone(const std::string& sql,
                              std::string& to,
                              answer_queue& answers) {
  request_writer write{to};
  write_text(write, sql);
  write.sync();
  answers.expect(part::step, 0);
  answers.expect(part::end_of_own, 0);
}

} // namespace pgmuster::postgres
