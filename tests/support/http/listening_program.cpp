#include "tests/support/http/listening_program.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace pgmuster::test {
namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

bool accepts(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto address = loopback(port);
  const bool connected =
    ::connect(socket, reinterpret_cast<const sockaddr*>(&address),
              sizeof address)
    == 0;
  ::close(socket);
  return connected;
}

} // namespace

std::uint16_t free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto address = loopback(0);
  socklen_t size = sizeof address;
  ::bind(socket, reinterpret_cast<const sockaddr*>(&address), size);
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(socket);
  return ntohs(address.sin_port);
}

listening_program::listening_program(const std::vector<std::string>& command,
                                     std::uint16_t port,
                                     const std::string& log) {
  std::vector<char*> arguments;
  for (const auto& one : command) {
    arguments.push_back(const_cast<char*>(one.c_str()));
  }
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, log.c_str(),
                                   O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
  if (::posix_spawnp(&pid_, arguments.front(), &files, nullptr,
                     arguments.data(), environ)
      != 0) {
    pid_ = -1;
  }
  posix_spawn_file_actions_destroy(&files);
  // Half a minute, for a busy machine.
  for (int i = 0; pid_ > 0 && !listens_ && i < 600; ++i) {
    listens_ = accepts(port);
    if (!listens_ && ::waitpid(pid_, nullptr, WNOHANG) == pid_) {
      pid_ = -1;
    }
    ::poll(nullptr, 0, listens_ ? 0 : 50);
  }
}

listening_program::~listening_program() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
}

} // namespace pgmuster::test
