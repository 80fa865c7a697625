// A condition variable between the callbacks and the caller.
#include "drivers/postgres/blocking.hpp"

#include <condition_variable>
#include <iterator>
#include <mutex>
#include <optional>

namespace pgmuster::postgres {

namespace {

/// Shared with callbacks, which may outlive the wait.
struct signal {
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t count = 0;

  void raise() {
    const std::lock_guard lock{mutex};
    ++count;
    changed.notify_all();
  }
  /// False when `patience` passed without a signal.
  bool wait(milliseconds patience) {
    std::unique_lock lock{mutex};
    const bool raised =
      changed.wait_for(lock, patience, [this] { return count > 0; });
    count = 0;
    return raised;
  }
};

} // namespace

result<std::unique_ptr<session>> connect_and_wait(connector& connector,
                                                  connect_request request) {
  struct slot {
    std::mutex mutex;
    std::condition_variable changed;
    std::optional<result<std::unique_ptr<session>>> outcome;
  };
  const auto shared = std::make_shared<slot>();
  connector.connect(std::move(request),
                    [shared](result<std::unique_ptr<session>> outcome) {
                      const std::lock_guard lock{shared->mutex};
                      shared->outcome.emplace(std::move(outcome));
                      shared->changed.notify_all();
                    });
  std::unique_lock lock{shared->mutex};
  shared->changed.wait(lock, [&] { return shared->outcome.has_value(); });
  return std::move(*shared->outcome);
}

result<std::vector<statement_result>>
run_and_wait(session& session,
             std::vector<statement_call> calls,
             milliseconds deadline,
             const clock_source& clock,
             reading when) {
  const auto ready = std::make_shared<signal>();
  session.notify([ready] { ready->raise(); });
  const auto due = clock.mono() + deadline;
  if (auto started = session.start(std::move(calls), when); !started) {
    return started.error();
  }
  std::vector<statement_result> all;
  while (!session.idle()) {
    const auto left = std::chrono::ceil<milliseconds>(due - clock.mono());
    if (left <= milliseconds{0}
        || (!ready->wait(left) && clock.mono() >= due)) {
      session.cancel();
      return fail(errc::timed_out);
    }
    auto some = session.advance();
    if (!some) {
      return some.error();
    }
    std::move(some->begin(), some->end(), std::back_inserter(all));
  }
  return all;
}

} // namespace pgmuster::postgres
