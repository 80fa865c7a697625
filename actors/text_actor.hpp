// Describes new texts of one lane beside it, so that numbers never wait for a
// parser.
#pragma once

#include "actors/messages.hpp"
#include "actors/services.hpp"

namespace pgmuster {

/// Takes `describe_texts`, some at a time, and answers the lane's fingerprint
/// stage, wherever that is by then.
class text_actor final : public caf::event_based_actor {
public:
  text_actor(caf::actor_config& config,
             std::shared_ptr<services> shared,
             std::size_t lane);
  caf::behavior make_behavior() override;
  const char* name() const override { return "pgmuster.text"; }

private:
  std::shared_ptr<services> shared_;
  std::size_t lane_;
};

} // namespace pgmuster
