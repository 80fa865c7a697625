// Files are synced off the loop's thread, each asked-for sync answered once.
#include "tests/drivers/reactor/reactor_fixture.hpp"

#include <atomic>
#include <cstdio>
#include <thread>

namespace pgmuster {
namespace {

class reactor_sync_test : public reactor_test {};

INSTANTIATE_TEST_SUITE_P(both,
                         reactor_sync_test,
                         testing::Values(reactor_choice::io_uring,
                                         reactor_choice::epoll),
                         name_of);

owned_descriptor written_file() {
  std::string path = testing::TempDir() + "sync.XXXXXX";
  owned_descriptor file{::mkstemp(path.data())};
  ::unlink(path.c_str());
  EXPECT_EQ(::write(file.get(), "x", 1), 1);
  return file;
}

TEST_P(reactor_sync_test, a_file_is_synced_and_told_on_the_loops_thread) {
  const auto file = written_file();
  std::thread::id loops_thread;
  std::thread::id told_on;
  loop().post([&] { loops_thread = std::this_thread::get_id(); });
  eventually<int> failed;
  loop().sync_file(file.get(), [&](int outcome) {
    told_on = std::this_thread::get_id();
    failed.set(outcome);
  });
  EXPECT_EQ(failed.get(), 0);
  EXPECT_EQ(told_on, loops_thread);
}

TEST_P(reactor_sync_test, what_cannot_be_synced_tells_why) {
  const wire line;
  eventually<int> of_socket;
  eventually<int> of_nothing;
  loop().sync_file(line.near.get(), [&](int why) { of_socket.set(why); });
  loop().sync_file(-1, [&](int why) { of_nothing.set(why); });
  EXPECT_EQ(of_socket.get(), EINVAL);
  EXPECT_EQ(of_nothing.get(), EBADF);
}

TEST_P(reactor_sync_test, many_are_each_answered_once) {
  const auto file = written_file();
  constexpr int syncs = 3'000;
  std::atomic<int> answered{0};
  eventually<bool> all;
  for (int at = 0; at < syncs; ++at) {
    loop().sync_file(file.get(), [&](int failed) {
      EXPECT_EQ(failed, 0);
      if (++answered == syncs) {
        all.set(true);
      }
    });
  }
  EXPECT_TRUE(all.get());
  EXPECT_EQ(answered, syncs);
}

TEST_P(reactor_sync_test, a_stop_waits_for_syncs_and_later_ones_are_refused) {
  const auto file = written_file();
  std::atomic<int> answered{0};
  for (int at = 0; at < 10; ++at) {
    loop().sync_file(file.get(), [&](int) { ++answered; });
  }
  loop().stop();
  EXPECT_EQ(answered, 10);
  int later = 0;
  loop().sync_file(file.get(), [&](int failed) { later = failed; });
  EXPECT_EQ(later, ECANCELED);
}

} // namespace
} // namespace pgmuster
