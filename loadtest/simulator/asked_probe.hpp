// A probe's statement as the model understands it: what each item means.
#pragma once

#include "config/result.hpp"
#include "loadtest/simulator/answer.hpp"
#include "loadtest/simulator/growth_rule.hpp"
#include "loadtest/simulator/item_type.hpp"

#include <map>
#include <memory>

namespace pgmuster::loadtest {

struct asked_item {
  item_role role = item_role::field;
  /// An attribute's key, a field's name; a metric's label.
  std::string name;
  /// Of the label: part of what a value grows from.
  std::uint64_t key = 0;
  wire_type type = wire_type::int8;
  growth_rule rule;
  bool zero_is_null = false;
};

struct asked_probe {
  std::shared_ptr<const probe_definition> definition;
  bool packed = false;
  /// Packed, and beside each entry its digest: known ones are left out.
  bool by_digest = false;
  std::vector<asked_item> items;
  /// Of each value of a row, how many items it holds.
  std::vector<std::size_t> widths;
  std::vector<wire_column> columns;
};

/// `metric{key=value,…}`: one for each item of a probe that is a value.
[[nodiscard]] std::string metric_label(const probe_definition& probe,
                                       const probe_item& item);

/// Definitions by name.
using known_probes =
  std::map<std::string, std::shared_ptr<const probe_definition>, std::less<>>;

/// A statement that this server would refuse.
struct refusal {
  std::string sqlstate;
  std::string message;
};

struct understood {
  /// Null: refused.
  std::shared_ptr<const asked_probe> probe;
  refusal why;
};

/// Precondition: `sql` has our marker.
[[nodiscard]] understood understand(std::string_view sql,
                                    const known_probes& probes,
                                    const server_facts& facts);

/// The item as every statement would ask for it that asks for it.
[[nodiscard]] asked_item as_asked(const probe_definition& probe,
                                  const probe_item& item,
                                  const server_facts& facts);

/// The server has what the item, or a whole probe, needs.
[[nodiscard]] bool has_needs(const server_facts& facts,
                             const needs_list& needs);

} // namespace pgmuster::loadtest
