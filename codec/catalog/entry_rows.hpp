// An accumulated probe's rows as entries, each decoded only when asked for.
#pragma once

#include "codec/catalog/entry_source.hpp"
#include "codec/catalog/measured.hpp"
#include "codec/catalog/negotiate.hpp"
#include "codec/catalog/row_values.hpp"

#include <vector>

namespace pgmuster {

class entry_rows final : public entry_source {
public:
  /// Both must outlive it.
  entry_rows(const negotiated_probe& probe, const row_set& rows);

  [[nodiscard]] const entry_shape& shape() const noexcept override {
    return shape_;
  }
  [[nodiscard]] std::size_t count() const noexcept override {
    return rows_.rows();
  }
  [[nodiscard]] std::string_view
  bytes(std::size_t entry) const noexcept override {
    return rows_.packed(entry);
  }
  void decode(std::size_t entry, entry_reading& into) override;

  /// Of the entries decoded so far.
  [[nodiscard]] const bad_cell_count& bad() const noexcept { return bad_; }

private:
  void key(const probe_item& item, const cell& value, entry_reading& into);
  void start(const probe_item& item, const cell& value, entry_reading& into);

  const negotiated_probe& probe_;
  const row_set& rows_;
  entry_shape shape_;
  bad_cell_count bad_;
  row_values values_;
};

} // namespace pgmuster
