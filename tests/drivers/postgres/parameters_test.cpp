// Parameters have the bytes that array_send writes for the same values.
#include "drivers/postgres/parameters.hpp"

#include <gtest/gtest.h>

#include <array>

namespace pgmuster::postgres {
namespace {

using namespace std::string_view_literals;

TEST(parameters, an_array_has_its_dimension_its_type_and_each_value) {
  constexpr std::array<std::int64_t, 2> values{1, -2};
  EXPECT_EQ(int8_array(values), "\0\0\0\1"
                                "\0\0\0\0"
                                "\0\0\0\x14"
                                "\0\0\0\2"
                                "\0\0\0\1"
                                "\0\0\0\x8\0\0\0\0\0\0\0\1"
                                "\0\0\0\x8\xff\xff\xff\xff\xff\xff\xff\xfe"sv);
}

TEST(parameters, an_empty_array_has_no_dimension) {
  EXPECT_EQ(int8_array({}), "\0\0\0\0"
                            "\0\0\0\0"
                            "\0\0\0\x14"sv);
}

} // namespace
} // namespace pgmuster::postgres
