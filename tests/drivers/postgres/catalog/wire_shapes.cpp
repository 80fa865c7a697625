// Encodes each probe's points and reads the bytes back, so that what is told is
// what a backend receives.
#include "tests/drivers/postgres/catalog/wire_shapes.hpp"

#include "codec/otlp_encode.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace pgmuster::postgres {

namespace {

namespace json = boost::json;

/// Entries become points once they were added up; until then each column
/// stands for one.
[[nodiscard]] point_block block_of(const negotiated_probe& probe,
                                   const probe_answer& answer) {
  if (probe.definition->family != probe_family::accumulated
      && probe.definition->family != probe_family::sampled) {
    return answer.points.block;
  }
  point_row row;
  row.values_of_keys.assign(probe.layout->keys.size(), "any");
  row.values.assign(probe.layout->columns.size(), number::of(std::int64_t{0}));
  return {probe.layout, {row}};
}

[[nodiscard]] std::string attribute_words(const json::object& point,
                                          const block_layout& layout) {
  std::string told;
  if (!point.contains("attributes")) {
    return told;
  }
  std::set<std::string> words;
  for (const auto& one : point.at("attributes").as_array()) {
    std::string key{one.at("key").as_string()};
    const bool of_row = std::find(layout.keys.begin(), layout.keys.end(), key)
                        != layout.keys.end();
    words.insert(
      of_row ? key
             : key + "="
                 + std::string{one.at("value").at("stringValue").as_string()});
  }
  for (const auto& word : words) {
    told += " " + word;
  }
  return told;
}

/// `gauge`, or a sum's kind, and what its type and temporality are.
[[nodiscard]] std::string kind_words(const json::object& metric,
                                     const json::object& point) {
  const auto* type = point.contains("asInt") ? "int" : "double";
  const auto* sum = metric.if_contains("sum");
  if (sum == nullptr) {
    return fmt::format("gauge/{}", type);
  }
  const auto* monotonic = sum->as_object().if_contains("isMonotonic");
  const bool rises = monotonic != nullptr && monotonic->as_bool();
  constexpr std::int64_t cumulative = 2;
  const auto is = sum->at("aggregationTemporality").to_number<std::int64_t>();
  return fmt::format("{}/{} {}", rises ? "counter" : "updown", type,
                     is == cumulative ? "cumulative" : "delta");
}

void add_shapes(const negotiated_probe& probe,
                const probe_answer& answer,
                std::set<std::string>& into) {
  otlp_encoder encoder;
  const auto line =
    otlp_json_line(encoder.encode({}, {block_of(probe, answer)}).bytes);
  ASSERT_TRUE(line) << describe(line.error());
  const auto request = json::parse(*line);
  const auto* resources = request.as_object().if_contains("resourceMetrics");
  if (resources == nullptr) {
    return;
  }
  const auto& scope = resources->at(0).at("scopeMetrics").at(0).as_object();
  if (!scope.contains("metrics")) {
    return;
  }
  for (const auto& metric : scope.at("metrics").as_array()) {
    const auto& is = metric.as_object();
    const auto& data = is.contains("sum") ? is.at("sum") : is.at("gauge");
    for (const auto& point : data.at("dataPoints").as_array()) {
      into.insert(
        fmt::format("{} {} {} {}{}", probe.definition->name,
                    std::string_view{is.at("name").as_string()},
                    std::string_view{is.at("unit").as_string()},
                    kind_words(is, point.as_object()),
                    attribute_words(point.as_object(), *probe.layout)));
    }
  }
}

} // namespace

std::string shapes_of(const sight& seen) {
  std::set<std::string> lines;
  for (const auto& probe : seen.catalog.probes) {
    add_shapes(probe, seen.answers.at(probe.definition->name), lines);
  }
  // Whether the writer is caught at work, waiting for nothing, is chance.
  lines.erase("sessions postgresql.sessions {session} gauge/int db.namespace "
              "postgresql.state");
  std::string told;
  for (const auto& line : lines) {
    told += line + "\n";
  }
  for (const auto& probe : seen.catalog.probes) {
    for (const auto& expression : probe.left_out) {
      told +=
        fmt::format("{} left out: {}\n", probe.definition->name, expression);
    }
  }
  for (const auto& absent : seen.catalog.absent) {
    told += fmt::format("{} absent\n", absent.first);
  }
  return told;
}

} // namespace pgmuster::postgres
