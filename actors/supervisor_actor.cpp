#include "actors/supervisor_actor.hpp"

#include "config/limits.hpp"

#include <utility>

namespace pgmuster {

namespace {

constexpr backoff_limits respawn{milliseconds{50}, milliseconds{30'000}};

} // namespace

supervisor_actor::supervisor_actor(caf::actor_config& config,
                                   std::shared_ptr<services> shared)
  : caf::event_based_actor(config), shared_(std::move(shared)) {}

caf::behavior supervisor_actor::make_behavior() {
  cafc::on_down(this, [this](caf::actor_id id, const std::string& why) {
    on_down(id, why);
  });
  for (const auto& [name, route] : shared_->config.routes) {
    for (std::size_t shard = 0; shard < shards_of(route); ++shard) {
      start_exporter(route, shard);
    }
  }
  for (std::size_t lane = 0; lane < shared_->config.process.lanes; ++lane) {
    for (std::size_t which = stages; which-- > 0;) {
      start_stage(lane, static_cast<stage>(which));
    }
  }
  start_groups();
  return {
    [this](const restart_due& due) {
      auto waiting = waiting_.extract(due.child);
      if (!closing_ && !waiting.empty()) {
        pace_so_far_ = waiting.mapped().pace;
        waiting.mapped().start();
        pace_so_far_ = {};
      }
    },
    [this](const close_down&) { on_close(); },
  };
}

void supervisor_actor::on_exit() {
  for (const auto& [id, group] : groups_) {
    caf::anon_send_exit(group, caf::exit_reason::kill);
  }
  children_.clear();
  waiting_.clear();
  groups_.clear();
}

void supervisor_actor::adopt(const caf::actor& handle, child kept) {
  kept.pace = pace_so_far_;
  kept.pace.started(shared_->clock->mono());
  children_[handle.id()] = std::move(kept);
  cafc::watch(this, handle);
}

void supervisor_actor::start_stage(std::size_t lane, stage which) {
  const lane_place where{shared_, lane};
  caf::actor handle;
  switch (which) {
  case stage::fingerprint:
    handle = system().spawn<fingerprint_actor>(where);
    break;
  case stage::cardinality:
    handle = system().spawn<cardinality_actor>(where);
    break;
  case stage::sampler:
    handle = system().spawn<sampler_actor>(where);
    break;
  case stage::frame:
    handle = system().spawn<frame_actor>(where);
    break;
  }
  shared_->stages->put(lane, which, handle);
  adopt(handle,
        {[this, lane, which] { start_stage(lane, which); }, to_string(which)});
}

void supervisor_actor::start_exporter(const route_config& route,
                                      std::size_t shard) {
  auto handle = system().spawn<exporter_actor>(shared_, route, shard);
  shared_->stages->put_exporter(route.name, shard, handle);
  adopt(handle,
        {[this, route, shard] { start_exporter(route, shard); }, "exporter"});
}

void supervisor_actor::start_groups() {
  std::vector<std::shared_ptr<const target_identity>> members;
  const auto flush = [&] {
    if (!members.empty()) {
      start_group(std::exchange(members, {}));
    }
  };
  for (const auto& tenant : shared_->config.tenants) {
    for (const auto& target : tenant.targets) {
      members.push_back(identify(tenant.id, target, shared_->config.resource,
                                 shared_->config.process.lanes));
      if (members.size() == limits::group_children_max) {
        flush();
      }
    }
  }
  flush();
}

void supervisor_actor::start_group(
  const std::vector<std::shared_ptr<const target_identity>>& of) {
  auto handle = system().spawn<group_actor>(shared_, of);
  groups_[handle.id()] = handle;
  adopt(handle, {[this, of] { start_group(of); }, "group"});
}

void supervisor_actor::on_down(caf::actor_id id, const std::string& why) {
  if (groups_.erase(id) > 0 && closing_ && groups_.empty()) {
    quit();
    return;
  }
  auto known = children_.extract(id);
  if (known.empty() || closing_) {
    return;
  }
  auto kept = std::move(known.mapped());
  shared_->metrics->actor_restarted(kept.kind);
  shared_->log->log(log_level::error, "an actor ended; it is started again",
                    {{"kind", kept.kind}, {"why", why}});
  const auto now = shared_->clock->mono();
  const auto wait = kept.pace.after_end(now, respawn, 0.0);
  const auto ticket = std::to_string(++restarts_);
  waiting_[ticket] = std::move(kept);
  const auto self = caf::actor_cast<caf::actor>(this);
  shared_->loop->start_timer(
    now + wait, [self, ticket] { cafc::tell(self, restart_due{ticket}); });
}

void supervisor_actor::on_close() {
  closing_ = true;
  for (const auto& [id, group] : groups_) {
    cafc::tell_urgent(group, close_down{});
  }
  if (groups_.empty()) {
    quit();
  }
}

} // namespace pgmuster
