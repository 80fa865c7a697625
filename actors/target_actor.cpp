#include "actors/target_actor.hpp"

#include "actors/chance.hpp"
#include "config/limits.hpp"

#include <algorithm>
#include <set>

namespace pgmuster {

target_actor::target_actor(caf::actor_config& config,
                           std::shared_ptr<services> shared,
                           std::shared_ptr<const target_identity> who)
  : caf::event_based_actor(config),
    shared_(std::move(shared)),
    who_(std::move(who)) {}

caf::behavior target_actor::make_behavior() {
  cafc::on_down(this, [this](caf::actor_id id, const std::string& why) {
    on_down(id, why);
  });
  start("");
  return {
    [this](const databases_found& found) { on_found(found); },
    [this](const permit_wanted& wanted) { on_permit_wanted(wanted); },
    [this](const permit_returned& back) { on_permit_returned(back.database); },
    [this](const cycle_report& report) { on_report(report); },
    [this](const restart_due& due) { on_restart(due); },
    [this](const close_down&) { on_close(); },
  };
}

void target_actor::on_exit() {
  for (auto& [database, kept] : children_) {
    if (kept.handle) {
      caf::anon_send_exit(kept.handle, caf::exit_reason::kill);
    }
  }
  children_.clear();
}

std::string target_actor::label_of(const std::string& database) const {
  return database.empty() ? label(*who_) : label(*who_) + "/" + database;
}

void target_actor::start(const std::string& database) {
  database_assignment what;
  what.shared = shared_;
  what.who = who_;
  what.database = database;
  what.instance = database.empty();
  what.target = caf::actor_cast<caf::actor>(this);
  auto& kept = children_[database];
  kept.handle = system().spawn<database_actor>(std::move(what));
  kept.restarting = false;
  kept.leaving = false;
  by_id_[kept.handle.id()] = database;
  shared_->databases.put(label_of(database), kept.handle);
  cafc::watch(this, kept.handle);
}

void target_actor::on_down(caf::actor_id id, const std::string& why) {
  const auto known = by_id_.find(id);
  if (known == by_id_.end()) {
    return;
  }
  const auto database = known->second;
  by_id_.erase(known);
  shared_->databases.remove(label_of(database));
  on_permit_returned(database);
  const auto kept = children_.find(database);
  if (kept == children_.end() || closing_ || kept->second.leaving) {
    children_.erase(database);
    if (closing_ && children_.empty()) {
      quit();
    }
    return;
  }
  kept->second.handle = nullptr;
  kept->second.restarting = true;
  shared_->metrics->actor_restarted("database");
  const auto wait = backoff(respawn, ++kept->second.crashes, 0.5);
  shared_->log->log(
    log_level::error, "a database actor ended; it is started again",
    {{"target", label(*who_)}, {"database", database}, {"why", why}});
  const auto self = caf::actor_cast<caf::actor>(this);
  shared_->loop->start_timer(shared_->clock->mono() + wait, [self, database] {
    cafc::tell(self, restart_due{database});
  });
}

void target_actor::on_restart(const restart_due& due) {
  const auto kept = children_.find(due.child);
  if (!closing_ && kept != children_.end() && kept->second.restarting) {
    start(due.child);
  }
}

void target_actor::on_found(const databases_found& found) {
  if (closing_) {
    return;
  }
  std::set<std::string> names;
  for (const auto& one : *found.list) {
    names.insert(one.name);
    if (children_.count(one.name) == 0) {
      start(one.name);
    }
  }
  for (auto at = children_.begin(); at != children_.end();) {
    auto& [database, kept] = *at;
    const auto gone = !database.empty() && names.count(database) == 0;
    // One that runs is kept until it has ended: it is counted, waited for and
    // killed like the others, and a new one of its name comes after it.
    if (gone && kept.handle && !kept.leaving) {
      kept.leaving = true;
      cafc::tell(kept.handle, close_down{});
    }
    at = gone && !kept.handle ? children_.erase(at) : std::next(at);
  }
}

void target_actor::on_permit_wanted(const permit_wanted& wanted) {
  if (std::find(waiting_.begin(), waiting_.end(), wanted.database)
      == waiting_.end()) {
    waiting_.push_back(wanted.database);
  }
  grant();
}

void target_actor::on_permit_returned(const std::string& database) {
  std::erase(holders_, database);
  grant();
}

void target_actor::grant() {
  while (!waiting_.empty()
         && holders_.size() + 1 < limits::instance_connections_max) {
    const auto next = waiting_.front();
    waiting_.pop_front();
    const auto kept = children_.find(next);
    if (kept != children_.end() && kept->second.handle) {
      holders_.push_back(next);
      cafc::tell(kept->second.handle, permit_granted{});
    }
  }
}

void target_actor::on_report(const cycle_report& report) {
  cost_ += report.cost;
  points_ += report.points;
  if (report.instance) {
    latest_ = report.status;
  }
  if (latest_ == nullptr) {
    return;
  }
  auto shown = std::make_shared<target_status>(*latest_);
  shown->databases = children_.size();
  shown->points = points_;
  shown->total_cost = cost_;
  shared_->board.publish(std::move(shown));
}

void target_actor::on_close() {
  closing_ = true;
  if (children_.empty()) {
    quit();
    return;
  }
  std::vector<std::string> never_started;
  for (auto& [database, kept] : children_) {
    if (kept.handle) {
      cafc::tell_urgent(kept.handle, close_down{});
    } else {
      never_started.push_back(database);
    }
  }
  for (const auto& database : never_started) {
    children_.erase(database);
  }
  if (children_.empty()) {
    quit();
  }
}

} // namespace pgmuster
