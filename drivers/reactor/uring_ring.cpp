// One thread submits and reaps, so the kernel may leave completion work to the
// moment when that thread waits.
#include "drivers/reactor/uring_ring.hpp"

#include <cerrno>

namespace pgmuster {

uring_ring::~uring_ring() {
  if (open_) {
    io_uring_queue_exit(&ring_);
  }
}

int uring_ring::open() noexcept {
  io_uring_params parameters{};
  parameters.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN
                     | IORING_SETUP_CQSIZE;
  parameters.cq_entries = completions;
  if (const auto failed =
        io_uring_queue_init_params(submissions, &ring_, &parameters);
      failed != 0) {
    return -failed;
  }
  open_ = true;
  const auto needed = IORING_FEAT_EXT_ARG | IORING_FEAT_NODROP;
  return (parameters.features & needed) == needed ? 0 : ENOTSUP;
}

} // namespace pgmuster
