#include "codec/catalog/row_values.hpp"

namespace pgmuster {

std::span<const cell> row_values::of(std::size_t row) {
  const auto& widths = probe_.widths;
  if (widths.empty()) {
    return rows_.values(row, probe_.items.size(), outer_);
  }
  const auto outer = rows_.values(row, widths.size(), outer_);
  all_.clear();
  for (std::size_t at = 0; at < outer.size(); ++at) {
    if (widths[at] == 1) {
      all_.push_back(outer[at]);
    } else if (outer[at].is == cell::kind::null) {
      all_.resize(all_.size() + widths[at]);
    } else {
      const auto part = rows_.within(outer[at], widths[at], part_);
      if (part.empty()) {
        return {};
      }
      all_.insert(all_.end(), part.begin(), part.end());
    }
  }
  return all_;
}

} // namespace pgmuster
