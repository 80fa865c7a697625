// What a good end left is what is found, or it is told how much is not.
#include "drivers/spool/segment_store.hpp"
#include "tests/drivers/spool/made_frames.hpp"

#include <fstream>
#include <random>

namespace pgmuster::spooling {
namespace {

using namespace literals; // NOLINT(google-build-using-namespace): units only

const partition_key acme{route_name{"main"}, tenant_id{"acme"}, 0};

class segment_store_left_test : public testing::Test {
protected:
  std::unique_ptr<segment_store> open() {
    auto made = std::make_unique<segment_store>(
      frames_, store_limits{1'000_MiB, 100_MiB, byte_count{6'000}},
      [this] { return random_(); });
    EXPECT_TRUE(made->open(true));
    return made;
  }

  /// Four segments of three frames of seven points each.
  void fill() {
    auto store = open();
    store->begin_changes();
    for (int at = 0; at < 12; ++at) {
      EXPECT_TRUE(
        store->append(make_frame(std::string(500, 'x'), 7), {}, {}, keep_));
    }
    end(*store);
  }

  static void end(segment_store& store) {
    store.seal();
    EXPECT_TRUE(store.settle());
    EXPECT_TRUE(store.leave());
  }

  static spool_loss lost(segment_store& of) {
    spool_loss sum;
    for (const auto& one : of.take_losses()) {
      EXPECT_EQ(one.of, acme);
      EXPECT_EQ(one.what.why, spool_loss::reason::corrupt);
      sum.frames += one.what.frames;
      sum.points += one.what.points;
    }
    return sum;
  }

  temporary_folder folder_;
  std::filesystem::path frames_ = folder_.path() / "frames";
  custody keep_ = custody::waiting;
  std::mt19937_64 random_{7};
};

TEST_F(segment_store_left_test, nothing_is_missing_if_nothing_was_touched) {
  for (const auto as : {custody::waiting, custody::kept}) {
    keep_ = as;
    fill();
    EXPECT_EQ(lost(*open()).frames, 0U);
  }
  auto store = open();
  store->begin_changes();
  for (const auto& one : store->take(acme, 1_MiB)) {
    store->acknowledge(acme, one.position);
  }
  end(*store);
  EXPECT_EQ(lost(*open()).frames, 0U);
  EXPECT_FALSE(std::filesystem::exists(frames_ / left_name));
}

TEST_F(segment_store_left_test, what_is_gone_or_cut_short_is_told_exactly) {
  fill();
  const auto segments = segments_below(frames_);
  ASSERT_EQ(segments.size(), 4U);
  std::filesystem::remove(segments[0]);
  // Just behind its beginning, inside it, and in the middle of a record.
  std::filesystem::resize_file(segments[1], records_begin);
  std::filesystem::resize_file(segments[2], 100);
  std::filesystem::resize_file(segments[3],
                               std::filesystem::file_size(segments[3]) - 10);
  auto store = open();
  const auto told = lost(*store);
  EXPECT_EQ(store->sums().points, 14U);
  EXPECT_EQ(told.frames, 10U);
  EXPECT_EQ(told.points, 70U);
}

TEST_F(segment_store_left_test, damage_is_counted_in_one_run_only) {
  fill();
  const auto hit = segments_below(frames_).front();
  {
    std::fstream file{hit, std::ios::in | std::ios::out | std::ios::binary};
    file.seekp(records_begin);
    file << "????";
  }
  {
    auto store = open();
    EXPECT_EQ(lost(*store).points, 7U);
    store->forget_missing();
    store->begin_changes();
    end(*store);
  }
  EXPECT_EQ(lost(*open()).points, 0U);
}

TEST_F(segment_store_left_test, a_change_by_hand_is_no_loss_and_hides_none) {
  fill();
  std::filesystem::remove(segments_below(frames_).front());
  {
    // As `pgmuster spool replay`, which tells the books nothing.
    auto store = open();
    store->begin_changes();
    const auto taken = store->take(acme, byte_count{1'200});
    ASSERT_EQ(taken.size(), 3U);
    for (const auto& one : taken) {
      store->acknowledge(acme, one.position);
    }
    ASSERT_TRUE(store->settle());
    ASSERT_TRUE(store->leave());
  }
  auto store = open();
  EXPECT_EQ(lost(*store).points, 21U);
  EXPECT_EQ(store->sums().points, 42U);
}

TEST_F(segment_store_left_test, after_a_bad_end_nothing_is_missed) {
  fill();
  open()->begin_changes();
  std::filesystem::remove(segments_below(frames_).front());
  EXPECT_EQ(lost(*open()).points, 0U) << "nobody knows what was sent";
}

TEST_F(segment_store_left_test, another_versions_segment_is_not_missing) {
  fill();
  std::fstream file{segments_below(frames_).front(),
                    std::ios::in | std::ios::out | std::ios::binary};
  for (const auto at : {std::size_t{8}, beginning_bytes + 8}) {
    file.seekp(static_cast<std::streamoff>(at));
    file.put('\x09');
  }
  file.close();
  EXPECT_EQ(lost(*open()).points, 0U);
}

TEST_F(segment_store_left_test, a_damaged_list_says_nothing_and_is_told) {
  fill();
  const auto size = std::filesystem::file_size(frames_ / left_name);
  for (std::uintmax_t at = 0; at < size; at += 5) {
    {
      std::fstream file{frames_ / left_name,
                        std::ios::in | std::ios::out | std::ios::binary};
      file.seekp(static_cast<std::streamoff>(at));
      file.put('\x7F');
    }
    auto store = open();
    EXPECT_FALSE(store->left_unknown().empty()) << at;
    EXPECT_EQ(lost(*store).points, 0U) << at;
    EXPECT_TRUE(store->leave());
  }
}

} // namespace
} // namespace pgmuster::spooling
