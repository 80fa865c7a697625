#include "actors/frame_assembly.hpp"
#include "config/limits.hpp"

#include <gtest/gtest.h>

namespace pgmuster {
namespace {

configuration two_tenants() {
  configuration config;
  const route_name main{"main"};
  const route_name copy{"copy"};
  otlp_destination zstd;
  zstd.shards = 1;
  otlp_destination plain = zstd;
  plain.encoding = compression::none;
  config.routes[main] = {main, zstd, {}};
  config.routes[copy] = {copy, plain, {}};
  config.tenants.push_back({tenant_id{"a"}, {main, copy}, {}});
  config.tenants.push_back({tenant_id{"b"}, {main}, {}});
  return config;
}

/// `rows` rows of one gauge; wide keys make it large.
observation
seen_of(const std::string& tenant, std::size_t rows, std::size_t width = 1) {
  auto of = std::make_shared<resource>();
  of->tenant = tenant_id{tenant};
  of->hash = 7;
  auto layout = std::make_shared<block_layout>();
  layout->metrics.push_back({"m", "{x}", "", instrument::gauge, false});
  layout->keys = {"k"};
  layout->columns.push_back({0, {}});
  observation seen;
  seen.of = std::move(of);
  point_block block{std::move(layout), {}};
  for (std::size_t row = 0; row < rows; ++row) {
    point_row made;
    made.values_of_keys = {std::to_string(row) + std::string(width, 'x')};
    made.values = {number::of(std::int64_t{1})};
    block.rows.push_back(std::move(made));
  }
  seen.blocks.push_back(std::move(block));
  seen.points = rows;
  return seen;
}

class frame_assembly_case : public testing::Test {
protected:
  std::vector<finished_frame> add(const observation& seen,
                                  std::uint64_t made = 0) {
    auto lease = shaping_lease::open(books_.shaping(seen.of->tenant), credit_,
                                     byte_count{100}, seen.points - made);
    shaping_tally went;
    went.passed = seen.points - made;
    return assembly_.add(seen, *lease, went, made, now_);
  }
  delivery_view book(const char* tenant, const char* route) {
    return books_.delivery(tenant_id{tenant}, route_name{route})->view();
  }

