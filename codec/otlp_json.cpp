// OTLP/JSON is protobuf's JSON with enums as numbers, and with the identifiers
// of traces and spans in hexadecimal digits.
#include "codec/errc.hpp"
#include "codec/otlp_encode.hpp"

#include <fmt/format.h>
#include <google/protobuf/arena.h>
#include <google/protobuf/util/json_util.h>
#include <opentelemetry/proto/collector/logs/v1/logs_service.pb.h>
#include <opentelemetry/proto/collector/metrics/v1/metrics_service.pb.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <vector>

namespace pgmuster {

namespace {

using opentelemetry::proto::collector::logs::v1::ExportLogsServiceRequest;
using opentelemetry::proto::collector::metrics::v1::ExportMetricsServiceRequest;

std::string hexadecimal(std::string_view bytes) {
  std::string made;
  for (const char byte : bytes) {
    fmt::format_to(std::back_inserter(made), "{:02x}",
                   static_cast<unsigned char>(byte));
  }
  return made;
}

/// In the order in which they are printed.
std::vector<std::string>
identifiers_of(const ExportLogsServiceRequest& request) {
  std::vector<std::string> made;
  for (const auto& resource : request.resource_logs()) {
    for (const auto& scope : resource.scope_logs()) {
      for (const auto& record : scope.log_records()) {
        for (const auto* id : {&record.trace_id(), &record.span_id()}) {
          if (!id->empty()) {
            made.push_back(hexadecimal(*id));
          }
        }
      }
    }
  }
  return made;
}

std::vector<std::string> identifiers_of(const ExportMetricsServiceRequest&) {
  return {};
}

/// Protobuf writes bytes in base64. A quote within a value has a backslash
/// before it, so that only the fields themselves look like this.
void write_identifiers(const std::vector<std::string>& all, std::string& line) {
  std::size_t from = 0;
  for (const auto& one : all) {
    const std::string_view trace{"\"traceId\":\""};
    const std::string_view span{"\"spanId\":\""};
    const auto next_trace = line.find(trace, from);
    const auto next_span = line.find(span, from);
    const auto begin = next_trace < next_span ? next_trace + trace.size()
                                              : next_span + span.size();
    if (std::min(next_trace, next_span) == std::string::npos) {
      return;
    }
    line.replace(begin, line.find('"', begin) - begin, one);
    from = begin;
  }
}

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
  write_identifiers(identifiers_of(*message), line);
  return line;
}

} // namespace

result<std::string> otlp_json_line(std::string_view request) {
  return otlp_json_line(signal::metrics, request);
}

result<std::string> otlp_json_line(signal carries, std::string_view request) {
  return carries == signal::logs
           ? json_line<ExportLogsServiceRequest>(request)
           : json_line<ExportMetricsServiceRequest>(request);
}

} // namespace pgmuster
