// OTLP/JSON is protobuf's JSON with enums as numbers; the identifiers that
// OTLP writes differently occur only in traces and logs.
#include "codec/errc.hpp"
#include "codec/otlp_encode.hpp"

#include <google/protobuf/arena.h>
#include <google/protobuf/util/json_util.h>
#include <opentelemetry/proto/collector/metrics/v1/metrics_service.pb.h>

#include <limits>

namespace pgmuster {

result<std::string> otlp_json_line(std::string_view request) {
  using opentelemetry::proto::collector::metrics::v1::
    ExportMetricsServiceRequest;
  google::protobuf::Arena arena;
  auto* message =
    google::protobuf::Arena::CreateMessage<ExportMetricsServiceRequest>(&arena);
  if (request.size() > std::numeric_limits<int>::max()
      || !message->ParseFromArray(request.data(),
                                  static_cast<int>(request.size()))) {
    return fail(codec_errc::not_a_message, "export request");
  }
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_enums_as_ints = true;
  std::string line;
  const auto status =
    google::protobuf::util::MessageToJsonString(*message, &line, options);
  if (!status.ok()) {
    return fail(codec_errc::not_printable, status.ToString());
  }
  return line;
}

} // namespace pgmuster
