// One target: finds its databases, keeps an actor for each, hands out its
// connection permits and tells its state.
#pragma once

#include "actors/database_actor.hpp"
#include "actors/target_trouble.hpp"
#include "routing/restart_pace.hpp"

#include <list>
#include <unordered_map>

namespace pgmuster {

class target_actor final : public caf::event_based_actor {
public:
  target_actor(caf::actor_config& config,
               std::shared_ptr<services> shared,
               std::shared_ptr<const target_identity> who);

  caf::behavior make_behavior() override;
  void on_exit() override;
  const char* name() const override { return "pgmuster.target"; }

private:
  struct child {
    caf::actor handle;
    restart_pace pace;
    /// As the server numbers it; 0: not known (the instance's own).
    std::int64_t oid = 0;
    bool restarting = false;
    /// Its database is gone, or another of its name; it was told to end.
    bool leaving = false;
  };

  [[nodiscard]] std::string label_of(const std::string& database) const;
  void start(const std::string& database);
  void on_down(caf::actor_id who, const std::string& why);
  void on_restart(const restart_due& due);
  void on_found(const databases_found& found);
  void on_permit_wanted(const permit_wanted& wanted);
  [[nodiscard]] bool grant(const std::string& database);
  void grant_all();
  /// Whose database or target is gone is forgotten by its lane too.
  void say_gone(const std::string& database);
  void leave();
  void on_report(const cycle_report& report);
  [[nodiscard]] bool is_down() const;
  /// Makes "up" into "degraded" where something is not collected.
  void add_trouble(target_status& shown);
  void on_close();

  std::shared_ptr<services> shared_;
  std::shared_ptr<const target_identity> who_;
  /// By database; "" is the instance's own.
  std::map<std::string, child> children_;
  std::unordered_map<caf::actor_id, std::string> by_id_;
  std::shared_ptr<permit_pool> permits_;
  /// Who wants the held place, and who another.
  bool held_wanted_ = false;
  std::list<std::string> waiting_; // which allocates nothing while it is empty
  std::shared_ptr<const target_status> latest_;
  target_trouble trouble_;
  /// Since when there is some; nothing while there is none.
  std::optional<wall_time> troubled_since_;
  microseconds cost_{0};
  std::uint64_t points_ = 0;
  bool closing_ = false;
};

} // namespace pgmuster
