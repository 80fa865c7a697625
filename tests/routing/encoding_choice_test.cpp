// What a destination takes is learned from refusals and successes of whole
// frames, and is doubted again when nothing is taken.
#include "routing/encoding_choice.hpp"

#include <gtest/gtest.h>

namespace pgmuster {
namespace {

TEST(encoding_choice, learns_the_first_one_that_is_taken_after_a_refusal) {
  encoding_choice choice{compression::zstd};
  ASSERT_TRUE(choice.in_question(compression::zstd));
  EXPECT_EQ(choice.after_refusal(compression::zstd), compression::gzip);
  ASSERT_TRUE(choice.in_question(compression::gzip));
  EXPECT_EQ(choice.after_refusal(compression::gzip), compression::none);
  EXPECT_FALSE(choice.in_question(compression::none));
  choice.taken(compression::none);
  EXPECT_EQ(choice.for_frame(compression::zstd), compression::none);
}

TEST(encoding_choice, leaves_a_frame_in_the_encoding_that_it_is_tried_in) {
  encoding_choice choice{compression::zstd};
  EXPECT_EQ(choice.for_frame(compression::gzip), compression::gzip);
  choice.taken(compression::zstd);
  EXPECT_EQ(choice.for_frame(compression::gzip), compression::zstd);
  EXPECT_EQ(choice.for_frame(compression::none), compression::none);
}

TEST(encoding_choice, one_that_was_taken_is_not_in_question_any_more) {
  encoding_choice choice{compression::zstd};
  choice.taken(compression::zstd);
  EXPECT_FALSE(choice.in_question(compression::zstd));
  EXPECT_TRUE(choice.in_question(compression::gzip))
    << "sent before the other was learned";
}

TEST(encoding_choice, a_frame_that_could_not_be_compressed_teaches_nothing) {
  encoding_choice choice{compression::zstd};
  choice.taken(compression::none);
  EXPECT_TRUE(choice.in_question(compression::zstd)) << "as before";
  choice.taken(compression::zstd);
  EXPECT_EQ(choice.for_frame(compression::gzip), compression::zstd);
}

TEST(encoding_choice, a_poisoned_first_frame_does_not_cost_the_compression) {
  encoding_choice choice{compression::zstd};
  (void)choice.after_refusal(compression::zstd);
  (void)choice.after_refusal(compression::gzip);
  choice.refused_wholly();
  choice.taken(compression::zstd);
  choice.taken(compression::none);
  EXPECT_EQ(choice.for_frame(compression::gzip), compression::zstd);
}

TEST(encoding_choice, is_in_question_again_when_a_frame_is_refused_wholly) {
  encoding_choice choice{compression::gzip};
  choice.taken(compression::gzip);
  choice.refused_wholly();
  EXPECT_TRUE(choice.in_question(compression::gzip));
}

} // namespace
} // namespace pgmuster
