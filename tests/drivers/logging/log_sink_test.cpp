// Logging never waits for its output and counts what it had to drop.
#include "drivers/logging/log_sink.hpp"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace pgmuster {
namespace {

class told_clock final : public clock_source {
public:
  [[nodiscard]] mono_time mono() const noexcept override { return {}; }
  [[nodiscard]] wall_time wall() const noexcept override {
    return wall_time{seconds{1'709'208'000}};
  }
};

// An output that stands still until it is opened.
class gate {
public:
  bool write(std::string_view line) {
    std::unique_lock lock{mutex_};
    ++arrived_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
    lines_.emplace_back(line);
    return true;
  }
  void open() {
    const std::lock_guard lock{mutex_};
    open_ = true;
    changed_.notify_all();
  }
  void await_first() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return arrived_ > 0; });
  }
  std::vector<std::string> lines() {
    const std::lock_guard lock{mutex_};
    return lines_;
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  std::size_t arrived_ = 0;
  std::vector<std::string> lines_;
};

log_output into(gate& out, std::size_t queue_lines = log_queue_lines_max) {
  return {[&out](std::string_view line) { return out.write(line); }, false,
          queue_lines};
}

TEST(log_sink, writes_what_waits_before_it_ends) {
  const told_clock clock;
  gate out;
  out.open();
  {
    const auto sink = make_log_sink({}, clock, into(out));
    for (int i = 0; i < 100; ++i) {
      sink->log(log_level::info, "line", {{"n", std::to_string(i)}});
    }
  }
  ASSERT_EQ(out.lines().size(), 100U);
  EXPECT_EQ(out.lines().back(), "2024-02-29T12:00:00.000Z info    line n=99\n");
}

TEST(log_sink, leaves_out_levels_below_its_own) {
  const told_clock clock;
  gate out;
  out.open();
  {
    const auto sink =
      make_log_sink({log_level::warning, log_format::json}, clock, into(out));
    EXPECT_FALSE(sink->enabled(log_level::info));
    sink->log(log_level::info, "no");
    sink->log(log_level::warning, "yes");
  }
  ASSERT_EQ(out.lines().size(), 1U);
  EXPECT_EQ(out.lines().front(),
            "{\"time\":\"2024-02-29T12:00:00.000Z\",\"level\":\"warning\","
            "\"message\":\"yes\"}\n");
}

TEST(log_sink, drops_the_oldest_when_nobody_reads_and_counts_them) {
  const told_clock clock;
  gate out;
  {
    const auto sink = make_log_sink({}, clock, into(out, 4));
    sink->log(log_level::info, "first");
    out.await_first(); // taken from the queue, stuck in the output
    for (int i = 0; i < 10; ++i) {
      sink->log(log_level::info, "line", {{"n", std::to_string(i)}});
    }
    EXPECT_EQ(sink->dropped(), 6U);
    out.open();
  }
  const auto lines = out.lines();
  ASSERT_EQ(lines.size(), 5U);
  EXPECT_NE(lines[1].find("n=6"), std::string::npos) << lines[1];
  EXPECT_NE(lines[4].find("n=9"), std::string::npos) << lines[4];
}

TEST(log_sink, counts_lines_its_output_refused) {
  const told_clock clock;
  std::mutex mutex;
  std::condition_variable changed;
  int calls = 0;
  const auto sink = make_log_sink({}, clock, {[&](std::string_view) -> bool {
                                    const std::lock_guard lock{mutex};
                                    changed.notify_all();
                                    if (++calls == 1) {
                                      throw std::runtime_error("disk");
                                    }
                                    return calls > 2;
                                  }});
  for (int i = 0; i < 4; ++i) {
    sink->log(log_level::info, "x");
  }
  std::unique_lock lock{mutex};
  changed.wait(lock, [&] { return calls == 4; });
  EXPECT_EQ(sink->dropped(), 2U);
}

TEST(log_sink, takes_lines_from_many_threads) {
  const told_clock clock;
  gate out;
  out.open();
  {
    const auto sink = make_log_sink({}, clock, into(out));
    std::vector<std::jthread> writers;
    for (int t = 0; t < 4; ++t) {
      writers.emplace_back([&sink] {
        for (int i = 0; i < 500; ++i) {
          sink->log(log_level::info, "x");
        }
      });
    }
  }
  EXPECT_EQ(out.lines().size(), 2'000U);
}

} // namespace
} // namespace pgmuster
