// Workers hand on what actors send: in parallel, and to everybody.
#include "actors/handing_on.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace pgmuster::testing_hand {

struct step {
  int left = 0;
};

/// Whom the other of two tells of each step.
struct partner {
  caf::actor who;
};

} // namespace pgmuster::testing_hand

PGMUSTER_LOCAL_MESSAGE(pgmuster::testing_hand::step)
PGMUSTER_LOCAL_MESSAGE(pgmuster::testing_hand::partner)

namespace pgmuster {
namespace {

using testing_hand::partner;
using testing_hand::step;

using namespace std::chrono_literals;

/// Opens when `wanted` have come.
class meeting {
public:
  explicit meeting(int wanted) : wanted_(wanted) {}

  /// False if the others did not come in time.
  bool come() {
    std::unique_lock<std::mutex> own{lock_};
    ++here_;
    changed_.notify_all();
    return changed_.wait_for(own, 20s, [&] { return here_ >= wanted_; });
  }
  /// Comes, and waits for nobody.
  void open() {
    const std::lock_guard<std::mutex> own{lock_};
    ++here_;
    changed_.notify_all();
  }
  bool wait() {
    std::unique_lock<std::mutex> own{lock_};
    return changed_.wait_for(own, 20s, [&] { return here_ >= wanted_; });
  }

private:
  int wanted_;
  int here_ = 0;
  std::mutex lock_;
  std::condition_variable changed_;
};

/// Its actors take an argument, since CAF would read none through a null
/// pointer.
struct workers {
  explicit workers(std::size_t count) {
    cafc::configure(config, count);
    cafc::hand_on_jobs(config);
    actors = std::make_unique<caf::actor_system>(config);
  }

  caf::actor_system_config config;
  std::unique_ptr<caf::actor_system> actors;
};

TEST(handing_on, is_the_scheduler_with_the_settings_that_were_asked_for) {
  workers some{3};
  EXPECT_TRUE(cafc::hands_on_jobs(*some.actors));
  EXPECT_TRUE(cafc::configured(*some.actors, 3));
  caf::actor_system_config plain;
  caf::actor_system other{plain};
  EXPECT_FALSE(cafc::hands_on_jobs(other));
}

TEST(handing_on, what_is_sent_first_runs_on_the_worker_that_sent_it) {
  workers some{2};
  const auto first = std::make_shared<meeting>(1);
  const auto done = std::make_shared<meeting>(2);
  const auto threads = std::make_shared<std::vector<std::thread::id>>();
  auto next = some.actors->spawn(
    [first, done](caf::event_based_actor*, int) {
      return caf::behavior{[first, done](const step&) {
        first->open();
        done->open();
      }};
    },
    0);
  for (int at = 0; at < 8; ++at) {
    next = some.actors->spawn(
      [threads, next](caf::event_based_actor*, int) {
        return caf::behavior{[threads, next](const step& now) {
          threads->push_back(std::this_thread::get_id());
          cafc::tell(next, now);
        }};
      },
      0);
  }
  // Once through all of them, since those that have just begun are not idle.
  cafc::tell(next, step{});
  ASSERT_TRUE(first->wait());
  threads->clear();
  cafc::tell(next, step{});
  ASSERT_TRUE(done->wait());
  EXPECT_EQ(*threads, std::vector<std::thread::id>(8, threads->empty()
                                                        ? std::thread::id{}
                                                        : threads->front()));
}

TEST(handing_on, what_is_sent_second_runs_beside_what_is_sent_first) {
  workers some{2};
  const auto both = std::make_shared<meeting>(2);
  const auto done = std::make_shared<meeting>(2);
  const auto comes = [both, done](caf::event_based_actor*, int) {
    return caf::behavior{[both, done](const step&) {
      if (both->come()) {
        done->come();
      }
    }};
  };
  const auto first = some.actors->spawn(comes, 0);
  const auto second = some.actors->spawn(comes, 0);
  const auto sender = some.actors->spawn(
    [first, second](caf::event_based_actor*, int) {
      return caf::behavior{[first, second](const step&) {
        cafc::tell(first, step{});
        cafc::tell(second, step{});
      }};
    },
    0);
  cafc::tell(sender, step{});
  EXPECT_TRUE(done->wait());
}

TEST(handing_on, two_that_talk_to_each_other_starve_nobody) {
  workers some{1};
  const auto done = std::make_shared<meeting>(1);
  const auto talking = std::make_shared<meeting>(1);
  const auto talks = [talking](caf::event_based_actor*, int) {
    // As long as it lives, and its first message says to whom.
    const auto other = std::make_shared<caf::actor>();
    return caf::behavior{
      [other](const partner& of) {
        *other = of.who;
        cafc::tell(*other, step{});
      },
      [other, talking](const step& now) {
        if (now.left > 100) {
          talking->come();
        }
        cafc::tell(*other, step{now.left + 1});
      },
    };
  };
  const auto one = some.actors->spawn(talks, 0);
  const auto two = some.actors->spawn(talks, 0);
  const auto third = some.actors->spawn(
    [done](caf::event_based_actor*, int) {
      return caf::behavior{[done](const step&) { done->come(); }};
    },
    0);
  cafc::tell(one, partner{two});
  cafc::tell(two, partner{one});
  ASSERT_TRUE(talking->wait());
  cafc::tell(third, step{});
  EXPECT_TRUE(done->wait());
  caf::anon_send_exit(one, caf::exit_reason::kill);
  caf::anon_send_exit(two, caf::exit_reason::kill);
}

} // namespace
} // namespace pgmuster
