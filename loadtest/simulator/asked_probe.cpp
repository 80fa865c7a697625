// Finds each item of a statement in the probe's definition, by its text.
#include "loadtest/simulator/asked_probe.hpp"

#include "loadtest/simulator/growth.hpp"
#include "loadtest/simulator/question.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace pgmuster::loadtest {

namespace {

constexpr const char* unknown_statement = "0A000";
constexpr const char* undefined_column = "42703";
constexpr const char* undefined_table = "42P01";

bool has(const server_facts& facts, std::string_view need) {
  if (need.ends_with("()") || need == "pg_stat_statements") {
    return true;
  }
  const auto dot = need.find('.');
  const auto relation = need.substr(0, dot);
  return dot == std::string_view::npos
           ? facts.relation(relation) != nullptr
           : facts.column(relation, need.substr(dot + 1)).has_value();
}

/// Several items may have one text (`true` for a key that older servers lack);
/// the first that the server can answer is it.
const probe_item* find_item(const probe_definition& probe,
                            const question_item& asked,
                            const server_facts& facts,
                            bool& lacking) {
  for (const auto& item : probe.items) {
    if (item.expression == asked.expression) {
      if (has_needs(facts, item.needs)) {
        return &item;
      }
      lacking = true;
    }
  }
  return nullptr;
}

std::string column_name(const question_item& item) {
  if (!item.name.empty()) {
    return std::string{item.name};
  }
  const auto dot = item.expression.find('.');
  const auto tail = item.expression.substr(dot + 1);
  const bool plain = dot != std::string_view::npos && !tail.empty()
                     && std::all_of(tail.begin(), tail.end(), [](char letter) {
                          return (letter >= 'a' && letter <= 'z')
                                 || letter == '_'
                                 || (letter >= '0' && letter <= '9');
                        });
  return plain ? std::string{tail} : "?column?";
}

refusal refuse_item(const question_item& asked, bool lacking) {
  return lacking
           ? refusal{undefined_column,
                     fmt::format("column of {} does not exist",
                                 asked.expression)}
           : refusal{unknown_statement,
                     fmt::format("the simulator does not know the item: {}",
                                 asked.expression)};
}

refusal refuse_probe(const probe_definition& probe, const server_facts& facts) {
  const bool version =
    facts.version_num() < probe.version_min
    || (probe.version_max != 0 && facts.version_num() >= probe.version_max);
  if (!version && has_needs(facts, probe.needs)) {
    return {};
  }
  return {undefined_table,
          fmt::format("relation of the probe {} does not exist", probe.name)};
}

} // namespace

bool has_needs(const server_facts& facts, const needs_list& needs) {
  return std::all_of(needs.begin(), needs.end(), [&](std::string_view need) {
    return need.front() == '!' ? !has(facts, need.substr(1)) : has(facts, need);
  });
}

std::string metric_label(const probe_definition& probe,
                         const probe_item& item) {
  auto label = probe.metrics[item.metric].name;
  const char* before = "{";
  for (const auto& [key, value] : item.fixed) {
    label += before + key + "=" + value;
    before = ",";
  }
  return label + (item.fixed.empty() ? "" : "}");
}

asked_item as_asked(const probe_definition& probe,
                    const probe_item& item,
                    const server_facts& facts) {
  asked_item made;
  made.role = item.role;
  made.type = type_of_item(item, probe, facts);
  if (item.role == item_role::metric) {
    made.name = metric_label(probe, item);
    made.rule = rule_of(probe.metrics[item.metric], made.name,
                        item.milliseconds_to_microseconds);
  } else {
    made.name = item.name;
  }
  made.key = key_of(made.name);
  return made;
}

understood understand(std::string_view sql,
                      const known_probes& probes,
                      const server_facts& facts) {
  const auto parts = take_apart(sql);
  const auto known = parts ? probes.find(parts->probe) : probes.end();
  if (known == probes.end()) {
    return {nullptr,
            {unknown_statement,
             fmt::format("the simulator does not know the statement: "
                         "{}",
                         sql.substr(0, 80))}};
  }
  const auto& definition = *known->second;
  if (auto why = refuse_probe(definition, facts); !why.sqlstate.empty()) {
    return {nullptr, std::move(why)};
  }
  auto made = std::make_shared<asked_probe>();
  made->definition = known->second;
  made->packed = parts->packed;
  made->by_digest = parts->by_digest;
  for (const auto& asked : parts->items) {
    bool lacking = false;
    const auto* const item = find_item(definition, asked, facts, lacking);
    if (item == nullptr) {
      return {nullptr, refuse_item(asked, lacking)};
    }
    made->items.push_back(as_asked(definition, *item, facts));
    made->items.back().zero_is_null = asked.zero_is_null;
    if (asked.joins) {
      ++made->widths.back();
    } else {
      made->widths.push_back(1);
    }
    if (!parts->packed) {
      const auto type = made->items.back().type;
      made->columns.push_back(
        {column_name(asked), oid_of(type), length_of(type)});
    }
  }
  if (parts->packed) {
    made->columns.push_back(
      {std::string{parts->packed_name}, record_type_oid, -1});
  }
  for (const auto* const beside : {"digest", "gone"}) {
    if (parts->by_digest) {
      made->columns.push_back(
        {beside, oid_of(wire_type::int8), length_of(wire_type::int8)});
    }
  }
  return {std::move(made), {}};
}

} // namespace pgmuster::loadtest
