#include "routing/row_reset.hpp"

namespace pgmuster {

bool began_anew(const block_layout& layout,
                const std::vector<held_cell>& before,
                const point_row& now,
                bool other_start) noexcept {
  bool went_on = false;
  for (std::size_t c = 0; c < before.size(); ++c) {
    const auto& was = before[c].value;
    const auto& is = now.values[c];
    if (layout.metrics[layout.columns[c].metric].kind != instrument::counter
        || was.is != is.is || !is.present()) {
      continue;
    }
    const bool real = is.is == number::kind::real;
    if (real ? is.real < was.real : is.integer < was.integer) {
      return true;
    }
    went_on = went_on
              || (real ? is.real == was.real && is.real != 0
                       : is.integer == was.integer && is.integer != 0);
  }
  return other_start && !(layout.bounded && went_on);
}

} // namespace pgmuster