  ledger books_;
  std::shared_ptr<credit_account> credit_ =
    std::make_shared<credit_account>(byte_count{1'000'000}, byte_count{0});
  lane_counts counted_;
  frame_assembly assembly_{two_tenants(), books_, counted_};
  mono_time now_{seconds{100}};
};

TEST_F(frame_assembly_case, frames_never_mix_tenants_and_go_to_each_route) {
  EXPECT_TRUE(add(seen_of("a", 3)).empty());
  EXPECT_TRUE(add(seen_of("b", 5)).empty());
  const auto frames = assembly_.take_all();
  ASSERT_EQ(frames.size(), 3U);
  std::map<std::pair<std::string, std::string>, std::uint64_t> points;
  for (const auto& one : frames) {
    points[{one.what->tenant.value(), one.what->route.value()}] +=
      one.what->points;
  }
  EXPECT_EQ((points[{"a", "main"}]), 3U);
  EXPECT_EQ((points[{"a", "copy"}]), 3U);
  EXPECT_EQ((points[{"b", "main"}]), 5U);
  EXPECT_EQ(credit_->in_use(), byte_count{0});
}

TEST_F(frame_assembly_case,
       events_go_in_frames_of_their_own_where_they_are_taken) {
  auto config = two_tenants();
  config.routes.at(route_name{"copy"}).signals.logs = true;
  frame_assembly assembly{config, books_, counted_};
  auto seen = seen_of("a", 3);
  seen.events.resize(2);
  const auto lease = shaping_lease::open(books_.shaping(seen.of->tenant),
                                         credit_, byte_count{100}, 5);
  EXPECT_TRUE(assembly.add(seen, *lease, {.passed = 5}, 0, now_).empty());
  std::map<std::pair<std::string, signal>, std::uint64_t> found;
  for (const auto& one : assembly.take_all()) {
    found[{one.what->route.value(), one.what->carries}] += one.what->points;
    one.lease->acknowledge(0);
  }
  EXPECT_EQ(found, (std::map<std::pair<std::string, signal>, std::uint64_t>{
                     {{"main", signal::metrics}, 3},
                     {{"copy", signal::metrics}, 3},
                     {{"copy", signal::logs}, 2}}));
  EXPECT_EQ(book("a", "main").passed, 3U);
  EXPECT_EQ(book("a", "copy").passed, 5U);
  EXPECT_TRUE(book("a", "copy").balanced());
  EXPECT_TRUE(books_.shaping(seen.of->tenant)->view().balanced());
}

TEST_F(frame_assembly_case, both_books_balance_at_each_step) {
  (void)add(seen_of("a", 10), 4);
  EXPECT_TRUE(books_.shaping(tenant_id{"a"})->view().balanced());
  EXPECT_EQ(book("a", "main").passed, 6U);
  EXPECT_EQ(book("a", "main").made, 4U);
  EXPECT_EQ(book("a", "main").batching, 10U);
  EXPECT_TRUE(book("a", "main").balanced());
  auto frames = assembly_.take_all();
  EXPECT_EQ(book("a", "main").in_flight, 10U);
  EXPECT_TRUE(book("a", "main").balanced());
  frames.front().lease->acknowledge(1);
  frames.clear();
  const auto main_book = book("a", "main");
  const auto copy_book = book("a", "copy");
  EXPECT_TRUE(main_book.balanced());
  EXPECT_TRUE(copy_book.balanced());
  EXPECT_EQ(main_book.acked + main_book.rejected + copy_book.acked
              + copy_book.rejected,
            10U);
  // The other frame's lease was let go: that is a loss with a name.
  const auto lost = static_cast<std::size_t>(drop_reason::actor_lost);
  EXPECT_EQ(main_book.dropped[lost] + copy_book.dropped[lost], 10U);
}

TEST_F(frame_assembly_case,
       a_delta_route_beside_a_cumulative_one_has_books_of_its_own) {
  auto config = two_tenants();
  auto& copy = config.routes.at(route_name{"copy"});
  std::get<otlp_destination>(copy.destination).temporality =
    sum_temporality::delta;
  frame_assembly assembly{config, books_, counted_};
  auto layout = std::make_shared<block_layout>();
  layout->metrics.push_back({"m", "{x}", "", instrument::counter, false});
  layout->keys = {"k"};
  layout->columns.push_back({0, {}});
  auto seen = seen_of("a", 3);
  seen.blocks.front().layout = layout;
  for (const std::int64_t value : {10, 17, 17}) {
    seen.time += seconds{10};
    for (auto& row : seen.blocks.front().rows) {
      row.time = seen.time;
      row.values = {number::of(value)};
    }
    const auto lease = shaping_lease::open(books_.shaping(seen.of->tenant),
                                           credit_, byte_count{100}, 2);
    EXPECT_TRUE(assembly.add(seen, *lease, {.passed = 2}, 1, now_).empty());
    EXPECT_TRUE(book("a", "copy").balanced());
  }
  EXPECT_EQ(book("a", "main").batching, 9U);
  EXPECT_EQ(book("a", "copy").batching, 3U) << "only the second was a change";
  EXPECT_EQ(book("a", "copy").unchanged, 6U);
  EXPECT_EQ(book("a", "copy").passed, book("a", "main").passed);
  EXPECT_EQ(book("a", "copy").made, book("a", "main").made);
  const auto& counted = counted_.outlets[{tenant_id{"a"}, route_name{"copy"}}];
  EXPECT_EQ(counted.entered, 9U);
  EXPECT_EQ(counted.out.unchanged, 6U);
  std::map<std::string, std::uint64_t> framed;
  for (const auto& one : assembly.take_all()) {
    framed[one.what->route.value()] += one.what->points;
    EXPECT_EQ(one.what->sums == sum_temporality::delta,
              one.what->route == route_name{"copy"});
    one.lease->acknowledge(0);
  }
  EXPECT_EQ(framed,
            (std::map<std::string, std::uint64_t>{{"main", 9}, {"copy", 3}}));
  EXPECT_TRUE(book("a", "copy").balanced());
}

TEST_F(frame_assembly_case, a_batch_waits_for_company_but_not_for_long) {
  (void)add(seen_of("b", 1));
  EXPECT_TRUE(assembly_.take_old(now_ + limits::frame_age_max / 2).empty());
  EXPECT_EQ(assembly_.take_old(now_ + limits::frame_age_max).size(), 1U);
  EXPECT_TRUE(assembly_.empty());
}

TEST_F(frame_assembly_case, an_observation_above_the_bound_is_split) {
  const auto full = add(seen_of("b", 3'000, 1'000));
  const auto rest = assembly_.take_all();
  std::uint64_t points = 0;
  for (const auto* list : {&full, &rest}) {
    for (const auto& one : *list) {
      EXPECT_LE(one.what->bytes_before_compression,
                limits::frame_bytes_max.value());
      points += one.what->points;
    }
  }
  EXPECT_GE(full.size(), 3U);
  EXPECT_EQ(points, 3'000U);
  EXPECT_TRUE(book("b", "main").balanced());
}

TEST_F(frame_assembly_case, each_route_has_its_own_size_points_and_age) {
  auto config = two_tenants();
  config.routes.at(route_name{"main"}).batch = {byte_count{20'000}, 1'000,
                                                milliseconds{200}};
  config.routes.at(route_name{"copy"}).batch.points = 50;
  frame_assembly assembly{config, books_, counted_};
  std::map<std::string, std::uint64_t> points;
  const auto note = [&](const std::vector<finished_frame>& frames) {
    for (const auto& one : frames) {
      const auto route = one.what->route.value();
      points[route] += one.what->points;
      EXPECT_LE(one.what->points, route == "copy" ? 50U : 1'000U);
      EXPECT_LE(one.what->bytes_before_compression,
                route == "copy" ? 900'000U : 20'000U);
    }
  };
  for (int i = 0; i < 20; ++i) {
    const auto seen = seen_of("a", 60);
    auto lease = shaping_lease::open(books_.shaping(seen.of->tenant), credit_,
                                     byte_count{100}, seen.points);
    shaping_tally went;
    went.passed = seen.points;
    note(assembly.add(seen, *lease, went, 0, now_));
  }
  EXPECT_GT(points["main"], 0U) << "cut by bytes";
  EXPECT_GT(points["copy"], 0U) << "cut by points";
  note(assembly.take_old(now_ + milliseconds{200}));
  EXPECT_EQ(points["main"], 1'200U);
  EXPECT_LT(points["copy"], 1'200U) << "still young";
  note(assembly.take_all());
  EXPECT_EQ(points["copy"], 1'200U);
}

} // namespace
} // namespace pgmuster
