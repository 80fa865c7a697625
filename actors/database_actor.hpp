// One database: holds at most one connection, runs its probes each cycle and
// sends what it saw into its lane.
#pragma once

#include "actors/cycle_harvest.hpp"
#include "actors/messages.hpp"
#include "actors/probe_timetable.hpp"
#include "actors/services.hpp"
#include "routing/cycle_patience.hpp"
#include "routing/vitals.hpp"

#include <set>

namespace pgmuster {

struct database_assignment {
  std::shared_ptr<services> shared;
  std::shared_ptr<const target_identity> who;
  /// Empty: the DSN's own, which also answers for the instance.
  std::string database;
  bool instance = false;
  caf::actor target;
};

/// Class-based, since such actors are the smallest. All members run on its own
/// messages; nothing here blocks.
class database_actor final : public caf::event_based_actor {
public:
  database_actor(caf::actor_config& config, database_assignment what);

  caf::behavior make_behavior() override;
  void on_exit() override;
  const char* name() const override { return "pgmuster.database"; }

private:
  /// What the connection is doing.
  enum class phase : std::uint8_t {
    absent,
    waiting_for_permit,
    connecting,
    asking_shape_key,
    asking_shape,
    idle,
    cycling
  };

  struct cycle {
    mono_time due{};
    mono_time began{};
    std::vector<const negotiated_probe*> probes;
    std::unique_ptr<cycle_harvest> harvest;
    microseconds cost{0};
    std::size_t failed = 0;
    /// Probes that were answered; they are so in order.
    std::size_t answered = 0;
    bool identified = false;
    std::optional<cycle_patience> patience;
  };

  void on_tick(const tick& now);
  void on_connected(connect_finished& end);
  void on_ready(const socket_ready& ready);
  void on_deadline(const cycle_deadline& late);
  void on_permit(const permit_granted& granted);
  void on_close();

  void schedule_tick();
  [[nodiscard]] milliseconds tick_interval() const;
  /// A cycle that was due does not take place.
  void skip(const char* reason);
  void want_permit();
  void connect(permit_pool::permit permit);
  void adopt(std::unique_ptr<postgres::session> session);
  void ask(phase next, std::string sql, const char* id);
  void on_shape_key(const postgres::statement_result& answer);
  void on_shape(const postgres::statement_result& answer);
  void use_catalog(std::shared_ptr<const negotiated_catalog> catalog);

  [[nodiscard]] bool held_back(mono_time due) const;
  void begin_cycle(mono_time due);
  void take(postgres::statement_result& answer);
  void note_probe_failure(const negotiated_probe& probe, const error& what);
  /// The catalog no longer fits the server: negotiate anew before the next
  /// cycle, but not again and again.
  void fit_again();
  void end_cycle();
  void tell_turned_away(cycle_harvest& harvest);
  void publish(std::shared_ptr<observation> seen, bool up);
  /// Kept until the next observation, or until `publish_events`.
  void note_event(target_event event);
  void publish_events();
  void announce_databases(const std::vector<known_database>& found);
  void report(bool up, std::uint64_t points, const cycle* ended);
  /// Says a change of state in the log; returns the reason to show.
  std::string note_state(bool up);
  /// Of a database that is not the instance's own; empty if it is whole.
  [[nodiscard]] std::string trouble(bool up) const;
  [[nodiscard]] std::string first_probe_error() const;
  [[nodiscard]] std::string why_not_whole() const;
  void add_vitals(target_status& status) const;
  [[nodiscard]] std::shared_ptr<target_status> status_now(bool up,
                                                          const cycle* ended);
  void arm_deadline(mono_time due);
  void judge_cycle();

  void lose_session(const error& why);
  void drop_session();
  void say_down();
  [[nodiscard]] std::string whom() const;
  /// For the log and the API.
  [[nodiscard]] std::string in_words(const error& what) const;

  database_assignment what_;
  services& shared_;
  phase phase_ = phase::absent;
  std::unique_ptr<postgres::session> session_;
  std::uint64_t generation_ = 0;
  std::string shape_key_;
  std::shared_ptr<const negotiated_catalog> catalog_;
  std::vector<const negotiated_probe*> mine_;
  const negotiated_probe* identity_ = nullptr;
  probe_timetable timetable_;
  std::optional<cycle> running_;
  harvest_memory memory_;
  vitals vitals_;
  std::map<std::string, std::string> probe_errors_;
  /// Reasons why statements are left out that were said.
  std::set<std::string> left_out_told_;
  /// Probes whose last answer was that their result has changed.
  std::set<std::string> refitted_;
  /// By probe: the kind of failure that was told as an event.
  std::map<std::string, std::string> probe_kinds_told_;
  std::vector<target_event> events_;

  timer_token tick_timer_;
  /// What the next tick must say; any other is of an earlier schedule.
  mono_time tick_due_{};
  timer_token deadline_timer_;
  mono_time connect_began_{};
  mono_time connect_not_before_{};
  std::uint32_t failures_ = 0;
  bool closing_ = false;
  bool warned_ = false;
  bool unfit_ = false;
  mono_time fit_not_before_{};

  /// The last whole cycle, shown also while the target is down.
  struct {
    wall_time at{};
    milliseconds took{0};
    microseconds cost{0};
  } last_;
  error last_error_;
  std::string state_ = "starting";
  /// Kinds of failure that were said since the target went down.
  std::set<int> told_;
  wall_time state_since_{};
  std::uint64_t cycles_ = 0;
  std::uint64_t cycles_failed_ = 0;
  std::uint64_t cycles_skipped_ = 0;
};

} // namespace pgmuster
