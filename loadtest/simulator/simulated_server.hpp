// One simulated instance: a plan, what happens to it, and nothing else kept.
#pragma once

#include "loadtest/simulator/answer.hpp"
#include "loadtest/simulator/server_book.hpp"

namespace pgmuster::loadtest {

/// Counted over all instances that share it.
struct model_counts {
  std::uint64_t answers = 0;
  std::uint64_t rows = 0;
  std::uint64_t refused = 0;
  /// Statements that the model does not know.
  std::uint64_t unknown = 0;
};

class simulated_server final : public server_model {
public:
  /// Happenings past these are not taken.
  static constexpr std::size_t happenings_max = 1'024;

  /// Precondition: the book is of the plan's major; both are shared by the
  /// instances of one thread.
  simulated_server(instance_plan plan,
                   std::shared_ptr<server_book> book,
                   std::shared_ptr<model_counts> counts);

  [[nodiscard]] wire_answer answer(const wire_question& question,
                                   std::int64_t backend_pid,
                                   wall_time now) override;
  [[nodiscard]] std::vector<wire_column>
  describe(std::string_view sql) override;
  [[nodiscard]] int major_version() const override { return plan_.major; }

  /// Restarts, resets and the like, at their time; false when there were too
  /// many. The truth has to be told the same.
  bool happens(happening what);
  [[nodiscard]] const instance_plan& plan() const noexcept { return plan_; }

private:
  [[nodiscard]] wire_answer probe_answer(const wire_question& question,
                                         wall_time now);
  [[nodiscard]] wire_answer refuse(refusal why);

  instance_plan plan_;
  std::shared_ptr<server_book> book_;
  std::shared_ptr<model_counts> counts_;
};

} // namespace pgmuster::loadtest
