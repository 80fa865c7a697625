// A spool on a folder of its own, what it tells, and a clock that is set.
#pragma once

#include "drivers/spool/spool.hpp"
#include "tests/drivers/spool/made_frames.hpp"

#include <atomic>
#include <future>
#include <map>
#include <mutex>

namespace pgmuster::spooling {

using namespace literals; // NOLINT(google-build-using-namespace): units only

inline const partition_key acme{route_name{"main"}, tenant_id{"acme"}, 0};

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
  void warned(const std::string& words) override {
    const std::lock_guard lock{mutex_};
    warnings_.push_back(words);
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
  std::vector<std::string> warnings() {
    const std::lock_guard lock{mutex_};
    return warnings_;
  }

private:
  std::mutex mutex_;
  std::map<partition_key, std::uint64_t> recovered_;
  std::uint64_t lost_ = 0;
  std::uint64_t trimmed_ = 0;
  std::vector<std::pair<spool_state, std::string>> said_;
  std::vector<std::string> warnings_;
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

class spool_case : public testing::TestWithParam<sync_policy> {
protected:
  spool_case() {
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

} // namespace pgmuster::spooling
