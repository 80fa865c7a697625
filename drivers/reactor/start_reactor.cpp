// Which backend: what was asked for, or what this host allows.
#include "drivers/clock.hpp"
#include "drivers/reactor/detect.hpp"
#include "drivers/reactor/epoll_backend.hpp"
#include "drivers/reactor/errc.hpp"
#include "drivers/reactor/event_loop.hpp"
#include "drivers/reactor/uring_backend.hpp"

#include <fmt/format.h>

namespace pgmuster {
namespace {

result<std::unique_ptr<reactor>> start_with(const backend_maker& make) {
  auto loop = std::make_unique<event_loop>(system_clock_source());
  if (auto started = loop->start(make); !started) {
    return started.error();
  }
  return std::unique_ptr<reactor>{std::move(loop)};
}

result<std::unique_ptr<reactor>> start_with_epoll() {
  return start_with([](int wake) -> result<std::unique_ptr<poll_backend>> {
    if (auto made = make_epoll_backend(wake)) {
      return made;
    }
    return fail(reactor_errc::epoll_unavailable);
  });
}

/// A ring can still fail after the trial: limits count rings that exist.
result<std::unique_ptr<reactor>> start_with_uring() {
  std::string tried;
  if (!detect_uring(tried)) {
    return fail(reactor_errc::uring_unavailable, tried);
  }
  return start_with(make_uring_backend);
}

} // namespace

result<std::unique_ptr<reactor>> start_reactor(reactor_choice choice,
                                               std::string& why) {
  if (choice == reactor_choice::epoll) {
    why = "epoll, as configured";
    return start_with_epoll();
  }
  auto started = start_with_uring();
  if (choice == reactor_choice::io_uring) {
    why = started ? "io_uring, as configured" : describe(started.error());
    return started;
  }
  if (started) {
    why = "io_uring, since a trial of it worked";
    return started;
  }
  why = fmt::format("epoll, since io_uring cannot be used here: {}",
                    started.error().context);
  return start_with_epoll();
}

} // namespace pgmuster
