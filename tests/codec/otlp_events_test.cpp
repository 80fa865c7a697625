// Events go into OTLP and come out as they were; nothing invalid goes in.
#include "codec/otlp_events.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace pgmuster {
namespace {

resource server() {
  resource of;
  of.tenant = tenant_id{"acme"};
  of.described = {{"service.namespace", "acme"}, {"service.name", "orders"}};
  of.port = 5432;
  return of;
}

target_event went_down() {
  target_event event;
  event.name = event_names::target_state;
  event.severity = event_severity::warning;
  event.time = wall_time{nanoseconds{1'700'000'000'123'456'789}};
  event.body = "connection refused";
  event.described = {{"pgmuster.target.state", "down"},
                     {"error.type", "refused"}};
  return event;
}

TEST(encode_events, what_is_read_back_is_what_was_told) {
  auto second = went_down();
  second.name = event_names::gap;
  second.severity = event_severity::info;
  const auto encoded = encode_events(server(), {went_down(), second});
  EXPECT_EQ(encoded.points, 2U);
  const auto read = decode_events(encoded.bytes);
  ASSERT_TRUE(read.has_value());
  ASSERT_EQ(read->size(), 2U);
  const auto& first = read->front();
  EXPECT_EQ(first.described, (attributes{{"service.namespace", "acme"},
                                         {"service.name", "orders"},
                                         {"server.port", "5432"}}));
  EXPECT_EQ(first.event.name, "pgmuster.target.state");
  EXPECT_EQ(first.event.severity, event_severity::warning);
  EXPECT_EQ(first.event.time, went_down().time);
  EXPECT_EQ(first.event.body, "connection refused");
  EXPECT_EQ(first.event.described, went_down().described);
  EXPECT_EQ(read->back().event.name, "pgmuster.gap");
}

TEST(encode_events, pieces_are_concatenated_into_one_request) {
  const auto one = encode_events(server(), {went_down()});
  const auto two = encode_events(server(), {went_down(), went_down()});
  const auto read = decode_events(one.bytes + two.bytes);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->size(), 3U);
}

TEST(encode_events, numbers_weights_and_traces_are_read_back) {
  auto event = went_down();
  event.described.clear();
  event.measured = {{"postgresql.pid", number::of(std::int64_t{4'711})},
                    {"postgresql.total_exec_time", number::of(2.5)},
                    {"absent", {}}};
  event.weight = 4;
  event.trace.emplace();
  event.trace->trace.fill(0xab);
  event.trace->span.fill(0x07);
  event.trace->flags = 1;
  const auto read =
    decode_events(encode_events(server(), {event}).bytes).value();
  EXPECT_EQ(read.front().event.described,
            (attributes{{"postgresql.pid", "4711"},
                        {"postgresql.total_exec_time", "2.5"},
                        {event_weight_key, "4"}}));
  EXPECT_EQ(read.front().event.trace, event.trace);
}

TEST(encode_events, nothing_is_no_request) {
  const auto encoded = encode_events(server(), {});
  EXPECT_EQ(encoded.points, 0U);
  EXPECT_TRUE(encoded.bytes.empty());
}

TEST(encode_events, what_is_no_utf8_is_mended) {
  auto event = went_down();
  event.body = "a\xFF";
  event.described = {{"k\xFE", "v\xFF"}};
  const auto read =
    decode_events(encode_events(server(), {event}).bytes).value();
  EXPECT_EQ(read.front().event.body, "a\xEF\xBF\xBD");
  EXPECT_EQ(read.front().event.described.front().value, "v\xEF\xBF\xBD");
}

TEST(decode_events, what_is_no_message_is_refused) {
  EXPECT_FALSE(decode_events("\xFF\xFF").has_value());
  EXPECT_FALSE(otlp_json_line(signal::logs, "\xFF\xFF").has_value());
}

TEST(otlp_json_line, writes_events_as_otlp_does) {
  const auto line =
    otlp_json_line(signal::logs, encode_events(server(), {went_down()}).bytes);
  ASSERT_TRUE(line.has_value());
  const auto document = boost::json::parse(*line);
  const auto& record = document.at("resourceLogs")
                         .at(0)
                         .at("scopeLogs")
                         .at(0)
                         .at("logRecords")
                         .at(0);
  EXPECT_EQ(record.at("eventName").as_string(), "pgmuster.target.state");
  EXPECT_EQ(record.at("severityNumber").as_int64(), 13);
  EXPECT_EQ(record.at("timeUnixNano").as_string(), "1700000000123456789");
}

TEST(otlp_json_line, writes_identifiers_of_traces_in_hexadecimal) {
  auto plain = went_down();
  plain.body = R"("traceId":"x")";
  auto traced = went_down();
  traced.trace.emplace();
  traced.trace->trace.fill(0xab);
  traced.trace->span.fill(0x07);
  auto other = traced;
  other.trace->trace.fill(0x01);
  const auto line = otlp_json_line(
    signal::logs, encode_events(server(), {plain, traced, other}).bytes);
  ASSERT_TRUE(line.has_value());
  const auto document = boost::json::parse(*line);
  const auto& records =
    document.at("resourceLogs").at(0).at("scopeLogs").at(0).at("logRecords");
  EXPECT_EQ(records.at(0).at("body").at("stringValue").as_string(), plain.body);
  EXPECT_EQ(records.at(1).at("traceId").as_string(),
            "abababababababababababababababab");
  EXPECT_EQ(records.at(1).at("spanId").as_string(), "0707070707070707");
  EXPECT_EQ(records.at(2).at("traceId").as_string(),
            "01010101010101010101010101010101");
}

} // namespace
} // namespace pgmuster
