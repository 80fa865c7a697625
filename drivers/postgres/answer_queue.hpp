// Matches what a server says with what was asked, in order; no socket.
#pragma once

#include "drivers/postgres/answer_rows.hpp"
#include "drivers/postgres/session.hpp"
#include "drivers/postgres/wire/server_message.hpp"

#include <optional>
#include <vector>

namespace pgmuster::postgres {

class answer_queue {
public:
  enum class part : std::uint8_t {
    /// Its success is not looked at; its failure fails the call.
    step,
    prepare,
    companion,
    rows,
    /// The Sync that ends a call's block.
    end_of_call,
    /// The Sync that ends a block of our own.
    end_of_own
  };

  /// What a Sync has completed; or that nothing ever will be, because what came
  /// is no answer to what was asked: `failed()` then, and why.
  enum class ended : std::uint8_t { nothing, call, own, never };

  /// `statement`: the number of what is prepared, or was.
  void expect(part what,
              std::size_t call,
              std::optional<std::size_t> statement = std::nullopt);

  [[nodiscard]] bool empty() const noexcept {
    return next_ == expected_.size();
  }

  /// One message; tells what it completed. An error that comes while nothing is
  /// expected is why the server hangs up: `failed()` then.
  ended take(const server_message& message);

  /// Nothing can be answered any more; what the server has said of it before
  /// says more.
  void break_off(errc code, std::string why);

  /// The call completed last. `failed()` is about it as well.
  [[nodiscard]] statement_result finish_call();
  [[nodiscard]] bool failed() const noexcept { return !current_.rows; }

  /// The server has the statement of this number or is about to; has any.
  [[nodiscard]] bool has(std::size_t statement) const noexcept;
  [[nodiscard]] bool has_any() const noexcept { return !prepared_.empty(); }
  /// Its rows need not be described: a server that has it answers with the same
  /// columns, or with an error.
  [[nodiscard]] bool knows_columns(std::size_t statement) const noexcept {
    return statement < prepared_.size() && prepared_[statement].columns;
  }
  /// Precondition: nothing is expected.
  void forget_prepared() noexcept { prepared_.clear(); }

  /// Parts that were answered in full.
  [[nodiscard]] std::uint64_t answered() const noexcept { return answered_; }

private:
  struct expectation {
    part what;
    std::uint32_t call;
    /// `none` where nothing is prepared.
    std::uint32_t statement;
  };
  static constexpr std::uint32_t none = 0xffff'ffffU;

  struct prepared {
    bool there = false;
    std::optional<answer_columns> columns;
  };

  [[nodiscard]] part front() const noexcept { return expected_[next_].what; }
  void pop() noexcept;
  [[nodiscard]] prepared& prepared_front();
  ended take_of_statement(const server_message& message);
  bool describe(std::string_view body);
  [[nodiscard]] result<row_set> finish_rows();
  ended end_of_block();
  void end_of_rows();
  void complain(std::string_view body);
  ended no_answer(char type);

  /// Those before `next_` have come.
  std::vector<expectation> expected_;
  std::size_t next_ = 0;
  statement_result current_;
  answer_rows rows_;
  /// Of the rows that are coming.
  std::optional<result<answer_columns>> described_;
  /// By number.
  std::vector<prepared> prepared_;
  std::uint64_t answered_ = 0;
};

} // namespace pgmuster::postgres
