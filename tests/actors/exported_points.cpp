#include "tests/actors/exported_points.hpp"

#include <boost/json.hpp>

namespace pgmuster::test {

namespace {

namespace json = boost::json;

/// protobuf writes 64-bit integers as text.
std::uint64_t integer_text(const json::object& at, const char* key) {
  const auto* found = at.if_contains(key);
  return found == nullptr || !found->is_string()
           ? 0
           : std::stoull(std::string{found->as_string()});
}

exported_point point_of(const json::object& point) {
  exported_point made;
  if (const auto* real = point.if_contains("asDouble"); real != nullptr) {
    made.value = real->to_number<double>();
  } else if (const auto* whole = point.if_contains("asInt")) {
    made.value = std::stod(std::string{whole->as_string()});
  }
  if (const auto* attributes = point.if_contains("attributes")) {
    made.attributes = json::serialize(*attributes);
  }
  made.start_ns = integer_text(point, "startTimeUnixNano");
  made.time_ns = integer_text(point, "timeUnixNano");
  return made;
}

/// protobuf leaves out what is empty.
const json::array& list(const json::value& at, const char* key) {
  static const json::array none;
  const auto* found = at.as_object().if_contains(key);
  return found == nullptr ? none : found->as_array();
}

std::string service_name(const json::value& resource) {
  for (const auto& one : list(resource, "attributes")) {
    if (one.at("key").as_string() == "service.name") {
      return std::string{one.at("value").at("stringValue").as_string()};
    }
  }
  return {};
}

} // namespace

exported_points::exported_points(std::filesystem::path file)
  : file_(std::move(file)) {}

void exported_points::read() {
  std::ifstream in{file_};
  in.seekg(read_);
  std::string line;
  // A line without its newline is still being written.
  while (std::getline(in, line) && !in.eof()) {
    read_ += static_cast<std::streamoff>(line.size()) + 1;
    take_line(line);
  }
}

void exported_points::take_line(const std::string& line) {
  const auto request = json::parse(line);
  for (const auto& of_resource : list(request, "resourceMetrics")) {
    const auto& resource = of_resource.at("resource");
    const auto target = service_name(resource);
    resources_[target].insert(json::serialize(resource));
    for (const auto& scope : list(of_resource, "scopeMetrics")) {
      for (const auto& metric : list(scope, "metrics")) {
        const auto& shape = metric.as_object();
        const auto* body = shape.if_contains("gauge");
        body = body == nullptr ? shape.if_contains("sum") : body;
        auto& into = points_[target][std::string{shape.at("name").as_string()}];
        if (body == nullptr) {
          continue;
        }
        for (const auto& point : list(*body, "dataPoints")) {
          into.push_back(point_of(point.as_object()));
        }
      }
    }
  }
}

const std::vector<exported_point>&
exported_points::of(const std::string& target,
                    const std::string& metric) const {
  static const std::vector<exported_point> none;
  const auto found = points_.find(target);
  if (found == points_.end()) {
    return none;
  }
  const auto named = found->second.find(metric);
  return named == found->second.end() ? none : named->second;
}

const std::set<std::string>&
exported_points::resources(const std::string& target) const {
  static const std::set<std::string> none;
  const auto found = resources_.find(target);
  return found == resources_.end() ? none : found->second;
}

} // namespace pgmuster::test
