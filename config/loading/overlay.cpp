// Two passes over each variable: first its name against the tree of keys,
// then its value into the document, so that a wrong name leaves no trace.
#include "config/loading/overlay.hpp"

#include "config/loading/json_lines.hpp"
#include "config/loading/overlay_name.hpp"
#include "config/loading/shape.hpp"

#include <boost/json/value.hpp>
#include <fmt/format.h>

#include <charconv>

namespace pgmuster::loading {
namespace {

namespace json = boost::json;
using kind = shape::kind;

class overlay_writer {
public:
  overlay_writer(const overlay_variable& variable,
                 document& into,
                 problem_list& problems)
    : variable_(variable), into_(into), problems_(problems) {}

  void object(json::object& value,
              const shape& what,
              std::size_t level,
              const std::string& pointer) {
    const auto& segment = variable_.segments[level];
    if (what.holds == kind::map) {
      const auto key = map_key(value, segment, what.underscore);
      return below(value[key], what.element.front(), level,
                   child_pointer(pointer, key));
    }
    const auto* entry = find_key(what, segment);
    below(value[entry->key], entry->holds, level,
          child_pointer(pointer, entry->key));
  }

private:
  static std::string map_key(const json::object& value,
                             const std::string& segment,
                             char underscore) {
    for (const auto& member : value) {
      const std::string key{member.key().data(), member.key().size()};
      if (folded_name(key) == folded_name(segment)) {
        return key;
      }
    }
    auto key = folded_name(segment);
    for (auto& byte : key) {
      byte = byte == '_' ? underscore : byte;
    }
    return key;
  }

  void below(json::value& value,
             const shape& what,
             std::size_t level,
             const std::string& pointer) {
    if (level + 1 == variable_.segments.size()) {
      return leaf(value, what, pointer);
    }
    if (what.holds == kind::object || what.holds == kind::map) {
      if (value.is_null()) {
        value.emplace_object();
      }
      // Another type stays: the check of shapes has words for it.
      if (value.is_object()) {
        object(value.get_object(), what, level + 1, pointer);
      }
      return;
    }
    if (value.is_null()
        || (what.holds == kind::choice_or_list && value.is_string())) {
      value.emplace_array();
    }
    if (value.is_array()) {
      element(value.get_array(), what, level + 1, pointer);
    }
  }

  void element(json::array& list,
               const shape& what,
               std::size_t level,
               const std::string& pointer) {
    const auto& segment = variable_.segments[level];
    std::size_t index = 0;
    std::from_chars(segment.data(), segment.data() + segment.size(), index);
    if (index > list.size()) {
      return report(child_pointer(pointer, index),
                    fmt::format("the list has {} entries; the next one is {}",
                                list.size(), list.size()));
    }
    if (index == list.size()) {
      list.emplace_back(nullptr);
    }
    below(list[index], what.element.front(), level,
          child_pointer(pointer, index));
  }

  void leaf(json::value& value, const shape& what, const std::string& pointer) {
    const auto [found, fresh] =
      into_.variables.emplace(pointer, variable_.name);
    if (!fresh) {
      return report(pointer, "is also set by " + found->second);
    }
    const auto& text = variable_.value;
    std::int64_t number = 0;
    const auto* const end = text.data() + text.size();
    const auto [rest, failure] = std::from_chars(text.data(), end, number);
    if (what.holds == kind::count && failure == std::errc{} && rest == end) {
      value = number;
    } else {
      value = json::string_view{text.data(), text.size()};
    }
  }

  void report(const std::string& pointer, std::string message) {
    problems_.add({place::no_file, pointer, variable_.name, 0},
                  std::move(message));
  }

  const overlay_variable& variable_;
  document& into_;
  problem_list& problems_;
};

} // namespace

void overlay_environment(const std::map<std::string, std::string>& environment,
                         overlay_phase phase,
                         document& into,
                         problem_list& problems) {
  for (const auto& variable : overlay_variables(environment)) {
    const bool include = folded_name(variable.segments.front()) == "include";
    if (include != (phase == overlay_phase::include_only)) {
      continue;
    }
    if (const auto wrong = wrong_name(variable); !wrong.empty()) {
      problems.add({place::no_file, "", variable.name, 0}, wrong);
      continue;
    }
    overlay_writer{variable, into, problems}.object(
      into.root, configuration_shape(), 0, "");
  }
}

} // namespace pgmuster::loading
