// How many series of their own a target's and a tenant's entries may have.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

namespace pgmuster {

/// Lock-free; shared by all lanes. Who finds it used up keeps what it has: its
/// newcomers must take the place of its own, or add up in `other`.
class series_budget {
public:
  /// What is taken here is taken of `above` too (a target's, of its tenant's).
  explicit series_budget(
    std::uint64_t most,
    std::shared_ptr<series_budget> above = nullptr) noexcept
    : most_(most), above_(std::move(above)) {}

  /// All or nothing, here and above.
  [[nodiscard]] bool try_take(std::uint64_t count) noexcept;
  void give_back(std::uint64_t count) noexcept;

  [[nodiscard]] std::uint64_t taken() const noexcept {
    return taken_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t most() const noexcept { return most_; }
  /// Takes that did not fit, here or above.
  [[nodiscard]] std::uint64_t refused() const noexcept {
    return refused_.load(std::memory_order_relaxed);
  }

private:
  std::uint64_t most_;
  std::shared_ptr<series_budget> above_;
  std::atomic<std::uint64_t> taken_{0};
  std::atomic<std::uint64_t> refused_{0};
};

/// What one holder has of a budget; its end gives it back, so that none is lost
/// with a family, an actor or a target.
class series_lease {
public:
  /// Without a budget everything fits.
  explicit series_lease(std::shared_ptr<series_budget> of = nullptr) noexcept
    : of_(std::move(of)) {}
  series_lease(const series_lease&) = delete;
  series_lease& operator=(const series_lease&) = delete;
  series_lease(series_lease&& other) noexcept;
  series_lease& operator=(series_lease&& other) noexcept;
  ~series_lease();

  [[nodiscard]] bool try_take(std::uint64_t count) noexcept;
  void give_back(std::uint64_t count) noexcept;
  [[nodiscard]] std::uint64_t held() const noexcept { return held_; }

private:
  std::shared_ptr<series_budget> of_;
  std::uint64_t held_ = 0;
};

} // namespace pgmuster
