// A folder has one owner, whom others can name.
#include "drivers/files/errc.hpp"
#include "drivers/files/folder_lock.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

namespace pgmuster {
namespace {

namespace fs = std::filesystem;

class folder_lock_case : public testing::Test {
protected:
  folder_lock_case() { fs::create_directory(folder_); }
  ~folder_lock_case() override { fs::remove_all(folder_); }
  fs::path folder_ =
    fs::temp_directory_path() / ("pgmuster-lock-" + std::to_string(::getpid()));
};

TEST_F(folder_lock_case, a_second_owner_is_told_the_first) {
  const auto pid = std::to_string(::getpid());
  EXPECT_EQ(folder_lock::holder(folder_), "");
  {
    auto first = folder_lock::take(folder_);
    ASSERT_TRUE(first.has_value());
    const auto moved = std::move(first.value());
    EXPECT_EQ(folder_lock::holder(folder_), pid);
    const auto second = folder_lock::take(folder_);
    ASSERT_FALSE(second.has_value());
    EXPECT_EQ(second.error().code, make_error_code(file_errc::owned));
    EXPECT_NE(describe(second.error()).find("(process " + pid + ")"),
              std::string::npos);
  }
  EXPECT_EQ(folder_lock::holder(folder_), "");
  EXPECT_TRUE(folder_lock::take(folder_).has_value());
}

TEST_F(folder_lock_case, a_lock_is_in_place_until_it_is_removed_or_replaced) {
  auto first = folder_lock::take(folder_);
  ASSERT_TRUE(first.has_value());
  EXPECT_TRUE(first.value().in_place());
  fs::remove_all(folder_);
  EXPECT_FALSE(first.value().in_place());
  fs::create_directory(folder_);
  auto second = folder_lock::take(folder_);
  ASSERT_TRUE(second.has_value()) << "it is another folder";
  EXPECT_FALSE(first.value().in_place());
  EXPECT_TRUE(second.value().in_place());
}

TEST_F(folder_lock_case, a_folder_that_is_not_there_has_no_owner) {
  const auto taken = folder_lock::take(folder_ / "no");
  ASSERT_FALSE(taken.has_value());
  EXPECT_EQ(taken.error().code, make_error_code(file_errc::cannot_open));
  EXPECT_EQ(folder_lock::holder(folder_ / "no"), "");
}

} // namespace
} // namespace pgmuster
