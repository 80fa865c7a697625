// The root: starts lanes, exporters and groups, and starts again what ends.
#pragma once

#include "actors/exporter_actor.hpp"
#include "actors/group_actor.hpp"
#include "actors/lane_actors.hpp"

#include <functional>

namespace pgmuster {

class supervisor_actor final : public caf::event_based_actor {
public:
  supervisor_actor(caf::actor_config& config, std::shared_ptr<services> shared);

  caf::behavior make_behavior() override;
  void on_exit() override;
  const char* name() const override { return "pgmuster.supervisor"; }

private:
  struct child {
    std::function<void()> start;
    std::string kind;
    restart_pace pace = {};
  };
  void start_stage(std::size_t lane, stage which);
  void start_exporter(const route_config& route, std::size_t shard);
  void start_groups();
  void
  start_group(const std::vector<std::shared_ptr<const target_identity>>& of);
  void adopt(const caf::actor& handle, child kept);
  void on_down(caf::actor_id who, const std::string& why);
  void on_close();

  std::shared_ptr<services> shared_;
  std::unordered_map<caf::actor_id, child> children_;
  std::unordered_map<std::string, child> waiting_;
  std::uint64_t restarts_ = 0;
  /// Of the child that is just being started again, so that its waits grow.
  restart_pace pace_so_far_;
  std::unordered_map<caf::actor_id, caf::actor> groups_;
  bool closing_ = false;
};

} // namespace pgmuster
