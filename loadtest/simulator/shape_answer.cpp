// Rows (kind, name, a, b) of extensions, columns and functions.
#include "loadtest/simulator/shape_answer.hpp"

#include "loadtest/simulator/encode_row.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace pgmuster::loadtest {

namespace {

constexpr std::string_view list_opening = "= ANY (ARRAY[";

/// The names in the next `ARRAY['a', 'b']` of the text, which is cut there.
std::vector<std::string> take_list(std::string_view& text) {
  std::vector<std::string> names;
  const auto begun = text.find(list_opening);
  if (begun == std::string_view::npos) {
    return names;
  }
  text.remove_prefix(begun + list_opening.size());
  auto list = text.substr(0, text.find(']'));
  for (auto open = list.find('\''); open != std::string_view::npos;
       open = list.find('\'')) {
    list.remove_prefix(open + 1);
    const auto close = std::min(list.find('\''), list.size());
    names.emplace_back(list.substr(0, close));
    list.remove_prefix(std::min(close + 1, list.size()));
  }
  return names;
}

wire_column text_column(const char* name) {
  return {name, oid_of(wire_type::text), length_of(wire_type::text)};
}

wire_answer key_answer(const server_facts& facts) {
  wire_answer made;
  made.columns = {text_column("shape_key")};
  encode_texts({fmt::format("{};pg_stat_statements {} public t,plpgsql 1.0 "
                            "pg_catalog t;truetrue",
                            facts.long_version(), facts.statements_version())},
               made.data_rows);
  made.command_tag = "SELECT 1";
  return made;
}

} // namespace

std::optional<wire_answer> shape_answer(std::string_view probe,
                                        std::string_view sql,
                                        const server_facts& facts) {
  if (probe == "shape_key") {
    return key_answer(facts);
  }
  if (probe != "shape") {
    return std::nullopt;
  }
  wire_answer made;
  made.columns = {text_column("case"), text_column("extname"),
                  text_column("extversion"), text_column("nspname")};
  std::size_t rows = 0;
  const auto shape = facts.shape();
  for (const auto& [name, extension] : shape.extensions) {
    encode_texts({"extension", name, extension.version, extension.schema},
                 made.data_rows);
    ++rows;
  }
  for (const auto& relation : take_list(sql)) {
    if (const auto* columns = facts.relation(relation); columns != nullptr) {
      for (const auto& column : *columns) {
        encode_texts({"column", relation, column.first, ""}, made.data_rows);
        ++rows;
      }
    }
  }
  for (const auto& function : take_list(sql)) {
    if (shape.columns.contains(function + "()")) {
      encode_texts({"function", function, "", ""}, made.data_rows);
      ++rows;
    }
  }
  made.command_tag = fmt::format("SELECT {}", rows);
  return made;
}

} // namespace pgmuster::loadtest
