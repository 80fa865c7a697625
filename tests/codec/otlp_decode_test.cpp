// What a receiver reads is what the encoder was given.
#include "codec/errc.hpp"
#include "codec/export_verdict.hpp"
#include "codec/otlp_decode.hpp"
#include "codec/otlp_encode.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace pgmuster {
namespace {

/// Writes each point as a line.
struct printer final : otlp_reader {
  void on_resource(std::span<const received_attribute> described) override {
    resource = print(described);
  }
  void on_metric(const received_metric& what) override {
    metric = fmt::format("{}[{}] {} {}", what.name, what.unit,
                         static_cast<int>(what.kind), what.cumulative);
  }
  void on_point(const received_point& point) override {
    lines.push_back(fmt::format("{} | {} | {}| {}..{} = {}", resource, metric,
                                print(point.attributes),
                                point.start.time_since_epoch().count(),
                                point.time.time_since_epoch().count(),
                                point.value.is == number::kind::real
                                  ? fmt::to_string(point.value.real)
                                  : fmt::to_string(point.value.integer)));
  }
  static std::string print(std::span<const received_attribute> all) {
    std::string text;
    for (const auto& one : all) {
      text += fmt::format("{}={} ", one.key, one.value);
    }
    return text;
  }

  std::string resource;
  std::string metric;
  std::vector<std::string> lines;
};

wall_time at(std::int64_t nanos) {
  return wall_time{nanoseconds{nanos}};
}

std::string encoded() {
  auto layout = std::make_shared<block_layout>();
  layout->metrics = {{"calls", "{call}", "", instrument::counter, false},
                     {"age", "s", "", instrument::gauge, true}};
  layout->keys = {"db.namespace"};
  layout->columns = {{0, {{"kind", "a"}}}, {1, {}}};
  point_block block{layout, {}};
  block.rows.push_back(
    {{"shop"}, {number::of(std::int64_t{7}), number::of(2.5)}, at(10), at(20)});
  resource of;
  of.described = {{"service.name", "orders"}};
  of.port = 5432;
  return otlp_encoder{}.encode(of, {block}).bytes;
}

TEST(otlp_decoder, hands_out_what_was_encoded) {
  printer reader;
  otlp_decoder decoder;
  const auto points = decoder.decode(encoded(), reader);
  ASSERT_TRUE(points);
  EXPECT_EQ(*points, 2U);
  const std::string of = "service.name=orders server.port=5432 ";
  EXPECT_EQ(
    reader.lines,
    (std::vector<std::string>{
      of + " | calls[{call}] 1 true | db.namespace=shop kind=a | 10..20 = 7",
      of + " | age[s] 0 false | db.namespace=shop | 0..20 = 2.5"}));
}

TEST(otlp_decoder, says_nothing_of_a_request_that_is_cut_short) {
  const auto whole = encoded();
  otlp_decoder decoder;
  for (std::size_t cut = 1; cut < whole.size(); ++cut) {
    printer reader;
    const auto points =
      decoder.decode(std::string_view{whole}.substr(0, cut), reader);
    ASSERT_FALSE(points) << cut;
    EXPECT_EQ(points.error().code, codec_errc::not_a_message);
    EXPECT_TRUE(reader.lines.empty()) << cut;
  }
}

TEST(receiver_answers, are_what_an_exporter_understands) {
  export_answer partial{
    200,  partial_success(3, "too old"), "application/x-protobuf", "", "",
    false};
  const auto taken = judge(partial, true, {});
  EXPECT_EQ(taken.is, export_verdict::kind::acknowledged);
  EXPECT_EQ(taken.rejected, 3U);
  export_answer refused{
    400,  refusal_status(3, "no such thing"), "application/x-protobuf", "", "",
    false};
  EXPECT_NE(judge(refused, false, {}).message.find("no such thing"),
            std::string::npos);
}

} // namespace
} // namespace pgmuster
