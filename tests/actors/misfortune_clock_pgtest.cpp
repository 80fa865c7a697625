// The machine's clock steps, forwards and backwards: points go on, each series
// strictly later than before.
#include "drivers/wall_anchor.hpp"
#include "tests/actors/misfortune_case.hpp"

#include <atomic>

namespace pgmuster::test {
namespace {

/// The machine's monotonic clock, and a wall clock that somebody sets.
class set_clock final : public clock_source {
public:
  void step(nanoseconds by) noexcept { off_ += by.count(); }

  [[nodiscard]] mono_time mono() const noexcept override {
    return system_clock_source().mono();
  }
  [[nodiscard]] wall_time wall() const noexcept override {
    const auto now = mono();
    return anchor_.at(now, begin_ + nanoseconds{(now - from_).count()}
                             + nanoseconds{off_.load()});
  }

private:
  mono_time from_ = system_clock_source().mono();
  wall_time begin_ = system_clock_source().wall();
  std::atomic<std::int64_t> off_{0};
  mutable wall_anchor anchor_{from_, begin_};
};

class misfortune_clock : public misfortune_case {
protected:
  misfortune_clock() { fleet_clock = &clock_; }

  /// Of each series of these, in the order of delivery; how many there were.
  std::size_t expect_rising(const std::string& target) {
    exported_.read();
    std::size_t series = 0;
    for (const auto* metric :
         {"pgmuster.up", "pgmuster.target.info", "postgresql.backends",
          "postgresql.commits", "postgresql.db_size"}) {
      std::map<std::string, std::uint64_t> last;
      for (const auto& one : exported_.of(target, metric)) {
        auto& before = last[one.attributes];
        EXPECT_GT(one.time_ns, before) << metric << one.attributes;
        EXPECT_LE(one.start_ns, one.time_ns) << metric << one.attributes;
        before = one.time_ns;
      }
      series += last.size();
    }
    return series;
  }

  std::uint64_t latest() {
    exported_.read();
    return exported_.of("sick", "pgmuster.up").back().time_ns;
  }

  set_clock clock_;
};

TEST_P(misfortune_clock, a_clock_that_steps_leaves_every_series_rising) {
  begin({make_target("sick", healthy().dsn())});
  const auto before = latest();
  clock_.step(std::chrono::hours{1});
  endure(4);
  const auto ahead = latest();
  // A step forward is followed at once.
  EXPECT_GT(ahead, before + 3'600'000'000'000U);
  clock_.step(-std::chrono::hours{2});
  endure(6);
  // One backward is paid back bit by bit, and never by going back.
  EXPECT_GT(latest(), ahead);
  clock_.step(std::chrono::minutes{90});
  endure(3);
  for (const auto* target : {"sick", "near-1", "far"}) {
    EXPECT_GT(expect_rising(target), 4U);
  }
  EXPECT_TRUE(log_lines("sick", "down").empty());
  expect_up("sick");
  expect_all_as_before();
}

INSTANTIATE_TEST_SUITE_P(reactors,
                         misfortune_clock,
                         both_reactors(),
                         reactor_name);

} // namespace
} // namespace pgmuster::test
