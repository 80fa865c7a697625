// Events are rare: the generated classes are fast enough.
#include "codec/otlp_events.hpp"

#include "codec/errc.hpp"
#include "config/utf8.hpp"

#include <google/protobuf/util/json_util.h>
#include <opentelemetry/proto/collector/logs/v1/logs_service.pb.h>

#include <limits>

namespace pgmuster {
namespace {

namespace otlp_common = opentelemetry::proto::common::v1;
namespace otlp_logs = opentelemetry::proto::logs::v1;
using opentelemetry::proto::collector::logs::v1::ExportLogsServiceRequest;

template <class Message>
void add_texts(const attributes& from, Message& into) {
  for (const attribute& one : from) {
    auto* made = into.add_attributes();
    made->set_key(to_utf8(one.key));
    made->mutable_value()->set_string_value(to_utf8(one.value));
  }
}

const char* words_of(event_severity severity) {
  switch (severity) {
  case event_severity::info:
    return "INFO";
  case event_severity::warning:
    return "WARN";
  case event_severity::error:
    return "ERROR";
  }
  return "";
}

void add_record(const target_event& from, otlp_logs::ScopeLogs& into) {
  auto& made = *into.add_log_records();
  const auto nanos =
    static_cast<std::uint64_t>(from.time.time_since_epoch().count());
  made.set_time_unix_nano(nanos);
  made.set_observed_time_unix_nano(nanos);
  made.set_severity_number(
    static_cast<otlp_logs::SeverityNumber>(from.severity));
  made.set_severity_text(words_of(from.severity));
  made.set_event_name(to_utf8(from.name));
  made.mutable_body()->set_string_value(to_utf8(from.body));
  add_texts(from.described, made);
}

template <class Fields>
attributes texts_of(const Fields& fields) {
  attributes read;
  for (const otlp_common::KeyValue& one : fields) {
    read.push_back({one.key(), one.value().has_int_value()
                                 ? std::to_string(one.value().int_value())
                                 : one.value().string_value()});
  }
  return read;
}

bool parse(std::string_view bytes, ExportLogsServiceRequest& into) {
  return bytes.size() <= std::numeric_limits<int>::max()
         && into.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

} // namespace

encoded_points encode_events(const resource& of,
                             const std::vector<target_event>& events) {
  encoded_points encoded;
  if (events.empty()) {
    return encoded;
  }
  ExportLogsServiceRequest request;
  auto& logs = *request.add_resource_logs();
  add_texts(of.described, *logs.mutable_resource());
  if (of.port != 0) {
    auto* port = logs.mutable_resource()->add_attributes();
    port->set_key("server.port");
    port->mutable_value()->set_int_value(of.port);
  }
  auto& scope = *logs.add_scope_logs();
  scope.mutable_scope()->set_name("pgmuster");
  scope.mutable_scope()->set_version(PGMUSTER_VERSION);
  for (const auto& one : events) {
    add_record(one, scope);
  }
  encoded.points = events.size();
  encoded.bytes = request.SerializeAsString();
  return encoded;
}

result<std::vector<received_event>> decode_events(std::string_view request) {
  ExportLogsServiceRequest message;
  if (!parse(request, message)) {
    return fail(codec_errc::not_a_message, "export request");
  }
  std::vector<received_event> found;
  for (const auto& logs : message.resource_logs()) {
    const auto described = texts_of(logs.resource().attributes());
    for (const auto& scope : logs.scope_logs()) {
      for (const auto& record : scope.log_records()) {
        target_event event;
        event.name = record.event_name();
        event.severity = static_cast<event_severity>(record.severity_number());
        event.time = wall_time{
          nanoseconds{static_cast<std::int64_t>(record.time_unix_nano())}};
        event.body = record.body().string_value();
        event.described = texts_of(record.attributes());
        found.push_back({described, std::move(event)});
      }
    }
  }
  return found;
}

result<std::string> otlp_json_line_of_events(std::string_view request) {
  ExportLogsServiceRequest message;
  if (!parse(request, message)) {
    return fail(codec_errc::not_a_message, "export request");
  }
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_enums_as_ints = true;
  std::string line;
  const auto status =
    google::protobuf::util::MessageToJsonString(message, &line, options);
  if (!status.ok()) {
    return fail(codec_errc::not_printable, status.ToString());
  }
  return line;
}

} // namespace pgmuster
