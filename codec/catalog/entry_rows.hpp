// An accumulated probe's rows as entries.
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
  [[nodiscard]] bool by_digest() const noexcept override {
    return probe_.by_digest;
  }
  [[nodiscard]] std::optional<std::int64_t>
  gone(std::size_t row) const override;
  void decode(std::size_t row, entry_reading& into) override;

  /// Of the entries decoded so far.
  [[nodiscard]] const bad_cell_count& bad() const noexcept { return bad_; }

private:
  [[nodiscard]] cell beside(std::size_t row, std::size_t column) const;
  void key(const probe_item& item, const cell& value, entry_reading& into);
  void start(const probe_item& item, const cell& value, entry_reading& into);

  const negotiated_probe& probe_;
  const row_set& rows_;
  entry_shape shape_;
  bad_cell_count bad_;
  row_values values_;
};

} // namespace pgmuster
