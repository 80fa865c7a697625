// The child answers with a stage and an errno through a pipe; no answer
// means that it was killed.
#include "drivers/reactor/detect.hpp"

#include "drivers/reactor/uring_ring.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>
#include <type_traits>

namespace pgmuster {
namespace {

enum class stage : std::uint8_t {
  works,
  setup,
  probe,
  operations,
  submit,
  wait
};

struct verdict {
  stage failed_at = stage::works;
  int code = 0;
};
static_assert(std::is_trivially_copyable_v<verdict>);

/// A kernel that does not answer is no kernel to use.
constexpr unsigned patience_seconds = 3;

verdict probe_operations(io_uring* ring) noexcept {
  constexpr unsigned room = 64;
  constexpr auto bytes =
    sizeof(io_uring_probe) + room * sizeof(io_uring_probe_op);
  alignas(io_uring_probe) std::array<unsigned char, bytes> memory{};
  // liburing's own allocation is avoided: this runs between fork and exit.
  auto* probe = reinterpret_cast<io_uring_probe*>(memory.data());
  if (const auto failed = io_uring_register_probe(ring, probe, room);
      failed < 0) {
    return {stage::probe, -failed};
  }
  for (const int needed :
       {IORING_OP_NOP, IORING_OP_POLL_ADD, IORING_OP_ASYNC_CANCEL,
        IORING_OP_TIMEOUT, IORING_OP_FSYNC}) {
    if (io_uring_opcode_supported(probe, needed) == 0) {
      return {stage::operations, ENOTSUP};
    }
  }
  return {};
}

verdict try_ring() noexcept {
  uring_ring ring;
  if (const auto failed = ring.open(); failed != 0) {
    return {stage::setup, failed};
  }
  if (const auto probed = probe_operations(ring.get());
      probed.failed_at != stage::works) {
    return probed;
  }
  io_uring_prep_nop(io_uring_get_sqe(ring.get()));
  if (const auto submitted = io_uring_submit(ring.get()); submitted < 0) {
    return {stage::submit, -submitted};
  }
  __kernel_timespec bound{1, 0};
  io_uring_cqe* reaped = nullptr;
  if (const auto failed =
        io_uring_wait_cqe_timeout(ring.get(), &reaped, &bound);
      failed < 0) {
    return {stage::wait, -failed};
  }
  return {};
}

[[noreturn]] void be_the_child(int answer) noexcept {
  // Being killed is one of the answers: no core dump, and not forever.
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  ::signal(SIGALRM, SIG_DFL);
  sigset_t alarms;
  sigemptyset(&alarms);
  sigaddset(&alarms, SIGALRM);
  ::sigprocmask(SIG_UNBLOCK, &alarms, nullptr);
  ::alarm(patience_seconds);
  const auto found = try_ring();
  const auto written = ::write(answer, &found, sizeof found);
  ::_exit(written == sizeof found ? 0 : 1);
}

std::string describe_stage(stage failed_at) {
  switch (failed_at) {
  case stage::works:
    return "works";
  case stage::setup:
    return "setting it up failed";
  case stage::probe:
    return "asking for its operations failed";
  case stage::operations:
    return "it lacks an operation that we need";
  case stage::submit:
    return "submitting failed";
  case stage::wait:
    return "waiting failed";
  }
  return "it failed";
}

std::string describe_end(int status) {
  return WIFSIGNALED(status) ? fmt::format(
           "a trial of it was killed by signal {}", WTERMSIG(status))
                             : fmt::format("a trial of it ended with status {}",
                                           WEXITSTATUS(status));
}

/// Reads the child's answer, then buries it.
bool judge(pid_t child, int answer, std::string& why) {
  verdict found;
  auto got = ::read(answer, &found, sizeof found);
  while (got < 0 && errno == EINTR) {
    got = ::read(answer, &found, sizeof found);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (got != static_cast<ssize_t>(sizeof found)) {
    why = describe_end(status);
    return false;
  }
  if (found.failed_at != stage::works) {
    why = fmt::format("{} ({})", describe_stage(found.failed_at),
                      std::generic_category().message(found.code));
    return false;
  }
  why = "a trial of it worked";
  return true;
}

} // namespace

bool detect_uring(std::string& why) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    why = fmt::format("no pipe for a trial of it ({})",
                      std::generic_category().message(errno));
    return false;
  }
  const auto child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    be_the_child(ends[1]);
  }
  const auto fork_error = errno;
  ::close(ends[1]);
  auto works = false;
  if (child < 0) {
    why = fmt::format("no process for a trial of it ({})",
                      std::generic_category().message(fork_error));
  } else {
    works = judge(child, ends[0], why);
  }
  ::close(ends[0]);
  return works;
}

} // namespace pgmuster
