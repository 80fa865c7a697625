// A signalfd beside the children's descriptors needs no handler.
#include "loadtest/runner/stop_request.hpp"

#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>

namespace pgmuster::loadtest {
namespace {

/// A blocked signal reaches a signalfd even where it is ignored.
sigset_t heeded() {
  sigset_t made;
  sigemptyset(&made);
  for (const int one : {SIGINT, SIGTERM}) {
    struct sigaction now {};
    if (::sigaction(one, nullptr, &now) == 0 && now.sa_handler != SIG_IGN) {
      sigaddset(&made, one);
    }
  }
  return made;
}

} // namespace

stop_request::stop_request() {
  const auto signals = heeded();
  (void)::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  fd_ = ::signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
}

stop_request::~stop_request() {
  const auto signals = heeded();
  (void)::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

bool stop_request::came() {
  signalfd_siginfo told{};
  if (name_.empty() && fd_ >= 0
      && ::read(fd_, &told, sizeof told) == sizeof told) {
    name_ = told.ssi_signo == SIGINT ? "SIGINT" : "SIGTERM";
    const auto signals = heeded();
    (void)::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  }
  return !name_.empty();
}

} // namespace pgmuster::loadtest
