// What the stages counted agrees with the books, or is told.
#include "routing/audit.hpp"
#include "routing/lease.hpp"

#include <gtest/gtest.h>

namespace pgmuster {
namespace {

using literals::operator""_KiB;

const tenant_id tenant{"acme"};
const route_name route{"main"};

/// One lane and one exporter shard that count as the actors do.
class audit_case : public testing::Test {
protected:
  audit_case() { shard_.received_by_lane.resize(1); }

  /// An observation of `points` passes; `lost_after` stages it is gone.
  void pass(std::uint64_t points, std::size_t lost_after = audited_stages) {
    const auto lease = shaping_lease::open(
      books_.shaping(tenant),
      std::make_shared<credit_account>(64_KiB, byte_count{0}), 1_KiB, points);
    for (std::size_t one = 0; one < lost_after; ++one) {
      lane_.entered[one][tenant] += points;
    }
    if (lost_after < audited_stages) {
      return;
    }
    shaping_tally went;
    went.passed = points;
    lease->settle(went);
    add_to(lane_.went[tenant], went);
    batch_->enter(points, 0);
    outlet().entered += points;
  }
  void cut() {
    outlet().framed += batch_->points();
    shard_.received_by_lane[0][tenant] += batch_->points();
    batch_->framed(batch_->points());
    frames_.push_back(std::exchange(batch_, open()));
  }
  outlet_counts& outlet() { return lane_.outlets[{tenant, route}]; }
  std::shared_ptr<delivery_lease> open() {
    return std::make_shared<delivery_lease>(books_.delivery(tenant, route));
  }
  void look_before() { round_.before = books_.view(); }
  audit_outcome look_after() {
    outlet().batching = batch_->points();
    shard_.in_flight.clear();
    for (const auto& one : frames_) {
      shard_.in_flight[tenant] += one->points();
    }
    round_.lanes = {lane_};
    round_.shards[{route, 0}] = shard_;
    round_.after = books_.view();
    auto outcome = judge(round_, earlier_);
    earlier_ = round_.after;
    return outcome;
  }
  audit_outcome look() {
    look_before();
    return look_after();
  }

  ledger books_;
  lane_counts lane_;
  shard_counts shard_;
  audit_round round_;
  std::vector<ledger::tenant_view> earlier_;
  std::shared_ptr<delivery_lease> batch_ = open();
  std::vector<std::shared_ptr<delivery_lease>> frames_;
};

TEST_F(audit_case, books_and_stages_that_agree_are_compared_to_the_point) {
  pass(10);
  cut();
  pass(4);
  const auto outcome = look();
  EXPECT_EQ(outcome.disagreements, std::vector<std::string>{});
  EXPECT_EQ(outcome.still, 2U);
  EXPECT_EQ(outcome.moving, 0U);
}

TEST_F(audit_case, books_that_move_meanwhile_are_held_to_both_readings) {
  pass(10);
  look_before();
  pass(3);
  const auto outcome = look_after();
  EXPECT_EQ(outcome.disagreements, std::vector<std::string>{});
  EXPECT_EQ(outcome.moving, 2U);
}

TEST_F(audit_case, a_stage_that_counted_more_than_the_book_is_told) {
  pass(10);
  lane_.went[tenant].passed += 1;
  EXPECT_NE(look().disagreements, std::vector<std::string>{});
}

TEST_F(audit_case, a_message_that_vanishes_between_stages_is_told) {
  pass(10);
  lane_.entered[0][tenant] += 5;
  const auto told = look().disagreements;
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told.front(), "tenant acme: from fingerprint to cardinality: 10 of "
                          "15 arrived, 0 were lost with actors");
}

TEST_F(audit_case, what_was_lost_with_an_actor_is_accounted_for) {
  pass(10);
  pass(5, 2);
  EXPECT_EQ(look().disagreements, std::vector<std::string>{});
}

TEST_F(audit_case, a_frame_that_no_exporter_holds_is_told) {
  pass(10);
  cut();
  const auto forgotten = std::move(frames_.back());
  frames_.clear();
  const auto told = look().disagreements;
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told.front(), "tenant acme: route main: in flight: the stages hold "
                          "0, the book says 10");
}

TEST_F(audit_case, a_frame_that_no_exporter_received_is_told) {
  pass(10);
  cut();
  shard_.received_by_lane[0][tenant] = 0;
  EXPECT_EQ(look().disagreements.size(), 1U);
}

TEST_F(audit_case, a_batch_that_was_forgotten_is_told) {
  pass(10);
  const auto forgotten = std::exchange(batch_, open());
  EXPECT_EQ(look().disagreements.size(), 2U);
}

TEST_F(audit_case, what_a_delta_route_does_not_send_is_compared_too) {
  pass(10);
  const left_out rest{.unchanged = 6, .beyond_limit = 2};
  books_.delivery(tenant, route)->leave_out(rest, 1);
  outlet().entered += 8;
  outlet().out = rest;
  EXPECT_EQ(look().disagreements, std::vector<std::string>{});
  outlet().out.unchanged -= 1;
  EXPECT_EQ(look().disagreements.size(), 2U)
    << "the book says another number, and a point is nowhere";
}

TEST_F(audit_case, what_the_spool_has_is_compared_once_nothing_moves) {
  pass(10);
  cut();
  frames_.back()->spool();
  round_.spooled.emplace();
  // The spool may not have been told yet.
  EXPECT_EQ(look().disagreements, std::vector<std::string>{});
  const auto told = look().disagreements;
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told.front(), "tenant acme: route main: spooled: the stages hold "
                          "0, the book says 10");
  round_.spooled->emplace(outlet_key{tenant, route}, 10);
  EXPECT_EQ(look().disagreements, std::vector<std::string>{});
}

TEST_F(audit_case, what_a_still_book_holds_between_two_markers_is_told) {
  const auto lease = shaping_lease::open(
    books_.shaping(tenant),
    std::make_shared<credit_account>(64_KiB, byte_count{0}), 1_KiB, 7);
  // It may have been opened just before the marker, and not been sent yet.
  EXPECT_EQ(look().disagreements, std::vector<std::string>{});
  EXPECT_EQ(look().disagreements.size(), 1U);
}

} // namespace
} // namespace pgmuster
