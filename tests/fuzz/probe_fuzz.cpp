// Any probe file is read or refused in words that name its lines, and what was
// read fits any server: with everything it needs, with nothing, with a part.
//
// Input: the file; its last byte says which part.
#include "codec/catalog/negotiate.hpp"
#include "tests/fuzz/demand.hpp"
#include "tests/fuzz/full_shape.hpp"
#include "tests/fuzz/input_reader.hpp"

#include <algorithm>

namespace {

using pgmuster::fuzz::demand;

constexpr std::string_view origin = "fuzz.sql";

void check_words(std::string_view context) {
  demand(!context.empty(), "a refusal has words");
  pgmuster::fuzz::input_reader lines{context};
  while (!lines.empty()) {
    demand(lines.until('\n').starts_with(std::string{origin} + ":"),
           "each line of a refusal names the file");
  }
}

void check_rank(const pgmuster::negotiated_probe& probe) {
  const auto& from = *probe.definition;
  const auto& layout = *probe.layout;
  demand(probe.ranked_by_column < layout.columns.size(),
         "the ranking column is there");
  if (std::find(probe.items.begin(), probe.items.end(), from.ranked_by_item)
      != probe.items.end()) {
    const auto& column = layout.columns[probe.ranked_by_column];
    const auto& wanted = from.items[from.ranked_by_item];
    demand(layout.metrics[column.metric].name
             == from.metrics[wanted.metric].name,
           "the ranking column is the one that the file names");
  }
}

void check_fit(const pgmuster::negotiated_probe& probe) {
  const auto& from = *probe.definition;
  std::size_t metrics = 0;
  std::size_t attributes = 0;
  for (const auto item : probe.items) {
    demand(item < from.items.size(), "an item is one of the file's");
    metrics += from.items[item].role == pgmuster::item_role::metric ? 1U : 0U;
    attributes +=
      from.items[item].role == pgmuster::item_role::attribute ? 1U : 0U;
  }
  demand(probe.layout->columns.size() == metrics, "a column for each metric");
  const bool sampled = from.family == pgmuster::probe_family::sampled;
  demand(from.family == pgmuster::probe_family::accumulated
           || probe.layout->keys.size() == attributes + (sampled ? 1U : 0U),
         "a key for each attribute, and one for the query");
  for (const auto& column : probe.layout->columns) {
    demand(column.metric < probe.layout->metrics.size(),
           "a column's metric is there");
  }
  if (from.family == pgmuster::probe_family::accumulated) {
    check_rank(probe);
  }
  demand(probe.sql.starts_with("/* pgmuster:" + from.name + " */"),
         "the statement says whose it is");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const unsigned present = size == 0 ? 0 : data[size - 1];
  auto parsed = pgmuster::parse_probe(text, origin);
  if (!parsed) {
    check_words(parsed.error().context);
    return 0;
  }
  const std::vector catalog{
    std::make_shared<const pgmuster::probe_definition>(std::move(*parsed))};
  static_cast<void>(pgmuster::relations_needed(catalog));
  for (const unsigned part : {0U, 255U, present}) {
    const auto shape = pgmuster::fuzz::shape_with(catalog, part);
    const auto made = pgmuster::negotiate(catalog, shape);
    demand(made.probes.size() + made.absent.size() == 1,
           "a probe is taken or absent");
    std::for_each(made.probes.begin(), made.probes.end(), check_fit);
  }
  return 0;
}
