// Many instances share a listener, since listeners cost descriptors too: a
// client says whom it means by the name of its user.
#include "loadtest/simulator/serve/sim_server.hpp"

#include "loadtest/simulator/serve/errc.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace pgmuster::loadtest {

namespace {

constexpr std::size_t scratch_bytes = std::size_t{64} << 10U;
/// Pids begin here: what is lower would be taken for the system's own.
constexpr std::uint32_t first_pid = 10'000;
constexpr int accepts_of_step = 256;
/// After the kernel had no descriptor for us.
constexpr nanoseconds accept_again = milliseconds{100};

/// Raises our own limit as far as we may.
std::size_t descriptor_limit() noexcept {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

sockaddr_in address_of(const listen_place& place) noexcept {
  sockaddr_in made{};
  made.sin_family = AF_INET;
  made.sin_port = htons(place.port);
  ::inet_pton(AF_INET, place.address.c_str(), &made.sin_addr);
  return made;
}

/// The socket's interface wants another type of the same bytes.
sockaddr* generic(sockaddr_in& address) noexcept {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): its interface
  return reinterpret_cast<sockaddr*>(&address);
}

} // namespace

sim_server::sim_server(const simulator_scenario& scenario,
                       instance_factory make,
                       reactor& ring,
                       const clock_source& clock)
  : host_(scenario, std::move(make)),
    ring_(ring),
    clock_(clock),
    scratch_(scratch_bytes),
    around_{ring,
            clock,
            clock.mono(),
            host_,
            nullptr,
            scratch_,
            [this](std::uint32_t slot, instance_number instance) {
              members_[instance].push_back(slot);
            },
            [this](std::uint32_t slot) { forget(slot); }},
    sessions_max_(scenario.sessions_max),
    members_(scenario.instances),
    expulsions_(host_.faults().expulsions()) {
  host_.on_cancel([this](std::uint32_t pid, std::uint32_t key, sim_time) {
    cancel(pid, key);
  });
}

sim_server::~sim_server() {
  for (const auto& one : listeners_) {
    ::close(one.descriptor);
  }
}

result<void> sim_server::open() {
  const auto& scenario = host_.scenario();
  auto places = scenario.listen;
  if (places.empty()) {
    places.emplace_back();
  }
  const auto room = descriptor_limit();
  const auto needed = places.size() + descriptors_kept + sessions_max_;
  if (needed >= room) {
    return fail(serve_errc::too_few_descriptors,
                fmt::format("{} are needed, {} may be open", needed, room));
  }
  if (sessions_max_ == 0) {
    sessions_max_ = room - places.size() - descriptors_kept;
  }
  if (scenario.tls) {
    auto made = make_ssl_context(*scenario.tls);
    if (!made) {
      return made.error();
    }
    tls_ = *std::move(made);
    around_.tls = tls_.get();
  }
  for (const auto& place : places) {
    if (auto opened = open_one(place); !opened) {
      return opened;
    }
  }
  return {};
}

result<void> sim_server::open_one(const listen_place& place) {
  auto bound = address_of(place);
  socklen_t length = sizeof bound;
  const int on = 1;
  const int descriptor =
    ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor >= 0) {
    listeners_.push_back({descriptor, place.instance, {}});
    ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  }
  if (descriptor < 0 || ::bind(descriptor, generic(bound), length) != 0
      || ::listen(descriptor, backlog) != 0
      || ::getsockname(descriptor, generic(bound), &length) != 0) {
    return fail(serve_errc::cannot_listen,
                fmt::format("{}:{}: {}", place.address, place.port,
                            std::strerror(errno)));
  }
  addresses_.push_back({place.address, ntohs(bound.sin_port), place.instance});
  return {};
}

void sim_server::start(mono_time now) {
  around_.started = now;
  ring_.post([this] {
    for (std::size_t which = 0; which < listeners_.size(); ++which) {
      auto& one = listeners_[which];
      one.watch = ring_.watch(one.descriptor,
                              [this, which](readiness) { accept_some(which); });
      ring_.arm(one.watch, true, false);
    }
    plan_expulsion();
  });
}

void sim_server::accept_some(std::size_t which) {
  const auto& from = listeners_[which];
  for (int taken = 0; taken < accepts_of_step && !closing_; ++taken) {
    const int descriptor = ::accept4(from.descriptor, nullptr, nullptr,
                                     SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor >= 0) {
      admit(descriptor, from.instance);
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM
               || errno == ENOBUFS) {
      ++counts_.accepts_failed;
      ring_.start_timer(clock_.mono() + accept_again,
                        [this, which] { accept_some(which); });
      return;
    } else if (errno != ECONNABORTED && errno != EINTR) {
      break;
    }
  }
  ring_.arm(from.watch, true, false);
}

void sim_server::admit(int descriptor, std::optional<instance_number> fixed) {
  if (counts_.sessions_now >= sessions_max_) {
    ++counts_.sessions_too_many;
    ::close(descriptor);
    return;
  }
  const int on = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(sessions_.size()));
    sessions_.emplace_back();
  }
  const auto slot = free_.back();
  free_.pop_back();
  ++host_.counts().sessions_opened;
  ++counts_.sessions_now;
  counts_.sessions_most = std::max(counts_.sessions_most, counts_.sessions_now);
  const session_key key{first_pid + slot,
                        static_cast<std::uint32_t>(host_.random())};
  sessions_[slot] =
    std::make_unique<live_session>(around_, slot, descriptor, key, fixed);
  sessions_[slot]->begin();
}

void sim_server::forget(std::uint32_t slot) {
  if (const auto instance = sessions_[slot]->instance(); instance) {
    std::erase(members_[*instance], slot);
  }
  sessions_[slot].reset();
  free_.push_back(slot);
  --counts_.sessions_now;
}

void sim_server::cancel(std::uint32_t pid, std::uint32_t key) {
  const auto slot = pid - first_pid;
  if (pid < first_pid || slot >= sessions_.size()
      || sessions_[slot] == nullptr) {
    ++host_.counts().cancels_unheard;
    return;
  }
  sessions_[slot]->cancel(key);
}

void sim_server::plan_expulsion() {
  if (expelled_to_ < expulsions_.size()) {
    ring_.start_timer(around_.started + expulsions_[expelled_to_].at,
                      [this] { expel_due(); });
  }
}

void sim_server::expel_due() {
  const auto now = around_.now().since_start;
  for (;
       expelled_to_ < expulsions_.size() && expulsions_[expelled_to_].at <= now;
       ++expelled_to_) {
    const auto& one = expulsions_[expelled_to_];
    for (const auto slot : members_[one.instance]) {
      ++counts_.expelled;
      one.reset ? sessions_[slot]->reset() : sessions_[slot]->expel();
    }
  }
  plan_expulsion();
}

void sim_server::close_all() {
  ring_.post([this] {
    closing_ = true;
    for (const auto& one : listeners_) {
      ring_.unwatch(one.watch, [] {});
    }
    for (const auto& one : sessions_) {
      if (one != nullptr) {
        one->drop();
      }
    }
  });
}

} // namespace pgmuster::loadtest
