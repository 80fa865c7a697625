// A spooled frame as text or as a line of JSON.
#pragma once

#include "codec/otlp_decode.hpp"
#include "drivers/spool/spool_types.hpp"

#include <string>

namespace pgmuster::commands {

/// Header, then each point on a line; of logs, the request as JSON. What cannot
/// be decoded says so in its place.
[[nodiscard]] std::string frame_as_text(const spooling::spooled_frame& which,
                                        otlp_decoder& with);

/// Header and `request`, on one line.
[[nodiscard]] std::string frame_as_json(const spooling::spooled_frame& which);

} // namespace pgmuster::commands
