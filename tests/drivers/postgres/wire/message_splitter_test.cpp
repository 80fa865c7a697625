// However a server's bytes are cut on their way, the same messages come out;
// what cannot be a message is seen at its head.
#include "config/limits.hpp"
#include "drivers/postgres/wire/message_splitter.hpp"
#include "tests/drivers/postgres/wire/say.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace pgmuster::postgres {
namespace {

using outcome = message_splitter::outcome;
using told = std::vector<std::pair<char, std::string>>;

told split(message_splitter& splitter, std::string_view piece) {
  told all;
  server_message message;
  while (splitter.next(piece, message) == outcome::message) {
    all.emplace_back(message.type, message.body);
  }
  EXPECT_TRUE(piece.empty()) << "what is left is kept";
  return all;
}

TEST(message_splitter, bytes_cut_anywhere_are_the_same_messages) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random{seed};
  for (unsigned round = 0; round < 200; ++round) {
    told expected;
    std::string bytes;
    for (unsigned at = 0; at < 20; ++at) {
      std::string body(random() % 3 == 0 ? 0 : random() % 40, 'a');
      bytes += say('D', body);
      expected.emplace_back('D', body);
    }
    message_splitter splitter;
    told got;
    for (std::size_t from = 0; from < bytes.size();) {
      const auto size = std::min<std::size_t>(bytes.size() - from,
                                              1 + random() % (1 + round % 60));
      const auto some = split(splitter, bytes.substr(from, size));
      got.insert(got.end(), some.begin(), some.end());
      from += size;
    }
    ASSERT_EQ(got, expected);
  }
}

TEST(message_splitter, a_message_that_came_whole_is_not_copied) {
  const auto bytes = say('T', "abc");
  std::string_view rest{bytes};
  message_splitter splitter;
  server_message message;
  ASSERT_EQ(splitter.next(rest, message), outcome::message);
  EXPECT_EQ(message.body.data(), bytes.data() + 5);
}

outcome of_length(std::uint32_t length, char type = 'D') {
  std::string head{type};
  append_big(head, length);
  std::string_view rest{head};
  message_splitter splitter;
  server_message message;
  return splitter.next(rest, message);
}

TEST(message_splitter, a_length_that_cannot_be_breaks_the_stream) {
  const auto most =
    static_cast<std::uint32_t>(limits::result_bytes_max.value());
  EXPECT_EQ(of_length(0), outcome::broken);
  EXPECT_EQ(of_length(3), outcome::broken);
  EXPECT_EQ(of_length(4), outcome::message);
  EXPECT_EQ(of_length(most), outcome::more);
  EXPECT_EQ(of_length(most + 5), outcome::message) << "a row is passed over";
  EXPECT_EQ(of_length(most + 5, 'T'), outcome::broken);
  EXPECT_EQ(of_length(0x3fff'ffffU), outcome::message);
  EXPECT_EQ(of_length(0x4000'0000U), outcome::broken);
  EXPECT_EQ(of_length(0xffff'ffffU), outcome::broken);
}

TEST(message_splitter, a_row_that_is_too_long_is_told_and_passed_over) {
  const auto body = limits::result_bytes_max.value() + 100;
  std::string head{"D"};
  append_big(head, static_cast<std::uint32_t>(body + 4));
  message_splitter splitter;
  server_message message;
  std::string_view rest{head};
  ASSERT_EQ(splitter.next(rest, message), outcome::message);
  EXPECT_TRUE(message.too_long);
  const std::string piece(1'000'000, 'x');
  for (std::uint64_t left = body; left > 0;) {
    const auto size = std::min<std::uint64_t>(left, piece.size());
    auto bytes = piece.substr(0, size);
    left -= size;
    bytes += left == 0 ? say('C', "SELECT 1") : "";
    rest = bytes;
    const auto came = splitter.next(rest, message);
    ASSERT_EQ(came, left == 0 ? outcome::message : outcome::more);
    if (left == 0) {
      EXPECT_EQ(message.type, 'C');
      EXPECT_FALSE(message.too_long);
      EXPECT_EQ(message.body, "SELECT 1");
    }
  }
}

TEST(message_splitter, a_head_that_came_in_pieces_is_judged_too) {
  message_splitter splitter;
  server_message message;
  for (const std::string_view piece : {"D", "\xff\xff", "\xff"}) {
    std::string_view rest{piece};
    ASSERT_EQ(splitter.next(rest, message), outcome::more);
  }
  std::string_view rest{"\xff"};
  EXPECT_EQ(splitter.next(rest, message), outcome::broken);
}

} // namespace
} // namespace pgmuster::postgres
