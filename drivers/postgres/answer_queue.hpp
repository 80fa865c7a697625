// Matches the results of a pipeline with what was sent, in order; no socket.
#pragma once

#include "drivers/postgres/handles.hpp"
#include "drivers/postgres/session.hpp"

#include <deque>
#include <set>
#include <string>

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

  /// `id` for prepare.
  void expect(part what, std::size_t call, std::string id = {});

  [[nodiscard]] bool empty() const noexcept { return expected_.empty(); }
  [[nodiscard]] part front() const noexcept { return expected_.front().what; }

  /// libpq's null: the front part has no more results. False when a null
  /// makes no sense there.
  bool end_of_part();

  /// One result; tells what it completed.
  ended take(result_ptr rows);

  /// The call completed last. `failed()` is about it as well.
  [[nodiscard]] statement_result finish_call();
  [[nodiscard]] bool failed() const noexcept { return !current_.rows; }

  /// Statements that the server has under their id.
  [[nodiscard]] std::set<std::string>& prepared() noexcept { return prepared_; }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

private:
  struct expectation {
    part what;
    std::size_t call;
    std::string id;
  };

  void keep(result_ptr rows);
  void keep_error(const PGresult& rows);

  std::deque<expectation> expected_;
  statement_result current_;
  std::set<std::string> prepared_;
  std::uint64_t bytes_ = 0;
};

} // namespace pgmuster::postgres
