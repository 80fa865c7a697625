// A folder that is removed under us takes what waits in it along; we go on in a
// new one, and say so.
#include "drivers/spool/spool_thread.hpp"

#include <fmt/format.h>

namespace pgmuster::spooling {
namespace {

constexpr seconds look_every{1};

} // namespace

void spool_thread::look_for_gone() {
  if (clock_.mono() < next_look_) {
    return;
  }
  next_look_ = clock_.mono() + look_every;
  const auto owned = lock_.in_place();
  if (!owned || frames_.some_are_gone() || poison_.some_are_gone()) {
    tell_gone();
  }
  if (owned) {
    return;
  }
  if (auto made = make_folder(options_.directory); !made) {
    note_failure(made.error());
    return;
  }
  auto lock = folder_lock::take(options_.directory);
  if (!lock) {
    // Another process was faster: it is its folder now.
    note_failure(lock.error());
    return;
  }
  lock_ = std::move(*lock);
  told_.warned("the spool's folder, or the lock in it, was removed while it "
               "was in use; it is made anew");
}

void spool_thread::tell_gone() {
  frames_.let_gone_go();
  tell_losses();
  const auto frames = poison_.sums().frames;
  poison_.let_gone_go();
  static_cast<void>(poison_.take_losses());
  if (const auto gone = frames - poison_.sums().frames; gone > 0) {
    told_.warned(
      fmt::format("{} quarantined frames were removed from their folder while "
                  "it was in use",
                  gone));
  }
}

} // namespace pgmuster::spooling
