// A block's first error is the call's; what the server skipped says nothing.
#include "drivers/postgres/answer_queue.hpp"

#include "config/free_capacity.hpp"
#include "drivers/postgres/conninfo.hpp"
#include "drivers/postgres/decode.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace pgmuster::postgres {

void answer_queue::expect(part what, std::size_t call, std::size_t statement) {
  expected_.push_back({what, static_cast<std::uint32_t>(call),
                       static_cast<std::uint32_t>(statement)});
}

bool answer_queue::has(std::size_t statement) const noexcept {
  return (statement < prepared_.size() && prepared_[statement])
         || std::any_of(
           expected_.begin(), expected_.end(), [&](const expectation& one) {
             return one.what == part::prepare && one.statement == statement;
           });
}

void answer_queue::pop() noexcept {
  if (++next_ == expected_.size()) {
    // The first cycle asks much more than all others.
    free_capacity(expected_);
    next_ = 0;
  }
}

bool answer_queue::end_of_part() {
  if (empty() || front() == part::end_of_call || front() == part::end_of_own) {
    return false;
  }
  pop();
  return true;
}

answer_queue::ended answer_queue::take(result_ptr rows) {
  bytes_ += PQresultMemorySize(rows.get());
  current_.index = expected_[next_].call;
  switch (PQresultStatus(rows.get())) {
  case PGRES_PIPELINE_SYNC: {
    const auto what = front();
    pop();
    return what == part::end_of_call ? ended::call : ended::own;
  }
  case PGRES_PIPELINE_ABORTED:
    break;
  case PGRES_TUPLES_OK:
  case PGRES_COMMAND_OK:
  case PGRES_EMPTY_QUERY:
    keep(std::move(rows));
    break;
  case PGRES_COPY_IN:
  case PGRES_COPY_OUT:
  case PGRES_COPY_BOTH:
    current_.rows = fail(errc::connection_lost, "the server began a COPY");
    return ended::never;
  default:
    keep_error(*rows);
    break;
  }
  return ended::nothing;
}

void answer_queue::keep(result_ptr rows) {
  const auto what = front();
  if (what == part::prepare) {
    const auto number = expected_[next_].statement;
    prepared_.resize(std::max<std::size_t>(prepared_.size(), number + 1));
    prepared_[number] = true;
  }
  const bool wanted = what == part::rows || what == part::companion;
  if (!wanted || failed()) {
    return;
  }
  auto decoded = decode_rows(std::shared_ptr<const PGresult>{std::move(rows)});
  if (!decoded) {
    current_.rows = decoded.error();
  } else if (what == part::rows) {
    current_.rows = std::move(decoded);
  } else {
    current_.companion = std::move(decoded.value());
  }
}

void answer_queue::keep_error(const PGresult& rows) {
  if (failed()) {
    return;
  }
  const char* const state = PQresultErrorField(&rows, PG_DIAG_SQLSTATE);
  if (state == nullptr) {
    // Not from the server: libpq's own, about the connection.
    current_.rows =
      fail(errc::connection_lost, one_line(PQresultErrorMessage(&rows), {}));
    return;
  }
  const char* const words = PQresultErrorField(&rows, PG_DIAG_MESSAGE_PRIMARY);
  current_.rows =
    fail(classify_sqlstate(state),
         fmt::format("{} (SQLSTATE {})", words == nullptr ? "no words" : words,
                     state));
}

statement_result answer_queue::finish_call() {
  return std::exchange(current_, statement_result{});
}

} // namespace pgmuster::postgres
