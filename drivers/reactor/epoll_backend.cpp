// One-shot epoll: a descriptor joins the set when it is first armed and leaves
// it when it is unwatched; ending is settled at once.
#include "drivers/reactor/epoll_backend.hpp"

#include "drivers/reactor/sync_thread.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>

namespace pgmuster {
namespace {

/// Not a slot: the wake-up descriptor.
constexpr std::uint64_t wake_mark = ~std::uint64_t{0};

class epoll_backend final : public poll_backend {
public:
  epoll_backend(int epoll, int wake_descriptor) noexcept
    : epoll_{epoll}, wake_{wake_descriptor}, syncs_{wake_descriptor} {}
  epoll_backend(const epoll_backend&) = delete;
  epoll_backend& operator=(const epoll_backend&) = delete;
  ~epoll_backend() override { ::close(epoll_); }

  bool
  begin(std::uint32_t slot, int descriptor, poll_interest interest) override {
    epoll_event event{};
    event.events = EPOLLONESHOT;
    event.events |= interest.read ? EPOLLIN : 0U;
    event.events |= interest.write ? EPOLLOUT : 0U;
    event.data.u64 = slot;
    return ::epoll_ctl(epoll_, EPOLL_CTL_MOD, descriptor, &event) == 0
           || (errno == ENOENT
               && ::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) == 0);
  }

  bool end(std::uint32_t /*slot*/, int descriptor, bool /*pending*/) override {
    // A descriptor that was never armed is not in the set: no matter.
    epoll_event unused{};
    ::epoll_ctl(epoll_, EPOLL_CTL_DEL, descriptor, &unused);
    return true;
  }

  void begin_sync(std::uint32_t number, int descriptor) override {
    syncs_.begin(number, descriptor);
  }

  void wait(std::optional<nanoseconds> at_most,
            std::vector<poll_completion>& completions) override {
    const auto count =
      ::epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()),
                   to_timeout(at_most));
    for (int at = 0; at < count; ++at) {
      const auto& event = events_[static_cast<std::size_t>(at)];
      if (event.data.u64 == wake_mark) {
        std::uint64_t unused = 0;
        [[maybe_unused]] const auto got = ::read(wake_, &unused, sizeof unused);
        continue;
      }
      poll_completion completion;
      completion.slot = static_cast<std::uint32_t>(event.data.u64);
      completion.ready.readable = (event.events & EPOLLIN) != 0;
      completion.ready.writable = (event.events & EPOLLOUT) != 0;
      completion.ready.failed = (event.events & (EPOLLERR | EPOLLHUP)) != 0;
      completions.push_back(completion);
    }
    for (const auto& synced : syncs_.take_outcomes()) {
      poll_completion completion;
      completion.what = poll_completion::kind::synced;
      completion.slot = synced.number;
      completion.failed = synced.failed;
      completions.push_back(completion);
    }
  }

  [[nodiscard]] std::string_view name() const noexcept override {
    return "epoll";
  }

private:
  /// Milliseconds, rounded up: a wait must not end before its time.
  static int to_timeout(std::optional<nanoseconds> at_most) noexcept {
    if (!at_most) {
      return -1;
    }
    const auto whole = std::chrono::ceil<milliseconds>(*at_most).count();
    return static_cast<int>(std::clamp<std::int64_t>(whole, 0, INT_MAX));
  }

  int epoll_;
  int wake_;
  sync_thread syncs_;
  std::array<epoll_event, completions_per_step> events_;
};

} // namespace

std::unique_ptr<poll_backend> make_epoll_backend(int wake_descriptor) {
  const auto epoll = ::epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) {
    return nullptr;
  }
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = wake_mark;
  if (::epoll_ctl(epoll, EPOLL_CTL_ADD, wake_descriptor, &event) != 0) {
    ::close(epoll);
    return nullptr;
  }
  return std::make_unique<epoll_backend>(epoll, wake_descriptor);
}

} // namespace pgmuster
