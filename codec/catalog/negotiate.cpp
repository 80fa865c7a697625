// Which lines of a probe a server can answer.
#include "codec/catalog/negotiate.hpp"

#include "codec/catalog/probe_needs.hpp"
#include "codec/catalog/probe_sql.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace pgmuster {

namespace {

using catalog::digest_of;
using catalog::met;
using catalog::outgrown;
using catalog::quoted;
using catalog::statement_of;

using definition_ptr = std::shared_ptr<const probe_definition>;

constexpr int one_major = 10'000;

/// The lines fill the same thing.
[[nodiscard]] bool alternatives(const probe_item& a, const probe_item& b) {
  return a.role == b.role && a.name == b.name && a.metric == b.metric
         && a.fixed == b.fixed;
}

/// Why a need is not met, once it is known that the probe's extensions are
/// there.
[[nodiscard]] std::string lack(const probe_definition& probe,
                               const server_shape& shape,
                               const std::string& need) {
  if (need.front() == '!') {
    return fmt::format("is for servers without {}", need.substr(1));
  }
  if (need.back() == ')') {
    return fmt::format("needs the function {}, which our role may not execute",
                       need);
  }
  const auto* what =
    need.find('.') == std::string::npos ? "relation" : "column";
  if (probe.extensions.empty()) {
    return fmt::format("needs the {} {}, which this server does not have", what,
                       need);
  }
  const auto& name = probe.extensions.front();
  return fmt::format("needs the {} {}, which version {} of the extension {} "
                     "does not have: ALTER EXTENSION {} UPDATE",
                     what, need, shape.extensions.at(name).version, name, name);
}

/// Why an extension is of no use to us; empty when it is.
[[nodiscard]] std::string extension_lack(const server_shape& shape,
                                         const std::string& name) {
  const auto found = shape.extensions.find(name);
  if (found == shape.extensions.end()) {
    return fmt::format("needs the extension {0}, which is not installed in "
                       "this database: CREATE EXTENSION {0}",
                       name);
  }
  if (!found->second.usable) {
    return fmt::format("needs the right to use the schema of the extension "
                       "{}: GRANT USAGE ON SCHEMA {} TO our role",
                       name, quoted(found->second.schema));
  }
  if (!found->second.loaded) {
    return fmt::format("needs the library of the extension {0}, which the "
                       "server has not loaded: add {0} to "
                       "shared_preload_libraries and restart it",
                       name);
  }
  return {};
}

[[nodiscard]] std::string spoken(int version_num) {
  return fmt::format("{}.{}", version_num / one_major, version_num % one_major);
}

/// Why the whole probe is left out; empty when it is not.
[[nodiscard]] std::string refusal(const probe_definition& probe,
                                  const server_shape& shape) {
  if (shape.version_num < probe.version_min) {
    return fmt::format("needs PostgreSQL {} or newer; this server is {}",
                       probe.version_min / one_major,
                       spoken(shape.version_num));
  }
  if (probe.version_max != 0 && shape.version_num >= probe.version_max) {
    return fmt::format("is for PostgreSQL up to {}; this server is {}",
                       probe.version_max / one_major - 1,
                       spoken(shape.version_num));
  }
  for (const auto& name : probe.extensions) {
    auto reason = extension_lack(shape, name);
    if (!reason.empty()) {
      return reason;
    }
  }
  for (const auto& need : probe.needs) {
    if (!met(shape, need)) {
      return lack(probe, shape, need);
    }
  }
  return {};
}

void choose_items(const server_shape& shape, negotiated_probe& into) {
  const auto& all = into.definition->items;
  const auto taken = [&](const probe_item& item) {
    return std::any_of(into.items.begin(), into.items.end(),
                       [&](auto at) { return alternatives(all[at], item); });
  };
  for (std::size_t at = 0; at < all.size(); ++at) {
    if (met(shape, all[at].needs) && !taken(all[at])) {
      into.items.push_back(at);
    }
  }
  for (const auto& item : all) {
    if (!met(shape, item.needs) && !taken(item)
        && !outgrown(shape, item.needs)) {
      into.left_out.push_back(item.expression);
    }
  }
}

/// Items of one part that are beside each other are one value.
[[nodiscard]] std::vector<std::size_t>
widths_of(const negotiated_probe& probe) {
  const auto& all = probe.definition->items;
  std::vector<std::size_t> made;
  const std::string* part = nullptr;
  for (const auto at : probe.items) {
    const auto& own = all[at].part;
    if (part != nullptr && !own.empty() && own == *part) {
      ++made.back();
    } else {
      made.push_back(1);
    }
    part = &own;
  }
  return made;
}

/// Index of the metric in the layout, which lists only those in use.
[[nodiscard]] std::uint32_t place_metric(const metric_descriptor& metric,
                                         std::vector<metric_descriptor>& into) {
  const auto found =
    std::find_if(into.begin(), into.end(),
                 [&](const auto& there) { return there.name == metric.name; });
  const auto at = static_cast<std::uint32_t>(found - into.begin());
  if (found == into.end()) {
    into.push_back(metric);
  }
  return at;
}

/// What a raw probe's `kept` and `rank` make of the columns that are there.
[[nodiscard]] std::optional<block_layout::bound>
bound_of(const negotiated_probe& probe) {
  const auto& from = *probe.definition;
  if (!from.ranked_by_metric) {
    return std::nullopt;
  }
  block_layout::bound made{from.kept, from.kept_class, {}};
  std::uint32_t column = 0;
  for (const auto at : probe.items) {
    const auto& item = from.items[at];
    if (item.role != item_role::metric) {
      continue;
    }
    if (item.metric == *from.ranked_by_metric) {
      made.ranked_by.push_back(column);
    }
    ++column;
  }
  return made;
}

void lay_out(negotiated_probe& probe) {
  const auto& from = *probe.definition;
  auto layout = std::make_shared<block_layout>();
  layout->probe = from.name;
  if (from.family == probe_family::accumulated) {
    layout->keys.assign(std::begin(entry_series_keys),
                        std::end(entry_series_keys));
  }
  for (const auto at : probe.items) {
    const auto& item = from.items[at];
    if (item.role == item_role::attribute) {
      if (item.words) {
        layout->words.push_back(
          static_cast<std::uint32_t>(layout->keys.size()));
      }
      layout->keys.push_back(item.name);
    } else if (item.role == item_role::metric) {
      if (at == from.counted_by_item) {
        probe.counted_by_column = layout->columns.size();
      }
      if (at == from.ranked_by_item) {
        probe.ranked_by_column = layout->columns.size();
      }
      const auto& metric = from.metrics[item.metric];
      layout->columns.push_back(
        {place_metric(metric, layout->metrics), item.fixed,
         metric.kind == instrument::gauge && !item.adds});
    }
  }
  if (from.family == probe_family::sampled) {
    layout->keys.emplace_back(query_fingerprint_key);
  }
  // `other` has a database and a name.
  layout->bounded = layout->keys.size() > 1 ? bound_of(probe) : std::nullopt;
  probe.layout = std::move(layout);
}

/// The reason why there is no negotiated probe, or empty.
[[nodiscard]] std::string fit(const definition_ptr& definition,
                              const server_shape& shape,
                              const probe_settings& settings,
                              negotiated_probe& into) {
  auto reason = refusal(*definition, shape);
  if (!reason.empty()) {
    return reason;
  }
  into.definition = definition;
  choose_items(shape, into);
  if (definition->family == probe_family::accumulated) {
    into.widths = widths_of(into);
    into.by_digest = digest_of(*definition, shape) != nullptr;
  }
  lay_out(into);
  const bool measures = definition->family != probe_family::internal;
  if (into.items.empty() || (measures && into.layout->columns.empty())) {
    return "this server has none of the columns it reads";
  }
  into.sql = statement_of(into, shape, settings);
  return {};
}

} // namespace

std::set<std::string>
relations_needed(const std::vector<definition_ptr>& catalog) {
  std::set<std::string> names;
  const auto add = [&](const needs_list& needs) {
    for (const std::string_view need : needs) {
      const auto bare = need.substr(need.front() == '!' ? 1 : 0);
      names.emplace(bare.substr(0, bare.find('.')));
    }
  };
  for (const auto& probe : catalog) {
    add(probe->needs);
    for (const auto& item : probe->items) {
      add(item.needs);
    }
    for (const auto& digest : probe->digests) {
      add(digest.needs);
    }
    for (const auto& line : probe->tail) {
      add(line.needs);
    }
  }
  return names;
}

negotiated_catalog negotiate(const std::vector<definition_ptr>& catalog,
                             const server_shape& shape,
                             const probe_settings& settings) {
  negotiated_catalog made;
  for (const auto& definition : catalog) {
    negotiated_probe probe;
    auto reason = fit(definition, shape, settings, probe);
    if (reason.empty()) {
      made.probes.push_back(std::move(probe));
    } else {
      made.absent.emplace(definition->name, std::move(reason));
    }
  }
  return made;
}

} // namespace pgmuster
