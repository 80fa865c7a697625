// A permit owns its pool, so the count outlives whoever asked for it.
#include "routing/permit_pool.hpp"

#include <utility>

namespace pgmuster {

permit_pool::permit permit_pool::take(std::size_t& taken, std::size_t places) {
  const std::lock_guard lock{mutex_};
  if (taken >= places) {
    return nullptr;
  }
  ++taken;
  return {&taken, [pool = shared_from_this()](std::size_t* which) {
            pool->give_back(*which);
          }};
}

void permit_pool::give_back(std::size_t& taken) {
  std::function<void()> told;
  {
    const std::lock_guard lock{mutex_};
    --taken;
    told = told_;
  }
  if (told) {
    told();
  }
}

permit_pool::permit permit_pool::take_held() {
  return take(held_, 1);
}

permit_pool::permit permit_pool::take_transient() {
  return take(transient_, transient_places_);
}

void permit_pool::on_return(std::function<void()> told) {
  const std::lock_guard lock{mutex_};
  told_ = std::move(told);
}

std::size_t permit_pool::taken() const {
  const std::lock_guard lock{mutex_};
  return held_ + transient_;
}

} // namespace pgmuster
