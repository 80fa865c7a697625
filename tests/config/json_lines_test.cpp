// The walk that gives a JSON text its lines.
#include "config/loading/json_lines.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

namespace pgmuster::loading {
namespace {

std::map<std::string, std::size_t> lines_of(std::string_view text) {
  std::map<std::string, std::size_t> lines;
  visit_lines(text, [&](const line_of_value& value) {
    lines.emplace(value.pointer, value.line);
  });
  return lines;
}

TEST(visit_lines, finds_members_and_elements_through_comments) {
  const auto lines = lines_of("// one, \"not\": a key\n"
                              "{\n"
                              "  \"a\": [1,\n"
                              "    /* two\n"
                              "       lines */ {\"b\": \"}\\\"]\"},\n"
                              "  ],\n"
                              "  \"c\"\n"
                              "    : true, // trailing\n"
                              "  \"d/e~f\": {},\n"
                              "  \"\\u0067\": null\n"
                              "}\n");
  const std::map<std::string, std::size_t> expected{
    {"/a", 3}, {"/a/0", 3},     {"/a/1", 5}, {"/a/1/b", 5},
    {"/c", 7}, {"/d~1e~0f", 9}, {"/g", 10}};
  EXPECT_EQ(lines, expected);
}

TEST(visit_lines, tells_where_a_key_was_before) {
  std::size_t earlier = 0;
  visit_lines("{\"a\": 1,\n\"b\": {\"a\": 2},\n\"\\u0061\": 3}",
              [&](const line_of_value& value) {
                earlier = std::max(earlier, value.earlier_line);
              });
  EXPECT_EQ(earlier, 1U);
}

TEST(visit_lines, never_reads_past_text_that_is_no_json) {
  const std::string letters = "{}[]\",:/*\\ \na1";
  const auto seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random{seed};
  for (int round = 0; round < 20'000; ++round) {
    std::string text(random() % 24, ' ');
    for (auto& byte : text) {
      byte = letters[random() % letters.size()];
    }
    // An exact heap block, so that a sanitizer sees one byte too many.
    const std::vector<char> block{text.begin(), text.end()};
    static_cast<void>(lines_of({block.data(), block.size()}));
  }
}

} // namespace
} // namespace pgmuster::loading
