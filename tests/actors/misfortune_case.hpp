// What every misfortune is held to: a fleet with healthy bystanders and a sick
// target, counted before and after.
//
//   TEST_P(misfortune_case, a_refused_connection_is_told) {
//     begin({through(door)});             // all up, and everything counted
//     door.refuse(); door.cut();          // the misfortune
//     expect_down("sick", "refused");     // the API, the log, up = 0
//     endure();                           // the bystanders go on meanwhile
//     door.forward_to(server.port());     // it ends
//     expect_up("sick");                  // up = 1 again, the same resource
//     expect_all_as_before();             // nothing leaked, nobody was late
//   }
//   INSTANTIATE_TEST_SUITE_P(reactors, misfortune_case, both_reactors(),
//                            reactor_name);
#pragma once

#include "actors/fleet.hpp"
#include "actors/services.hpp"
#include "tests/actors/exported_points.hpp"
#include "tests/support/http/http_receiver.hpp"
#include "tests/support/postgres/gate.hpp"
#include "tests/support/postgres/postgres_server.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <mutex>

namespace pgmuster::test {

/// A target of its DSN's own database only, as the configuration would give it.
[[nodiscard]] target_config make_target(const std::string& name,
                                        const std::string& dsn);

/// What must be the same before and after.
struct holdings {
  std::size_t descriptors = 0;
  std::size_t watched = 0;
  std::uint64_t sessions_open = 0;
  std::size_t permits = 0;
  std::uint64_t credit = 0;
  std::uint64_t held_points = 0;
  std::size_t actors = 0;
  /// Of ours, as each server that is watched counts them.
  std::map<std::string, std::string> server_connections;
  bool operator==(const holdings&) const = default;
};

std::ostream& operator<<(std::ostream& to, const holdings& what);

class misfortune_case : public testing::TestWithParam<reactor_choice> {
protected:
  misfortune_case();
  ~misfortune_case() override;
  void SetUp() override;
  /// Shows the log of a case that has failed.
  void TearDown() override;

  /// The bystanders' server; one a test binary.
  static postgres_server& healthy();

  /// Changes the fleet's configuration before it starts. By default: cycles
  /// each second, statements cancelled after 1 s, a probe given up after 2 s, a
  /// cycle after 6 s, retries each 100 to 500 ms.
  std::function<void(configuration&)> tune;
  /// Another than the machine's.
  clock_source* fleet_clock = &system_clock_source();
  /// False where transient connections come and go all the time: there is no
  /// moment to count in, and nothing may be held to it.
  bool settles = true;
  /// Servers besides the healthy one whose connections are counted.
  std::vector<const postgres_server*> watched;

  /// Of the case alone; removed after it.
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

  /// Starts the sick targets and three bystanders, two of them of the same
  /// tenant; waits until all are up and nothing moves any more, then counts.
  /// Names in `never_up` are not waited for.
  void begin(std::vector<target_config> sick,
             const std::vector<std::string>& never_up = {});

  /// Waits until nothing moves and counts anew; `begin` does.
  void settle();

  /// State and reason by /api/v1/targets, up = 0 delivered. One line in the
  /// log for each call: that is looked at in the end.
  void expect_down(const std::string& target, const std::string& words);
  /// Its reason is another one now; still down, said once more.
  void expect_reason(const std::string& target, const std::string& words);
  /// Up by the API, up = 1 delivered since, always with the same resource.
  void expect_up(const std::string& target);
  /// Each bystander does this many cycles more.
  void endure(std::uint64_t cycles = 4);
  /// All holdings are as `begin` counted them, the books balance, no bystander
  /// was down, failed or skipped, nothing was said twice; the fleet stops and
  /// has lost nothing.
  void expect_all_as_before();
  /// The part of it that is about connections, leases, credit and descriptors.
  void expect_nothing_leaked();

  /// The target's object in /api/v1/targets; null if it has none.
  [[nodiscard]] std::shared_ptr<const target_status>
  status(const std::string& target);
  /// From the API, as text: "state", "reason" …
  [[nodiscard]] std::string told(const std::string& target,
                                 const std::string& key);
  /// Log lines that name the target and have these words.
  [[nodiscard]] std::vector<std::string>
  log_lines(const std::string& target, const std::string& words = {});
  /// The value of `pgmuster.up` that was delivered last; -1: none.
  [[nodiscard]] double last_up(const std::string& target);
  /// Of a line of /metrics (`name` with labels, as written); 0 if there is
  /// none.
  [[nodiscard]] double figure(const std::string& name);
  [[nodiscard]] testing::AssertionResult balanced();
  [[nodiscard]] holdings count();
  /// Without what servers say, which takes a connection to each.
  [[nodiscard]] holdings count_ours();
  /// Looks each 20 ms, at most `patience`. Watches how long the machine lets
  /// this thread wait.
  bool eventually(const std::function<bool()>& holds,
                  seconds patience = seconds{30});
  void stop();

  http_receiver receiver_;
  std::unique_ptr<fleet> fleet_;
  exported_points exported_;

private:
  struct captured_lines {
    std::mutex mutex;
    std::vector<std::string> lines;
  };
  struct conduct {
    std::uint64_t failed = 0;
    std::uint64_t skipped = 0;
    wall_time up_since{};
    bool operator==(const conduct&) const = default;
  };

  [[nodiscard]] configuration config(std::vector<target_config> sick) const;
  /// Delivered since it was last asked.
  [[nodiscard]] bool was_up_said(const std::string& target, double value);
  [[nodiscard]] conduct conduct_of(const std::string& target);
  void expect_told_once();

  std::string reactor_reason_;
  std::unique_ptr<reactor> loop_;
  std::filesystem::path folder_;
  std::shared_ptr<captured_lines> captured_;
  std::unique_ptr<log_sink> log_;
  holdings before_;
  std::map<std::string, conduct> conduct_before_;
  std::map<std::string, std::size_t> downs_;
  /// How many values of `up` were looked at.
  std::map<std::string, std::size_t> ups_;
  milliseconds longest_stall_{0};
};

[[nodiscard]] inline auto both_reactors() {
  return testing::Values(reactor_choice::io_uring, reactor_choice::epoll);
}

[[nodiscard]] inline std::string
reactor_name(const testing::TestParamInfo<reactor_choice>& given) {
  return given.param == reactor_choice::epoll ? "epoll" : "io_uring";
}

} // namespace pgmuster::test
