// The right to hold a connection: so many at once, each given back by whoever
// lets go of it last.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>

namespace pgmuster {

/// Of one target; one place is the held connection's. Thread-safe. A permit is
/// an object, so that neither a dead actor nor a lost message keeps it.
class permit_pool : public std::enable_shared_from_this<permit_pool> {
public:
  using permit = std::shared_ptr<const void>;

  /// `places` ≥ 2.
  explicit permit_pool(std::size_t places) noexcept
    : transient_places_(places - 1) {}

  /// The place of the held connection; null while it is taken.
  [[nodiscard]] permit take_held();
  /// One of the others; null while all are taken.
  [[nodiscard]] permit take_transient();

  /// Called after each return, on the thread that let go; replaces the one
  /// before. Null for nobody.
  void on_return(std::function<void()> told);

  [[nodiscard]] std::size_t taken() const;

private:
  [[nodiscard]] permit take(std::size_t& taken, std::size_t places);
  void give_back(std::size_t& taken);

  std::size_t transient_places_;
  mutable std::mutex mutex_;
  std::size_t held_ = 0;
  std::size_t transient_ = 0;
  std::function<void()> told_;
};

} // namespace pgmuster
