// The spool as its users see it: a thread, a lock, a disk that is full.
#include "drivers/files/errc.hpp"
#include "drivers/spool/spool.hpp"
#include "tests/drivers/spool/made_frames.hpp"

#include <sys/wait.h>

#include <fstream>
#include <future>
#include <map>
#include <mutex>
#include <set>

namespace pgmuster::spooling {
namespace {

using namespace literals; // NOLINT(google-build-using-namespace): units only

const partition_key acme{route_name{"main"}, tenant_id{"acme"}, 0};

/// Keeps what it is told.
class noting_listener final : public spool_listener {
public:
  void recovered(const partition_key& of, std::uint64_t points) override {
    const std::lock_guard lock{mutex_};
    recovered_[of] += points;
  }
  void lost(const partition_key& /*of*/, const spool_loss& what) override {
    const std::lock_guard lock{mutex_};
    lost_ += what.points;
  }
  void quarantine_trimmed(std::uint64_t frames,
                          std::uint64_t /*points*/) override {
    const std::lock_guard lock{mutex_};
    trimmed_ += frames;
  }
  void said(spool_state now, const std::string& words) override {
    const std::lock_guard lock{mutex_};
    said_.emplace_back(now, words);
  }
  void left_as_it_is(const std::string& words) override {
    const std::lock_guard lock{mutex_};
    left_as_they_are_.push_back(words);
  }

