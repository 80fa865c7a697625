// Every claim about the reactor is tried on both backends.
#pragma once

#include "drivers/clock.hpp"
#include "drivers/reactor/detect.hpp"
#include "drivers/reactor/reactor.hpp"

#include <gtest/gtest.h>

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <future>
#include <memory>
#include <string>
#include <utility>

namespace pgmuster {

/// Owns a descriptor.
class owned_descriptor {
public:
  explicit owned_descriptor(int descriptor = -1) : descriptor_{descriptor} {}
  owned_descriptor(owned_descriptor&& other) noexcept
    : descriptor_{std::exchange(other.descriptor_, -1)} {}
  owned_descriptor& operator=(owned_descriptor&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~owned_descriptor() { close(); }

  void close() {
    if (descriptor_ >= 0) {
      ::close(std::exchange(descriptor_, -1));
    }
  }
  [[nodiscard]] int get() const { return descriptor_; }

private:
  int descriptor_;
};

/// A connected pair: what is written to one is read from the other.
struct wire {
  owned_descriptor near;
  owned_descriptor far;

  wire() {
    std::array<int, 2> ends{-1, -1};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
                           0, ends.data()),
              0);
    near = owned_descriptor{ends[0]};
    far = owned_descriptor{ends[1]};
  }

  void send() const { ASSERT_EQ(::write(far.get(), "x", 1), 1); }

  /// What the far end reads, without waiting: 0 is the end of the stream.
  [[nodiscard]] ssize_t far_reads() const {
    char unused = 0;
    return ::read(far.get(), &unused, 1);
  }
};

/// Set once, on any thread; waited for with patience, not with a deadline.
template <class T>
class eventually {
public:
  void set(T value) { promise_.set_value(std::move(value)); }
  /// Fails the test if nothing came in half a minute.
  T get() {
    if (future_.wait_for(seconds{30}) != std::future_status::ready) {
      ADD_FAILURE() << "waited in vain";
      return T{};
    }
    return future_.get();
  }

private:
  std::promise<T> promise_;
  std::future<T> future_ = promise_.get_future();
};

class reactor_test : public testing::TestWithParam<reactor_choice> {
protected:
  void SetUp() override {
    std::string why;
    if (GetParam() == reactor_choice::io_uring && !detect_uring(why)) {
      GTEST_SKIP() << why;
    }
    auto started = start_reactor(GetParam(), why);
    ASSERT_TRUE(started) << why;
    loop_ = std::move(*started);
  }

  void TearDown() override {
    if (loop_) {
      loop_->stop();
    }
  }

  reactor& loop() { return *loop_; }

  /// Returns when all that was asked before has been obeyed.
  void flush() {
    const auto done = std::make_shared<eventually<bool>>();
    loop().post([done] { done->set(true); });
    ASSERT_TRUE(done->get());
  }

  /// Returns when what was ready before has been delivered: a wire of our own
  /// became ready after it, and was.
  void settle() {
    const wire fence;
    const auto seen = std::make_shared<eventually<bool>>();
    const auto token =
      loop().watch(fence.near.get(), [seen](readiness) { seen->set(true); });
    fence.send();
    loop().arm(token, true, false);
    ASSERT_TRUE(seen->get());
    unwatch(token);
  }

  void unwatch(watch_token token) {
    const auto gone = std::make_shared<eventually<bool>>();
    loop().unwatch(token, [gone] { gone->set(true); });
    ASSERT_TRUE(gone->get());
  }

  static mono_time in(milliseconds span) {
    return system_clock_source().mono() + span;
  }

  std::unique_ptr<reactor> loop_;
};

inline std::string
name_of(const testing::TestParamInfo<reactor_choice>& backend) {
  return backend.param == reactor_choice::epoll ? "epoll" : "io_uring";
}

} // namespace pgmuster
