// Events are rare: the generated classes are fast enough.
#include "codec/otlp_events.hpp"

#include "codec/errc.hpp"
#include "config/utf8.hpp"

#include <fmt/format.h>
#include <opentelemetry/proto/collector/logs/v1/logs_service.pb.h>

#include <algorithm>
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

template <class Message>
void add_number(const std::string& key, const number& value, Message& into) {
  auto* made = into.add_attributes();
  made->set_key(to_utf8(key));
  if (value.is == number::kind::real) {
    made->mutable_value()->set_double_value(value.real);
  } else {
    made->mutable_value()->set_int_value(value.integer);
  }
}

template <class Bytes>
std::string as_string(const Bytes& bytes) {
  return {bytes.begin(), bytes.end()};
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
  for (const measured_attribute& one : from.measured) {
    if (one.value.present()) {
      add_number(one.key, one.value, made);
    }
  }
  if (from.weight > 0) {
    add_number(event_weight_key, number::of(from.weight), made);
  }
  if (from.trace) {
    made.set_trace_id(as_string(from.trace->trace));
    made.set_span_id(as_string(from.trace->span));
    made.set_flags(from.trace->flags);
  }
}

std::string text_of(const otlp_common::AnyValue& value) {
  return value.has_int_value()      ? std::to_string(value.int_value())
         : value.has_double_value() ? fmt::format("{}", value.double_value())
                                    : value.string_value();
}

std::optional<trace_context> trace_of(const otlp_logs::LogRecord& record) {
  trace_context made;
  if (record.trace_id().size() != made.trace.size()
      || record.span_id().size() != made.span.size()) {
    return std::nullopt;
  }
  std::copy(record.trace_id().begin(), record.trace_id().end(),
            made.trace.begin());
  std::copy(record.span_id().begin(), record.span_id().end(),
            made.span.begin());
  made.flags = static_cast<std::uint8_t>(record.flags());
  return made;
}

template <class Fields>
attributes texts_of(const Fields& fields) {
  attributes read;
  for (const otlp_common::KeyValue& one : fields) {
    read.push_back({one.key(), text_of(one.value())});
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
        event.trace = trace_of(record);
        found.push_back({described, std::move(event)});
      }
    }
  }
  return found;
}

} // namespace pgmuster
