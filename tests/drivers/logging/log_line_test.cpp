// A log line stays one line and valid, whatever a server put into it.
#include "drivers/logging/log_line.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <string>

namespace pgmuster {
namespace {

constexpr wall_time noon{seconds{1'709'208'000}};

TEST(log_line, text_is_time_level_message_and_fields) {
  EXPECT_EQ(text_line({log_level::info, noon, "target is up"},
                      {{"target", "orders"}, {"took", "12 ms"}}, false),
            "2024-02-29T12:00:00.000Z info    target is up target=orders "
            "took=\"12 ms\"");
  EXPECT_EQ(text_line({log_level::warning, noon, "x"}, {{"empty", ""}}, false),
            "2024-02-29T12:00:00.000Z warning x empty=\"\"");
}

TEST(log_line, text_colours_only_the_level_and_only_when_asked) {
  EXPECT_EQ(text_line({log_level::error, noon, "x"}, {}, true),
            "2024-02-29T12:00:00.000Z \x1b[31merror  \x1b[0m x");
}

TEST(log_line, text_cannot_be_forged_by_a_value) {
  const std::string evil =
    "a\n2024-02-29T12:00:00.000Z error  b\x1b[2J\xC2\x9B";
  const std::string line =
    text_line({log_level::info, noon, evil}, {{"k", evil}}, false);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_EQ(line.find('\x1b'), std::string::npos);
  EXPECT_EQ(line.find('\x9B'), std::string::npos);
}

TEST(log_line, json_reads_back_as_it_was) {
  const auto line =
    boost::json::parse(json_line({log_level::debug, noon, "say \"hi\"\n"},
                                 {{"target", "orders"}, {"level", "7"}}));
  EXPECT_EQ(line.at("time").as_string(), "2024-02-29T12:00:00.000Z");
  EXPECT_EQ(line.at("level").as_string(), "debug");
  EXPECT_EQ(line.at("message").as_string(), "say \"hi\"\n");
  EXPECT_EQ(line.at("target").as_string(), "orders");
  EXPECT_EQ(line.at("field.level").as_string(), "7");
}

TEST(log_line, json_is_valid_for_text_that_is_not_utf8) {
  const std::string line =
    json_line({log_level::info, noon, "caf\xE9"}, {{"k\xFF", "\xC0\xAF"}});
  boost::system::error_code why;
  const auto read = boost::json::parse(line, why);
  ASSERT_FALSE(why) << line;
  EXPECT_EQ(read.at("message").as_string(), "caf\uFFFD");
}

} // namespace
} // namespace pgmuster
