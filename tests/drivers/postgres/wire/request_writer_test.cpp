// What we ask is written as PostgreSQL's manual says (message formats).
#include "drivers/postgres/wire/request_writer.hpp"

#include <gtest/gtest.h>

namespace pgmuster::postgres {
namespace {

using namespace std::string_literals;

template <class Write>
std::string written(Write write) {
  std::string bytes{"before"};
  request_writer writer{bytes};
  write(writer);
  return bytes.substr(6);
}

TEST(request_writer, a_statement_leaves_the_types_to_the_server) {
  EXPECT_EQ(written([](auto& to) { to.parse("s1", "select 1"); }),
            "P\0\0\0\x12s1\0select 1\0\0\0"s);
}

TEST(request_writer, a_text_ends_at_its_first_zero_byte) {
  EXPECT_EQ(written([](auto& to) { to.parse("", "select 1\0; drop"s); }),
            written([](auto& to) { to.parse("", "select 1"); }));
}

TEST(request_writer, results_are_asked_for_in_binary) {
  EXPECT_EQ(written([](auto& to) { to.bind("s1", ""); }),
            "B\0\0\0\x10\0s1\0\0\0\0\0\0\1\0\1"s);
}

TEST(request_writer, a_parameter_is_binary_and_may_hold_any_byte) {
  EXPECT_EQ(written([](auto& to) { to.bind("", "a\0b"s); }),
            "B\0\0\0\x17\0\0\0\1\0\1\0\1\0\0\0\3a\0b\0\1\0\1"s);
}

TEST(request_writer, what_has_no_content_is_a_head) {
  EXPECT_EQ(written([](auto& to) { to.describe_portal(); }), "D\0\0\0\6P\0"s);
  EXPECT_EQ(written([](auto& to) { to.execute(); }), "E\0\0\0\x9\0\0\0\0\0"s);
  EXPECT_EQ(written([](auto& to) { to.sync(); }), "S\0\0\0\4"s);
}

} // namespace
} // namespace pgmuster::postgres
