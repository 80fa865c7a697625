// Prints what an answer of a simulated server costs in CPU, and its memory.
#include "loadtest/simulator/simulated_server.hpp"

#include <fmt/format.h>

#include <ctime>
#include <fstream>

namespace pgmuster::loadtest {
namespace {

double cpu_seconds() {
  timespec spent{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
  return static_cast<double>(spent.tv_sec)
         + static_cast<double>(spent.tv_nsec) * 1e-9;
}

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
  question.sql = probe.sql;
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
}

} // namespace
} // namespace pgmuster::loadtest

int main() {
  pgmuster::loadtest::run();
  return 0;
}
