// A child is pinned, heard, counted and never left behind.
#include "loadtest/runner/child.hpp"
#include "loadtest/runner/free_port.hpp"
#include "loadtest/runner/stop_request.hpp"
#include "loadtest/runner/throwaway_certificate.hpp"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>

namespace pgmuster::loadtest {
namespace {

child_options shell(const std::string& script, bool talks = true) {
  return {"shell",
          {"/bin/sh", "-c", script},
          {},
          testing::TempDir() + "child.log",
          talks};
}

TEST(child, says_its_lines_and_its_rest) {
  auto started = child::start(shell("echo port 17; echo more; echo end"));
  ASSERT_TRUE(started);
  EXPECT_EQ(*(*started)->read_line(seconds{10}), "port 17");
  EXPECT_EQ((*started)->read_rest(seconds{10}), "more\nend\n");
  EXPECT_EQ((*started)->wait(seconds{10}), 0);
}

TEST(child, that_says_nothing_is_quoted) {
  auto started =
    child::start(shell("echo '/faults/0: expected a kind' >&2; exit 2"));
  ASSERT_TRUE(started);
  const auto line = (*started)->read_line(seconds{10});
  ASSERT_FALSE(line);
  EXPECT_EQ(line.error().context, "shell ended at once with code 2: /faults/0: "
                                  "expected a kind");
}

TEST(child, tells_how_it_ended) {
  auto coded = child::start(shell("exit 3"));
  ASSERT_TRUE(coded);
  EXPECT_EQ((*coded)->wait(seconds{10}), 3);
  auto killed = child::start(shell("kill -9 $$"));
  ASSERT_TRUE(killed);
  EXPECT_EQ((*killed)->wait(seconds{10}), 128 + SIGKILL);
}

TEST(child, ends_when_asked_and_by_force_when_it_does_not_listen) {
  auto asked = child::start(shell("echo up; exec sleep 600"));
  ASSERT_TRUE(asked);
  ASSERT_TRUE((*asked)->read_line(seconds{10}));
  (*asked)->ask_to_end();
  EXPECT_EQ((*asked)->wait(seconds{10}), 128 + SIGTERM);
  auto deaf = child::start(shell("trap '' TERM; echo up; while :; do :; done"));
  ASSERT_TRUE(deaf);
  ASSERT_TRUE((*deaf)->read_line(seconds{10}));
  (*deaf)->ask_to_end();
  EXPECT_EQ((*deaf)->wait(milliseconds{50}), 128 + SIGKILL);
}

TEST(child, hears_signals_that_its_owner_holds_back) {
  stop_request held;
  auto asked = child::start(shell("echo up; exec sleep 600"));
  ASSERT_TRUE(asked);
  ASSERT_TRUE((*asked)->read_line(seconds{10}));
  EXPECT_NE(::getpgid((*asked)->pid()), ::getpgrp());
  (*asked)->ask_to_end();
  EXPECT_EQ((*asked)->wait(seconds{10}), 128 + SIGTERM);
}

TEST(stop_request, is_waited_for_and_names_its_signal) {
  stop_request held;
  EXPECT_FALSE(held.came());
  ASSERT_EQ(::raise(SIGINT), 0);
  EXPECT_TRUE(wait_for({held.descriptor()}, seconds{10}));
  EXPECT_TRUE(held.came());
  EXPECT_TRUE(held.came());
  EXPECT_EQ(held.name(), "SIGINT");
}

TEST(child, does_not_outlive_its_owner) {
  pid_t left = 0;
  {
    auto started = child::start(shell("echo up; exec sleep 600"));
    ASSERT_TRUE(started);
    ASSERT_TRUE((*started)->read_line(seconds{10}));
    left = (*started)->pid();
    EXPECT_EQ(::kill(left, 0), 0);
  }
  EXPECT_NE(::kill(left, 0), 0);
}

TEST(child, is_told_where_it_may_run) {
  auto options = shell("grep Cpus_allowed_list /proc/self/status");
  options.cpus = {0};
  auto started = child::start(options);
  ASSERT_TRUE(started);
  EXPECT_EQ(*(*started)->read_line(seconds{10}), "Cpus_allowed_list:\t0");
}

TEST(child, is_not_told_the_configuration_of_its_owners_environment) {
  ::setenv("PGMUSTER__INTERVALS__STATEMENTS", "24h", 1);
  ::setenv("PGMUSTER_KEPT", "kept", 1);
  auto started = child::start(shell("env | grep PGMUSTER_; echo end"));
  ASSERT_TRUE(started);
  EXPECT_EQ((*started)->read_rest(seconds{10}), "PGMUSTER_KEPT=kept\nend\n");
  ::unsetenv("PGMUSTER__INTERVALS__STATEMENTS");
  ::unsetenv("PGMUSTER_KEPT");
}

TEST(child, that_cannot_be_started_is_an_error_with_its_name) {
  const auto started = child::start(
    {"ghost", {"/nowhere/ghost"}, {}, testing::TempDir() + "x", false});
  ASSERT_FALSE(started);
  EXPECT_NE(describe(started.error()).find("ghost"), std::string::npos);
}

TEST(process_figures, are_read_of_a_running_child) {
  auto started =
    child::start(shell("exec 7</dev/null; i=0; while [ $i -lt 200000 ]; do "
                       "i=$((i+1)); done; echo up; while :; do :; done"));
  ASSERT_TRUE(started);
  ASSERT_TRUE((*started)->read_line(seconds{30}));
  const auto figures = read_figures((*started)->pid());
  EXPECT_GT(figures.cpu_seconds, 0);
  EXPECT_GT(figures.resident_bytes, 100'000);
  EXPECT_GE(figures.descriptors, 3);
  EXPECT_EQ(count_sockets((*started)->pid(), {}).others, 0);
  EXPECT_EQ(read_figures(0).cpu_seconds, 0);
}

TEST(throwaway_certificate, is_one_that_a_server_can_use) {
  const auto certificate = testing::TempDir() + "server.crt";
  const auto key = testing::TempDir() + "server.key";
  ASSERT_TRUE(write_throwaway_certificate(certificate, key));
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context{
    SSL_CTX_new(TLS_server_method()), &SSL_CTX_free};
  EXPECT_EQ(SSL_CTX_use_certificate_file(context.get(), certificate.c_str(),
                                         SSL_FILETYPE_PEM),
            1);
  EXPECT_EQ(
    SSL_CTX_use_PrivateKey_file(context.get(), key.c_str(), SSL_FILETYPE_PEM),
    1);
  EXPECT_EQ(SSL_CTX_check_private_key(context.get()), 1);
  EXPECT_FALSE(write_throwaway_certificate("/nowhere/a", "/nowhere/b"));
}

TEST(count_sockets, tells_those_of_a_port_from_all_others) {
  const auto before = count_sockets(::getpid(), {});
  const auto listen = [](std::uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    at.sin_port = htons(port);
    EXPECT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
    EXPECT_EQ(::listen(fd, 1), 0);
    return fd;
  };
  const auto port = free_port();
  const int known = listen(port);
  const int stray = listen(free_port());
  const auto seen = count_sockets(::getpid(), {port});
  EXPECT_EQ(seen.with_port, 1);
  EXPECT_EQ(seen.others, before.others + 1);
  ::close(known);
  ::close(stray);
}

} // namespace
} // namespace pgmuster::loadtest
