// What is written comes back as it was; what is not ours does not come back.
#include "drivers/spool/acknowledgements.hpp"
#include "drivers/spool/folder_name.hpp"
#include "drivers/spool/segment_format.hpp"
#include "tests/drivers/spool/made_frames.hpp"

#include <set>

namespace pgmuster::spooling {
namespace {

segment_identity make_identity() {
  return {{route_name{"main"}, tenant_id{"acme"}, 3},
          42,
          wall_time{seconds{1'700'000'000}},
          0x1234'5678'9ABC'DEF0};
}

TEST(segment_format_test, a_beginning_comes_back_from_either_of_its_copies) {
  const auto put = make_identity();
  const auto bytes = encode_beginning(put);
  ASSERT_TRUE(bytes);
  ASSERT_EQ(bytes->size(), records_begin);
  for (const auto spoilt : {std::size_t{0}, std::size_t{9}, std::size_t{17},
                            std::size_t{40}, beginning_bytes + 20}) {
    auto damaged = *bytes;
    damaged[spoilt] = static_cast<char>(damaged[spoilt] ^ 0x40);
    const auto got = parse_beginning(damaged);
    ASSERT_TRUE(got) << spoilt;
    EXPECT_EQ(got->of, put.of);
    EXPECT_EQ(got->sequence, put.sequence);
    EXPECT_EQ(got->created, put.created);
    EXPECT_EQ(got->salt, put.salt);
  }
}

TEST(segment_format_test, another_version_is_refused_by_its_number) {
  auto bytes = encode_beginning(make_identity()).value();
  bytes[8] = 2;
  bytes[beginning_bytes + 8] = 2;
  const auto got = parse_beginning(bytes);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, spool_errc::other_version);
  EXPECT_EQ(describe(got.error()),
            "format 2, and this program reads format 1: a segment of another "
            "version");
}

TEST(segment_format_test, what_is_no_segment_is_told_as_such) {
  for (const auto& bytes :
       {std::string{}, std::string{"PGMSPOOL"}, std::string(records_begin, 'x'),
        std::string(records_begin, '\0')}) {
    const auto got = parse_beginning(bytes);
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, spool_errc::not_a_segment);
  }
}

TEST(segment_format_test, a_name_that_does_not_fit_is_refused_not_cut) {
  auto what = make_identity();
  what.of.tenant = tenant_id{std::string(name_bytes_max + 1, 't')};
  EXPECT_EQ(encode_beginning(what).error().code, spool_errc::too_large);
  what.of.tenant = tenant_id{std::string(name_bytes_max, 't')};
  what.of.route = route_name{std::string(name_bytes_max, 'r')};
  EXPECT_EQ(parse_beginning(encode_beginning(what).value())->of, what.of);
}

class record_test : public testing::Test {
protected:
  record_test() {
    head.about = make_frame("payload", 17, "acme", 3);
    head.about.payload.clear();
    head.written = wall_time{seconds{1'700'000'100}};
    head.words = "no such thing";
    head.ordinal = 5;
    head.points_before = 99;
    bytes = encode_record_head(head, "payload", of.salt, offset).value();
  }

  std::optional<parsed_record> parse(std::string_view from,
                                     std::uint64_t at) const {
    std::size_t wanted = 0;
    return parse_record_head(from, of, at, wanted);
  }

  static constexpr std::uint64_t offset = 8'000;
  segment_identity of = make_identity();
  record_head head;
  std::string bytes;
};

TEST_F(record_test, comes_back_as_it_was) {
  const auto got = parse(bytes, offset);
  ASSERT_TRUE(got);
  expect_equal(got->head.about, head.about);
  EXPECT_EQ(got->head.written, head.written);
  EXPECT_EQ(got->head.words, head.words);
  EXPECT_EQ(got->head.ordinal, head.ordinal);
  EXPECT_EQ(got->head.points_before, head.points_before);
  EXPECT_EQ(got->head_bytes, bytes.size());
  EXPECT_TRUE(payload_is_whole(*got, "payload"));
  EXPECT_FALSE(payload_is_whole(*got, "paylord"));
  EXPECT_FALSE(payload_is_whole(*got, "payloa"));
}

TEST_F(record_test, every_flipped_bit_is_noticed) {
  // The payload's own checksum is judged with the payload.
  constexpr std::size_t payload_checksum_at = 24;
  for (std::size_t at = 0; at < bytes.size() * 8; ++at) {
    auto damaged = bytes;
    damaged[at / 8] = static_cast<char>(damaged[at / 8] ^ (1 << (at % 8)));
    const auto got = parse(damaged, offset);
    if (at / 8 >= payload_checksum_at && at / 8 < prefix_bytes) {
      ASSERT_TRUE(got);
      EXPECT_FALSE(payload_is_whole(*got, "payload"));
    } else {
      EXPECT_FALSE(got) << "bit " << at;
    }
  }
}

TEST_F(record_test, belongs_to_its_place_and_its_segment) {
  EXPECT_FALSE(parse(bytes, offset + 1)) << "moved";
  auto other = of;
  other.salt ^= 1;
  std::size_t wanted = 0;
  EXPECT_FALSE(parse_record_head(bytes, other, offset, wanted))
    << "of another segment";
  other = of;
  other.of.tenant = tenant_id{"rival"};
  EXPECT_FALSE(parse_record_head(bytes, other, offset, wanted))
    << "of another tenant";
}

TEST_F(record_test, says_how_many_bytes_it_wants) {
  std::size_t wanted = 0;
  EXPECT_FALSE(parse_record_head({}, of, offset, wanted));
  EXPECT_EQ(wanted, prefix_bytes);
  EXPECT_FALSE(
    parse_record_head(bytes.substr(0, prefix_bytes), of, offset, wanted));
  EXPECT_EQ(wanted, bytes.size());
}

TEST(acknowledgements_test, neighbours_are_one_range_in_whatever_order) {
  EXPECT_EQ(to_ranges({4, 2, 3, 9, 9, 0}),
            (std::vector<acknowledged_range>{{0, 0}, {2, 4}, {9, 9}}));
}

TEST(acknowledgements_test, a_damaged_range_costs_only_itself) {
  const std::vector<acknowledged_range> ranges{{0, 4}, {7, 7}, {9, 20}};
  auto bytes = encode_acknowledged(ranges, 77);
  EXPECT_EQ(parse_acknowledged(bytes, 77), ranges);
  EXPECT_TRUE(parse_acknowledged(bytes, 78).empty()) << "another segment's";
  bytes[20] = static_cast<char>(bytes[20] ^ 1);
  bytes.resize(bytes.size() + 5, 'x');
  EXPECT_EQ(parse_acknowledged(bytes, 77),
            (std::vector<acknowledged_range>{{0, 4}, {9, 20}}));
}

TEST(folder_name_test, no_name_leaves_its_folder_and_no_two_meet) {
  const std::vector<std::string> names{"",
                                       ".",
                                       "..",
                                       "a/b",
                                       "a%2Fb",
                                       "%",
                                       "%~",
                                       "é",
                                       "a\\b",
                                       "a.b",
                                       ".a",
                                       "%2E",
                                       "a b",
                                       std::string("\0", 1),
                                       "A",
                                       "a",
                                       std::string(300, 'x'),
                                       std::string(301, 'x')};
  std::set<std::string> made;
  for (const auto& name : names) {
    const auto folder = folder_name(name);
    EXPECT_EQ(folder.find('/'), std::string::npos) << name;
    EXPECT_NE(folder.front(), '.') << name;
    EXPECT_LE(folder.size(), 255U);
    EXPECT_TRUE(made.insert(folder).second) << name << " -> " << folder;
  }
  EXPECT_EQ(folder_name("acme-eu_1.prod"), "acme-eu_1.prod");
}

} // namespace
} // namespace pgmuster::spooling
