// A frame's request in another encoding, or in two halves.
#pragma once

#include "codec/compress.hpp"
#include "codec/frame.hpp"

#include <memory>
#include <vector>

namespace pgmuster {

/// Null if it cannot be read or compressed.
[[nodiscard]] std::shared_ptr<const frame>
encoded_as(compression how, const frame& what, compressor& with);

/// The halves in their order and in this encoding; fewer than two: it holds one
/// point, or cannot be read.
[[nodiscard]] std::vector<std::shared_ptr<const frame>>
halves_of(const frame& what, compression how, compressor& with);

} // namespace pgmuster
