#include "codec/catalog/entry_rows.hpp"

#include "codec/catalog/entry_key.hpp"

namespace pgmuster {

entry_rows::entry_rows(const negotiated_probe& probe, const row_set& rows)
  : probe_(probe), rows_(rows), widths_(probe.widths) {
  if (widths_.empty()) {
    widths_.assign(probe.items.size(), 1);
  }
  for (const auto at : probe.items) {
    const auto& item = probe.definition->items[at];
    if (item.role == item_role::key) {
      if (item.name == "dbid") {
        shape_.database_item = shape_.key_items;
      }
      ++shape_.key_items;
    }
    shape_.columns += item.role == item_role::metric ? 1U : 0U;
    shape_.with_since = shape_.with_since || item.role == item_role::start;
  }
}

void entry_rows::decode(std::size_t entry, entry_reading& into) {
  into = {};
  const auto cells = rows_.values(entry, widths_.size(), scratch_);
  if (cells.empty()) {
    return unfit(into);
  }
  into.values.reserve(shape_.columns);
  std::span<const std::size_t> left{probe_.items};
  for (std::size_t at = 0; at < cells.size(); ++at) {
    const auto own = left.first(widths_[at]);
    left = left.subspan(widths_[at]);
    if (own.size() == 1) {
      take(probe_.definition->items[own.front()], cells[at], into);
    } else if (!take_part(cells[at], own, into)) {
      return unfit(into);
    }
  }
}

/// A row of another width has no identity and no numbers.
void entry_rows::unfit(entry_reading& into) {
  bad_.add(probe_.definition->items[probe_.items.front()], {});
  bad_.cells += probe_.items.size() - 1;
  into = {};
  into.key.assign(shape_.key_items * key_item_bytes, '\0');
  into.values.resize(shape_.columns);
  into.unattributed = true;
}

void entry_rows::take(const probe_item& item,
                      const cell& value,
                      entry_reading& into) {
  if (item.role == item_role::key) {
    key(item, value, into);
  } else if (item.role == item_role::start) {
    start(item, value, into);
  } else if (item.role == item_role::metric) {
    const auto made = measured(*probe_.definition, item, value);
    if (!made) {
      bad_.add(item, value);
    }
    into.values.push_back(made && made->present() ? made->integer : 0);
  }
}

/// A null part holds as many nulls.
bool entry_rows::take_part(const cell& part,
                           std::span<const std::size_t> items,
                           entry_reading& into) {
  const bool null = part.is == cell::kind::null;
  const auto cells = null ? std::span<const cell>{}
                          : rows_.within(part, items.size(), scratch_of_part_);
  for (std::size_t at = 0; at < items.size() && (null || !cells.empty());
       ++at) {
    take(probe_.definition->items[items[at]], null ? cell{} : cells[at], into);
  }
  return null || !cells.empty();
}

void entry_rows::key(const probe_item& item,
                     const cell& value,
                     entry_reading& into) {
  const bool fits = value.is == cell::kind::integer;
  if (!fits && value.is != cell::kind::null) {
    bad_.add(item, value);
  }
  into.unattributed = into.unattributed || !fits;
  const auto held = fits ? value.integer : 0;
  append_key_item(into.key, held);
  if (item.name == "dbid") {
    into.database = held;
  }
}

void entry_rows::start(const probe_item& item,
                       const cell& value,
                       entry_reading& into) {
  const bool fits = value.is == cell::kind::integer;
  if (!fits && value.is != cell::kind::null) {
    bad_.add(item, value);
  }
  into.since = fits ? value.integer : 0;
}

} // namespace pgmuster
