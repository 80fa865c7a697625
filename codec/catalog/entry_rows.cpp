#include "codec/catalog/entry_rows.hpp"

#include "codec/catalog/entry_key.hpp"

namespace pgmuster {

namespace {

/// Behind the entry itself.
constexpr std::size_t digest_column = 1;
constexpr std::size_t gone_column = 2;

} // namespace

entry_rows::entry_rows(const negotiated_probe& probe, const row_set& rows)
  : probe_(probe), rows_(rows), values_(probe, rows) {
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

std::optional<std::int64_t> entry_rows::gone(std::size_t row) const {
  const auto digest = beside(row, gone_column);
  return digest.is == cell::kind::integer ? std::optional{digest.integer}
                                          : std::nullopt;
}

/// What stands in a row beside its entry.
cell entry_rows::beside(std::size_t row, std::size_t column) const {
  return probe_.by_digest && column < rows_.columns() ? rows_.row(row)[column]
                                                      : cell{};
}

void entry_rows::decode(std::size_t row, entry_reading& into) {
  into = {};
  const auto digest = beside(row, digest_column);
  into.digest = digest.is == cell::kind::integer ? digest.integer : 0;
  const auto cells = values_.of(row);
  if (cells.empty()) {
    // A row of another width has no identity and no numbers.
    bad_.add(probe_.definition->items[probe_.items.front()], {});
    bad_.cells += probe_.items.size() - 1;
    into.key.assign(shape_.key_items * key_item_bytes, '\0');
    into.values.resize(shape_.columns);
    into.unattributed = true;
    return;
  }
  into.values.reserve(shape_.columns);
  for (std::size_t at = 0; at < cells.size(); ++at) {
    const auto& item = probe_.definition->items[probe_.items[at]];
    if (item.role == item_role::key) {
      key(item, cells[at], into);
    } else if (item.role == item_role::start) {
      start(item, cells[at], into);
    } else if (item.role == item_role::metric) {
      const auto made = measured(*probe_.definition, item, cells[at]);
      if (!made) {
        bad_.add(item, cells[at]);
      }
      into.values.push_back(made && made->present() ? made->integer : 0);
    }
  }
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
