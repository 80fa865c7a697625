// Matches the results of a pipeline with what was sent, in order; no socket.
#pragma once

#include "drivers/postgres/handles.hpp"
#include "drivers/postgres/session.hpp"

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

  /// What a Sync has completed; or that nothing ever will be, because the
  /// server began a COPY, which libpq repeats for as long as it is asked.
  enum class ended : std::uint8_t { nothing, call, own, never };

  /// `statement`: the number of what is prepared.
  void expect(part what, std::size_t call, std::size_t statement = 0);

  [[nodiscard]] bool empty() const noexcept {
    return next_ == expected_.size();
  }
  [[nodiscard]] part front() const noexcept { return expected_[next_].what; }

  /// libpq's null: the front part has no more results. False when a null
  /// makes no sense there.
  bool end_of_part();

  /// One result; tells what it completed.
  ended take(result_ptr rows);

  /// The call completed last. `failed()` is about it as well.
  [[nodiscard]] statement_result finish_call();
  [[nodiscard]] bool failed() const noexcept { return !current_.rows; }

  /// The server has the statement of this number or is about to; has any.
  [[nodiscard]] bool has(std::size_t statement) const noexcept;
  [[nodiscard]] bool has_any() const noexcept { return !prepared_.empty(); }
  void forget_prepared() noexcept { prepared_.clear(); }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

private:
  struct expectation {
    part what;
    std::uint32_t call;
    std::uint32_t statement;
  };

  void pop() noexcept;
  void keep(result_ptr rows);
  void keep_error(const PGresult& rows);

  /// Those before `next_` have come.
  std::vector<expectation> expected_;
  std::size_t next_ = 0;
  statement_result current_;
  /// By number.
  std::vector<bool> prepared_;
  std::uint64_t bytes_ = 0;
};

} // namespace pgmuster::postgres
