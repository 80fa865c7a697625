// Damage anywhere costs what it hits, and what it cost is known.
#include "drivers/spool/segment_walk.hpp"
#include "tests/drivers/spool/made_frames.hpp"

#include <random>

namespace pgmuster::spooling {
namespace {

struct placed {
  std::uint64_t offset = 0;
  std::uint64_t end = 0;
  frame put;
};

class segment_walk_test : public testing::Test {
protected:
  void write(std::size_t records, std::uint32_t seed) {
    std::mt19937 random{seed};
    bytes_ = encode_beginning(of_).value();
    std::uint64_t points = 0;
    for (std::uint32_t at = 0; at < records; ++at) {
      std::string payload(random() % 700, '\0');
      for (auto& letter : payload) {
        letter = static_cast<char>(random());
      }
      record_head head;
      head.about = make_frame("", 1 + random() % 50);
      head.ordinal = at;
      head.points_before = points;
      points += head.about.points;
      placed made{bytes_.size(), 0, head.about};
      bytes_ +=
        encode_record_head(head, payload, of_.salt, bytes_.size()).value();
      bytes_ += payload;
      made.end = bytes_.size();
      made.put.payload = payload;
      written_.push_back(std::move(made));
    }
    points_ = points;
  }

  struct outcome {
    std::vector<std::uint32_t> ordinals;
    std::uint64_t points = 0;
    std::uint64_t lost_points = 0;
    std::uint64_t lost_bytes = 0;
    lost_stretch tail;
  };

  /// What can be read of `bytes`, payloads included.
  outcome read(std::string_view bytes) const {
    memory_source from{bytes};
    segment_walk over{from, of_};
    outcome made;
    while (const auto found = over.next()) {
      made.lost_points += found->lost.points;
      made.lost_bytes += found->lost.bytes;
      const auto& head = found->found.head;
      if (const auto payload = read_payload(from, *found)) {
        const auto& put = written_.at(head.ordinal).put;
        auto got = head.about;
        got.payload = *payload;
        expect_equal(got, put);
        made.ordinals.push_back(head.ordinal);
        made.points += head.about.points;
      } else {
        made.lost_points += head.about.points;
      }
    }
    made.tail = over.tail();
    return made;
  }

  segment_identity of_{{route_name{"main"}, tenant_id{"acme"}, 0},
                       1,
                       {},
                       0xFEED};
  std::string bytes_;
  std::vector<placed> written_;
  std::uint64_t points_ = 0;
};

TEST_F(segment_walk_test, all_records_come_in_order) {
  write(30, 1);
  const auto got = read(bytes_);
  EXPECT_EQ(got.ordinals.size(), 30U);
  EXPECT_EQ(got.points, points_);
  EXPECT_EQ(got.lost_bytes + got.tail.bytes, 0U);
}

TEST_F(segment_walk_test, a_cut_anywhere_costs_only_the_record_it_cuts) {
  write(8, 2);
  for (auto size = records_begin; size < bytes_.size(); ++size) {
    const auto got = read(std::string_view{bytes_}.substr(0, size));
    std::size_t whole = 0;
    std::uint64_t cut_at = records_begin;
    for (const auto& one : written_) {
      if (one.end <= size) {
        ++whole;
        cut_at = one.end;
      }
    }
    ASSERT_EQ(got.ordinals.size(), whole) << "cut to " << size;
    ASSERT_EQ(got.tail.bytes, size - cut_at);
  }
}

TEST_F(segment_walk_test, a_torn_record_with_a_whole_head_tells_its_points) {
  write(3, 3);
  const auto got = read(std::string_view{bytes_}.substr(0, bytes_.size() - 1));
  EXPECT_EQ(got.ordinals.size(), 2U);
  EXPECT_EQ(got.tail.points, written_.back().put.points);
  EXPECT_EQ(got.tail.from, 2U);
  EXPECT_EQ(got.tail.to, 3U);
}

TEST_F(segment_walk_test, random_damage_loses_what_it_hits_and_counts_it) {
  for (std::uint32_t seed = 100; seed < 400; ++seed) {
    written_.clear();
    write(20, seed);
    std::mt19937 random{seed};
    auto damaged = bytes_;
    const auto from =
      records_begin + random() % (bytes_.size() - records_begin);
    const auto length =
      std::min<std::size_t>(1 + random() % 1'500, bytes_.size() - from);
    for (auto at = from; at < from + length; ++at) {
      damaged[at] = static_cast<char>(random());
    }
    const auto got = read(damaged);
    std::size_t untouched = 0;
    std::uint64_t behind = 0;
    for (const auto& one : written_) {
      const auto hit = one.offset < from + length && one.end > from;
      untouched += hit ? 0U : 1U;
      behind += one.offset >= from + length ? 1U : 0U;
    }
    // Random bytes may equal those that were there.
    ASSERT_GE(got.ordinals.size(), untouched) << "seed " << seed;
    if (behind > 0) {
      ASSERT_EQ(got.points + got.lost_points, points_) << "seed " << seed;
      ASSERT_EQ(got.tail.bytes, 0U) << "seed " << seed;
    }
  }
}

TEST_F(segment_walk_test, a_payload_cannot_pass_for_a_record) {
  // A tenant that knows the format, but not the salt.
  record_head forged;
  forged.about = make_frame("", 1'000'000);
  forged.ordinal = 1;
  bytes_ = encode_beginning(of_).value();
  const auto inside =
    encode_record_head(forged, "evil", of_.salt ^ 1, bytes_.size()).value()
    + "evil";
  record_head head;
  head.about = make_frame("", 3);
  const auto first = bytes_.size();
  bytes_ += encode_record_head(head, inside, of_.salt, first).value();
  bytes_ += inside;
  bytes_[first + 1] = 'x';
  const auto got = read(bytes_);
  EXPECT_TRUE(got.ordinals.empty());
  EXPECT_EQ(got.tail.bytes, bytes_.size() - first);
}

TEST_F(segment_walk_test, a_marker_across_two_windows_is_found) {
  constexpr std::size_t window = 64U * 1024;
  for (std::size_t shift = 0; shift < 8; ++shift) {
    bytes_ = encode_beginning(of_).value();
    written_.clear();
    // One byte on, as the search does; then the marker crosses the border.
    bytes_.append(window - shift, 'j');
    record_head head;
    head.about = make_frame("", 3);
    written_.push_back({bytes_.size(), 0, head.about});
    bytes_ += encode_record_head(head, "", of_.salt, bytes_.size()).value();
    EXPECT_EQ(read(bytes_).ordinals.size(), 1U) << shift;
  }
}

} // namespace
} // namespace pgmuster::spooling
