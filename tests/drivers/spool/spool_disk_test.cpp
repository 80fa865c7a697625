// What a disk does to the spool: it is full, it fails, and what was on it goes.
#include "drivers/spool/segment_format.hpp"
#include "tests/drivers/spool/spool_case.hpp"

#include <fstream>

namespace pgmuster::spooling {
namespace {

using spool_disk_test = spool_case;

INSTANTIATE_TEST_SUITE_P(each_policy,
                         spool_disk_test,
                         testing::Values(sync_policy::never,
                                         sync_policy::each_second,
                                         sync_policy::always));

TEST_P(spool_disk_test, a_full_disk_stops_it_with_words_and_it_goes_on_later) {
  // More than any disk has free.
  options_.free_min = byte_count{std::uint64_t{1} << 60U};
  auto made = open();
  const auto refused = put(*made, make_frame("a"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, spool_errc::disk_full);
  EXPECT_EQ(put_aside(*made, make_frame("b"), "x").error().code,
            spool_errc::disk_full);
  static_cast<void>(waiting(*made));
  EXPECT_EQ(made->counts().state, spool_state::disk_full);
  const auto words = told_.words();
  ASSERT_EQ(words.size(), 1U) << "once, not with every frame";
  EXPECT_NE(words[0].second.find("are to stay free"), std::string::npos);
}

TEST_P(spool_disk_test, a_folder_that_is_removed_is_noticed_and_made_anew) {
  auto made = open();
  ASSERT_TRUE(put(*made, make_frame("a", 7)));
  std::filesystem::remove_all(options_.directory);
  clock_.mono_ms += 1'001;
  // The look comes with the next thing that is asked of it, or within a second.
  for (auto left = 500; left > 0 && told_.warnings().empty(); --left) {
    static_cast<void>(waiting(*made));
  }
  ASSERT_EQ(told_.warnings().size(), 1U);
  EXPECT_EQ(told_.lost_points(), 7U);
  EXPECT_TRUE(waiting(*made).empty());
  const auto second = open_spool(options_, *loop_, clock_, told_);
  ASSERT_FALSE(second) << "the new folder is owned as well";
  ASSERT_TRUE(put(*made, make_frame("b", 3)));
  EXPECT_EQ(take(*made).at(0).what->payload, "b");
}

TEST_P(spool_disk_test, a_folder_that_is_removed_last_is_lost_at_the_stop) {
  auto made = open();
  ASSERT_TRUE(put(*made, make_frame("a", 7)));
  std::filesystem::remove_all(options_.directory);
  made->stop();
  EXPECT_EQ(told_.lost_points(), 7U);
}

TEST_P(spool_disk_test, what_is_acknowledged_goes_when_room_is_short) {
  auto made = open();
  for (int at = 0; at < 5; ++at) {
    ASSERT_TRUE(put(*made, make_frame("x")));
  }
  const auto frames = options_.directory / frames_folder;
  ASSERT_FALSE(segments_below(frames).empty());
  for (const auto& one : take(*made)) {
    made->acknowledge(acme, one.position);
  }
  EXPECT_TRUE(waiting(*made).empty());
  EXPECT_FALSE(segments_below(frames).empty())
    << "it is being written, and goes only if need be";
  const auto other = make_frame("y", 1, "rival");
  const auto folder = frames / "main" / "rival";
  { std::ofstream in_the_way{folder}; }
  ASSERT_FALSE(put(*made, other));
  std::filesystem::remove(folder);
  clock_.mono_ms += options_.try_again_after.count() + 1;
  // Without a frame to be written: the next look is enough.
  for (auto left = 500; left > 0 && told_.words().size() < 2; --left) {
    EXPECT_TRUE(waiting(*made).empty());
  }
  const auto words = told_.words();
  ASSERT_EQ(words.size(), 2U);
  EXPECT_EQ(words[1].first, spool_state::writing);
  EXPECT_TRUE(segments_below(frames).empty());
  EXPECT_TRUE(put(*made, other));
}

TEST_P(spool_disk_test, a_disk_that_fails_is_tried_again_after_a_while) {
  auto made = open();
  EXPECT_TRUE(waiting(*made).empty());
  const auto frames = options_.directory / frames_folder;
  std::filesystem::remove_all(frames);
  { std::ofstream in_the_way{frames}; }
  ASSERT_FALSE(put(*made, make_frame("a")));
  std::filesystem::remove(frames);
  EXPECT_FALSE(put(*made, make_frame("b"))) << "not before its time";
  clock_.mono_ms += options_.try_again_after.count() + 1;
  EXPECT_TRUE(put(*made, make_frame("c")));
  const auto words = told_.words();
  ASSERT_EQ(words.size(), 2U);
  EXPECT_EQ(words[0].first, spool_state::failing);
  EXPECT_EQ(words[1].first, spool_state::writing);
  EXPECT_EQ(take(*made).at(0).what->payload, "c");
}

TEST_P(spool_disk_test, what_vanished_since_a_good_end_is_recovered_and_lost) {
  for (const auto* how : {"removed", "cut"}) {
    {
      auto made = open();
      for (int at = 0; at < 4; ++at) {
        ASSERT_TRUE(put(*made, make_frame(std::to_string(at), 5)));
      }
      made->stop();
    }
    const auto hit = segments_below(options_.directory).front();
    if (std::string_view{how} == "removed") {
      std::filesystem::remove(hit);
    } else {
      std::filesystem::resize_file(hit, records_begin);
    }
    const auto recovered = told_.recovered_of(acme);
    const auto lost = told_.lost_points();
    {
      auto made = open();
      EXPECT_TRUE(waiting(*made).empty());
      EXPECT_EQ(told_.recovered_of(acme) - recovered, 20U) << how;
      EXPECT_EQ(told_.lost_points() - lost, 20U) << how;
    }
    auto made = open();
    EXPECT_TRUE(waiting(*made).empty());
    EXPECT_EQ(told_.lost_points() - lost, 20U) << "once; " << how;
  }
}

TEST_P(spool_disk_test, a_segment_that_is_left_as_it_is_is_told_as_that) {
  {
    auto made = open();
    ASSERT_TRUE(put(*made, make_frame("a")));
  }
  const auto hit = segments_below(options_.directory).front();
  { std::ofstream{hit} << "nothing of ours"; }
  auto made = open();
  EXPECT_TRUE(waiting(*made).empty());
  ASSERT_EQ(told_.warnings().size(), 1U);
  EXPECT_NE(told_.warnings()[0].find(hit.string()), std::string::npos);
  EXPECT_TRUE(told_.words().empty()) << "the spool itself is well";
}

} // namespace
} // namespace pgmuster::spooling
