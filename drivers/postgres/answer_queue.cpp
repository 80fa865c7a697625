// A block's first error is the call's; what the server then skips up to its
// Sync is not answered at all.
#include "drivers/postgres/answer_queue.hpp"

#include "config/free_capacity.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace pgmuster::postgres {

namespace {

using part = answer_queue::part;

bool ends_block(part what) noexcept {
  return what == part::end_of_call || what == part::end_of_own;
}

bool wants_rows(part what) noexcept {
  return what == part::rows || what == part::companion;
}

} // namespace

void answer_queue::expect(part what,
                          std::size_t call,
                          std::optional<std::size_t> statement) {
  expected_.push_back({what, static_cast<std::uint32_t>(call),
                       static_cast<std::uint32_t>(statement.value_or(none))});
}

bool answer_queue::has(std::size_t statement) const noexcept {
  return (statement < prepared_.size() && prepared_[statement].there)
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
    rows_.rest();
  }
}

answer_queue::ended answer_queue::take(const server_message& message) {
  switch (message.type) {
  case said::notice:
  case said::notification:
  case said::parameter_status:
    return ended::nothing;
  case said::error:
    complain(message.body);
    return ended::nothing;
  default:
    break;
  }
  if (empty()) {
    return no_answer(message.type);
  }
  current_.index = expected_[next_].call;
  if (ends_block(front())) {
    return message.type == said::ready ? end_of_block()
                                       : no_answer(message.type);
  }
  return take_of_statement(message);
}

/// In the order in which PostgreSQL answers Parse, Bind, Describe and Execute.
answer_queue::ended
answer_queue::take_of_statement(const server_message& message) {
  if (front() == part::prepare) {
    if (message.type != said::parse_complete) {
      return no_answer(message.type);
    }
    prepared_front().there = true;
    ++answered_;
    pop();
    return ended::nothing;
  }
  switch (message.type) {
  case said::parse_complete:
  case said::bind_complete:
  case said::no_data:
    return ended::nothing;
  case said::row_description:
    return describe(message.body) ? ended::nothing : no_answer(message.type);
  case said::data_row:
    if (message.too_long) {
      rows_.add_too_long();
    } else if (wants_rows(front())) {
      rows_.add(message.body);
    }
    return ended::nothing;
  case said::command_complete:
  case said::empty_query:
    end_of_rows();
    return ended::nothing;
  default:
    return no_answer(message.type);
  }
}

/// Precondition: the front part is about something prepared.
answer_queue::prepared& answer_queue::prepared_front() {
  const std::size_t number = expected_[next_].statement;
  prepared_.resize(std::max(prepared_.size(), number + 1));
  return prepared_[number];
}

/// False when it is no description.
bool answer_queue::describe(std::string_view body) {
  const auto columns = read_row_description(body);
  if (!columns) {
    return false;
  }
  described_ = read_columns(*columns);
  if (*described_ && expected_[next_].statement != none) {
    prepared_front().columns = described_->value();
  }
  return true;
}

result<row_set> answer_queue::finish_rows() {
  if (described_ && !*described_) {
    rows_.discard();
    return described_->error();
  }
  if (described_) {
    return rows_.finish(described_->value());
  }
  const auto number = expected_[next_].statement;
  return knows_columns(number) ? rows_.finish(*prepared_[number].columns)
                               : rows_.finish({});
}

void answer_queue::end_of_rows() {
  const auto what = front();
  if (!wants_rows(what) || failed()) {
    rows_.discard();
  } else if (auto rows = finish_rows(); !rows) {
    current_.rows = rows.error();
  } else if (what == part::rows) {
    current_.rows = std::move(rows);
  } else {
    current_.companion = std::move(rows.value());
  }
  described_.reset();
  ++answered_;
  pop();
}

answer_queue::ended answer_queue::end_of_block() {
  const auto what = front();
  ++answered_;
  pop();
  return what == part::end_of_call ? ended::call : ended::own;
}

void answer_queue::complain(std::string_view body) {
  if (!empty()) {
    current_.index = expected_[next_].call;
  }
  rows_.discard();
  described_.reset();
  while (!empty() && !ends_block(front())) {
    pop();
  }
  if (failed()) {
    return;
  }
  const auto told = read_complaint(body);
  current_.rows = fail(classify_sqlstate(told.code.c_str()),
                       fmt::format("{} (SQLSTATE {})",
                                   told.words.empty() ? "no words" : told.words,
                                   told.code.empty() ? "none" : told.code));
}

answer_queue::ended answer_queue::no_answer(char type) {
  if (type == said::copy_in || type == said::copy_out
      || type == said::copy_both) {
    break_off(errc::connection_lost, "the server began a COPY");
  } else {
    break_off(errc::protocol_violation,
              fmt::format("a message of type {:#04x} is no answer to what was "
                          "asked",
                          static_cast<unsigned char>(type)));
  }
  return ended::never;
}

void answer_queue::break_off(errc code, std::string why) {
  if (!failed()) {
    current_.rows = fail(code, std::move(why));
  }
}

statement_result answer_queue::finish_call() {
  return std::exchange(current_, statement_result{});
}

} // namespace pgmuster::postgres
