// Entries are decoded exactly; what does not fit is counted.
#include "codec/catalog/entry_rows.hpp"
#include "tests/codec/catalog/probe_rows.hpp"

#include <gtest/gtest.h>

namespace pgmuster {
namespace {

using testing_catalog::probe;
using testing_catalog::real;
using testing_catalog::rows;
using testing_catalog::text;
using testing_catalog::whole;

negotiated_probe entry_probe() {
  return probe(R"(-- probe: p
-- summary: s
-- family: accumulated
-- rank: x.c
SELECT
  a -- key dbid
, b -- key queryid
, c -- start
, d -- counter x.c {call} : c
, e -- counter x.e us as=us : e
FROM t
)");
}

TEST(entry_rows, keys_are_big_endian_and_values_exact) {
  const auto of = entry_probe();
  const auto sent = rows(5, {whole(5), whole(-2), whole(77), whole(9),
                             real(0.0005), //
                             whole(6), cell{}, cell{}, cell{}, real(2.25)});
  entry_rows read{of, sent};
  EXPECT_EQ(read.shape(), (entry_shape{2, 2, true, 0}));
  ASSERT_EQ(read.count(), 2U);
  using namespace std::string_view_literals;
  entry_reading entry;
  read.decode(0, entry);
  EXPECT_EQ(entry.key, "\0\0\0\0\0\0\0\5\xff\xff\xff\xff\xff\xff\xff\xfe"sv);
  EXPECT_EQ(entry.values, (std::vector<std::int64_t>{9, 1}));
  EXPECT_EQ(entry.since, 77);
  EXPECT_EQ(entry.database, 5);
  EXPECT_FALSE(entry.unattributed);
  read.decode(1, entry);
  EXPECT_EQ(entry.values, (std::vector<std::int64_t>{0, 2'250}));
  EXPECT_EQ(entry.since, 0);
  EXPECT_TRUE(entry.unattributed);
  EXPECT_EQ(read.bad().cells, 0U) << read.bad().first;
}

TEST(entry_rows, bad_cells_are_counted_and_read_as_nothing) {
  const auto of = entry_probe();
  const auto sent =
    rows(5, {whole(5), text("x"), text("y"), real(1.5), text("z")});
  entry_rows read{of, sent};
  entry_reading entry;
  read.decode(0, entry);
  EXPECT_EQ(read.bad().cells, 4U);
  EXPECT_EQ(read.bad().first, "b: a text does not fit");
  EXPECT_EQ(entry.values, (std::vector<std::int64_t>{0, 0}));
  EXPECT_TRUE(entry.unattributed);
}

TEST(entry_rows, a_row_of_another_width_has_no_identity_and_no_numbers) {
  const auto of = entry_probe();
  const auto sent = rows(2, {whole(5), whole(6)});
  entry_rows read{of, sent};
  entry_reading entry;
  read.decode(0, entry);
  EXPECT_EQ(read.bad().cells, 5U);
  EXPECT_EQ(entry.key.size(), 16U);
  EXPECT_EQ(entry.values.size(), 2U);
  EXPECT_TRUE(entry.unattributed);
}

/// Each byte is a value: a digit a whole one, `-` null, and a letter a row
/// value of its own, of as many ones.
bool unpack_letters(std::string_view bytes, std::span<cell> out) noexcept {
  static const std::string ones(26, '1');
  if (bytes.size() != out.size()) {
    return false;
  }
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    const char one = bytes[at];
    const auto count = static_cast<std::size_t>(one - 'a' + 1);
    out[at] = one == '-'   ? cell{}
              : one >= 'a' ? cell::of(std::string_view{ones}.substr(0, count))
                           : cell::of(std::int64_t{one - '0'});
  }
  return true;
}

TEST(entry_rows, a_null_part_is_as_many_zeros_and_another_width_is_told) {
  const auto of = probe(R"(-- probe: p
-- summary: s
-- family: accumulated
-- rank: x.c
SELECT
  a -- key queryid
, c -- counter x.c {call} : c
, d -- counter x.d By part=two : d
, e -- counter x.e By part=two : e
, f -- counter x.f By : f
)");
  const row_set sent{
    1, {text("34b5"), text("34-5"), text("34c5")}, {}, unpack_letters};
  entry_rows read{of, sent};
  entry_reading entry;
  read.decode(0, entry);
  EXPECT_EQ(entry.values, (std::vector<std::int64_t>{4, 1, 1, 5}));
  read.decode(1, entry);
  EXPECT_EQ(entry.values, (std::vector<std::int64_t>{4, 0, 0, 5}));
  EXPECT_FALSE(entry.unattributed);
  EXPECT_EQ(read.bad().cells, 0U);
  read.decode(2, entry);
  EXPECT_EQ(entry.values, (std::vector<std::int64_t>{0, 0, 0, 0}));
  EXPECT_TRUE(entry.unattributed);
  EXPECT_EQ(read.bad().cells, 5U);
}

TEST(entry_rows, a_digest_stands_beside_its_entry_and_without_one_it_is_gone) {
  const auto of = probe(R"(-- probe: p
-- summary: s
-- family: accumulated
-- rank: x.c
SELECT
  a -- key queryid
, c -- counter x.c {call} : c
, b -- digest
FROM t
)");
  ASSERT_TRUE(of.by_digest);
  const row_set sent{3,
                     {text("34"), whole(77), cell{}, //
                      cell{}, cell{}, whole(5),      //
                      text("-4"), cell{}, cell{}},
                     {},
                     unpack_letters};
  entry_rows read{of, sent};
  EXPECT_TRUE(read.by_digest());
  EXPECT_EQ(read.gone(0), std::nullopt);
  EXPECT_EQ(read.gone(1), 5);
  EXPECT_EQ(read.gone(2), std::nullopt);
  entry_reading entry;
  read.decode(0, entry);
  EXPECT_EQ(entry.digest, 77);
  EXPECT_EQ(entry.values, (std::vector<std::int64_t>{4}));
  read.decode(2, entry);
  EXPECT_EQ(entry.digest, 0);
  EXPECT_TRUE(entry.unattributed);
  EXPECT_EQ(read.bad().cells, 0U) << read.bad().first;
}

TEST(entry_rows, without_a_digest_all_are_sent) {
  const auto of = entry_probe();
  const auto plain = rows(5, std::vector<cell>(5, whole(3)));
  entry_rows read{of, plain};
  EXPECT_FALSE(read.by_digest());
  EXPECT_EQ(read.gone(0), std::nullopt);
  entry_reading entry;
  read.decode(0, entry);
  EXPECT_EQ(entry.digest, 0);
}

} // namespace
} // namespace pgmuster
