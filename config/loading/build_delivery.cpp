// Values are within their ranges already; what is left are keys that must
// agree with each other.
#include "config/loading/build_delivery.hpp"

#include "config/loading/http_words.hpp"

#include <fmt/format.h>

namespace pgmuster::loading {
namespace {

void read_into(milliseconds& value, const cursor& at) {
  value = at.duration().value_or(value);
}

void read_into(std::uint32_t& value, const cursor& at) {
  value = static_cast<std::uint32_t>(at.count().value_or(value));
}

/// Pauses that grow: the first is no longer than the longest.
void read_pauses(const cursor& at, milliseconds& first, milliseconds& longest) {
  read_into(first, at["first"]);
  read_into(longest, at["longest"]);
  if (first > longest) {
    (at["longest"].present() ? at["longest"] : at["first"])
      .report(R"(expected "first" to be at most "longest")");
  }
}

void read_batch(const cursor& at, batch_limits& batch) {
  batch.bytes = at["bytes"].size().value_or(batch.bytes);
  batch.points = at["points"].count().value_or(batch.points);
  read_into(batch.age, at["age"]);
}

void read_retry(const cursor& at, retry_limits& retry) {
  read_pauses(at, retry.first, retry.longest);
  read_into(retry.unauthorised, at["unauthorised"]);
  read_into(retry.retry_after_max, at["retry_after_max"]);
  read_into(retry.refused_max, at["refused"]);
}

void read_breaker(const cursor& at, breaker_limits& breaker) {
  read_pauses(at, breaker.open_first, breaker.open_longest);
  read_into(breaker.failures_max, at["failures"]);
  read_into(breaker.failures_percent, at["failures_percent"]);
  read_into(breaker.window, at["window"]);
  read_into(breaker.outcomes_min, at["outcomes"]);
}

std::filesystem::path read_file(const cursor& at,
                                const build_context& context) {
  const auto path = at.text();
  if (path && path->empty()) {
    at.report("expected the path of a file");
  }
  return path ? resolved(context, *path) : std::filesystem::path{};
}

void read_tls(const cursor& at, const build_context& context, route_tls& tls) {
  tls.roots = read_file(at["ca_file"], context);
  tls.certificate = read_file(at["cert_file"], context);
  tls.key = read_file(at["key_file"], context);
  for (const auto& [one, other] : {std::pair{"cert_file", "key_file"},
                                   std::pair{"key_file", "cert_file"}}) {
    if (at[one].present() && !at[other].present()) {
      at[one].report(fmt::format("expected \"{}\" beside \"{}\": a certificate "
                                 "needs its key (one file may hold both)",
                                 other, one));
    }
  }
  if (const auto least = at["min_version"].text()) {
    tls.least = *least == "1.2" ? route_tls::version::tls_1_2
                                : route_tls::version::tls_1_3;
  }
}

void read_proxy(const cursor& at, otlp_destination& destination) {
  const auto proxy = at.text();
  if (!proxy) {
    return;
  }
  if (const auto wrong = wrong_proxy(*proxy);
      !proxy->empty() && !wrong.empty()) {
    at.report(fmt::format(
      "expected a URL such as \"http://proxy:3128\", or \"\" for none: {}",
      wrong));
  }
  destination.proxy = secret_string{*proxy};
}

} // namespace

void read_delivery(const cursor& at,
                   const build_context& context,
                   otlp_destination& destination,
                   batch_limits& batch) {
  read_batch(at["batch"], batch);
  read_retry(at["retry"], destination.retry);
  read_breaker(at["breaker"], destination.breaker);
  read_tls(at["tls"], context, destination.tls);
  read_proxy(at["proxy"], destination);
  destination.ordering = at["ordering"].text() == "relaxed"
                           ? delivery_order::relaxed
                           : delivery_order::strict;
  destination.age_max = at["max_age"].duration();
  destination.on_ambiguous = at["on_ambiguous"].text() == "drop"
                               ? ambiguous_send::drop
                               : ambiguous_send::retry;
}

} // namespace pgmuster::loading
