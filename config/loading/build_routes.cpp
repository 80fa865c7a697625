// Destinations: exactly one of `otlp` and `file`, and only that one's keys.
#include "config/loading/build.hpp"
#include "config/loading/http_words.hpp"

#include <fmt/format.h>

#include <array>

namespace pgmuster::loading {
namespace {

constexpr std::array<std::string_view, 5> otlp_keys{
  "metrics_url", "compression", "headers", "shards", "timeout"};

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

otlp_destination read_otlp(const cursor& at) {
  otlp_destination otlp;
  otlp.url = read_url(at["otlp"]).value_or("");
  otlp.metrics_url = read_url(at["metrics_url"]).value_or("");
  if (const auto name = at["compression"].text()) {
    otlp.encoding = encoding_of(*name);
  }
  otlp.shards = at["shards"].count().value_or(otlp.shards);
  otlp.timeout = at["timeout"].duration().value_or(otlp.timeout);
  const auto headers = at["headers"].members();
  if (headers.size() > headers_max) {
    at["headers"].report(fmt::format("more than {} headers", headers_max));
  }
  for (const auto& [name, value] : headers) {
    const auto text = value.text();
    if (!is_header_name(name)) {
      value.report("expected a header's name: letters, digits and hyphens");
    } else if (text && !is_header_value(*text)) {
      value.report("a header's value may hold no control characters");
    }
    otlp.headers.push_back({name, secret_string{text.value_or("")}});
  }
  return otlp;
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
                     : "expected either \"otlp\" or \"file\", got neither");
    }
    if (file && !otlp) {
      into.routes[id] = {id, read_file_route(at, context)};
    } else {
      into.routes[id] = {id, read_otlp(at)};
    }
  }
}

} // namespace pgmuster::loading
