// Shares work among the threads and counts it.
#include "drivers/postgres/connector_core.hpp"

#include "drivers/postgres/close_task.hpp"
#include "drivers/postgres/connector_thread.hpp"
#include "drivers/postgres/errc.hpp"

namespace pgmuster::postgres {

counted_connection::counted_connection(server_link link,
                                       std::shared_ptr<connector_core> core,
                                       std::shared_ptr<const void> permit)
  : link_(std::move(link)), core_(std::move(core)), permit_(std::move(permit)) {
  ++core_->counts().open;
}

counted_connection::~counted_connection() {
  static_cast<void>(server_link{std::move(link_)});
  --core_->counts().open;
  ++core_->counts().closed;
}

connector_core::connector_core(pgmuster::reactor& reactor,
                               const clock_source& clock,
                               std::size_t connects_per_second,
                               std::string name_servers)
  : reactor_(reactor),
    clock_(clock),
    name_servers_(std::move(name_servers)),
    admission_(connects_per_second, connect_burst(connects_per_second)) {}

connector_core::~connector_core() = default;

void connector_core::start(std::size_t threads) {
  const std::lock_guard lock{mutex_};
  for (std::size_t made = 0; made < std::max<std::size_t>(threads, 1); ++made) {
    if (auto thread = std::make_unique<connector_thread>(*this);
        thread->usable()) {
      threads_.push_back(std::move(thread));
    }
  }
}

void connector_core::stop() {
  std::deque<waiting_connect> waiting;
  std::vector<std::unique_ptr<connector_thread>> threads;
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
    waiting.swap(waiting_);
    threads.swap(threads_);
  }
  for (auto& one : waiting) {
    ++counts_.turned_away;
    one.done(fail(errc::stopping));
  }
  for (auto& thread : threads) {
    thread->stop();
  }
}

void connector_core::enqueue(waiting_connect what) {
  auto why = errc::too_many_ours;
  {
    const std::lock_guard lock{mutex_};
    if (stopping_) {
      why = errc::stopping;
    } else if (waiting_.size() < waiting_max && !threads_.empty()) {
      waiting_.push_back(std::move(what));
      for (auto& thread : threads_) {
        thread->wake();
      }
      return;
    }
  }
  ++counts_.turned_away;
  what.done(fail(why));
}

std::optional<waiting_connect> connector_core::admit(mono_time now,
                                                     mono_time& wake) {
  const std::lock_guard lock{mutex_};
  if (waiting_.empty()) {
    return std::nullopt;
  }
  if (!admission_.take(now)) {
    wake = std::min(wake, admission_.next());
    return std::nullopt;
  }
  auto next = std::move(waiting_.front());
  waiting_.pop_front();
  ++counts_.started;
  return next;
}

bool connector_core::cancel(const std::optional<cancel_target>& target,
                            std::function<void()> when_done) {
  if (!target || cancels_under_way_.fetch_add(1) >= limits::cancels_max) {
    cancels_under_way_ -= target ? 1 : 0;
    ++counts_.cancels_refused;
    return false;
  }
  auto finished = [core = shared_from_this(),
                   done = std::move(when_done)](bool sent) {
    --core->cancels_under_way_;
    ++(sent ? core->counts_.cancels_sent : core->counts_.cancels_refused);
    if (done) {
      done();
    }
  };
  auto task = std::make_unique<cancel_task>(*target, clock_.mono(), finished);
  if (!post(std::move(task))) {
    finished(false);
    return false;
  }
  return true;
}

void connector_core::reap(std::shared_ptr<counted_connection> connection,
                          const std::optional<cancel_target>& running) {
  // Held until the request was passed on: a pooler forgets the key of a
  // client that has gone, and its server would run on.
  auto then = [core = shared_from_this(), connection] {
    core->close(connection->release(), connection);
  };
  if (!running || !cancel(running, then)) {
    then();
  }
}

void connector_core::close(server_link link,
                           std::shared_ptr<const void> keeps) {
  post(std::make_unique<close_task>(std::move(link), std::move(keeps),
                                    clock_.mono()));
}

std::size_t connector_core::waiting() const {
  const std::lock_guard lock{mutex_};
  return waiting_.size();
}

bool connector_core::post(std::unique_ptr<loop_task> task) {
  const std::lock_guard lock{mutex_};
  if (threads_.empty()) {
    return false;
  }
  threads_[next_thread_++ % threads_.size()]->give(std::move(task));
  return true;
}

} // namespace pgmuster::postgres
