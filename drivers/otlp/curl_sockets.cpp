// Readiness is one-shot here and lasting in curl: a socket is armed again after
// each event with what curl last asked for.
#include "drivers/otlp/curl_sockets.hpp"

#include "drivers/clock.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

namespace pgmuster {
namespace {

/// Idle connections that are kept for reuse.
constexpr long idle_connections_max = 64;
/// To one host; what comes on top waits its turn within its own timeout.
constexpr long host_connections_max = 32;
/// To all hosts.
constexpr long connections_max = 512;

} // namespace

class curl_sockets::owned_descriptor {
public:
  explicit owned_descriptor(int value) : value_(value) {}
  ~owned_descriptor() { ::close(value_); }
  owned_descriptor(const owned_descriptor&) = delete;
  owned_descriptor& operator=(const owned_descriptor&) = delete;

private:
  int value_;
};

std::shared_ptr<curl_sockets>
curl_sockets::make(reactor& reactor, std::function<void()> on_progress) {
  return std::make_shared<curl_sockets>(reactor, std::move(on_progress));
}

curl_sockets::curl_sockets(reactor& reactor, std::function<void()> on_progress)
  : reactor_(reactor), on_progress_(std::move(on_progress)) {
  // Thread-safe and once a process.
  static const CURLcode global = curl_global_init(CURL_GLOBAL_DEFAULT);
  multi_ = global == CURLE_OK ? curl_multi_init() : nullptr;
  if (multi_ != nullptr) {
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &on_socket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &on_timer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, idle_connections_max);
    curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS,
                      host_connections_max);
    curl_multi_setopt(multi_, CURLMOPT_MAX_TOTAL_CONNECTIONS, connections_max);
  }
}

/// Reached with a multi handle only if the reactor is gone already: then
/// nothing is watched, and curl need not tell us what it closes.
curl_sockets::~curl_sockets() {
  if (multi_ != nullptr) {
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, nullptr);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, nullptr);
    curl_multi_cleanup(multi_);
  }
}

void curl_sockets::close(std::function<void()> when_gone) {
  when_gone_ = std::move(when_gone);
  if (multi_ != nullptr) {
    curl_multi_cleanup(std::exchange(multi_, nullptr));
  }
  while (!sockets_.empty()) {
    let_go(sockets_.begin()->first);
  }
  set_timer(-1);
  tell_if_gone();
}

int curl_sockets::on_socket(CURL* /*easy*/,
                            curl_socket_t socket,
                            int what,
                            void* self,
                            void* /*data*/) {
  auto& sockets = *static_cast<curl_sockets*>(self);
  if (what == CURL_POLL_REMOVE) {
    sockets.let_go(socket);
  } else {
    sockets.want(socket, (what & CURL_POLL_IN) != 0,
                 (what & CURL_POLL_OUT) != 0);
  }
  return 0;
}

int curl_sockets::on_timer(CURLM* /*multi*/, long delay_ms, void* self) {
  static_cast<curl_sockets*>(self)->set_timer(delay_ms);
  return 0;
}

void curl_sockets::want(curl_socket_t socket, bool read, bool write) {
  auto found = sockets_.find(socket);
  if (found == sockets_.end()) {
    const int duplicate = ::fcntl(socket, F_DUPFD_CLOEXEC, 0);
    if (duplicate < 0) {
      // Out of descriptors: the transfer ends by its timeout.
      return;
    }
    auto token = std::make_shared<watch_token>();
    *token = reactor_.watch(
      duplicate, [weak = weak_from_this(), socket, token](readiness how) {
        if (const auto self = weak.lock()) {
          self->ready(socket, *token, how);
        }
      });
    found = sockets_
              .emplace(socket,
                       watched_socket{
                         *token, std::make_shared<owned_descriptor>(duplicate)})
              .first;
  }
  found->second.read = read;
  found->second.write = write;
  reactor_.arm(found->second.token, read, write);
}

void curl_sockets::let_go(curl_socket_t socket) {
  const auto found = sockets_.find(socket);
  if (found == sockets_.end()) {
    return;
  }
  watched_socket gone = std::move(found->second);
  sockets_.erase(found);
  ++leaving_;
  reactor_.unwatch(gone.token,
                   [self = shared_from_this(),
                    duplicate = std::move(gone.duplicate)]() mutable {
                     duplicate.reset();
                     --self->leaving_;
                     self->tell_if_gone();
                   });
}

void curl_sockets::ready(curl_socket_t socket,
                         watch_token token,
                         readiness how) {
  const auto current = [&] {
    const auto found = sockets_.find(socket);
    return found != sockets_.end() && found->second.token == token
             ? &found->second
             : nullptr;
  };
  if (current() == nullptr) {
    return;
  }
  const int events = (how.readable ? CURL_CSELECT_IN : 0)
                     | (how.writable ? CURL_CSELECT_OUT : 0)
                     | (how.failed ? CURL_CSELECT_ERR : 0);
  step(socket, events);
  if (const watched_socket* still = current()) {
    reactor_.arm(token, still->read, still->write);
  }
}

/// 0 means now, but never from within curl's own call.
void curl_sockets::set_timer(long delay_ms) {
  reactor_.cancel_timer(timer_);
  timer_ = {};
  const std::uint64_t generation = ++timer_generation_;
  if (delay_ms < 0) {
    return;
  }
  auto due = [weak = weak_from_this(), generation] {
    if (const auto self = weak.lock()) {
      self->timer_due(generation);
    }
  };
  if (delay_ms == 0) {
    reactor_.post(std::move(due));
  } else {
    timer_ = reactor_.start_timer(
      system_clock_source().mono() + milliseconds{delay_ms}, std::move(due));
  }
}

void curl_sockets::timer_due(std::uint64_t generation) {
  if (generation == timer_generation_) {
    step(CURL_SOCKET_TIMEOUT, 0);
  }
}

void curl_sockets::step(curl_socket_t socket, int events) {
  if (multi_ == nullptr) {
    return;
  }
  int running = 0;
  curl_multi_socket_action(multi_, socket, events, &running);
  on_progress_();
}

void curl_sockets::tell_if_gone() {
  if (multi_ == nullptr && leaving_ == 0 && when_gone_) {
    std::exchange(when_gone_, nullptr)();
  }
}

} // namespace pgmuster
