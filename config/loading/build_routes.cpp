// Destinations: exactly one of `otlp` and `file`, and only that one's keys.
#include "config/loading/build.hpp"
#include "config/loading/build_delivery.hpp"
#include "config/loading/http_words.hpp"
#include "config/loading/route_profile.hpp"

#include <boost/url/grammar/ci_string.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace pgmuster::loading {
namespace {

constexpr std::array<std::string_view, 15> otlp_keys{
  "metrics_url", "profile",  "compression", "headers",      "shards",
  "timeout",     "batch",    "retry",       "breaker",      "tls",
  "proxy",       "ordering", "max_age",     "on_ambiguous", "temporality"};

constexpr std::size_t headers_max = 64;

compression encoding_of(std::string_view name) {
  if (name == "none") {
    return compression::none;
  }
  return name == "gzip" ? compression::gzip : compression::zstd;
}

std::optional<std::string> read_url(const cursor& at) {
  auto url = at.text();
  if (url) {
    if (const auto wrong = wrong_url(*url); !wrong.empty()) {
      at.report(fmt::format(
        "expected a URL such as \"http://127.0.0.1:4318\": {}", wrong));
    }
  }
  return url;
}

/// Names of headers are compared as HTTP does.
bool same_header(std::string_view one, std::string_view other) {
  return boost::urls::grammar::ci_is_equal(
    boost::core::string_view{one.data(), one.size()},
    boost::core::string_view{other.data(), other.size()});
}

/// What the transport sets itself, and what would make two of it: a request
/// with the wrong length of its body, or with two, is refused or worse.
bool belongs_to_transport(std::string_view name) {
  constexpr std::array<std::string_view, 12> names{
    "Content-Length", "Content-Type", "Content-Encoding", "Transfer-Encoding",
    "Host",           "Connection",   "Keep-Alive",       "TE",
    "Trailer",        "Upgrade",      "Expect",           "Proxy-Connection"};
  return std::any_of(names.begin(), names.end(),
                     [&](auto one) { return same_header(one, name); });
}

/// What is wrong with a header; empty: nothing.
std::string wrong_header(std::string_view name,
                         const std::optional<std::string>& text,
                         const std::vector<http_header>& before) {
  if (!is_header_name(name)) {
    return "expected a header's name: letters, digits and hyphens";
  }
  if (belongs_to_transport(name)) {
    return "this header is set by the transport and cannot be given";
  }
  const auto twice =
    std::find_if(before.begin(), before.end(),
                 [&](const auto& one) { return same_header(one.name, name); });
  if (twice != before.end()) {
    return fmt::format("the same header as \"{}\": letters' case makes no "
                       "difference",
                       twice->name);
  }
  return text && !is_header_value(*text)
           ? "a header's value may hold no control characters"
           : "";
}

void read_headers(const cursor& at, otlp_destination& into) {
  const auto headers = at.members();
  if (headers.size() > headers_max) {
    at.report(fmt::format("more than {} headers", headers_max));
  }
  for (const auto& [name, value] : headers) {
    const auto text = value.text();
    if (const auto wrong = wrong_header(name, text, into.headers);
        !wrong.empty()) {
      value.report(wrong);
    }
    into.headers.push_back({name, secret_string{text.value_or("")}});
  }
}

void read_profile(const cursor& at,
                  route_config& into,
                  otlp_destination& otlp) {
  const auto name = at["profile"].text();
  otlp.profile = profile_named(name.value_or("")).value_or(route_profile::none);
  apply_profile(otlp.profile, otlp, into.batch);
  const auto needed = needed_header(otlp.profile);
  if (!needed.empty()
      && std::none_of(
        otlp.headers.begin(), otlp.headers.end(),
        [&](const auto& one) { return same_header(one.name, needed); })) {
    at["profile"].report(
      fmt::format("profile {} needs the header \"{}\" in \"headers\"",
                  at["profile"].quoted(*name), needed));
  }
}

void read_temporality(const cursor& at, otlp_destination& into) {
  const auto name = at.text();
  if (!name) {
    return;
  }
  into.temporality =
    *name == "delta" ? sum_temporality::delta : sum_temporality::cumulative;
  if (into.profile == route_profile::datadog
      && into.temporality == sum_temporality::cumulative) {
    at.report("profile \"datadog\" needs \"delta\": cumulative sums are "
              "refused there");
  }
}

void read_otlp(const cursor& at,
               const build_context& context,
               route_config& into) {
  otlp_destination otlp;
  otlp.url = read_url(at["otlp"]).value_or("");
  otlp.metrics_url = read_url(at["metrics_url"]).value_or("");
  read_headers(at["headers"], otlp);
  read_profile(at, into, otlp);
  if (const auto name = at["compression"].text()) {
    otlp.encoding = encoding_of(*name);
  }
  read_temporality(at["temporality"], otlp);
  otlp.shards = at["shards"].count().value_or(otlp.shards);
  otlp.timeout = at["timeout"].duration().value_or(otlp.timeout);
  read_delivery(at, context, otlp, into.batch);
  into.destination = std::move(otlp);
}

/// Given: these. Else what the destination is known to take: a file takes all,
/// a receiver of which nothing is said gets metrics only.
void read_signals(const cursor& at, route_config& into) {
  const auto* otlp = std::get_if<otlp_destination>(&into.destination);
  into.signals.logs = otlp == nullptr || otlp->profile != route_profile::none;
  const auto given = at["signals"];
  if (!given.present()) {
    return;
  }
  into.signals = {false, false};
  for (const auto& one : given.elements()) {
    const auto name = one.text();
    into.signals.metrics = into.signals.metrics || name == "metrics";
    into.signals.logs = into.signals.logs || name == "logs";
  }
  if (!into.signals.metrics && !into.signals.logs) {
    given.report("expected \"metrics\", \"logs\" or both");
  }
}

file_destination read_file_route(const cursor& at,
                                 const build_context& context) {
  for (const auto key : otlp_keys) {
    if (at[key].present()) {
      at[key].report("only a route with \"otlp\" has this key");
    }
  }
  const auto path = at["file"].text();
  if (path && path->empty()) {
    at["file"].report("expected a path, or \"-\" for standard output");
  }
  return {path && *path != "-" ? resolved(context, *path)
                               : std::filesystem::path{"-"}};
}

} // namespace

void build_routes(const cursor& root,
                  const build_context& context,
                  configuration& into) {
  for (const auto& [name, at] : root["routes"].members()) {
    if (!is_name(name)) {
      at.report("expected a route's name of letters, digits, \".\", \"_\" and "
                "\"-\", at most 128 characters");
    }
    const route_name id{name};
    const bool otlp = at["otlp"].present();
    const bool file = at["file"].present();
    if (otlp == file) {
      at.report(otlp ? "expected either \"otlp\" or \"file\", got both"
                     : "expected either \"otlp\" (a base URL, also beside "
                       "\"metrics_url\") or \"file\", got neither");
    }
    auto& route = into.routes[id];
    route.name = id;
    if (file && !otlp) {
      route.destination = read_file_route(at, context);
    } else {
      read_otlp(at, context, route);
    }
    read_signals(at, route);
  }
}

} // namespace pgmuster::loading
