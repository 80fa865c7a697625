// What other threads may ask of the spool: orders in a bounded queue.
#include "drivers/spool/spool_thread.hpp"

namespace pgmuster::spooling {

result<void> spool_thread::push(order what, std::size_t bytes) {
  const std::lock_guard lock{mutex_};
  if (stopping_) {
    return fail(spool_errc::stopped);
  }
  if (bytes > 0 && queued_bytes_ > 0
      && queued_bytes_ + bytes > options_.queued_max.value()) {
    return fail(spool_errc::busy);
  }
  queued_bytes_ += bytes;
  orders_.push_back(std::move(what));
  changed_.notify_one();
  return {};
}

void spool_thread::append(std::shared_ptr<const frame> what,
                          custody as,
                          on_written done) {
  const auto bytes = what->payload.size() + prefix_bytes;
  if (auto taken = push(append_order{std::move(what), as, done}, bytes);
      !taken) {
    done(taken.error());
  }
}

void spool_thread::read(partition_key from,
                        byte_count bytes_max,
                        on_read done) {
  if (!push(read_order{std::move(from), bytes_max, done}, 0)) {
    done({});
  }
}

void spool_thread::acknowledge(const partition_key& of, record_position which) {
  // After a stop it is sent again by the next run.
  static_cast<void>(push(end_order{of, which, true}, 0));
}

void spool_thread::release(const partition_key& of, record_position which) {
  // After a stop it waits anyway.
  static_cast<void>(push(end_order{of, which, false}, 0));
}

void spool_thread::quarantine(std::shared_ptr<const frame> what,
                              std::string words,
                              std::function<void(result<void>)> done) {
  const auto bytes = what->payload.size() + prefix_bytes;
  if (auto taken =
        push(quarantine_order{std::move(what), std::move(words), done}, bytes);
      !taken) {
    done(taken.error());
  }
}

void spool_thread::waiting(
  std::function<void(std::vector<partition_waiting>)> done) {
  if (!push(waiting_order{done}, 0)) {
    done({});
  }
}

spool_counts spool_thread::counts() const {
  const std::lock_guard lock{mutex_};
  return shown_;
}

void spool_thread::stop() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
    changed_.notify_one();
  }
  const std::lock_guard joining{join_mutex_};
  if (thread_.joinable()) {
    thread_.join();
  }
}

} // namespace pgmuster::spooling
