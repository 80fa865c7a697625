// One string a thread: a worker has one session in its hands at a time.
#include "drivers/postgres/spare_bytes.hpp"

#include <utility>

namespace pgmuster::postgres {

namespace {

std::string& spare() noexcept {
  thread_local std::string kept;
  return kept;
}

} // namespace

std::string take_spare_bytes() noexcept {
  return std::exchange(spare(), std::string{});
}

void give_spare_bytes(std::string&& bytes) noexcept {
  auto given = std::exchange(bytes, std::string{});
  if (given.capacity() <= spare_bytes_max
      && given.capacity() > spare().capacity()) {
    given.clear();
    spare().swap(given);
  }
}

} // namespace pgmuster::postgres
