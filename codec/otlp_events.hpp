// Turns events into OTLP bytes and back; protobuf stays behind this header.
#pragma once

#include "codec/events.hpp"
#include "codec/otlp_encode.hpp"

#include <string_view>
#include <vector>

namespace pgmuster {

/// One field `resource_logs` of an ExportLogsServiceRequest, tag and length
/// included: such strings are concatenated into a request. Its points are the
/// events.
[[nodiscard]] encoded_points
encode_events(const resource& of, const std::vector<target_event>& events);

struct received_event {
  /// Of its resource; numbers are printed, those of the event too.
  attributes described;
  target_event event;
};

/// The records of an uncompressed ExportLogsServiceRequest.
[[nodiscard]] result<std::vector<received_event>>
decode_events(std::string_view request);

} // namespace pgmuster
