// Whether values of two layouts may be compared column by column: a probe that
// was negotiated anew may have other columns.
#pragma once

#include "codec/points.hpp"

namespace pgmuster {

/// Same metrics with the same fixed attributes in the same order. Equal
/// pointers are the quick case; null matches only null.
[[nodiscard]] bool
same_columns(const std::shared_ptr<const block_layout>& left,
             const std::shared_ptr<const block_layout>& right) noexcept;

} // namespace pgmuster
