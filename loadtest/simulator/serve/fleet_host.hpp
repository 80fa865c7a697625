// The simulated fleet behind all sessions: its models, its faults, its
// passwords and what was counted.
#pragma once

#include "loadtest/simulator/faults/fault_plan.hpp"
#include "loadtest/simulator/scenario/simulator_scenario.hpp"
#include "loadtest/simulator/wire/session_host.hpp"

#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <vector>

namespace pgmuster::loadtest {

struct simulated_instance {
  std::unique_ptr<server_model> model;
  std::string server_version;
};

using instance_factory = std::function<simulated_instance(instance_number)>;

/// Bits that look random, from a seed.
class random_bits {
public:
  explicit random_bits(std::uint64_t seed) noexcept : state_(seed) {}
  [[nodiscard]] std::uint64_t next() noexcept;

private:
  std::uint64_t state_;
};

class fleet_host final : public session_host {
public:
  /// `make` is called when an instance gets its first session. Takes as long
  /// as the costliest verifier of the scenario.
  fleet_host(const simulator_scenario& scenario, instance_factory make);

  using cancel_function =
    std::function<void(std::uint32_t pid, std::uint32_t key, sim_time now)>;
  void on_cancel(cancel_function heard) { cancel_ = std::move(heard); }

  [[nodiscard]] const simulator_scenario& scenario() const noexcept {
    return scenario_;
  }
  [[nodiscard]] const fault_plan& faults() const noexcept { return faults_; }
  /// Instances that were spoken to.
  [[nodiscard]] std::size_t instances_used() const noexcept { return made_; }

  [[nodiscard]] std::optional<instance_number>
  instance_of(std::string_view user) const override;
  [[nodiscard]] server_model& model(instance_number instance) override;
  [[nodiscard]] std::string_view
  server_version(instance_number instance) override {
    return at(instance).server_version;
  }
  [[nodiscard]] startup_decision on_startup(instance_number instance,
                                            sim_time now) override;
  [[nodiscard]] answer_decision on_answer(instance_number instance,
                                          sim_time now) override;
  [[nodiscard]] std::shared_ptr<const scram_verifier>
  verifier(std::uint32_t iterations) override;
  [[nodiscard]] bool has_tls() const noexcept override {
    return scenario_.tls.has_value();
  }
  [[nodiscard]] std::uint64_t random() override { return random_.next(); }
  void answered_late(instance_number instance,
                     wall_time asked,
                     wall_time made) override;
  void cancel(std::uint32_t pid, std::uint32_t key, sim_time now) override;
  [[nodiscard]] statement_texts& texts() noexcept override { return texts_; }
  [[nodiscard]] wire_counts& counts() noexcept override { return counts_; }

private:
  [[nodiscard]] simulated_instance& at(instance_number instance);

  simulator_scenario scenario_;
  fault_plan faults_;
  instance_factory make_;
  std::vector<simulated_instance> instances_;
  std::size_t made_ = 0;
  std::map<std::uint32_t, std::shared_ptr<const scram_verifier>> verifiers_;
  random_bits random_;
  cancel_function cancel_;
  std::ofstream late_;
  statement_texts texts_;
  wire_counts counts_;
};

} // namespace pgmuster::loadtest
