#include "drivers/state/crash_document.hpp"

#include "drivers/logging/rfc3339.hpp"
#include "drivers/state/errc.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace pgmuster {

namespace {

namespace json = boost::json;

constexpr std::uint64_t our_format = 1;

const std::string* text_of(const json::value* value, std::string& kept) {
  if (value == nullptr || !value->is_string()) {
    return nullptr;
  }
  kept = std::string{value->as_string()};
  return &kept;
}

std::optional<std::uint64_t> number_of(const json::value* value) {
  if (value == nullptr || !value->is_number()) {
    return std::nullopt;
  }
  boost::system::error_code why;
  const auto number = value->to_number<std::uint64_t>(why);
  return why ? std::nullopt : std::optional{number};
}

std::optional<crash_bound> bound_of(const json::value& from) {
  if (!from.is_object()) {
    return std::nullopt;
  }
  const auto& object = from.as_object();
  std::string tenant;
  std::string route;
  const auto points = number_of(object.if_contains("points"));
  if (text_of(object.if_contains("tenant"), tenant) == nullptr
      || text_of(object.if_contains("route"), route) == nullptr || !points) {
    return std::nullopt;
  }
  return crash_bound{tenant_id{tenant}, route_name{route}, *points};
}

} // namespace

std::string crash_json(const crash_document& document) {
  json::array bounds;
  for (const auto& one : document.bounds) {
    bounds.push_back(json::object{{"tenant", one.tenant.value()},
                                  {"route", one.route.value()},
                                  {"points", one.points}});
  }
  return json::serialize(json::object{{"format", our_format},
                                      {"clean", document.clean},
                                      {"written", rfc3339(document.written)},
                                      {"run", document.run},
                                      {"boot", document.boot},
                                      {"bounds", std::move(bounds)}})
         + "\n";
}

result<crash_document> parse_crash_json(std::string_view text) {
  boost::system::error_code why;
  const auto parsed =
    json::parse(boost::json::string_view{text.data(), text.size()}, why);
  if (why || !parsed.is_object()) {
    return fail(state_errc::not_ours);
  }
  const auto& object = parsed.as_object();
  const auto format = number_of(object.if_contains("format"));
  if (!format) {
    return fail(state_errc::not_ours);
  }
  if (*format != our_format) {
    return fail(state_errc::other_version);
  }
  std::string written;
  const auto* clean = object.if_contains("clean");
  const auto* bounds = object.if_contains("bounds");
  if (clean == nullptr || !clean->is_bool() || bounds == nullptr
      || !bounds->is_array()
      || text_of(object.if_contains("written"), written) == nullptr) {
    return fail(state_errc::not_ours);
  }
  crash_document document;
  document.clean = clean->as_bool();
  const auto when = parse_rfc3339(written);
  if (!when) {
    return fail(state_errc::not_ours);
  }
  document.written = *when;
  text_of(object.if_contains("run"), document.run);
  text_of(object.if_contains("boot"), document.boot);
  for (const auto& one : bounds->as_array()) {
    auto bound = bound_of(one);
    if (!bound) {
      return fail(state_errc::not_ours);
    }
    document.bounds.push_back(std::move(*bound));
  }
  return document;
}

} // namespace pgmuster
