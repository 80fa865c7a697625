// Lines in files: order, mode, refusals, failing disks.
#include "drivers/otlp/file_sink.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <future>
#include <vector>

namespace pgmuster {
namespace {

class file_sink_test : public testing::Test {
protected:
  void SetUp() override {
    std::string pattern =
      (std::filesystem::temp_directory_path() / "sink.XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }

  void TearDown() override { std::filesystem::remove_all(folder_); }

  static std::vector<std::string> lines(const std::filesystem::path& path) {
    std::ifstream file{path};
    std::vector<std::string> read;
    for (std::string line; std::getline(file, line);) {
      read.push_back(line);
    }
    return read;
  }

  static std::string append(file_sink& sink, std::string line) {
    const auto done = std::make_shared<std::promise<std::string>>();
    sink.append(std::move(line), [done](std::string failed) {
      done->set_value(std::move(failed));
    });
    return done->get_future().get();
  }

  std::filesystem::path folder_;
};

TEST_F(file_sink_test, lines_are_appended_in_order_and_stop_writes_them_all) {
  const auto path = folder_ / "out.jsonl";
  std::ofstream{path} << "before\n";
  auto sink = open_file_sink(path);
  ASSERT_TRUE(sink) << describe(sink.error());
  std::atomic<int> written{0};
  for (int count = 0; count < 500; ++count) {
    (*sink)->append(std::to_string(count), [&](const std::string& failed) {
      written += failed.empty() ? 1 : 0;
    });
  }
  (*sink)->stop();
  (*sink)->stop();
  EXPECT_EQ(written, 500);
  const auto read = lines(path);
  ASSERT_EQ(read.size(), 501U);
  EXPECT_EQ(read[0], "before");
  for (std::size_t at = 1; at < read.size(); ++at) {
    EXPECT_EQ(read[at], std::to_string(at - 1));
  }
  EXPECT_EQ(append(**sink, "late"), "the file is closed");
}

TEST_F(file_sink_test, only_the_owner_may_read) {
  const auto path = folder_ / "out.jsonl";
  auto sink = open_file_sink(path);
  ASSERT_TRUE(sink);
  struct ::stat found {};
  ASSERT_EQ(::stat(path.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0600U);
}

TEST_F(file_sink_test, a_path_that_cannot_be_opened_is_named) {
  const auto sink = open_file_sink(folder_ / "missing" / "out.jsonl");
  ASSERT_FALSE(sink);
  EXPECT_NE(describe(sink.error()).find("missing/out.jsonl: No such file"),
            std::string::npos)
    << describe(sink.error());
}

TEST_F(file_sink_test, a_full_disk_is_told_and_the_sink_goes_on) {
  if (::access("/dev/full", W_OK) != 0) {
    GTEST_SKIP() << "no /dev/full";
  }
  auto sink = open_file_sink("/dev/full");
  ASSERT_TRUE(sink);
  EXPECT_EQ(append(**sink, "one"), "No space left on device");
  EXPECT_EQ(append(**sink, "two"), "No space left on device");
}

TEST_F(file_sink_test, a_blocked_writer_refuses_beyond_its_bound) {
  const auto pipe = folder_ / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  std::promise<void> drain;
  std::thread reader{[&, go = drain.get_future()]() mutable {
    std::ifstream file{pipe};
    go.wait();
    while (file.ignore(1 << 20)) {
    }
  }};
  auto sink = open_file_sink(pipe);
  ASSERT_TRUE(sink);
  constexpr std::size_t line_bytes = 8UL << 20U;
  std::atomic<int> refused{0};
  std::atomic<int> written{0};
  for (int count = 0; count < 12; ++count) {
    (*sink)->append(std::string(line_bytes, 'x'),
                    [&](const std::string& failed) {
                      ++(failed.empty() ? written : refused);
                    });
  }
  EXPECT_EQ(refused, 4) << "64 MiB may wait";
  drain.set_value();
  (*sink)->stop();
  sink = open_file_sink(folder_ / "other");
  reader.join();
  EXPECT_EQ(written, 8);
}

TEST_F(file_sink_test, standard_output_s_reader_is_gone_for_good) {
  int ends[2] = {-1, -1};
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const int kept = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
  ::dup2(ends[1], STDOUT_FILENO);
  ::close(ends[1]);
  auto sink = open_file_sink("-");
  ASSERT_TRUE(sink);
  EXPECT_EQ(append(**sink, "read"), "");
  EXPECT_FALSE((*sink)->reader_gone());
  ::close(ends[0]);
  EXPECT_NE(append(**sink, "not read"), "");
  EXPECT_TRUE((*sink)->reader_gone());
  (*sink)->stop();
  ::dup2(kept, STDOUT_FILENO);
  ::close(kept);
}

TEST_F(file_sink_test, a_named_pipe_may_find_another_reader) {
  const auto pipe = folder_ / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const auto read_end = [&] {
    return ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  };
  int reader = read_end();
  auto sink = open_file_sink(pipe);
  ASSERT_TRUE(sink);
  ::close(reader);
  EXPECT_NE(append(**sink, "nobody"), "");
  EXPECT_FALSE((*sink)->reader_gone());
  reader = read_end();
  EXPECT_EQ(append(**sink, "somebody"), "");
  ::close(reader);
}

TEST_F(file_sink_test, a_reader_that_stands_still_does_not_hold_the_stop) {
  const auto pipe = folder_ / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const int reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  ASSERT_GE(reader, 0);
  auto sink = open_file_sink(pipe);
  ASSERT_TRUE(sink);
  std::atomic<int> refused{0};
  for (int count = 0; count < 3; ++count) {
    (*sink)->append(
      std::string(1U << 20U, 'x'),
      [&](const std::string& failed) { refused += failed.empty() ? 0 : 1; });
  }
  (*sink)->stop();
  EXPECT_EQ(refused, 3);
  ::close(reader);
}

} // namespace
} // namespace pgmuster
