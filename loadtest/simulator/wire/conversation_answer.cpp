// One statement: what the model says, what a fault makes of it, and what is
// sent.
#include "loadtest/simulator/wire/conversation.hpp"

#include <algorithm>
#include <utility>

namespace pgmuster::loadtest {

namespace {

constexpr std::string_view not_supported = "0A000";

wire_answer complaint_of(std::string_view sqlstate, std::string_view words) {
  wire_answer made;
  made.sqlstate = sqlstate;
  made.message = words;
  return made;
}

} // namespace

void conversation::ask(delivery how, wire_question question, sim_time now) {
  auto& counts = host_->counts();
  ++counts.queries;
  const auto decided = host_->on_answer(*instance_, now);
  if (decided.is == answer_decision::outcome::reset) {
    ++counts.resets;
    course_ = course::reset;
    return;
  }
  if (now.wall - asked_since_ > late_answer) {
    host_->answered_late(*instance_, asked_since_, now.wall);
  }
  wire_answer answer;
  if (how.text->kind == statement_kind::copy) {
    answer = complaint_of(not_supported, "COPY is not simulated");
  } else {
    question.sql = how.text->sql;
    question.database = database_;
    question.user = user_;
    question.read_only_transaction =
      transaction_read_only_ || settings_.read_only();
    answer = host_->model(*instance_).answer(question, key_.pid, now.wall);
    if (answer.sqlstate == not_supported) {
      ++counts.unknown_sql;
      if (counts.unknown_examples.size() < unknown_examples_max) {
        counts.unknown_examples.insert(answer.message);
      }
    }
  }
  if (decided.is != answer_decision::outcome::answer) {
    return hang(std::move(answer), std::move(how), decided);
  }
  owed_ += answer.think_time + decided.delay;
  asked_until_ = now.wall + owed_;
  if (owed_ < shortest_wait) {
    return deliver(std::move(answer), how);
  }
  const nanoseconds timeout = settings_.statement_timeout();
  if (timeout > nanoseconds{0} && timeout < owed_) {
    ++counts.timeouts;
    owed_ = timeout;
    answer =
      complaint_of("57014", "canceling statement due to statement timeout");
  }
  waiting_.emplace(waiting{now.since_start + std::exchange(owed_, {}), false,
                           std::move(answer), std::move(how)});
}

void conversation::hang(wire_answer answer,
                        delivery how,
                        const answer_decision& decided) {
  ++host_->counts().hangs;
  const bool within = decided.is == answer_decision::outcome::hang_within_row;
  if (within && answer.sqlstate.empty() && !answer.data_rows.empty()) {
    if (how.where == delivery::to::simple) {
      write().row_description(answer.columns, false);
      how.described = true;
    }
    std::size_t rows = 0;
    how.sent = bytes_of_rows(answer.data_rows, 1, rows) / 2;
    how.rows_max = 0;
    out_.append(answer.data_rows, 0, how.sent);
    flush();
  }
  waiting_.emplace(
    waiting{decided.until, true, std::move(answer), std::move(how)});
}

void conversation::finish_waiting() {
  auto done = std::exchange(waiting_, std::nullopt);
  if (done && done->how.where != delivery::to::startup) {
    deliver(std::move(done->answer), done->how);
  }
}

void conversation::deliver(wire_answer answer, const delivery& how) {
  if (!answer.sqlstate.empty()) {
    return fail(answer.sqlstate, answer.message);
  }
  if (how.where == delivery::to::simple) {
    if (!answer.columns.empty() && !how.described) {
      write().row_description(answer.columns, false);
    }
    out_.append(answer.data_rows, how.sent);
    statement_done(*how.text, answer.command_tag);
  } else if (auto* const to = find_portal(how.portal); to != nullptr) {
    // It cannot be gone: nothing else was heard since.
    to->answer = std::move(answer);
    to->sent = how.sent;
    send_portal(*to, how.rows_max);
  }
  flush_if_full();
}

void conversation::send_portal(portal& from, std::uint32_t rows_max) {
  if (from.done) {
    return write().command_complete("SELECT 0");
  }
  const auto rest = std::string_view{from.answer->data_rows}.substr(from.sent);
  std::size_t counted = 0;
  const auto size =
    rows_max == 0 ? rest.size() : bytes_of_rows(rest, rows_max, counted);
  out_.append(rest, 0, size);
  from.sent += size;
  if (size < rest.size()) {
    return write().portal_suspended();
  }
  from.done = true;
  std::string{}.swap(from.answer->data_rows);
  statement_done(*from.text, from.answer->command_tag);
}

void conversation::statement_done(const statement_text& text,
                                  std::string_view tag) {
  switch (text.kind) {
  case statement_kind::empty:
    return write().empty_query();
  case statement_kind::commit:
    return end_transaction(tag, status_ == transaction_status::failed);
  case statement_kind::rollback:
    return end_transaction(tag, false);
  default:
    take_effect(text);
    return write().command_complete(tag);
  }
}

void conversation::take_effect(const statement_text& text) {
  const std::string_view sql = text.sql;
  if (text.kind == statement_kind::begin) {
    if (status_ != transaction_status::idle) {
      warn("25001", "there is already a transaction in progress");
    }
    status_ = transaction_status::in_transaction;
    transaction_read_only_ = says_read_only(sql);
  } else if (text.kind == statement_kind::set) {
    if (settings_.apply(sql)) {
      application_name_ = setting_of(sql)->value;
      write().parameter_status("application_name", application_name_);
    }
  } else if (text.kind == statement_kind::deallocate) {
    std::erase_if(prepared_, [name = deallocated_name(sql)](const auto& one) {
      return name.empty() || one.name == name;
    });
  } else if (text.kind == statement_kind::discard) {
    prepared_.clear();
    settings_.reset();
  }
}

/// `back`: a COMMIT of what had failed is told so.
void conversation::end_transaction(std::string_view tag, bool back) {
  if (status_ == transaction_status::idle) {
    warn("25P01", "there is no transaction in progress");
  }
  status_ = transaction_status::idle;
  transaction_read_only_ = false;
  settings_.end_transaction();
  write().command_complete(back ? "ROLLBACK" : tag);
}

void conversation::fail(std::string_view sqlstate, std::string_view words) {
  ++host_->counts().errors;
  write().complaint(severity::error, sqlstate, words);
  flush();
  if (status_ == transaction_status::in_transaction) {
    status_ = transaction_status::failed;
  }
  if (simple_) {
    simple_->at = simple_->sql.size();
  } else {
    skip_to_sync_ = true;
  }
}

void conversation::warn(std::string_view sqlstate, std::string_view words) {
  if (settings_.wants_warnings()) {
    write().complaint(severity::warning, sqlstate, words);
    flush();
  }
}

void conversation::ready() {
  if (status_ == transaction_status::idle) {
    portals_.clear();
  }
  write().ready(status_);
  flush();
}

} // namespace pgmuster::loadtest
