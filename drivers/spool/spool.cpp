// One thread does all that touches the disk; a sync is the reactor's, so that
// writing goes on meanwhile.
#include "drivers/spool/spool.hpp"

#include "drivers/files/folder_lock.hpp"
#include "drivers/spool/segment_store.hpp"
#include "drivers/spool/spool_thread.hpp"

#include <random>
#include <system_error>

namespace pgmuster::spooling {

result<std::unique_ptr<spool>> open_spool(spool_options options,
                                          reactor& loop,
                                          clock_source& clock,
                                          spool_listener& told) {
  if (auto made = make_folder(options.directory); !made) {
    return made.error();
  }
  auto lock = folder_lock::take(options.directory);
  if (!lock) {
    return lock.error();
  }
  auto made = std::make_unique<spool_thread>(
    std::move(options), std::move(lock.value()), loop, clock, told);
  if (!made->start()) {
    return fail(spool_errc::no_thread);
  }
  return std::unique_ptr<spool>{std::move(made)};
}

std::uint64_t fresh_salt() {
  std::random_device source;
  constexpr unsigned half = 32;
  return (std::uint64_t{source()} << half) | source();
}

} // namespace pgmuster::spooling
