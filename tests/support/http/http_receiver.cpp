// Blocking sockets, a thread each; stopping shuts the sockets down.
#include "tests/support/http/http_receiver.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace pgmuster::test {
namespace {

bool read_more(int socket, std::string& into) {
  char bytes[16'384];
  const ::ssize_t got = ::recv(socket, bytes, sizeof bytes, 0);
  if (got <= 0) {
    return false;
  }
  into.append(bytes, static_cast<std::size_t>(got));
  return true;
}

bool send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ::ssize_t sent =
      ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) {
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char letter) {
    return letter >= 'A' && letter <= 'Z'
             ? static_cast<char>(letter - 'A' + 'a')
             : letter;
  });
  return text;
}

void reset(int socket) {
  const ::linger at_once{1, 0};
  ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

received_request parse_head(std::string_view head) {
  received_request request;
  const std::size_t line_end = head.find("\r\n");
  std::string_view line = head.substr(0, line_end);
  request.method = line.substr(0, line.find(' '));
  line.remove_prefix(std::min(request.method.size() + 1, line.size()));
  request.path = line.substr(0, line.find(' '));
  while (!head.empty()) {
    const std::size_t end = head.find("\r\n");
    const std::string_view field = head.substr(0, end);
    head.remove_prefix(end == std::string_view::npos ? head.size() : end + 2);
    const std::size_t colon = field.find(": ");
    if (colon != std::string_view::npos) {
      request.headers[lower(std::string{field.substr(0, colon)})] =
        field.substr(colon + 2);
    } else if (field.ends_with(':')) {
      request.headers[lower(std::string{field.substr(0, field.size() - 1)})];
    }
  }
  return request;
}

} // namespace

http_receiver::http_receiver() {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ::sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const generic = reinterpret_cast<::sockaddr*>(&address);
  ::socklen_t size = sizeof address;
  if (listener_ < 0 || ::bind(listener_, generic, size) != 0
      || ::listen(listener_, 128) != 0
      || ::getsockname(listener_, generic, &size) != 0) {
    std::abort();
  }
  port_ = ntohs(address.sin_port);
  accepting_ = std::thread{[this] { accept_all(); }};
}

http_receiver::~http_receiver() {
  stop();
}

std::string http_receiver::url() const {
  return "http://127.0.0.1:" + std::to_string(port_);
}

void http_receiver::then(scripted_answer answer) {
  const std::lock_guard lock{mutex_};
  script_.push_back(std::move(answer));
}

std::vector<received_request> http_receiver::requests() const {
  const std::lock_guard lock{mutex_};
  return requests_;
}

bool http_receiver::wait_for(std::size_t requests,
                             std::chrono::seconds patience) const {
  std::unique_lock lock{mutex_};
  return changed_.wait_for(lock, patience,
                           [&] { return requests_.size() >= requests; });
}

std::size_t http_receiver::accepted() const {
  const std::lock_guard lock{mutex_};
  return accepted_;
}

std::size_t http_receiver::open() const {
  const std::lock_guard lock{mutex_};
  return sockets_.size();
}

void http_receiver::stop() {
  if (stopping_.exchange(true)) {
    return;
  }
  ::shutdown(listener_, SHUT_RDWR);
  accepting_.join();
  ::close(listener_);
  {
    const std::lock_guard lock{mutex_};
    for (const auto& [connection, socket] : sockets_) {
      ::shutdown(socket, SHUT_RDWR);
    }
  }
  for (std::thread& serving : serving_) {
    serving.join();
  }
}

void http_receiver::accept_all() {
  for (;;) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) {
      return;
    }
    const std::lock_guard lock{mutex_};
    const std::size_t connection = ++accepted_;
    sockets_.emplace(connection, socket);
    serving_.emplace_back(
      [this, socket, connection] { serve(socket, connection); });
  }
}

void http_receiver::serve(int socket, std::size_t connection) {
  std::string unread;
  while (answer_one(socket, connection, unread)) {
  }
  const std::lock_guard lock{mutex_};
  sockets_.erase(connection);
  ::close(socket);
}

bool http_receiver::answer_one(int socket,
                               std::size_t connection,
                               std::string& unread) {
  std::size_t head_end = 0;
  while ((head_end = unread.find("\r\n\r\n")) == std::string::npos) {
    if (!read_more(socket, unread)) {
      return false;
    }
  }
  received_request request =
    parse_head(std::string_view{unread}.substr(0, head_end));
  unread.erase(0, head_end + 4);
  const std::size_t length =
    std::strtoul(request.headers["content-length"].c_str(), nullptr, 10);
  while (unread.size() < length) {
    if (!read_more(socket, unread)) {
      return false;
    }
  }
  request.body = unread.substr(0, length);
  unread.erase(0, length);
  request.connection = connection;
  return send_answer(socket, next_answer(std::move(request)));
}

scripted_answer http_receiver::next_answer(received_request request) {
  scripted_answer answer;
  {
    const std::lock_guard lock{mutex_};
    if (!script_.empty()) {
      answer = std::move(script_.front());
      script_.pop_front();
    }
    requests_.push_back(std::move(request));
  }
  changed_.notify_all();
  return answer;
}

bool http_receiver::send_answer(int socket, const scripted_answer& answer) {
  using fault = scripted_answer::fault;
  if (answer.misbehaves == fault::stall) {
    std::string ignored;
    while (read_more(socket, ignored)) {
      ignored.clear();
    }
    return false;
  }
  if (answer.misbehaves == fault::reset) {
    reset(socket);
    return false;
  }
  std::string bytes = "HTTP/1.1 " + std::to_string(answer.status)
                      + " Scripted\r\nContent-Length: "
                      + std::to_string(answer.body.size()) + "\r\n";
  for (const std::string& header : answer.headers) {
    bytes += header + "\r\n";
  }
  bytes += "\r\n";
  if (answer.misbehaves == fault::reset_in_body) {
    bytes += answer.body.substr(0, answer.body.size() / 2);
    static_cast<void>(send_all(socket, bytes));
    reset(socket);
    return false;
  }
  return send_all(socket, bytes + answer.body)
         && answer.misbehaves != fault::close_after;
}

} // namespace pgmuster::test
