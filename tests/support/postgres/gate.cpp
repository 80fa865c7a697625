// One thread polls the listener, an eventfd and both ends of every connection.
#include "tests/support/postgres/gate.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <list>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace pgmuster::test {

namespace {

class owned_socket {
public:
  explicit owned_socket(int number = -1) : number_(number) {}
  owned_socket(owned_socket&& other) noexcept
    : number_(std::exchange(other.number_, -1)) {}
  owned_socket& operator=(owned_socket&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~owned_socket() {
    if (number_ >= 0) {
      ::close(number_);
    }
  }
  [[nodiscard]] int number() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }
  /// Closing sends a reset instead of an end.
  void reset_on_close() const {
    const linger at_once{1, 0};
    ::setsockopt(number_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }

private:
  int number_;
};

sockaddr_in at(const std::string& address, std::uint16_t port) {
  sockaddr_in made{};
  made.sin_family = AF_INET;
  made.sin_port = htons(port);
  ::inet_pton(AF_INET, address.c_str(), &made.sin_addr);
  return made;
}

const sockaddr* plain(const sockaddr_in& address) {
  return reinterpret_cast<const sockaddr*>(&address); // NOLINT: its interface
}

bool send_all(int to, const char* bytes, std::size_t count) {
  while (count > 0) {
    const auto sent = ::send(to, bytes, count, MSG_NOSIGNAL);
    if (sent <= 0) {
      return false;
    }
    bytes += sent;
    count -= static_cast<std::size_t>(sent);
  }
  return true;
}

/// Follows the messages that a server sends (type, length, body).
class message_scanner {
public:
  /// How many of the bytes come before the middle of the next row of at least
  /// `bytes`; all of them when there is none.
  std::size_t before_middle_of_row(const char* data,
                                   std::size_t count,
                                   std::size_t bytes,
                                   bool& found) {
    for (std::size_t here = 0; here < count; ++here) {
      if (left_ > 0) {
        --left_;
        if (bytes > 0 && type_ == 'D' && length_ >= bytes
            && left_ == length_ / 2) {
          found = true;
          return here + 1;
        }
        continue;
      }
      header_[headed_++] = static_cast<unsigned char>(data[here]);
      if (headed_ == header_.size()) {
        headed_ = 0;
        type_ = static_cast<char>(header_[0]);
        length_ = (std::size_t{header_[1]} << 24U)
                  + (std::size_t{header_[2]} << 16U)
                  + (std::size_t{header_[3]} << 8U) + header_[4] - 4;
        left_ = length_;
      }
    }
    return count;
  }

private:
  std::array<unsigned char, 5> header_{};
  std::size_t headed_ = 0;
  char type_ = 0;
  std::size_t length_ = 0;
  std::size_t left_ = 0;
};

} // namespace

class gate::loop {
public:
  loop(const std::string& address, std::uint16_t port)
    : address_(address),
      port_(port),
      bell_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    claim_port();
    thread_ = std::thread([this] { run(); });
  }
  loop(const loop&) = delete;
  loop& operator=(const loop&) = delete;
  ~loop() {
    tell([this] { stopping_ = true; });
    thread_.join();
  }

  /// Runs `act` on the loop's thread and waits until it has.
  void tell(const std::function<void()>& act) {
    {
      const std::lock_guard lock{mutex_};
      act();
    }
    ::eventfd_write(bell_.number(), 1);
  }

  void listen_or_not(bool listens) {
    if (listens && !listening_) {
      ::listen(listener_.number(), SOMAXCONN);
    } else if (!listens && listening_) {
      ::shutdown(listener_.number(), SHUT_RDWR);
    }
    listening_ = listens;
  }

  enum class way : std::uint8_t { forward, silent, answer };
  way way_ = way::silent;
  std::uint16_t to_ = 0;
  std::vector<std::string> words_;
  std::size_t stop_in_ = 0;
  std::atomic<bool> stopped_in_row_{false};
  std::atomic<std::size_t> accepted_{0};
  std::atomic<std::size_t> open_{0};
  bool cut_ = false;

  [[nodiscard]] std::uint16_t port() const { return port_; }

private:
  struct pair_of_ends {
    owned_socket client;
    owned_socket server;
    way how = way::silent;
    std::vector<std::string> words;
    std::size_t answered = 0;
    message_scanner scanner;
    bool held = false;
    bool over = false;
  };

  /// Bound but not listening: a connect is refused, and the port stays ours.
  /// Bound by its number, or it would be given back when listening ends.
  void claim_port() {
    bind_listener();
    if (port_ == 0) {
      sockaddr_in bound{};
      socklen_t length = sizeof bound;
      // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast)
      ::getsockname(listener_.number(), reinterpret_cast<sockaddr*>(&bound),
                    &length);
      port_ = ntohs(bound.sin_port);
      listener_ = owned_socket{};
      bind_listener();
    }
  }

