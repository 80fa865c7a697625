// A rule meets the requests it names, and no others.
#include "codec/http_date.hpp"
#include "loadtest/errc.hpp"
#include "loadtest/sink/misbehaviour.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace pgmuster::loadtest {
namespace {

std::vector<misbehaviour_rule> rules(std::string_view text) {
  auto read = read_rules(boost::json::parse(text));
  EXPECT_TRUE(read) << describe(read.error());
  return read ? *read : std::vector<misbehaviour_rule>{};
}

misdeed meets(const std::vector<misbehaviour_rule>& all,
              const met_request& request,
              const std::string& plain = "") {
  const auto* rule = met_by(all, 1, request, &plain);
  return rule == nullptr ? misdeed::none : rule->deed;
}

met_request request_at(std::optional<milliseconds> since) {
  return {0, since, 1000, "zstd"};
}

TEST(met_by, keeps_to_the_rules_time) {
  const auto all =
    rules(R"([{"do":"unavailable","from":"10s","until":"20s"}])");
  EXPECT_EQ(meets(all, request_at(std::nullopt)), misdeed::none);
  EXPECT_EQ(meets(all, request_at(milliseconds{9'999})), misdeed::none);
  EXPECT_EQ(meets(all, request_at(milliseconds{10'000})), misdeed::unavailable);
  EXPECT_EQ(meets(all, request_at(milliseconds{20'000})), misdeed::none);
}

TEST(met_by, takes_the_first_rule_that_fits) {
  const auto all = rules(
    R"([{"do":"refuse","containing":"poison"},{"do":"too_large","larger_than":999},
        {"do":"refuse_encoding","encoding":"zstd"}])");
  EXPECT_EQ(meets(all, request_at({}), "a poisoned one"), misdeed::refuse);
  EXPECT_EQ(meets(all, request_at({})), misdeed::too_large);
  EXPECT_EQ(meets(all, {0, {}, 999, "zstd"}), misdeed::refuse_encoding);
  EXPECT_EQ(meets(all, {0, {}, 999, "gzip"}), misdeed::none);
}

TEST(met_by, meets_a_share_and_the_same_one_for_the_same_seed) {
  const auto all = rules(R"([{"do":"throttle","share":0.25}])");
  int met = 0;
  for (std::uint64_t number = 0; number < 4000; ++number) {
    const met_request one{number, {}, 1, ""};
    met += meets(all, one) == misdeed::throttle ? 1 : 0;
    EXPECT_EQ(meets(all, one), meets(all, one));
  }
  EXPECT_NEAR(met, 1000, 100);
}

TEST(read_rules, names_what_is_wrong) {
  for (const std::string_view text :
       {R"({})", R"([1])", R"([{"do":"dance"}])", R"([{}])",
        R"([{"do":"stall","from":5}])", R"([{"do":"stall","whom":"x"}])",
        R"([{"do":"stall","share":2}])", R"([{"do":"reset","containing":"x"}])",
        R"([{"do":"throttle","retry_after_as":"words"}])"}) {
    const auto read = read_rules(boost::json::parse(text));
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, loadtest_errc::scenario_invalid);
  }
}

TEST(retry_after_of, is_seconds_or_a_date_that_clients_read) {
  const wall_time now{seconds{1'700'000'000}};
  auto rule = rules(R"([{"do":"throttle","retry_after":"90s"}])")[0];
  EXPECT_EQ(retry_after_of(rule, now), "90");
  rule.form = retry_after_form::date;
  EXPECT_EQ(parse_http_date(retry_after_of(rule, now), now), now + seconds{90});
  rule.form = retry_after_form::none;
  EXPECT_EQ(retry_after_of(rule, now), "");
}

} // namespace
} // namespace pgmuster::loadtest
