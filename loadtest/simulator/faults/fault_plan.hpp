// Which faults strike an instance at a time: decided from the scenario, the
// seed, the time and a random number that is given.
#pragma once

#include "loadtest/simulator/faults/fault.hpp"

#include <optional>
#include <span>
#include <vector>

namespace pgmuster::loadtest {

/// All sessions of an instance end.
struct expulsion {
  nanoseconds at{0};
  instance_number instance = 0;
  /// By a TCP reset, without a word.
  bool reset = false;
};

/// What a fault does to the model.
struct model_event {
  nanoseconds at{0};
  fault_kind is = fault_kind::restart;
  std::uint64_t amount = 0;
  /// restart: counters begin at 0.
  bool crash = false;
};

class fault_plan {
public:
  fault_plan() = default;
  fault_plan(std::vector<fault> faults,
             instance_number instances,
             std::uint64_t seed);

  [[nodiscard]] startup_decision on_startup(instance_number instance,
                                            nanoseconds now,
                                            std::uint64_t random) const;
  [[nodiscard]] answer_decision on_answer(instance_number instance,
                                          nanoseconds now,
                                          std::uint64_t random) const;
  /// How long a handshake waits. Nothing for an instance: nobody knows yet
  /// whose handshake it is, so that each fault strikes as large a part of all
  /// handshakes as its instances are of all.
  [[nodiscard]] nanoseconds tls_delay(std::optional<instance_number> instance,
                                      nanoseconds now,
                                      std::uint64_t random) const;

  /// In order of time.
  [[nodiscard]] std::vector<expulsion> expulsions() const;
  [[nodiscard]] std::vector<model_event>
  model_events(instance_number instance) const;
  /// Of all faults: verifiers can be made beforehand.
  [[nodiscard]] std::vector<std::uint32_t> scram_iterations() const;

private:
  struct stroke {
    std::uint32_t fault = 0;
    nanoseconds from{0};
    nanoseconds to = forever;
  };

  [[nodiscard]] std::span<const stroke>
  strokes_of(instance_number instance) const;
  /// What the faults that strike now make of a decision.
  template <class Decision>
  [[nodiscard]] Decision decide_now(instance_number instance,
                                    nanoseconds now,
                                    std::uint64_t random) const;

  std::vector<fault> faults_;
  /// How many instances each fault strikes.
  std::vector<std::size_t> struck_;
  std::size_t instances_ = 0;
  /// Of all instances, one instance after another.
  std::vector<stroke> strokes_;
  /// Where an instance's begin; one more than instances.
  std::vector<std::size_t> begins_;
};

} // namespace pgmuster::loadtest
