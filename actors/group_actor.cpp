#include "actors/group_actor.hpp"

#include "actors/chance.hpp"

namespace pgmuster {

group_actor::group_actor(
  caf::actor_config& config,
  std::shared_ptr<services> shared,
  std::vector<std::shared_ptr<const target_identity>> targets)
  : caf::event_based_actor(config),
    shared_(std::move(shared)),
    targets_(std::move(targets)),
    handles_(targets_.size()),
    paces_(targets_.size()) {}

caf::behavior group_actor::make_behavior() {
  cafc::on_down(this, [this](caf::actor_id id, const std::string& why) {
    on_down(id, why);
  });
  for (std::size_t index = 0; index < targets_.size(); ++index) {
    start(index);
  }
  return {
    [this](const restart_due& due) {
      if (!closing_) {
        start(std::stoul(due.child));
      }
    },
    [this](const close_down&) {
      closing_ = true;
      for (const auto& handle : handles_) {
        if (handle) {
          cafc::tell_urgent(handle, close_down{});
        }
      }
      if (by_id_.empty()) {
        quit();
      }
    },
  };
}

void group_actor::on_exit() {
  for (const auto& handle : handles_) {
    if (handle) {
      caf::anon_send_exit(handle, caf::exit_reason::kill);
    }
  }
  handles_.clear();
}

void group_actor::start(std::size_t index) {
  handles_[index] = system().spawn<target_actor>(shared_, targets_[index]);
  paces_[index].started(shared_->clock->mono());
  by_id_[handles_[index].id()] = index;
  cafc::watch(this, handles_[index]);
}

void group_actor::on_down(caf::actor_id id, const std::string& why) {
  const auto known = by_id_.find(id);
  if (known == by_id_.end()) {
    return;
  }
  const auto index = known->second;
  by_id_.erase(known);
  handles_[index] = nullptr;
  if (closing_) {
    if (by_id_.empty()) {
      quit();
    }
    return;
  }
  shared_->metrics->actor_restarted("target");
  shared_->log->log(log_level::error,
                    "a target actor ended; it is started again",
                    {{"target", label(*targets_[index])}, {"why", why}});
  const auto self = caf::actor_cast<caf::actor>(this);
  const auto now = shared_->clock->mono();
  shared_->loop->start_timer(
    now + paces_[index].after_end(now, respawn, 0.5),
    [self, index] { cafc::tell(self, restart_due{std::to_string(index)}); });
}

} // namespace pgmuster
