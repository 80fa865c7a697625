// Boost.JSON writes everything on one line; this does not.
#include "config/loading/print_json.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>

namespace pgmuster::loading {
namespace {

namespace json = boost::json;

void write(const json::value& value, std::size_t level, std::string& out) {
  const std::string indent(2 * (level + 1), ' ');
  const std::string close = "\n" + std::string(2 * level, ' ');
  const auto separate = [&](bool first) {
    out += first ? "\n" : ",\n";
    out += indent;
  };
  if (value.is_object() && !value.get_object().empty()) {
    bool first = true;
    out += '{';
    for (const auto& member : value.get_object()) {
      separate(first);
      out += json::serialize(json::string{member.key()}) + ": ";
      write(member.value(), level + 1, out);
      first = false;
    }
    out += close + "}";
    return;
  }
  const auto nested = [](const json::value& element) {
    return element.is_structured();
  };
  if (value.is_array()
      && std::any_of(value.get_array().begin(), value.get_array().end(),
                     nested)) {
    bool first = true;
    out += '[';
    for (const auto& element : value.get_array()) {
      separate(first);
      write(element, level + 1, out);
      first = false;
    }
    out += close + "]";
    return;
  }
  out += json::serialize(value);
}

} // namespace

std::string pretty(const json::value& value) {
  std::string out;
  write(value, 0, out);
  return out + "\n";
}

} // namespace pgmuster::loading
