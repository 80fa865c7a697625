#include "loadtest/runner/child.hpp"

#include "loadtest/errc.hpp"
#include "loadtest/whole_file.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

namespace pgmuster::loadtest {
namespace {

constexpr int exec_failed = 127;

error failed(const std::string& name, std::string_view what) {
  return fail(loadtest_errc::process,
              name + ": " + std::string{what} + ": " + std::strerror(errno));
}

/// Without what would change a configuration: the scenario says all of it.
std::vector<char*> plain_environment() {
  std::vector<char*> made;
  for (char** one = environ; *one != nullptr; ++one) {
    if (!std::string_view{*one}.starts_with("PGMUSTER__")) {
      made.push_back(*one);
    }
  }
  made.push_back(nullptr);
  return made;
}

/// Between fork and exec: only what may be called there.
[[noreturn]] void become(char* const* command,
                         char* const* environment,
                         const cpu_set_t* cpus,
                         int log,
                         int output) {
  (void)::prctl(PR_SET_PDEATHSIG, SIGTERM);
  // Ctrl-C is the runner's: it ends its children in their order.
  (void)::setpgid(0, 0);
  sigset_t none;
  sigemptyset(&none);
  (void)::sigprocmask(SIG_SETMASK, &none, nullptr);
  if (cpus != nullptr) {
    (void)::sched_setaffinity(0, sizeof *cpus, cpus);
  }
  const int nothing = ::open("/dev/null", O_RDONLY);
  (void)::dup2(nothing, STDIN_FILENO);
  (void)::dup2(output >= 0 ? output : log, STDOUT_FILENO);
  (void)::dup2(log, STDERR_FILENO);
  ::execve(command[0], command, environment);
  _exit(exec_failed);
}

struct descriptor {
  int fd = -1;
  descriptor() = default;
  explicit descriptor(int given) : fd(given) {}
  ~descriptor() {
    if (fd >= 0) {
      ::close(fd);
    }
  }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  int release() { return std::exchange(fd, -1); }
};

} // namespace

result<std::unique_ptr<child>> child::start(const child_options& options) {
  if (options.command.empty()
      || ::access(options.command[0].c_str(), X_OK) != 0) {
    return failed(options.name,
                  options.command.empty() ? "no command" : options.command[0]);
  }
  std::vector<char*> words;
  for (const auto& one : options.command) {
    words.push_back(const_cast<char*>(one.c_str()));
  }
  words.push_back(nullptr);
  const auto environment = plain_environment();
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  for (const int one : options.cpus) {
    CPU_SET(static_cast<std::size_t>(one), &cpus);
  }
  const descriptor log{::open(options.log.c_str(),
                              O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)};
  if (log.fd < 0) {
    return failed(options.name, options.log.string());
  }
  descriptor from;
  descriptor to;
  if (options.talks) {
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
      return failed(options.name, "pipe");
    }
    from.fd = ends[0];
    to.fd = ends[1];
  }
  const pid_t made = ::fork();
  if (made < 0) {
    return failed(options.name, "fork");
  }
  if (made == 0) {
    become(words.data(), environment.data(),
           options.cpus.empty() ? nullptr : &cpus, log.fd, to.fd);
  }
  std::unique_ptr<child> started{new child};
  started->name_ = options.name;
  started->log_ = options.log;
  started->pid_ = made;
  started->end_fd_ = static_cast<int>(::syscall(SYS_pidfd_open, made, 0));
  started->output_fd_ = from.release();
  return started;
}

child::~child() {
  if (!ended()) {
    ::kill(pid_, SIGKILL);
    (void)wait(seconds{5});
  }
  for (const int fd : {end_fd_, output_fd_}) {
    if (fd >= 0) {
      ::close(fd);
    }
  }
}

std::string child::logged() const {
  const auto read = read_whole_file(log_);
  auto text = read ? *read : std::string{};
  while (text.ends_with('\n')) {
    text.pop_back();
  }
  constexpr std::size_t enough = 4'000;
  return text.substr(0, enough);
}

std::optional<int> child::ended() {
  int status = 0;
  if (!code_ && ::waitpid(pid_, &status, WNOHANG) == pid_) {
    code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  return code_;
}

bool child::fill(milliseconds patience) {
  if (output_fd_ < 0 || !wait_for({output_fd_}, patience)) {
    return false;
  }
  std::array<char, 65'536> bytes{};
  const auto got = ::read(output_fd_, bytes.data(), bytes.size());
  if (got <= 0) {
    return false;
  }
  unread_.append(bytes.data(), static_cast<std::size_t>(got));
  return true;
}

result<std::string> child::read_line(milliseconds patience) {
  while (unread_.find('\n') == std::string::npos) {
    if (!fill(patience)) {
      // Its output may be closed a little before it has ended.
      (void)wait_for({end_fd_}, milliseconds{1'000});
      const auto code = ended();
      const auto words = logged();
      return fail(loadtest_errc::no_answer,
                  name_
                    + (code
                         ? " ended at once with code " + std::to_string(*code)
                         : std::string{" did not say its first line"})
                    + (words.empty() ? "" : ": " + words));
    }
  }
  const auto end = unread_.find('\n');
  auto line = unread_.substr(0, end);
  unread_.erase(0, end + 1);
  return line;
}

std::string child::read_rest(milliseconds patience) {
  while (fill(patience)) {
  }
  return std::exchange(unread_, {});
}

void child::ask_to_end() noexcept {
  if (!ended()) {
    ::kill(pid_, SIGTERM);
  }
}

int child::wait(milliseconds patience) {
  if (!ended() && !wait_for({end_fd_}, patience)) {
    ::kill(pid_, SIGKILL);
    (void)wait_for({end_fd_}, seconds{10});
  }
  return ended().value_or(-1);
}

bool wait_for(const std::vector<int>& descriptors, milliseconds patience) {
  std::vector<pollfd> waiting;
  for (const int one : descriptors) {
    waiting.push_back({one, POLLIN, 0});
  }
  const int ready =
    ::poll(waiting.data(), waiting.size(),
           static_cast<int>(std::max(patience, milliseconds{0}).count()));
  return ready > 0;
}

} // namespace pgmuster::loadtest
