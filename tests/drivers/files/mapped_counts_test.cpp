// What was stored is there after a kill, without a word from the process.
#include "drivers/files/errc.hpp"
#include "drivers/files/mapped_counts.hpp"

#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <iterator>

namespace pgmuster {
namespace {

namespace fs = std::filesystem;

class mapped_counts_case : public testing::Test {
protected:
  ~mapped_counts_case() override { fs::remove(file_); }
  [[nodiscard]] std::vector<std::uint64_t> read() const {
    std::ifstream from{file_, std::ios::binary};
    return read_counts(std::string{std::istreambuf_iterator<char>{from}, {}});
  }
  fs::path file_ = fs::temp_directory_path()
                   / ("pgmuster-counts-" + std::to_string(::getpid()));
};

TEST_F(mapped_counts_case, outlive_a_process_that_is_killed) {
  const auto child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto made = mapped_counts::make(file_, 3);
    if (!made) {
      ::_exit(1);
    }
    made.value()->store(0, 7);
    made.value()->store(2, UINT64_MAX);
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(read(), (std::vector<std::uint64_t>{7, 0, UINT64_MAX}));
}

TEST_F(mapped_counts_case, a_new_run_begins_at_0_for_its_owner_alone) {
  {
    const auto first = mapped_counts::make(file_, 2);
    ASSERT_TRUE(first.has_value());
    first.value()->store(1, 5);
  }
  const auto second = mapped_counts::make(file_, 1);
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(read(), (std::vector<std::uint64_t>{0}));
  EXPECT_EQ(fs::status(file_).permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(mapped_counts_case, where_no_file_can_be_is_told) {
  const auto made = mapped_counts::make(file_ / "below", 1);
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().code, make_error_code(file_errc::cannot_open));
}

} // namespace
} // namespace pgmuster
