// Verifiers are made before the first session: a costly one would keep the
// ring waiting.
#include "loadtest/simulator/serve/fleet_host.hpp"

#include <utility>

namespace pgmuster::loadtest {

namespace {

std::string salt_of(random_bits& random) {
  std::string salt;
  for (const auto bits : {random.next(), random.next()}) {
    for (unsigned shift = 0; shift < 64; shift += 8) {
      salt.push_back(static_cast<char>(bits >> shift));
    }
  }
  return salt;
}

} // namespace

std::uint64_t random_bits::next() noexcept {
  state_ += 0x9e3779b97f4a7c15U;
  auto bits = state_;
  bits = (bits ^ (bits >> 30U)) * 0xbf58476d1ce4e5b9U;
  bits = (bits ^ (bits >> 27U)) * 0x94d049bb133111ebU;
  return bits ^ (bits >> 31U);
}

fleet_host::fleet_host(const simulator_scenario& scenario,
                       instance_factory make)
  : scenario_(scenario),
    faults_(scenario.faults, scenario.instances, scenario.seed),
    make_(std::move(make)),
    instances_(scenario.instances),
    random_(scenario.seed) {
  if (!scenario_.late_answers.empty()) {
    late_.open(scenario_.late_answers, std::ios::trunc);
  }
  if (scenario_.password.empty()) {
    return;
  }
  auto iterations = faults_.scram_iterations();
  iterations.push_back(scram_iterations_default);
  for (const auto count : iterations) {
    verifiers_[count] = std::make_shared<const scram_verifier>(
      make_scram_verifier(scenario_.password, salt_of(random_), count));
  }
}

std::optional<instance_number>
fleet_host::instance_of(std::string_view user) const {
  return instance_named(user, scenario_);
}

simulated_instance& fleet_host::at(instance_number instance) {
  auto& found = instances_[instance];
  if (found.model == nullptr) {
    found = make_(instance);
    ++made_;
  }
  return found;
}

server_model& fleet_host::model(instance_number instance) {
  return *at(instance).model;
}

startup_decision fleet_host::on_startup(instance_number instance,
                                        sim_time now) {
  return faults_.on_startup(instance, now.since_start, random_.next());
}

answer_decision fleet_host::on_answer(instance_number instance, sim_time now) {
  return faults_.on_answer(instance, now.since_start, random_.next());
}

std::shared_ptr<const scram_verifier>
fleet_host::verifier(std::uint32_t iterations) {
  const auto found =
    verifiers_.find(iterations == 0 ? scram_iterations_default : iterations);
  return found == verifiers_.end() ? nullptr : found->second;
}

void fleet_host::answered_late(instance_number instance,
                               wall_time asked,
                               wall_time made) {
  if (!late_.is_open()) {
    return;
  }
  if (counts_.late_answers >= late_answers_max) {
    ++counts_.late_answers_untold;
    return;
  }
  ++counts_.late_answers;
  // Whoever judges the answer reads this when it arrives: no line may wait.
  late_ << instance << ' ' << asked.time_since_epoch().count() << ' '
        << made.time_since_epoch().count() << '\n'
        << std::flush;
}

void fleet_host::cancel(std::uint32_t pid, std::uint32_t key, sim_time now) {
  if (cancel_) {
    cancel_(pid, key, now);
  }
}

} // namespace pgmuster::loadtest
