// One atomic number an account; a refusal is an answer, never a wait.
#include "routing/credit.hpp"

#include <algorithm>

namespace pgmuster {

bool credit_account::try_take(byte_count bytes, bool reserved) noexcept {
  const auto ceiling = reserved ? limit_ : limit_ - std::min(limit_, reserve_);
  auto used = in_use_.load(std::memory_order_relaxed);
  while (used <= ceiling && bytes.value() <= ceiling - used) {
    if (in_use_.compare_exchange_weak(used, used + bytes.value(),
                                      std::memory_order_acq_rel,
                                      std::memory_order_relaxed)) {
      return true;
    }
  }
  refused_.fetch_add(1, std::memory_order_relaxed);
  return false;
}

bool credit_account::ample_for(byte_count bytes) const noexcept {
  const auto ceiling = limit_ - limit_ / 4;
  const auto used = in_use_.load(std::memory_order_relaxed);
  return used <= ceiling && bytes.value() <= ceiling - used;
}

void credit_account::give_back(byte_count bytes) noexcept {
  in_use_.fetch_sub(bytes.value(), std::memory_order_acq_rel);
}

byte_count credit_account::in_use() const noexcept {
  return byte_count{in_use_.load(std::memory_order_relaxed)};
}

std::uint64_t credit_account::refused() const noexcept {
  return refused_.load(std::memory_order_relaxed);
}

} // namespace pgmuster
