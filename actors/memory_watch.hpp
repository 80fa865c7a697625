// Looks at this process's memory again and again, and tells who has to give
// some back.
#pragma once

#include "actors/services.hpp"

namespace pgmuster {

class memory_watch {
public:
  explicit memory_watch(std::shared_ptr<services> shared)
    : shared_(std::move(shared)), limiter_(shared_->memory.limit()) {}

  /// Called by one thread at a time, which is no actor's.
  void look();

private:
  /// Bytes of each tenant between its databases and its destinations.
  [[nodiscard]] std::map<tenant_id, std::uint64_t> held() const;
  void
  tell(memory_state before, const memory_verdict& now, byte_count resident);

  std::shared_ptr<services> shared_;
  memory_limiter limiter_;
};

/// What the configuration says, else three quarters of what the machine or the
/// control group has.
[[nodiscard]] byte_count memory_limit_of(const configuration& config);

} // namespace pgmuster
