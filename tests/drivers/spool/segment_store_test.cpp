// Order, bounds, and what survives the end of a process, without threads.
#include "drivers/spool/segment_store.hpp"
#include "tests/drivers/spool/made_frames.hpp"

#include <sys/stat.h>

#include <fstream>
#include <random>

namespace pgmuster::spooling {
namespace {

using namespace literals; // NOLINT(google-build-using-namespace): units only

const partition_key acme{route_name{"main"}, tenant_id{"acme"}, 0};

class segment_store_test : public testing::Test {
protected:
  std::unique_ptr<segment_store> open() {
    auto made = std::make_unique<segment_store>(
      folder_.path() / "frames", limits_, [this] { return random_(); });
    EXPECT_TRUE(made->open(true));
    return made;
  }

  static record_position
  put(segment_store& into, const frame& what, custody as = custody::waiting) {
    auto done = into.append(what, {}, {}, as);
    EXPECT_TRUE(done) << (done ? "" : describe(done.error()));
    return done ? *done : record_position{};
  }

  static std::vector<std::string> payloads(std::vector<spooled_frame> frames) {
    std::vector<std::string> read;
    for (const auto& one : frames) {
      read.push_back(one.what->payload);
    }
    return read;
  }

  temporary_folder folder_;
  store_limits limits_{1'000_MiB, 100_MiB, 8_MiB};
  std::mt19937_64 random_{7};
};

TEST_F(segment_store_test, frames_come_out_as_they_went_in_and_in_order) {
  auto store = open();
  for (int at = 0; at < 10; ++at) {
    put(*store, make_frame(std::to_string(at), 5));
  }
  const auto got = store->take(acme, 1_MiB);
  ASSERT_EQ(got.size(), 10U);
  for (std::size_t at = 0; at < got.size(); ++at) {
    expect_equal(*got[at].what, make_frame(std::to_string(at), 5));
    EXPECT_FALSE(got[at].earlier_run);
  }
  EXPECT_TRUE(store->take(acme, 1_MiB).empty()) << "they are out";
  EXPECT_EQ(store->sums().points, 0U);
}

TEST_F(segment_store_test, what_was_acknowledged_does_not_come_again) {
  limits_.segment_bytes = byte_count{6'000};
  {
    auto store = open();
    for (int at = 0; at < 40; ++at) {
      put(*store, make_frame(std::string(500, 'x') + std::to_string(at)));
    }
    const auto got = store->take(acme, 1_MiB);
    for (const auto at : {0U, 1U, 2U, 9U, 30U}) {
      store->acknowledge(acme, got[at].position);
    }
    ASSERT_TRUE(store->settle());
    // No more than that: as after kill -9.
  }
  auto store = open();
  EXPECT_EQ(store->sums().frames, 35U);
  const auto got = store->take(acme, 1_MiB);
  ASSERT_EQ(got.size(), 35U);
  EXPECT_EQ(got[0].what->payload.substr(500), "3");
  EXPECT_EQ(got[6].what->payload.substr(500), "10");
  EXPECT_TRUE(got[0].earlier_run);
  for (const auto& one : got) {
    store->acknowledge(acme, one.position);
  }
  ASSERT_TRUE(store->settle());
  EXPECT_EQ(store->sums().segments, 0U) << "nothing of it is left";
  EXPECT_TRUE(segments_below(folder_.path()).empty());
}

TEST_F(segment_store_test, what_is_released_comes_again_in_its_old_place) {
  auto store = open();
  for (const auto* name : {"a", "b", "c"}) {
    put(*store, make_frame(name));
  }
  const auto got = store->take(acme, 1_MiB);
  store->release(acme, got[1].position);
  store->release(acme, got[0].position);
  put(*store, make_frame("d"));
  EXPECT_EQ(payloads(store->take(acme, 1_MiB)),
            (std::vector<std::string>{"a", "b", "d"}));
}

TEST_F(segment_store_test, what_the_caller_keeps_is_not_read_until_released) {
  {
    auto store = open();
    const auto kept = put(*store, make_frame("kept", 3), custody::kept);
    put(*store, make_frame("waits", 4));
    EXPECT_EQ(store->sums().points, 4U);
    EXPECT_EQ(payloads(store->take(acme, 1_MiB)),
              std::vector<std::string>{"waits"});
    store->release(acme, kept);
    EXPECT_EQ(payloads(store->take(acme, 1_MiB)),
              std::vector<std::string>{"kept"});
  }
  auto after = open();
  EXPECT_EQ(payloads(after->take(acme, 1_MiB)),
            (std::vector<std::string>{"kept", "waits"}))
    << "neither was acknowledged";
}

TEST_F(segment_store_test, a_read_takes_as_much_as_was_asked_for_and_one) {
  auto store = open();
  for (int at = 0; at < 5; ++at) {
    put(*store, make_frame(std::string(1'000, 'x')));
  }
  EXPECT_EQ(store->take(acme, byte_count{1}).size(), 1U);
  EXPECT_EQ(store->take(acme, byte_count{2'000}).size(), 2U);
}

TEST_F(segment_store_test, past_a_routes_bound_its_oldest_segment_goes) {
  limits_.route_bytes_max = 80_kB;
  limits_.segment_bytes = 20_kB;
  auto store = open();
  const partition_key rival{route_name{"main"}, tenant_id{"rival"}, 0};
  put(*store, make_frame(std::string(1'000, 'r'), 1, "rival"));
  for (int at = 0; at < 200; ++at) {
    put(*store, make_frame(std::string(1'000, 'x') + std::to_string(at), 2));
  }
  std::uint64_t lost = 0;
  for (const auto& one : store->take_losses()) {
    EXPECT_EQ(one.of, acme);
    EXPECT_EQ(one.what.why, spool_loss::reason::full);
    lost += one.what.points;
  }
  EXPECT_LE(store->sums().bytes, 86'000U);
  const auto left = store->take(acme, 1_MiB);
  EXPECT_EQ(lost + left.size() * 2, 400U);
  EXPECT_EQ(left.back().what->payload.substr(1'000), "199");
  EXPECT_EQ(store->take(rival, 1_MiB).size(), 1U) << "others lose nothing";
}

TEST_F(segment_store_test, past_the_whole_bound_who_has_most_gives_way) {
  limits_ = {100_kB, 100_kB, 10_kB};
  auto store = open();
  put(*store, make_frame(std::string(1'000, 's'), 1, "small"));
  for (std::size_t at = 0; at < 300; ++at) {
    put(*store, make_frame(std::string(1'000, 'x'), 1, "acme", at % 2));
  }
  EXPECT_LE(store->sums().bytes, 100'000U);
  for (const auto& one : store->take_losses()) {
    EXPECT_EQ(one.of.tenant, tenant_id{"acme"});
  }
  EXPECT_EQ(
    store->take({route_name{"main"}, tenant_id{"small"}, 0}, 1_MiB).size(), 1U);
}

TEST_F(segment_store_test, what_is_out_is_not_lost_with_its_segment) {
  limits_.route_bytes_max = 80_kB;
  limits_.segment_bytes = 20_kB;
  auto store = open();
  const auto first = put(*store, make_frame("1", 10), custody::kept);
  const auto second = put(*store, make_frame("2", 20), custody::kept);
  for (int at = 0; at < 100; ++at) {
    put(*store, make_frame(std::string(1'000, 'x'), 1));
  }
  std::uint64_t waited = 0;
  for (const auto& one : store->take_losses()) {
    waited += one.what.points;
  }
  EXPECT_EQ(waited + store->sums().points, 100U);
  store->acknowledge(acme, first);
  EXPECT_TRUE(store->take_losses().empty());
  store->release(acme, second);
  const auto told = store->take_losses();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].what.points, 20U);
}

TEST_F(segment_store_test, all_that_is_finished_can_be_given_back) {
  limits_.segment_bytes = byte_count{6'000};
  auto store = open();
  put(*store, make_frame("waits", 3, "rival"));
  for (int at = 0; at < 20; ++at) {
    put(*store, make_frame(std::string(500, 'x')));
  }
  const auto got = store->take(acme, 1_MiB);
  for (const auto& one : got) {
    store->acknowledge(acme, one.position);
  }
  ASSERT_TRUE(store->settle());
  EXPECT_EQ(store->sums().segments, 2U) << "one is still being written";
  EXPECT_TRUE(store->try_room(1'000));
  store->give_back();
  EXPECT_EQ(segments_below(folder_.path()).size(), 1U) << "only what waits";
  EXPECT_EQ(store->sums().points, 3U);
  EXPECT_TRUE(store->take_losses().empty());
  put(*store, make_frame("on"));
  EXPECT_EQ(payloads(store->take(acme, 1_MiB)), std::vector<std::string>{"on"});
}

TEST_F(segment_store_test, a_segment_that_was_deleted_by_others_is_lost) {
  auto store = open();
  const auto kept = put(*store, make_frame("k", 5), custody::kept);
  put(*store, make_frame("a", 7));
  EXPECT_FALSE(store->some_are_gone());
  std::filesystem::remove_all(folder_.path() / "frames");
  EXPECT_TRUE(store->some_are_gone());
  store->let_gone_go();
  const auto lost = store->take_losses();
  ASSERT_EQ(lost.size(), 1U);
  EXPECT_EQ(lost[0].what.why, spool_loss::reason::corrupt);
  EXPECT_EQ(lost[0].what.points, 7U);
  EXPECT_EQ(store->sums().segments, 0U);
  store->release(acme, kept);
  const auto later = store->take_losses();
  ASSERT_EQ(later.size(), 1U) << "its copy went as well";
  EXPECT_EQ(later[0].what.points, 5U);
  put(*store, make_frame("on"));
  EXPECT_EQ(payloads(store->take(acme, 1_MiB)), std::vector<std::string>{"on"});
}

TEST_F(segment_store_test, damage_is_counted_and_the_rest_replayed) {
  for (std::uint32_t seed = 0; seed < 60; ++seed) {
    std::filesystem::remove_all(folder_.path() / "frames");
    limits_.segment_bytes = 20_kB;
    std::mt19937 random{seed};
    std::uint64_t put_in = 0;
    {
      auto store = open();
      for (int at = 0; at < 60; ++at) {
        const auto points = 1 + random() % 9;
        put(*store, make_frame(std::string(random() % 2'000, 'x'), points));
        put_in += points;
      }
      ASSERT_TRUE(store->settle());
    }
    const auto segments = segments_below(folder_.path());
    ASSERT_GT(segments.size(), 1U);
    const auto& hit = segments[random() % segments.size()];
    {
      std::fstream file{hit, std::ios::in | std::ios::out | std::ios::binary};
      const auto size = std::filesystem::file_size(hit);
      file.seekp(static_cast<std::streamoff>(
        records_begin + random() % (size - records_begin)));
      file << std::string(1 + random() % 300, '?');
    }
    auto store = open();
    std::uint64_t got = 0;
    for (const auto& one : store->take(acme, 1_MiB)) {
      got += one.what->points;
    }
    std::uint64_t lost = 0;
    std::uint64_t bytes = 0;
    for (const auto& one : store->take_losses()) {
      EXPECT_EQ(one.what.why, spool_loss::reason::corrupt);
      lost += one.what.points;
      bytes += one.what.bytes;
    }
    EXPECT_GT(bytes, 0U) << "seed " << seed;
    // Only a segment's last record can go without telling its points.
    EXPECT_LE(got + lost, put_in) << "seed " << seed;
    EXPECT_GE(got + lost + 9, put_in) << "seed " << seed;
    EXPECT_EQ(store->sums().points, 0U) << "seed " << seed;
  }
}

TEST_F(segment_store_test, damage_in_the_middle_loses_exact_points) {
  {
    auto store = open();
    for (int at = 0; at < 3; ++at) {
      put(*store, make_frame(std::string(3'000, 'x'), 7));
    }
  }
  const auto hit = segments_below(folder_.path()).front();
  {
    std::fstream file{hit, std::ios::in | std::ios::out | std::ios::binary};
    file.seekp(records_begin + 3'200);
    file << std::string(100, '?');
  }
  auto store = open();
  EXPECT_EQ(store->take(acme, 1_MiB).size(), 2U);
  std::uint64_t lost = 0;
  for (const auto& one : store->take_losses()) {
    lost += one.what.points;
  }
  EXPECT_EQ(lost, 7U);
}

TEST_F(segment_store_test, a_beginning_that_is_damaged_is_told) {
  const auto lost_after = [this](const auto& damage) {
    std::filesystem::remove_all(folder_.path() / "frames");
    { put(*open(), make_frame("x", 7)); }
    damage(segments_below(folder_.path()).front());
    auto store = open();
    const auto waiting = store->sums().points;
    const auto losses = store->take_losses();
    EXPECT_EQ(losses.size(), 1U);
    return std::pair{losses.empty() ? 0 : losses[0].what.bytes, waiting};
  };
  const auto cut = lost_after([](const std::filesystem::path& path) {
    std::filesystem::resize_file(path, 100);
  });
  EXPECT_EQ(cut,
            (std::pair{std::uint64_t{records_begin - 100}, std::uint64_t{0}}))
    << "its first copy is whole: it is not just an empty segment";
  for (const auto at : {std::size_t{30}, beginning_bytes + 30}) {
    const auto flipped = lost_after([at](const std::filesystem::path& path) {
      std::fstream file{path, std::ios::in | std::ios::out | std::ios::binary};
      file.seekp(static_cast<std::streamoff>(at));
      file.put('\x7F');
    });
    EXPECT_EQ(flipped,
              (std::pair{std::uint64_t{beginning_bytes}, std::uint64_t{7}}))
      << "the other copy is enough to read it";
  }
}

TEST_F(segment_store_test, another_versions_segment_is_left_as_it_is) {
  {
    auto store = open();
    put(*store, make_frame("from the future", 7));
  }
  const auto path = segments_below(folder_.path()).front();
  {
    std::fstream file{path, std::ios::in | std::ios::out | std::ios::binary};
    for (const auto at : {std::size_t{8}, beginning_bytes + 8}) {
      file.seekp(static_cast<std::streamoff>(at));
      file.put('\x09');
    }
  }
  const auto size = std::filesystem::file_size(path);
  for (int run = 0; run < 2; ++run) {
    auto store = open();
    ASSERT_EQ(store->refused().size(), 1U);
    EXPECT_NE(store->refused()[0].words.find(
                "format 9, and this program reads format 1"),
              std::string::npos);
    EXPECT_TRUE(store->take(acme, 1_MiB).empty());
    put(*store, make_frame("new"));
    for (const auto& one : store->take(acme, 1_MiB)) {
      store->acknowledge(acme, one.position);
    }
    store->seal();
    ASSERT_TRUE(store->settle());
    EXPECT_EQ(std::filesystem::file_size(path), size);
  }
}

TEST_F(segment_store_test, files_are_the_owners_alone) {
  auto store = open();
  put(*store, make_frame("secret"));
  put(*store, make_frame("secret"));
  store->acknowledge(acme, store->take(acme, byte_count{1}).at(0).position);
  ASSERT_TRUE(store->settle());
  auto files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator{
         folder_.path() / "frames"}) {
    struct ::stat found {};
    ASSERT_EQ(::stat(entry.path().c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777U, entry.is_directory() ? 0700U : 0600U)
      << entry.path();
    files += entry.is_regular_file() ? 1 : 0;
  }
  EXPECT_EQ(files, 2) << "a segment and its list";
}

TEST_F(segment_store_test, thousands_of_partitions_need_few_open_files) {
  const auto open_files = [] {
    return std::distance(std::filesystem::directory_iterator{"/proc/self/fd"},
                         std::filesystem::directory_iterator{});
  };
  const auto before = open_files();
  auto store = open();
  for (int round = 0; round < 2; ++round) {
    for (int at = 0; at < 1'000; ++at) {
      put(*store, make_frame("x", 1, "tenant" + std::to_string(at)));
      ASSERT_TRUE(store->settle());
    }
  }
  EXPECT_LE(open_files() - before,
            static_cast<std::ptrdiff_t>(limits::spool_files_max) + 1);
  EXPECT_EQ(store->sums().segments, 1'000U) << "each goes on with its own";
  EXPECT_EQ(store->sums().frames, 2'000U);
}

} // namespace
} // namespace pgmuster::spooling
