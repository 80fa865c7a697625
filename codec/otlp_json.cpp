// OTLP/JSON is protobuf's JSON with enums as numbers; the identifiers that
// OTLP writes differently occur only in traces and logs.
#include "codec/errc.hpp"
#include "codec/otlp_encode.hpp"

#include <google/protobuf/arena.h>
#include <google/protobuf/util/json_util.h>
#include <opentelemetry/proto/collector/logs/v1/logs_service.pb.h>
#include <opentelemetry/proto/collector/metrics/v1/metrics_service.pb.h>

#include <limits>

namespace pgmuster {

namespace {

template <class Request>
result<std::string> json_line(std::string_view request) {
  google::protobuf::Arena arena;
  auto* message = google::protobuf::Arena::CreateMessage<Request>(&arena);
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

} // namespace

result<std::string> otlp_json_line(std::string_view request) {
  return otlp_json_line(signal::metrics, request);
}

result<std::string> otlp_json_line(signal carries, std::string_view request) {
  using opentelemetry::proto::collector::logs::v1::ExportLogsServiceRequest;
  using opentelemetry::proto::collector::metrics::v1::
    ExportMetricsServiceRequest;
  return carries == signal::logs
           ? json_line<ExportLogsServiceRequest>(request)
           : json_line<ExportMetricsServiceRequest>(request);
}

} // namespace pgmuster
