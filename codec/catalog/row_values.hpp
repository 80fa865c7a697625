// The values of a probe's row one for each of its items, however they came.
#pragma once

#include "codec/catalog/negotiate.hpp"
#include "codec/rows.hpp"

#include <span>
#include <vector>

namespace pgmuster {

/// Takes rows apart, and the parts within them: a null part is as many nulls.
/// Used by one thread.
class row_values {
public:
  /// Both must outlive it.
  row_values(const negotiated_probe& probe, const row_set& rows)
    : probe_(probe), rows_(rows) {}

  /// As many as the probe has items; empty where the row does not hold them.
  /// Valid until the next call.
  [[nodiscard]] std::span<const cell> of(std::size_t row);

private:
  const negotiated_probe& probe_;
  const row_set& rows_;
  std::vector<cell> outer_;
  std::vector<cell> part_;
  std::vector<cell> all_;
};

} // namespace pgmuster
