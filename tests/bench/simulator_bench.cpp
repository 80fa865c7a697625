// Prints what an answer of a simulated server costs in CPU, and its memory.
#include "loadtest/simulator/simulated_server.hpp"
#include "loadtest/simulator/truth.hpp"
#include "tests/bench/cpu_seconds.hpp"

#include <fmt/format.h>

#include <array>
#include <fstream>

namespace pgmuster::loadtest {
namespace {

/// Of the process, in KiB.
std::int64_t resident() {
  std::ifstream from{"/proc/self/statm"};
  std::int64_t pages = 0;
  from >> pages >> pages;
  return pages * 4;
}

constexpr int rounds = 200;

void tell(simulated_server& server, const negotiated_probe& probe) {
  wire_question question;
  question.sql = sql_for_all(probe);
  question.binary = true;
  question.database = "app";
  std::size_t bytes = 0;
  static_cast<void>(server.answer(question, 1, server.plan().born));
  const auto begun = cpu_seconds();
  for (int round = 0; round < rounds; ++round) {
    bytes = server
              .answer(question, 1,
                      server.plan().born + seconds{2'000'000 + round * 60})
              .data_rows.size();
  }
  fmt::print("  {:<18} {:>8.1f} us {:>9} bytes\n", probe.definition->name,
             (cpu_seconds() - begun) / rounds * 1e6, bytes);
}

void answers(const instance_plan& plan, const char* words) {
  const auto book = server_book::of(plan.major);
  simulated_server server{plan, book, std::make_shared<model_counts>()};
  std::vector<std::shared_ptr<const probe_definition>> all;
  for (const auto& [name, probe] : book->probes()) {
    all.push_back(probe);
  }
  fmt::print("{} ({}, PostgreSQL {}), CPU an answer:\n", words, plan.size->name,
             plan.major);
  const auto catalog = negotiate(all, book->facts().shape());
  for (const auto& probe : catalog.probes) {
    tell(server, probe);
  }
}

void memory(instance_plan plan) {
  constexpr std::uint32_t instances = 10'000;
  const auto book = server_book::of(plan.major);
  const auto counts = std::make_shared<model_counts>();
  const auto before = resident();
  std::vector<std::unique_ptr<simulated_server>> fleet;
  for (plan.number = 0; plan.number < instances; ++plan.number) {
    fleet.push_back(std::make_unique<simulated_server>(plan, book, counts));
  }
  fmt::print("{} instances: {} KiB\n", fleet.size(), resident() - before);
}

void truth(const instance_plan& plan) {
  const instance_truth truth{
    std::make_shared<truth_book>(server_book::of(plan.major)), plan, nullptr};
  constexpr int steps = 1'000;
  constexpr std::array<const char*, 8> names = {
    "orders_0000", "customers_0001", "items_0002",    "events_0003",
    "prices_0004", "invoices_0005",  "sessions_0006", "shipments_0007"};
  std::array<std::uint64_t, 4> verdicts{};
  const auto begun = cpu_seconds();
  for (std::int64_t step = 1; step <= steps; ++step) {
    for (const auto* const name : names) {
      const std::array<truth_attribute, 2> attributes = {
        {{"db.namespace", "app|public"}, {"db.collection.name", name}}};
      const auto said = truth.judge({"postgresql.sequential_scans", attributes,
                                     plan.born, plan.born + seconds{step * 60},
                                     number::of(std::int64_t{1})});
      ++verdicts[static_cast<std::size_t>(said.is)];
    }
  }
  fmt::print("truth: {:.2f} us a point that is wrong at all steps ({} of {})\n",
             (cpu_seconds() - begun) * 1e6 / steps / names.size(),
             verdicts[static_cast<std::size_t>(truth_verdict::kind::wrong)],
             steps * names.size());
}

void run() {
  instance_plan plan;
  plan.major = 17;
  plan.born = wall_time{seconds{1'700'000'000}};
  plan.size = std::make_shared<size_profile>(*size_profile_named("small"));
  answers(plan, "steady");
  auto turning = *plan.size;
  turning.turnover_steps = 600;
  auto other = plan;
  other.size = std::make_shared<size_profile>(turning);
  answers(other, "statements take turns");
  memory(plan);
  truth(plan);
}

} // namespace
} // namespace pgmuster::loadtest

int main() {
  pgmuster::loadtest::run();
  return 0;
}
