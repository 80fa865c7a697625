// Compression and its inverse, with hostile input.
#include "codec/compress.hpp"
#include "codec/errc.hpp"

#include <gtest/gtest.h>

#include <random>

namespace pgmuster {
namespace {

class compress_all : public testing::TestWithParam<compression> {};

INSTANTIATE_TEST_SUITE_P(every_encoding,
                         compress_all,
                         testing::Values(compression::none,
                                         compression::gzip,
                                         compression::zstd));

TEST_P(compress_all, round_trips_with_one_compressor) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  compressor with;
  for (const std::size_t size : {0U, 1U, 1000U, 65536U, 1'000'003U}) {
    std::string bytes(size, '\0');
    for (char& byte : bytes) {
      byte = static_cast<char>(random() % 11);
    }
    const auto made = with.compress(GetParam(), bytes);
    ASSERT_TRUE(made);
    if (GetParam() != compression::none && size > 1000) {
      EXPECT_LT(made->size(), size * 6 / 10);
    }
    const auto back = decompress(GetParam(), *made, size);
    ASSERT_TRUE(back) << describe(back.error());
    EXPECT_EQ(*back, bytes);
  }
}

TEST_P(compress_all, a_bomb_is_stopped_at_the_bound) {
  compressor with;
  const std::string zeros(20'000'000, '\0');
  const auto bomb = with.compress(GetParam(), zeros);
  ASSERT_TRUE(bomb);
  for (const std::size_t bound : {0U, 100U, 100'000U, 19'999'999U}) {
    const auto back = decompress(GetParam(), *bomb, bound);
    ASSERT_FALSE(back) << bound;
    EXPECT_EQ(back.error().code, codec_errc::too_large);
  }
  EXPECT_TRUE(decompress(GetParam(), *bomb, zeros.size()));
}

TEST(decompress, tells_cut_from_corrupt) {
  compressor with;
  for (const compression how : {compression::gzip, compression::zstd}) {
    const auto made = with.compress(how, std::string(5000, 'x').append("tail"));
    ASSERT_TRUE(made);
    for (const std::size_t cut :
         {std::size_t{0}, made->size() / 2, made->size() - 1}) {
      const auto back = decompress(how, made->substr(0, cut), 10'000);
      ASSERT_FALSE(back) << cut;
      EXPECT_EQ(back.error().code, codec_errc::truncated) << cut;
    }
    for (const std::string& wrong : {"plain text" + *made, *made + "more"}) {
      const auto back = decompress(how, wrong, 10'000);
      ASSERT_FALSE(back);
      EXPECT_EQ(back.error().code, codec_errc::corrupt);
    }
  }
}

TEST(content_encoding, names_what_http_knows) {
  EXPECT_EQ(content_encoding(compression::none), "");
  EXPECT_EQ(content_encoding(compression::gzip), "gzip");
  EXPECT_EQ(content_encoding(compression::zstd), "zstd");
}

} // namespace
} // namespace pgmuster
