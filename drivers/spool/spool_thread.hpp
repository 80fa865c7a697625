// The thread behind a spool: orders in, one batch at a time, answers out.
#pragma once

#include "drivers/files/folder_lock.hpp"
#include "drivers/spool/segment_store.hpp"
#include "drivers/spool/spool.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <variant>

namespace pgmuster::spooling {

/// For new segments; from the system's source of randomness.
[[nodiscard]] std::uint64_t fresh_salt();

class spool_thread final : public spool {
public:
  spool_thread(spool_options options,
               folder_lock lock,
               reactor& loop,
               clock_source& clock,
               spool_listener& told);
  ~spool_thread() override;
  spool_thread(const spool_thread&) = delete;
  spool_thread& operator=(const spool_thread&) = delete;

  [[nodiscard]] bool start();

  void append(std::shared_ptr<const frame> what,
              custody as,
              on_written done) override;
  void read(partition_key from, byte_count bytes_max, on_read done) override;
  void acknowledge(const partition_key& of, record_position which) override;
  void release(const partition_key& of, record_position which) override;
  void quarantine(std::shared_ptr<const frame> what,
                  std::string words,
                  std::function<void(result<void>)> done) override;
  void
  waiting(std::function<void(std::vector<partition_waiting>)> done) override;
  [[nodiscard]] spool_counts counts() const override;
  void stop() override;

private:
  struct append_order {
    std::shared_ptr<const frame> what;
    custody as = custody::waiting;
    on_written done;
  };
  struct read_order {
    partition_key from;
    byte_count bytes_max;
    on_read done;
  };
  struct end_order {
    partition_key of;
    record_position which;
    /// Or else released.
    bool acknowledged = true;
  };
  struct quarantine_order {
    std::shared_ptr<const frame> what;
    std::string words;
    std::function<void(result<void>)> done;
  };
  struct waiting_order {
    std::function<void(std::vector<partition_waiting>)> done;
  };
  /// From the reactor: a sync has ended.
  struct synced_order {
    int failed = 0;
    std::shared_ptr<segment_file> file;
    std::uint64_t batch = 0;
  };
  using order = std::variant<append_order,
                             read_order,
                             end_order,
                             quarantine_order,
                             waiting_order,
                             synced_order>;
  /// Written, and called back when its syncs have ended.
  struct owed_answer {
    on_written done;
    partition_key of;
    record_position position;
    custody as = custody::waiting;
  };
  struct batch {
    std::size_t left = 0;
    int failed = 0;
    std::vector<owed_answer> owed;
  };

  /// Errors: busy, stopped.
  [[nodiscard]] result<void> push(order what, std::size_t bytes);
  void run();
  void tell_what_is_there();
  [[nodiscard]] std::deque<order> await_orders(bool& stopping);
  void obey(append_order& what);
  void obey(read_order& what);
  void obey(const end_order& what);
  void obey(quarantine_order& what);
  void obey(waiting_order& what);
  void obey(synced_order& what);
  /// Empty: a frame may be written.
  [[nodiscard]] std::optional<error> refuse() const;
  void look_at_room();
  void look_for_gone();
  void tell_gone();
  void note_failure(const error& why);
  void note_success();
  void tell_losses();
  void settle();
  void sync(bool for_batch);
  void begin_syncs();
  void finish(std::uint64_t number);
  void close_down();
  void publish();

  const spool_options options_;
  folder_lock lock_;
  reactor& loop_;
  clock_source& clock_;
  spool_listener& told_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<order> orders_;
  std::size_t queued_bytes_ = 0;
  bool stopping_ = false;
  spool_counts shown_;
  std::mutex join_mutex_;
  std::thread thread_;

  // The thread's alone, as all below.
  segment_store frames_;
  segment_store poison_;
  spool_counts counts_;
  std::string refusal_;
  mono_time try_again_at_{};
  /// What must fit before the spool is said to take frames again.
  std::uint64_t room_wanted_ = 0;
  mono_time next_sync_{};
  mono_time next_look_{};
  /// Syncs that wait for their turn, and those under way.
  std::deque<synced_order> to_sync_;
  std::size_t syncing_ = 0;
  std::map<std::uint64_t, batch> batches_;
  std::uint64_t batch_number_ = 0;
  batch current_;
};

} // namespace pgmuster::spooling
