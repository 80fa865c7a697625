// What the sink counts as delivered, and what it does not.
#include "codec/compress.hpp"
#include "codec/otlp_encode.hpp"
#include "loadtest/sink/intake.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace pgmuster::loadtest {
namespace {

constexpr wall_time now{seconds{1'700'000'000}};

/// A request of `points` points of one counter, at `time`.
std::string request(int points, seconds time) {
  auto layout = std::make_shared<block_layout>();
  layout->metrics = {{"calls", "{call}", "", instrument::counter, false}};
  layout->keys = {"table"};
  layout->columns = {{0, {}}};
  point_block block{layout, {}};
  for (int at = 0; at < points; ++at) {
    block.rows.push_back({{std::to_string(at)},
                          {number::of(std::int64_t{time.count()})},
                          wall_time{seconds{1}},
                          wall_time{time}});
  }
  resource of;
  of.described = {{"service.namespace", "acme"}, {"service.name", "orders"}};
  return otlp_encoder{}.encode(of, {block}).bytes;
}

intake with(std::string_view config) {
  auto read = read_sink_config(config);
  EXPECT_TRUE(read) << describe(read.error());
  return intake{std::move(*read)};
}

TEST(intake, counts_what_it_takes_in_every_encoding) {
  intake sink{{}};
  compressor pack;
  std::uint64_t expected = 0;
  for (const auto how :
       {compression::none, compression::gzip, compression::zstd}) {
    const auto plain = request(3, seconds{10 + static_cast<int>(how)});
    EXPECT_EQ(
      sink.take(content_encoding(how), *pack.compress(how, plain), now).status,
      200);
    expected += 3;
    EXPECT_EQ(sink.tally().taken, expected);
  }
  EXPECT_EQ(sink.tally().by_encoding.at("identity"), 1U);
  EXPECT_EQ(sink.check().series(), 3U);
}

TEST(intake, takes_a_request_once_however_often_and_however_packed) {
  intake sink{{}};
  compressor pack;
  const auto plain = request(5, seconds{10});
  (void)sink.take("", plain, now);
  (void)sink.take("gzip", *pack.compress(compression::gzip, plain), now);
  EXPECT_EQ(sink.tally().taken, 5U);
  EXPECT_EQ(sink.tally().redelivered, 5U);
  EXPECT_EQ(sink.tally().requests_redelivered, 1U);
  for (const auto one : sink.check().tally().found) {
    EXPECT_EQ(one, 0U);
  }
}

TEST(intake, takes_nothing_of_what_it_refuses) {
  for (const auto& [deed, status] : {std::pair{"throttle", 429},
                                     {"unavailable", 503},
                                     {"refuse", 400},
                                     {"too_large", 413},
                                     {"refuse_encoding", 415},
                                     {"stall", 200},
                                     {"garbage", 200}}) {
    auto sink = with(R"({"rules":[{"do":")" + std::string{deed} + R"("}]})");
    const auto answer = sink.take("", request(5, seconds{10}), now);
    EXPECT_EQ(answer.status, status) << deed;
    EXPECT_NE(answer.deed, misdeed::none) << deed;
    EXPECT_EQ(sink.tally().taken, 0U) << deed;
    EXPECT_EQ(sink.check().series(), 0U) << deed;
  }
}

TEST(intake, meets_a_reset_before_the_body) {
  auto sink = with(R"({"rules":[{"do":"reset"}]})");
  EXPECT_EQ(sink.meet("", 10, now), misdeed::reset);
  EXPECT_EQ(sink.tally().requests, 1U);
  EXPECT_EQ(intake{{}}.meet("", 10, now), misdeed::none);
}

TEST(intake, takes_what_it_then_pretends_to_have_lost) {
  auto sink = with(R"({"rules":[{"do":"take_and_reset"}]})");
  EXPECT_EQ(sink.take("", request(5, seconds{10}), now).deed,
            misdeed::take_and_reset);
  EXPECT_EQ(sink.tally().taken, 5U);
}

TEST(intake, counts_what_a_partial_success_refuses) {
  auto sink = with(R"({"rules":[{"do":"partial","rejected":2}]})");
  const auto answer = sink.take("", request(5, seconds{10}), now);
  EXPECT_EQ(answer.status, 200);
  EXPECT_FALSE(answer.body.empty());
  EXPECT_EQ(sink.tally().taken, 3U);
  EXPECT_EQ(sink.tally().rejected, 2U);
}

TEST(intake, plants_a_lost_request_and_a_doubled_one) {
  auto losing = with(R"({"rules":[{"do":"swallow"}]})");
  EXPECT_EQ(losing.take("", request(5, seconds{10}), now).status, 200);
  EXPECT_EQ(losing.tally().taken, 0U);
  auto doubling = with(R"({"rules":[{"do":"repeat"}]})");
  EXPECT_EQ(doubling.take("", request(5, seconds{10}), now).status, 200);
  EXPECT_EQ(doubling.tally().taken, 10U);
  EXPECT_EQ(doubling.check().tally().found[0], 5U);
}

TEST(intake, plants_an_other_of_half_its_worth) {
  auto config = read_sink_config(R"({"rules":[{"do":"halve_other"}]})");
  ASSERT_TRUE(config);
  std::map<std::string, std::int64_t> seen;
  truth_functions truth;
  truth.points = [&seen](const truth_question& about) {
    seen[std::string{about.point.attributes[0].value}] =
      about.point.value.integer;
    return truth_answer{};
  };
  intake sink{std::move(*config), truth};
  auto layout = std::make_shared<block_layout>();
  layout->metrics = {{"calls", "{call}", "", instrument::counter, false}};
  layout->keys = {std::string{fingerprint_key}};
  layout->columns = {{0, {}}};
  point_block block{layout, {}};
  for (const char* name : {"other", "00ff"}) {
    block.rows.push_back({{name},
                          {number::of(std::int64_t{10})},
                          wall_time{seconds{1}},
                          wall_time{seconds{2}}});
  }
  EXPECT_EQ(sink.take("", otlp_encoder{}.encode({}, {block}).bytes, now).status,
            200);
  EXPECT_EQ(sink.tally().taken, 2U);
  EXPECT_EQ(seen["other"], 5);
  EXPECT_EQ(seen["00ff"], 10);
}

TEST(intake, refuses_what_it_cannot_read) {
  intake sink{{}};
  EXPECT_EQ(sink.take("br", "x", now).status, 415);
  EXPECT_EQ(sink.take("zstd", "not zstd", now).status, 400);
  EXPECT_EQ(sink.take("", "\xff\xff not protobuf", now).status, 400);
  EXPECT_EQ(sink.tally().unreadable, 3U);
  EXPECT_EQ(sink.tally().taken, 0U);
}

TEST(intake, counts_a_rules_time_from_the_begin) {
  auto sink = with(R"({"rules":[{"do":"unavailable","from":"5s"}]})");
  EXPECT_EQ(sink.take("", request(1, seconds{10}), now).status, 200);
  sink.begin(now);
  EXPECT_EQ(sink.take("", request(1, seconds{11}), now).status, 200);
  EXPECT_EQ(sink.take("", request(1, seconds{12}), now + seconds{5}).status,
            503);
}

TEST(report_json, says_what_was_taken_and_how_old_it_was) {
  intake sink{{}};
  (void)sink.take("", request(2, seconds{1'699'999'999}), now);
  const auto report = boost::json::parse(report_json(sink, now)).as_object();
  EXPECT_EQ(report.at("points").to_number<int>(), 2);
  EXPECT_EQ(report.at("series").to_number<int>(), 2);
  EXPECT_EQ(report.at("targets").at("seen").to_number<int>(), 1);
  EXPECT_EQ(report.at("series_a_target").at("acme").to_number<int>(), 2);
  EXPECT_EQ(report.at("age_ms").at("count").to_number<int>(), 1);
  EXPECT_NEAR(report.at("age_ms").at("max").to_number<double>(), 1000, 1);
  EXPECT_EQ(report.at("faults").as_object().size(), point_faults);
  EXPECT_EQ(report.at("metrics").at("calls").to_number<int>(), 2);
}

TEST(read_sink_config, names_what_is_wrong) {
  for (const std::string_view text :
       {"", "[]", R"({"rules":{}})", R"({"seed":"x"})", R"({"silence":[]})",
        R"({"silence":{"up":5}})", R"({"sum_silence":5})", R"({"x":1})",
        R"({"truth":5})", R"({"truth":{"scenario":"s"}})",
        R"({"truth":{"scenario":"s","started_unix_nano":1,"share":2}})"}) {
    EXPECT_FALSE(read_sink_config(text)) << text;
  }
  const auto both = read_sink_config(R"({"seed":"x","rules":{}})");
  EXPECT_NE(both.error().context.find("\"seed\""), std::string::npos);
  EXPECT_NE(both.error().context.find('\n'), std::string::npos);
  const auto read = read_sink_config(
    R"({"seed":7,"silence":{"pgmuster.up":"25s"},"sum_silence":"300s"})");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->seed, 7U);
  EXPECT_EQ(read->limits.silence.at("pgmuster.up"), seconds{25});
  EXPECT_EQ(read->limits.sum_silence, seconds{300});
  EXPECT_FALSE(read->truth);
  const auto compared = read_sink_config(
    R"({"truth":{"scenario":"s.json","started_unix_nano":7,"share":0.5}})");
  ASSERT_TRUE(compared);
  ASSERT_TRUE(compared->truth);
  EXPECT_EQ(compared->truth->scenario, "s.json");
  EXPECT_EQ(compared->truth->started, wall_time{nanoseconds{7}});
  EXPECT_EQ(compared->truth->share, 0.5);
}

} // namespace
} // namespace pgmuster::loadtest
