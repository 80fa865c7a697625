// The table of statuses, and where the server's own words are found.
#include "codec/export_verdict.hpp"

#include "codec/http_date.hpp"
#include "config/utf8.hpp"

#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/util/json_util.h>
#include <google/rpc/status.pb.h>
#include <opentelemetry/proto/collector/metrics/v1/metrics_service.pb.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace pgmuster {
namespace {

using opentelemetry::proto::collector::metrics::v1::
  ExportMetricsServiceResponse;

/// Else protobuf prints to standard error, on whichever thread it reads, what
/// is wrong with an answer. Before `main`, since setting it is not thread-safe.
[[maybe_unused]] auto* const printer_before =
  google::protobuf::SetLogHandler(nullptr);

constexpr std::size_t message_bytes_max = 200;
/// A destination cannot silence us for longer than this.
constexpr milliseconds retry_after_max{3'600'000};

char lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a')
                                        : letter;
}

/// The media type without parameters, in lower case.
std::string media_type(std::string_view content_type) {
  std::string type{content_type.substr(0, content_type.find(';'))};
  while (!type.empty() && type.back() == ' ') {
    type.pop_back();
  }
  std::transform(type.begin(), type.end(), type.begin(), lower);
  return type;
}

bool is_protobuf(const std::string& type) {
  return type == "application/x-protobuf" || type == "application/protobuf";
}

/// What the destination itself said of an error.
std::string body_of(const export_answer& answer) {
  if (is_protobuf(media_type(answer.content_type))) {
    google::rpc::Status status;
    if (status.ParseFromString(answer.body)) {
      return printable(status.message(), message_bytes_max);
    }
  }
  return printable(answer.body, message_bytes_max);
}

/// What was answered, for log and state: many refusals have no body, and then
/// the status is all there is.
std::string words_of(const export_answer& answer, std::string_view body) {
  std::string words = "HTTP " + std::to_string(answer.status);
  if (answer.status >= 300 && answer.status <= 399) {
    words += " (a redirect, which is not followed)";
  }
  if (body.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    return words;
  }
  return printable(words + ": " + std::string{body}, message_bytes_max);
}

/// Metrics' and logs' answers share their field numbers. What cannot be read
/// (receivers send empty bodies, or none of this) means that all was taken.
void read_success(const export_answer& answer, export_verdict& verdict) {
  const std::string type = media_type(answer.content_type);
  ExportMetricsServiceResponse response;
  bool read = false;
  if (type.empty() || is_protobuf(type)) {
    read = response.ParseFromString(answer.body);
  } else if (type == "application/json") {
    google::protobuf::util::JsonParseOptions options;
    options.ignore_unknown_fields = true;
    read = google::protobuf::util::JsonStringToMessage(answer.body, &response,
                                                       options)
             .ok();
  }
  if (read) {
    const auto& partial = response.partial_success();
    verdict.rejected = static_cast<std::uint64_t>(
      std::max<std::int64_t>(partial.rejected_data_points(), 0));
    verdict.message = printable(partial.error_message(), message_bytes_max);
  }
}

std::optional<milliseconds> wait_asked(std::string_view header, wall_time now) {
  while (!header.empty() && header.front() == ' ') {
    header.remove_prefix(1);
  }
  while (!header.empty() && header.back() == ' ') {
    header.remove_suffix(1);
  }
  if (header.empty()) {
    return std::nullopt;
  }
  if (header.find_first_not_of("0123456789") == std::string_view::npos) {
    std::uint32_t count = 0;
    const auto read =
      std::from_chars(header.data(), header.data() + header.size(), count);
    if (read.ec != std::errc{}) {
      return retry_after_max;
    }
    return std::min<milliseconds>(seconds{count}, retry_after_max);
  }
  const auto date = parse_http_date(header, now);
  if (!date) {
    return std::nullopt;
  }
  // Rounded up: never before the moment asked for.
  return std::clamp(std::chrono::ceil<milliseconds>(*date - now),
                    milliseconds{0}, retry_after_max);
}

/// What receivers say of samples that are late, doubled or in disorder
/// (Prometheus and its kin, VictoriaMetrics, New Relic).
bool says_out_of_order(std::string_view words) {
  constexpr std::array<std::string_view, 9> phrases{
    "out of order",  "out-of-order",        "out of bounds",
    "out-of-bounds", "duplicate",           "too old",
    "too-old",       "too far in the past", "already exists"};
  std::string small{words};
  std::transform(small.begin(), small.end(), small.begin(), lower);
  return std::any_of(phrases.begin(), phrases.end(), [&](auto phrase) {
    return small.find(phrase) != std::string::npos;
  });
}

export_verdict::kind
kind_of(int status, bool encoding_in_question, std::string_view words) {
  using kind = export_verdict::kind;
  switch (status) {
  case 429:
  case 502:
  case 503:
  case 504:
    return kind::retry;
  case 401:
  case 403:
  case 407: // A proxy's.
    return kind::unauthorised;
  default:
    break;
  }
  if (says_out_of_order(words)) {
    return kind::rejected;
  }
  switch (status) {
  case 400: // Receivers that ignore Content-Encoding see a malformed message.
  case 413: // Some count the size before decompression.
    return encoding_in_question ? kind::other_encoding : kind::take_apart;
  case 415:
    return encoding_in_question ? kind::other_encoding : kind::refused;
  default:
    return kind::refused;
  }
}

} // namespace

export_verdict
judge(const export_answer& answer, bool encoding_in_question, wall_time now) {
  export_verdict verdict;
  if (answer.status == 0) {
    verdict.is = export_verdict::kind::retry;
    verdict.breaker_failure = true;
    verdict.ambiguous = answer.ambiguous;
    verdict.message = printable(
      answer.failure.empty() ? "no answer" : answer.failure, message_bytes_max);
    return verdict;
  }
  if (answer.status >= 200 && answer.status <= 299) {
    verdict.is = export_verdict::kind::acknowledged;
    read_success(answer, verdict);
    return verdict;
  }
  const auto body = body_of(answer);
  verdict.message = answer.over_http ? words_of(answer, body) : body;
  verdict.is = kind_of(answer.status, encoding_in_question, body);
  verdict.breaker_failure = answer.status >= 502 && answer.status <= 504;
  // Whoever stands in front of it gave up waiting.
  verdict.ambiguous = answer.status == 504;
  if (verdict.is == export_verdict::kind::retry) {
    verdict.after = wait_asked(answer.retry_after, now);
  }
  return verdict;
}

} // namespace pgmuster
