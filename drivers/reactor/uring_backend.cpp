// One-shot polls on a ring. A pending poll holds its file, so ending one means
// a cancellation whose completion, and the poll's own, have both been reaped.
#include "drivers/reactor/uring_backend.hpp"

#include "drivers/reactor/errc.hpp"
#include "drivers/reactor/uring_ring.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>

namespace pgmuster {
namespace {

enum class operation : std::uint8_t {
  poll = 0,
  cancel = 1,
  wake = 2,
  sync = 3
};

constexpr std::uint64_t mark(std::uint32_t slot, operation what) noexcept {
  return (std::uint64_t{slot} << 2U) | static_cast<std::uint64_t>(what);
}

struct submission {
  operation what = operation::poll;
  std::uint32_t slot = 0;
  int descriptor = -1;
  unsigned events = 0;
};

class uring_backend final : public poll_backend {
public:
  explicit uring_backend(int wake_descriptor) noexcept
    : wake_{wake_descriptor} {}

  [[nodiscard]] int open() {
    const auto failed = ring_.open();
    if (failed == 0) {
      submit({operation::wake, 0, wake_, POLLIN});
    }
    return failed;
  }

  bool
  begin(std::uint32_t slot, int descriptor, poll_interest interest) override {
    const auto events = (interest.read ? unsigned{POLLIN} : 0U)
                        | (interest.write ? unsigned{POLLOUT} : 0U);
    submit({operation::poll, slot, descriptor, events});
    return true;
  }

  bool end(std::uint32_t slot, int /*descriptor*/, bool pending) override {
    if (pending) {
      submit({operation::cancel, slot, -1, 0});
    }
    return !pending;
  }

  void begin_sync(std::uint32_t number, int descriptor) override {
    submit({operation::sync, number, descriptor, 0});
  }

  void wait(std::optional<nanoseconds> at_most,
            std::vector<poll_completion>& completions) override {
    while (!postponed_.empty() && enter(postponed_.front())) {
      postponed_.pop_front();
    }
    hand_over(postponed_.empty() ? at_most : nanoseconds{0});
    std::array<io_uring_cqe*, completions_per_step> reaped{};
    const auto count = io_uring_peek_batch_cqe(
      ring_.get(), reaped.data(), static_cast<unsigned>(reaped.size()));
    for (unsigned at = 0; at < count; ++at) {
      reap(*reaped[at], completions);
    }
    io_uring_cq_advance(ring_.get(), count);
  }

  [[nodiscard]] std::string_view name() const noexcept override {
    return "io_uring";
  }

  [[nodiscard]] std::uint64_t retries() const noexcept override {
    return retries_;
  }

private:
  void submit(const submission& what) {
    // Order matters: a cancellation must not overtake its poll.
    if (!postponed_.empty() || !enter(what)) {
      postponed_.push_back(what);
    }
  }

  bool enter(const submission& what) {
    auto* entry = io_uring_get_sqe(ring_.get());
    if (entry == nullptr) {
      ++retries_;
      io_uring_submit(ring_.get());
      entry = io_uring_get_sqe(ring_.get());
    }
    if (entry == nullptr) {
      return false;
    }
    if (what.what == operation::cancel) {
      io_uring_prep_cancel64(entry, mark(what.slot, operation::poll), 0);
    } else if (what.what == operation::sync) {
      io_uring_prep_fsync(entry, what.descriptor, IORING_FSYNC_DATASYNC);
    } else {
      io_uring_prep_poll_add(entry, what.descriptor, what.events);
    }
    io_uring_sqe_set_data64(entry, mark(what.slot, what.what));
    return true;
  }

  void hand_over(std::optional<nanoseconds> at_most) {
    auto answer = 0;
    if (at_most && *at_most <= nanoseconds{0}) {
      answer = io_uring_submit_and_get_events(ring_.get());
    } else if (at_most) {
      const auto whole = std::chrono::floor<seconds>(*at_most);
      __kernel_timespec bound{whole.count(), (*at_most - whole).count()};
      io_uring_cqe* unused = nullptr;
      answer = io_uring_submit_and_wait_timeout(ring_.get(), &unused, 1, &bound,
                                                nullptr);
    } else {
      answer = io_uring_submit_and_wait(ring_.get(), 1);
    }
    if (answer == -EBUSY || answer == -EAGAIN) {
      // Entries stay queued; the next step reaps first and submits again.
      ++retries_;
    }
  }

  void reap(const io_uring_cqe& reaped,
            std::vector<poll_completion>& completions) {
    const auto what = static_cast<operation>(reaped.user_data & 3U);
    if (what == operation::wake) {
      std::uint64_t unused = 0;
      [[maybe_unused]] const auto got = ::read(wake_, &unused, sizeof unused);
      submit({operation::wake, 0, wake_, POLLIN});
      return;
    }
    poll_completion completion;
    completion.slot = static_cast<std::uint32_t>(reaped.user_data >> 2U);
    if (what == operation::cancel) {
      completion.what = poll_completion::kind::ended;
    } else if (what == operation::sync) {
      completion.what = poll_completion::kind::synced;
      completion.failed = reaped.res < 0 ? -reaped.res : 0;
    } else {
      // A cancelled poll is `failed` here; the loop knows that it ended it.
      const auto events =
        reaped.res < 0 ? unsigned{POLLERR} : static_cast<unsigned>(reaped.res);
      completion.ready = {(events & POLLIN) != 0, (events & POLLOUT) != 0,
                          (events & (POLLERR | POLLHUP | POLLNVAL)) != 0};
    }
    completions.push_back(completion);
  }

  int wake_;
  uring_ring ring_;
  /// What found the submission queue full even after it was handed over. Holds
  /// at most one poll and one cancellation a watched descriptor, and the syncs
  /// that were asked for.
  std::deque<submission> postponed_;
  std::uint64_t retries_ = 0;
};

} // namespace

result<std::unique_ptr<poll_backend>> make_uring_backend(int wake_descriptor) {
  auto backend = std::make_unique<uring_backend>(wake_descriptor);
  if (const auto failed = backend->open(); failed != 0) {
    return fail(reactor_errc::uring_unavailable,
                std::generic_category().message(failed));
  }
  return std::unique_ptr<poll_backend>{std::move(backend)};
}

} // namespace pgmuster
