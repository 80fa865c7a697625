// The right to have bytes in a lane: one account a (lane, tenant).
#pragma once

#include "config/byte_count.hpp"

#include <atomic>
#include <cstdint>

namespace pgmuster {

/// Lock-free. Who finds it short skips its cycle and counts that; nobody waits.
class credit_account {
public:
  credit_account(byte_count limit, byte_count reserve) noexcept
    : limit_(limit.value()), reserve_(reserve.value()) {}

  /// Takes `bytes` if they fit. `reserved` (for `up`) may use the reserve too.
  [[nodiscard]] bool try_take(byte_count bytes, bool reserved = false) noexcept;
  /// A quarter of the limit is left after so many bytes: for what must not be
  /// lost, where these may.
  [[nodiscard]] bool ample_for(byte_count bytes) const noexcept;
  void give_back(byte_count bytes) noexcept;
  [[nodiscard]] byte_count in_use() const noexcept;
  /// Takes that were refused.
  [[nodiscard]] std::uint64_t refused() const noexcept;

private:
  std::uint64_t limit_;
  std::uint64_t reserve_;
  std::atomic<std::uint64_t> in_use_{0};
  std::atomic<std::uint64_t> refused_{0};
};

} // namespace pgmuster
