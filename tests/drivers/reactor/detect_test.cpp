// What a host that forbids io_uring leads to, with the ban in a child process.
#include "drivers/reactor/reactor.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <iostream>
#include <string>

namespace pgmuster {
namespace {

struct ban {
  const char* name;
  unsigned call;
  unsigned action;
};

bool impose(const ban& what) {
  std::array<sock_filter, 4> filter{
    sock_filter{BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr)},
    sock_filter{BPF_JMP | BPF_JEQ | BPF_K, 0, 1, what.call},
    sock_filter{BPF_RET | BPF_K, 0, 0, what.action},
    sock_filter{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW}};
  const sock_fprog program{filter.size(), filter.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
         && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/// What a child told of itself before it ended.
std::string told_by_child(const std::function<std::string()>& tell) {
  std::array<int, 2> ends{};
  EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const auto child = ::fork();
  if (child == 0) {
    const auto told = tell();
    const auto written = ::write(ends[1], told.data(), told.size());
    ::_exit(written == static_cast<ssize_t>(told.size()) ? 0 : 1);
  }
  ::close(ends[1]);
  std::string told;
  std::array<char, 512> piece{};
  for (ssize_t got = 0;
       (got = ::read(ends[0], piece.data(), piece.size())) > 0;) {
    told.append(piece.data(), static_cast<std::size_t>(got));
  }
  ::close(ends[0]);
  int status = -1;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  return told;
}

std::string start_and_work(reactor_choice choice) {
  std::string why;
  auto started = start_reactor(choice, why);
  if (!started) {
    return "failed|" + describe(started.error());
  }
  std::promise<void> ran;
  (*started)->post([&] { ran.set_value(); });
  ran.get_future().wait();
  (*started)->stop();
  return std::string{(*started)->backend()} + "|" + why;
}

class detect_test : public testing::TestWithParam<ban> {};

INSTANTIATE_TEST_SUITE_P(
  bans,
  detect_test,
  testing::Values(
    ban{"setup_is_not_permitted", SYS_io_uring_setup,
        SECCOMP_RET_ERRNO | EPERM},
    ban{"setup_is_unknown", SYS_io_uring_setup, SECCOMP_RET_ERRNO | ENOSYS},
    ban{"enter_is_not_permitted", SYS_io_uring_enter,
        SECCOMP_RET_ERRNO | EPERM},
    ban{"register_is_not_permitted", SYS_io_uring_register,
        SECCOMP_RET_ERRNO | EPERM},
    ban{"setup_kills", SYS_io_uring_setup, SECCOMP_RET_KILL_PROCESS}),
  [](const auto& each) { return std::string{each.param.name}; });

TEST_P(detect_test, automatic_falls_back_to_epoll_and_says_why) {
  const auto told = told_by_child([] {
    return impose(GetParam()) ? start_and_work(reactor_choice::automatic)
                              : "no seccomp";
  });
  if (told == "no seccomp") {
    GTEST_SKIP() << told;
  }
  EXPECT_EQ(told.find("epoll|epoll, since io_uring cannot be used here: "), 0U)
    << told;
  std::cout << told << '\n';
}

TEST_P(detect_test, io_uring_by_name_fails) {
  const auto told = told_by_child([] {
    return impose(GetParam()) ? start_and_work(reactor_choice::io_uring)
                              : "no seccomp";
  });
  if (told == "no seccomp") {
    GTEST_SKIP() << told;
  }
  EXPECT_EQ(told.find("failed|"), 0U) << told;
}

TEST(detect, automatic_takes_io_uring_where_it_may) {
  const auto by_name =
    told_by_child([] { return start_and_work(reactor_choice::io_uring); });
  if (by_name.find("failed|") == 0) {
    GTEST_SKIP() << by_name;
  }
  const auto told =
    told_by_child([] { return start_and_work(reactor_choice::automatic); });
  EXPECT_EQ(told.find("io_uring|"), 0U) << told;
}

} // namespace
} // namespace pgmuster