  std::uint64_t recovered_of(const partition_key& which) {
    const std::lock_guard lock{mutex_};
    return recovered_[which];
  }
  std::uint64_t lost_points() {
    const std::lock_guard lock{mutex_};
    return lost_;
  }
  std::uint64_t trimmed() {
    const std::lock_guard lock{mutex_};
    return trimmed_;
  }
  std::vector<std::pair<spool_state, std::string>> words() {
    const std::lock_guard lock{mutex_};
    return said_;
  }
  std::vector<std::string> left_as_they_are() {
    const std::lock_guard lock{mutex_};
    return left_as_they_are_;
  }

private:
  std::mutex mutex_;
  std::map<partition_key, std::uint64_t> recovered_;
  std::uint64_t lost_ = 0;
  std::uint64_t trimmed_ = 0;
  std::vector<std::pair<spool_state, std::string>> said_;
  std::vector<std::string> left_as_they_are_;
};

class settable_clock final : public clock_source {
public:
  [[nodiscard]] mono_time mono() const noexcept override {
    return mono_time{milliseconds{mono_ms}};
  }
  [[nodiscard]] wall_time wall() const noexcept override {
    return wall_time{seconds{wall_s}};
  }
  std::atomic<std::int64_t> mono_ms{1'000};
  std::atomic<std::int64_t> wall_s{1'700'000'000};
};

class spool_test : public testing::TestWithParam<sync_policy> {
protected:
  spool_test() {
    options_.directory = folder_.path() / "spool";
    options_.free_min = byte_count{0};
    options_.sync = GetParam();
    std::string why;
    loop_ = std::move(start_reactor(reactor_choice::automatic, why).value());
  }

  std::unique_ptr<spool> open() {
    auto made = open_spool(options_, *loop_, clock_, told_);
    EXPECT_TRUE(made) << (made ? "" : describe(made.error()));
    return made ? std::move(*made) : nullptr;
  }

  static result<record_position>
  put(spool& into, const frame& what, custody as = custody::waiting) {
    std::promise<result<record_position>> done;
    into.append(
      std::make_shared<const frame>(what), as,
      [&done](result<record_position> written) { done.set_value(written); });
    return done.get_future().get();
  }

  static std::vector<spooled_frame> take(spool& from) {
    std::promise<std::vector<spooled_frame>> done;
    from.read(acme, 1_MiB, [&done](std::vector<spooled_frame> frames) {
      done.set_value(std::move(frames));
    });
    return done.get_future().get();
  }

  static result<void>
  put_aside(spool& into, const frame& what, const std::string& words) {
    std::promise<result<void>> done;
    into.quarantine(std::make_shared<const frame>(what), words,
                    [&done](result<void> written) { done.set_value(written); });
    return done.get_future().get();
  }

  static std::vector<partition_waiting> waiting(spool& of) {
    std::promise<std::vector<partition_waiting>> done;
    of.waiting([&done](std::vector<partition_waiting> all) {
      done.set_value(std::move(all));
    });
    return done.get_future().get();
  }

  temporary_folder folder_;
  spool_options options_;
  settable_clock clock_;
  noting_listener told_;
  std::unique_ptr<reactor> loop_;
};

INSTANTIATE_TEST_SUITE_P(each_policy,
                         spool_test,
                         testing::Values(sync_policy::never,
                                         sync_policy::each_second,
                                         sync_policy::always));

TEST_P(spool_test, an_earlier_runs_frames_are_recovered_and_come_in_order) {
  {
    auto first = open();
    for (int at = 0; at < 20; ++at) {
      ASSERT_TRUE(put(*first, make_frame(std::to_string(at), 3)));
    }
    const auto got = take(*first);
    ASSERT_EQ(got.size(), 20U);
    for (std::size_t at = 0; at < 5; ++at) {
      first->acknowledge(acme, got[at].position);
    }
    first->stop();
  }
  auto second = open();
  const auto left = waiting(*second);
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left[0].of, acme);
  EXPECT_EQ(left[0].frames, 15U);
  EXPECT_EQ(left[0].points, 45U);
  EXPECT_EQ(told_.recovered_of(acme), 45U);
  const auto got = take(*second);
  ASSERT_EQ(got.size(), 15U);
  EXPECT_EQ(got.front().what->payload, "5");
  EXPECT_TRUE(got.front().earlier_run);
  EXPECT_EQ(got.back().what->payload, "19");
}

TEST_P(spool_test, order_and_frames_are_kept_though_the_clock_steps) {
  constexpr std::int64_t day = 86'400;
  const auto frame_at = [&](int number) {
    auto made = make_frame(std::to_string(number), 2);
    made.oldest = clock_.wall();
    made.newest = clock_.wall();
    return made;
  };
  int written = 0;
  // Back by a day, on by two, to the epoch, and each time a new segment.
  for (const auto step : {day, -2 * day, 3 * day, -1'700'000'000L, day}) {
    auto one = open();
    for (int frames = 0; frames < 5; ++frames) {
      clock_.wall_s += frames == 2 ? step : 1;
      clock_.mono_ms += 1'000;
      ASSERT_TRUE(put(*one, frame_at(written++)));
    }
    one->stop();
  }
  auto last = open();
  const auto got = take(*last);
  ASSERT_EQ(got.size(), 25U);
  for (int number = 0; number < written; ++number) {
    EXPECT_EQ(got[static_cast<std::size_t>(number)].what->payload,
              std::to_string(number));
  }
  EXPECT_EQ(told_.lost_points(), 0U);
}

TEST_P(spool_test, a_second_owner_is_refused_and_told_who_has_it) {
  auto first = open();
  ASSERT_NE(first, nullptr);
  const auto second = open_spool(options_, *loop_, clock_, told_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, file_errc::owned);
  EXPECT_NE(describe(second.error())
              .find("process " + std::to_string(::getpid()) + ")"),
            std::string::npos)
    << describe(second.error());
  first.reset();
  EXPECT_NE(open(), nullptr) << "it went with its owner";
}

TEST_P(spool_test, what_a_killed_process_wrote_is_there) {
#if defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "ThreadSanitizer allows no threads after a fork";
#endif
  // A child without our threads: it opens, writes, and is killed at once.
  const auto child = ::fork();
  if (child == 0) {
    std::string why;
    auto own_loop =
      std::move(start_reactor(reactor_choice::epoll, why).value());
    auto mine = open_spool(options_, *own_loop, clock_, told_);
    for (int at = 0; at < 50 && mine; ++at) {
      static_cast<void>(put(**mine, make_frame(std::to_string(at), 2)));
    }
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  auto after = open();
  EXPECT_EQ(take(*after).size(), 50U);
  EXPECT_EQ(told_.recovered_of(acme), 100U);
  EXPECT_EQ(told_.lost_points(), 0U);
}

TEST_P(spool_test, a_full_disk_stops_it_with_words_and_it_goes_on_later) {
  // More than any disk has free.
  options_.free_min = byte_count{std::uint64_t{1} << 60U};
  auto made = open();
  const auto refused = put(*made, make_frame("a"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, spool_errc::disk_full);
  EXPECT_EQ(put_aside(*made, make_frame("b"), "x").error().code,
            spool_errc::disk_full);
  static_cast<void>(waiting(*made));
  EXPECT_EQ(made->counts().state, spool_state::disk_full);
  const auto words = told_.words();
  ASSERT_EQ(words.size(), 1U) << "once, not with every frame";
  EXPECT_NE(words[0].second.find("are to stay free"), std::string::npos);
}

TEST_P(spool_test, a_disk_that_fails_is_tried_again_after_a_while) {
  auto made = open();
  EXPECT_TRUE(waiting(*made).empty());
  const auto frames = options_.directory / frames_folder;
  std::filesystem::remove_all(frames);
  { std::ofstream in_the_way{frames}; }
  ASSERT_FALSE(put(*made, make_frame("a")));
  std::filesystem::remove(frames);
  EXPECT_FALSE(put(*made, make_frame("b"))) << "not before its time";
  clock_.mono_ms += options_.try_again_after.count() + 1;
  EXPECT_TRUE(put(*made, make_frame("c")));
  const auto words = told_.words();
  ASSERT_EQ(words.size(), 2U);
  EXPECT_EQ(words[0].first, spool_state::failing);
  EXPECT_EQ(words[1].first, spool_state::writing);
  EXPECT_EQ(take(*made).at(0).what->payload, "c");
}

TEST_P(spool_test, a_segment_that_is_left_as_it_is_is_told_as_that) {
  {
    auto made = open();
    ASSERT_TRUE(put(*made, make_frame("a")));
  }
  const auto hit = segments_below(options_.directory).front();
  { std::ofstream{hit} << "nothing of ours"; }
  auto made = open();
  EXPECT_TRUE(waiting(*made).empty());
  ASSERT_EQ(told_.left_as_they_are().size(), 1U);
  EXPECT_NE(told_.left_as_they_are()[0].find(hit.string()), std::string::npos);
  EXPECT_TRUE(told_.words().empty()) << "the spool itself is well";
}

TEST_P(spool_test, quarantined_frames_keep_the_destinations_words) {
  options_.quarantine_bytes_max = 400_kB;
  {
    auto made = open();
    for (int at = 0; at < 10; ++at) {
      ASSERT_TRUE(
        put_aside(*made, make_frame(std::string(100'000, 'q')), "poison"));
    }
    static_cast<void>(waiting(*made));
    EXPECT_LE(made->counts().quarantined_bytes, 400'000U);
    EXPECT_EQ(made->counts().quarantined_frames + told_.trimmed(), 10U);
    EXPECT_EQ(made->counts().points_waiting, 0U) << "they are not to be sent";
  }
  EXPECT_FALSE(segments_below(options_.directory / quarantine_folder).empty());
}

TEST_P(spool_test, more_than_may_wait_is_refused_at_once) {
  options_.queued_max = byte_count{1};
  auto made = open();
  constexpr int frames = 200;
  std::atomic<int> written{0};
  std::atomic<int> refused{0};
  for (int at = 0; at < frames; ++at) {
    made->append(
      std::make_shared<const frame>(make_frame(std::string(50'000, 'x'))),
      custody::waiting, [&](const result<record_position>& done) {
        if (done) {
          ++written;
        } else {
          EXPECT_EQ(done.error().code, spool_errc::busy);
          ++refused;
        }
      });
  }
  made->stop();
  EXPECT_EQ(written + refused, frames);
  EXPECT_GT(written, 0);
}

TEST_P(spool_test, after_a_stop_everything_is_answered) {
  auto made = open();
  std::atomic<int> answered{0};
  for (int at = 0; at < 100; ++at) {
    made->append(
      std::make_shared<const frame>(make_frame("x")), custody::waiting,
      [&](const result<record_position>& done) { answered += done ? 1 : 0; });
  }
  made->stop();
  EXPECT_EQ(answered, 100);
  EXPECT_EQ(put(*made, make_frame("x")).error().code, spool_errc::stopped);
  EXPECT_TRUE(take(*made).empty());
  EXPECT_EQ(made->counts().frames_waiting, 100U);
}

} // namespace
} // namespace pgmuster::spooling
