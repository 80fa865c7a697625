// One owner, and files that are there as a whole or not at all.
#include "drivers/files/errc.hpp"
#include "drivers/state/errc.hpp"
#include "drivers/state/state_directory.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <fstream>

namespace pgmuster {
namespace {

namespace fs = std::filesystem;

class state_directory_case : public testing::Test {
protected:
  ~state_directory_case() override { fs::remove_all(folder_); }
  fs::path folder_ =
    fs::temp_directory_path()
    / ("pgmuster-state-" + std::to_string(::getpid()) + "-"
       + testing::UnitTest::GetInstance()->current_test_info()->name());
};

TEST_F(state_directory_case, is_made_for_its_owner_alone) {
  const auto made = state_directory::open(folder_ / "below");
  ASSERT_TRUE(made.has_value()) << describe(made.error());
  EXPECT_EQ(fs::status(folder_ / "below").permissions(), fs::perms::owner_all);
  ASSERT_TRUE(made->write("a", "x").has_value());
  EXPECT_EQ(fs::status(folder_ / "below" / "a").permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(state_directory_case, a_second_owner_is_refused_and_told_the_first) {
  {
    const auto first = state_directory::open(folder_);
    ASSERT_TRUE(first.has_value());
    const auto second = state_directory::open(folder_);
    ASSERT_FALSE(second.has_value());
    EXPECT_EQ(second.error().code, make_error_code(file_errc::owned));
    EXPECT_NE(describe(second.error())
                .find("process " + std::to_string(::getpid()) + ")"),
              std::string::npos)
      << describe(second.error());
  }
  EXPECT_TRUE(state_directory::open(folder_).has_value());
}

TEST_F(state_directory_case, a_file_is_replaced_as_a_whole) {
  const auto state = state_directory::open(folder_);
  ASSERT_TRUE(state.has_value());
  EXPECT_FALSE(state->read("a")->has_value());
  ASSERT_TRUE(state->write("a", std::string(200'000, 'x')).has_value());
  ASSERT_TRUE(state->write("a", "short").has_value());
  EXPECT_EQ(state->read("a")->value(), "short");
}

TEST_F(state_directory_case, what_cannot_be_written_leaves_the_old) {
  const auto state = state_directory::open(folder_);
  ASSERT_TRUE(state.has_value());
  ASSERT_TRUE(state->write("a", "old").has_value());
  fs::create_directory(folder_ / "a.next");
  const auto failed = state->write("a", "new");
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().code, make_error_code(state_errc::cannot_write));
  EXPECT_EQ(state->read("a")->value(), "old");
}

TEST_F(state_directory_case, a_file_in_its_place_is_told) {
  std::ofstream{folder_} << "x";
  const auto made = state_directory::open(folder_);
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().code, make_error_code(state_errc::no_folder));
}

} // namespace
} // namespace pgmuster
