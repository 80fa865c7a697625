// A count that is never above its bound, not even for a moment.
#include "routing/series_budget.hpp"

#include <utility>

namespace pgmuster {

bool series_budget::try_take(std::uint64_t count) noexcept {
  auto taken = taken_.load(std::memory_order_relaxed);
  do {
    if (count > most_ || taken > most_ - count) {
      refused_.fetch_add(1, std::memory_order_relaxed);
      return false;
    }
  } while (!taken_.compare_exchange_weak(taken, taken + count,
                                         std::memory_order_relaxed));
  if (above_ == nullptr || above_->try_take(count)) {
    return true;
  }
  taken_.fetch_sub(count, std::memory_order_relaxed);
  refused_.fetch_add(1, std::memory_order_relaxed);
  return false;
}

void series_budget::give_back(std::uint64_t count) noexcept {
  taken_.fetch_sub(count, std::memory_order_relaxed);
  if (above_ != nullptr) {
    above_->give_back(count);
  }
}

series_lease::series_lease(series_lease&& other) noexcept
  : of_(std::move(other.of_)), held_(std::exchange(other.held_, 0)) {}

series_lease& series_lease::operator=(series_lease&& other) noexcept {
  if (this != &other) {
    give_back(held_);
    of_ = std::move(other.of_);
    held_ = std::exchange(other.held_, 0);
  }
  return *this;
}

series_lease::~series_lease() {
  give_back(held_);
}

bool series_lease::try_take(std::uint64_t count) noexcept {
  if (of_ != nullptr && !of_->try_take(count)) {
    return false;
  }
  held_ += count;
  return true;
}

void series_lease::give_back(std::uint64_t count) noexcept {
  held_ -= count;
  if (of_ != nullptr && count > 0) {
    of_->give_back(count);
  }
}

} // namespace pgmuster
