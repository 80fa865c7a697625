// Supervises up to a thousand targets: one that ends is started again.
#pragma once

#include "actors/target_actor.hpp"

namespace pgmuster {

class group_actor final : public caf::event_based_actor {
public:
  group_actor(caf::actor_config& config,
              std::shared_ptr<services> shared,
              std::vector<std::shared_ptr<const target_identity>> targets);

  caf::behavior make_behavior() override;
  void on_exit() override;
  const char* name() const override { return "pgmuster.group"; }

private:
  void start(std::size_t index);
  void on_down(caf::actor_id who, const std::string& why);

  std::shared_ptr<services> shared_;
  std::vector<std::shared_ptr<const target_identity>> targets_;
  std::vector<caf::actor> handles_;
  std::vector<restart_pace> paces_;
  std::unordered_map<caf::actor_id, std::size_t> by_id_;
  bool closing_ = false;
};

} // namespace pgmuster
