// Substitution over one string and over a document.
#include "config/loading/expand_variables.hpp"

#include "config/errc.hpp"
#include "config/loading/json_lines.hpp"
#include "config/route_config.hpp"

#include <boost/json/value.hpp>

#include <algorithm>

namespace pgmuster::loading {
namespace {

namespace json = boost::json;

bool is_variable_name(std::string_view name) {
  const auto letter = [](char byte) {
    return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z')
           || byte == '_';
  };
  const auto digit = [](char byte) { return byte >= '0' && byte <= '9'; };
  return !name.empty() && letter(name.front())
         && std::all_of(name.begin(), name.end(),
                        [&](char byte) { return letter(byte) || digit(byte); });
}

/// `/routes/NAME/headers/NAME`
bool is_header(std::string_view pointer) {
  constexpr std::string_view routes = "/routes/";
  const auto name = pointer.find('/', routes.size());
  return pointer.starts_with(routes) && name != std::string_view::npos
         && pointer.substr(name).starts_with("/headers/");
}

class document_expander {
public:
  document_expander(const std::map<std::string, std::string>& environment,
                    document& whole,
                    problem_list& problems)
    : environment_(environment), whole_(whole), problems_(problems) {}

  void object(json::object& value, const std::string& pointer) {
    for (auto& member : value) {
      const std::string_view key{member.key().data(), member.key().size()};
      const auto below = child_pointer(pointer, key);
      if (below != "/include") {
        visit(member.value(), below);
      }
    }
  }

private:
  void visit(json::value& value, const std::string& pointer) {
    if (whole_.variables.contains(pointer)) {
      return;
    }
    if (value.is_object()) {
      return object(value.get_object(), pointer);
    }
    if (value.is_array()) {
      std::size_t index = 0;
      for (auto& element : value.get_array()) {
        visit(element, child_pointer(pointer, index++));
      }
      return;
    }
    if (value.is_string()) {
      text(value.get_string(), pointer);
    }
  }

  void text(json::string& value, const std::string& pointer) {
    const std::string_view written{value.data(), value.size()};
    if (written.find("${") == std::string_view::npos) {
      return;
    }
    const auto expanded = expand_variables(
      written, environment_, is_header(pointer) ? tenant_variable : "");
    if (!expanded) {
      whole_.unresolved.insert(pointer);
      return problems_.add(whole_.locate(pointer), expanded.error().context);
    }
    whole_.expanded.insert(pointer);
    value = json::string_view{expanded->data(), expanded->size()};
  }

  const std::map<std::string, std::string>& environment_;
  document& whole_;
  problem_list& problems_;
};

} // namespace

result<std::string>
expand_variables(std::string_view text,
                 const std::map<std::string, std::string>& environment,
                 std::string_view left) {
  std::string expanded;
  std::size_t at = 0;
  for (auto dollar = text.find("${"); dollar != std::string_view::npos;
       dollar = text.find("${", at)) {
    if (dollar > at && text[dollar - 1] == '$') {
      expanded += text.substr(at, dollar - 1 - at);
      expanded += "${";
      at = dollar + 2;
      continue;
    }
    expanded += text.substr(at, dollar - at);
    const auto end = text.find('}', dollar);
    if (end == std::string_view::npos) {
      return fail(config_errc::malformed,
                  R"("${" without its "}"; write "$${" for a literal one)");
    }
    if (!left.empty() && text.substr(dollar, end + 1 - dollar) == left) {
      expanded += left;
      at = end + 1;
      continue;
    }
    const std::string name{text.substr(dollar + 2, end - dollar - 2)};
    if (!is_variable_name(name)) {
      return fail(config_errc::malformed,
                  std::string{R"(expected a variable's name in "${…}")"}
                    + (left.empty() ? std::string{}
                                    : ", or \"" + std::string{left} + "\"")
                    + R"(; write "$${" for a literal one)");
    }
    const auto found = environment.find(name);
    if (found == environment.end()) {
      return fail(config_errc::malformed,
                  "environment variable \"" + name + "\" is not set");
    }
    expanded += found->second;
    at = end + 1;
  }
  expanded += text.substr(at);
  return expanded;
}

void expand_document(const std::map<std::string, std::string>& environment,
                     document& whole,
                     problem_list& problems) {
  document_expander{environment, whole, problems}.object(whole.root, "");
}

} // namespace pgmuster::loading