  void bind_listener() {
    owned_socket made{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    const int yes = 1;
    ::setsockopt(made.number(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    const auto here = at(address_, port_);
    ::bind(made.number(), plain(here), sizeof here);
    listener_ = std::move(made);
  }

  void run() {
    std::vector<pollfd> polled;
    for (;;) {
      polled.assign(1, {bell_.number(), POLLIN, 0});
      {
        const std::lock_guard lock{mutex_};
        if (stopping_) {
          return;
        }
        if (cut_) {
          cut_all();
        }
        polled.push_back({listening_ ? listener_.number() : -1, POLLIN, 0});
        for (const auto& one : pairs_) {
          polled.push_back({one.client.number(), POLLIN, 0});
          polled.push_back({one.held ? -1 : one.server.number(), POLLIN, 0});
        }
      }
      ::poll(polled.data(), polled.size(), -1);
      eventfd_t rung = 0;
      ::eventfd_read(bell_.number(), &rung);
      const std::lock_guard lock{mutex_};
      serve(polled);
    }
  }

  void serve(const std::vector<pollfd>& polled) {
    std::size_t at_index = 2;
    for (auto& one : pairs_) {
      if (polled[at_index++].revents != 0) {
        from_client(one);
      }
      if (polled[at_index++].revents != 0 && !one.over) {
        from_server(one);
      }
    }
    pairs_.remove_if([](const auto& one) { return one.over; });
    if (polled[1].revents != 0 && listening_) {
      accept_one();
    }
    open_ = pairs_.size();
  }

  void accept_one() {
    pair_of_ends made;
    made.client = owned_socket{
      ::accept4(listener_.number(), nullptr, nullptr, SOCK_CLOEXEC)};
    made.how = way_;
    made.words = words_;
    if (!made.client) {
      return;
    }
    ++accepted_;
    if (way_ == way::forward) {
      made.server =
        owned_socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
      const auto there = at("127.0.0.1", to_);
      if (::connect(made.server.number(), plain(there), sizeof there) != 0) {
        made.client.reset_on_close();
        return;
      }
    }
    pairs_.push_back(std::move(made));
  }

  void from_client(pair_of_ends& one) {
    const auto got =
      ::recv(one.client.number(), buffer_.data(), buffer_.size(), 0);
    if (got <= 0) {
      one.over = true;
    } else if (one.how == way::forward) {
      one.over = !send_all(one.server.number(), buffer_.data(),
                           static_cast<std::size_t>(got));
    } else if (one.how == way::answer) {
      const auto words = one.answered < one.words.size()
                           ? one.words[one.answered++]
                           : std::string{};
      one.over = !send_all(one.client.number(), words.data(), words.size());
    }
  }

  void from_server(pair_of_ends& one) {
    const auto got =
      ::recv(one.server.number(), buffer_.data(), buffer_.size(), 0);
    if (got <= 0) {
      one.over = true;
      return;
    }
    const auto count = one.scanner.before_middle_of_row(
      buffer_.data(), static_cast<std::size_t>(got), stop_in_, one.held);
    one.over = !send_all(one.client.number(), buffer_.data(), count);
    if (one.held) {
      stop_in_ = 0;
      stopped_in_row_ = true;
    }
  }

  void cut_all() {
    for (const auto& one : pairs_) {
      one.client.reset_on_close();
    }
    pairs_.clear();
    open_ = 0;
    cut_ = false;
  }

  std::string address_;
  std::uint16_t port_;
  owned_socket bell_;
  owned_socket listener_;
  bool listening_ = false;
  bool stopping_ = false;
  std::list<pair_of_ends> pairs_;
  std::array<char, 65'536> buffer_{};
  std::mutex mutex_;
  std::thread thread_;
};

gate::gate(const std::string& address, std::uint16_t port)
  : loop_(std::make_unique<loop>(address, port)) {}

gate::~gate() = default;

std::uint16_t gate::port() const noexcept {
  return loop_->port();
}

std::string gate::dsn(const std::string& database,
                      const std::string& user) const {
  return fmt::format("host=127.0.0.1 port={} dbname={} user={} sslmode=disable",
                     port(), database, user);
}

void gate::forward_to(std::uint16_t port) {
  loop_->tell([&] {
    loop_->way_ = loop::way::forward;
    loop_->to_ = port;
    loop_->listen_or_not(true);
  });
}

void gate::refuse() {
  loop_->tell([&] { loop_->listen_or_not(false); });
}

void gate::stay_silent() {
  loop_->tell([&] {
    loop_->way_ = loop::way::silent;
    loop_->listen_or_not(true);
  });
}

void gate::answer(std::vector<std::string> words) {
  loop_->tell([&] {
    loop_->way_ = loop::way::answer;
    loop_->words_ = std::move(words);
    loop_->listen_or_not(true);
  });
}

void gate::stop_in_row(std::size_t bytes) {
  loop_->tell([&] {
    loop_->stop_in_ = bytes;
    loop_->stopped_in_row_ = false;
  });
}

bool gate::stopped_in_row() const noexcept {
  return loop_->stopped_in_row_;
}

void gate::cut() {
  loop_->tell([&] { loop_->cut_ = true; });
}

std::size_t gate::accepted() const noexcept {
  return loop_->accepted_;
}

std::size_t gate::open() const noexcept {
  return loop_->open_;
}

} // namespace pgmuster::test
