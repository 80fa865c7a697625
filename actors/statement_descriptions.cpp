#include "actors/statement_descriptions.hpp"

#include "config/utf8.hpp"
#include "drivers/postgres/fingerprint/fingerprint.hpp"

#include <algorithm>
#include <charconv>
#include <set>

namespace pgmuster {

namespace {

constexpr std::size_t names_bytes_max = 255;

/// An identity, however it looks: numbers of nineteen digits and of 32
/// hexadecimal ones are usual here.
[[nodiscard]] bool is_identity(std::string_view key) noexcept {
  return key.ends_with("id") || key.ends_with("fingerprint")
         || key == "user.name" || key.ends_with("identifier")
         || key.ends_with(".address");
}

[[nodiscard]] bool is_of_statement(std::string_view key) noexcept {
  return key == "db.query.text" || key == "db.query.summary";
}

} // namespace

std::string cut_text(std::string_view text, std::size_t bytes_max) {
  auto whole = printable(text, std::string::npos);
  if (whole.size() <= bytes_max) {
    return whole;
  }
  const auto room =
    bytes_max > cut_mark.size() ? bytes_max - cut_mark.size() : 0;
  return printable(whole, room).append(cut_mark);
}

query_describer make_describer(const statement_config& told,
                               std::shared_ptr<const scrubber> net) {
  return [told, net = std::move(net)](std::string_view text) {
    auto made = postgres::describe_query(text, told.comment_tags);
    if (told.text == statement_text::none) {
      made.text.clear();
    }
    net->clean(made.text, scrubbed_text::statement);
    net->clean(made.summary, scrubbed_text::statement);
    made.text = cut_text(made.text, told.text_length.value());
    made.summary = cut_text(made.summary, names_bytes_max);
    made.operation = cut_text(made.operation, names_bytes_max);
    for (auto& tag : made.tags) {
      net->clean(tag.value, scrubbed_text::words);
    }
    return made;
  };
}

std::size_t clean_words(point_block& block, const scrubber& net) {
  std::size_t found = 0;
  for (const auto key : block.layout->words) {
    for (auto& row : block.rows) {
      if (key < row.values_of_keys.size()) {
        found += net.clean(row.values_of_keys[key], scrubbed_text::words);
      }
    }
  }
  return found;
}

std::size_t clean_words(std::vector<target_event>& events,
                        const scrubber& net) {
  std::size_t found = 0;
  for (auto& event : events) {
    found += net.clean(event.body, scrubbed_text::words);
    for (auto& one : event.described) {
      if (!is_identity(one.key)) {
        found += net.clean(one.value, is_of_statement(one.key)
                                        ? scrubbed_text::statement
                                        : scrubbed_text::words);
      }
    }
  }
  return found;
}

statement_info::statement_info(const statement_config& told)
  : tags_(told.comment_tags), texts_(told.text != statement_text::none) {
  auto layout = std::make_shared<block_layout>();
  layout->probe = "statement_info";
  layout->metrics.push_back({"postgresql.statement.info", "",
                             "The text of a statement's shape; always 1.",
                             instrument::gauge, false});
  layout->keys = {"db.namespace",      "postgresql.query.fingerprint",
                  "db.query.summary",  "db.query.text",
                  "db.operation.name", "pgmuster.fingerprint.algorithm"};
  for (const auto& tag : tags_) {
    layout->keys.push_back("pgmuster.comment." + tag);
  }
  layout->columns.push_back({0, {}});
  layout_ = std::move(layout);
}

point_block statement_info::of(const point_block& series,
                               fingerprint_cache& shapes) const {
  point_block made{layout_, {}};
  // Counted time has shapes too, elsewhere among its names.
  const auto& keys = series.layout->keys;
  if (!texts_ || keys.size() <= entry_fingerprint_key
      || keys[entry_fingerprint_key] != query_fingerprint_key) {
    return made;
  }
  std::set<std::pair<std::string_view, std::string_view>> told;
  for (const auto& row : series.rows) {
    const auto& names = row.values_of_keys;
    const bool whole =
      std::all_of(row.values.begin(), row.values.end(),
                  [](const number& one) { return one.present(); });
    if (!whole || names.size() <= entry_fingerprint_key) {
      continue;
    }
    const auto& hex = names[entry_fingerprint_key];
    std::uint64_t shape = 0;
    const auto* const end = hex.data() + hex.size();
    const auto read = std::from_chars(hex.data(), end, shape, 16);
    if (read.ec != std::errc{} || read.ptr != end
        || !told.emplace(names[0], hex).second) {
      continue;
    }
    const auto of = shapes.of_shape(shape);
    if (of == nullptr) {
      continue;
    }
    auto& said = made.rows.emplace_back();
    said.values_of_keys = {
      names[0],      hex,
      of->summary,   of->text,
      of->operation, std::string{postgres::fingerprint_algorithm(of->lexical)}};
    for (const auto& tag : tags_) {
      const auto found =
        std::find_if(of->tags.begin(), of->tags.end(),
                     [&](const attribute& one) { return one.key == tag; });
      said.values_of_keys.push_back(found == of->tags.end() ? ""
                                                            : found->value);
    }
    said.values.push_back(number::of(std::int64_t{1}));
    said.start = row.time;
    said.time = row.time;
  }
  return made;
}

} // namespace pgmuster
