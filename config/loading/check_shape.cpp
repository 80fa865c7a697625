// Holds a document against the tree of keys, without stopping at the first.
#include "config/loading/json_lines.hpp"
#include "config/loading/nearest.hpp"
#include "config/loading/shape.hpp"
#include "config/units.hpp"
#include "config/utf8.hpp"

#include <fmt/format.h>

namespace pgmuster::loading {
namespace {

namespace json = boost::json;
using kind = shape::kind;

std::string_view view(const json::string& text) {
  return {text.data(), text.size()};
}

std::string_view type_words(const json::value& value) {
  switch (value.kind()) {
  case json::kind::object:
    return "an object";
  case json::kind::array:
    return "a list";
  case json::kind::string:
    return "a string";
  case json::kind::bool_:
    return "true or false";
  case json::kind::null:
    return "null";
  default:
    return "a number";
  }
}

class shape_checker {
public:
  shape_checker(const document& whole, problem_list& problems)
    : whole_(whole), problems_(problems) {}

  void object(const json::object& value,
              const shape& what,
              const std::string& pointer) {
    for (const auto& member : value) {
      const std::string_view key{member.key().data(), member.key().size()};
      const auto below = child_pointer(pointer, key);
      const auto* known = find(what, key);
      if (!is_utf8(key)) {
        report(pointer, "a name in it is not UTF-8");
      } else if (known != nullptr) {
        check(member.value(), *known, below);
      } else {
        const auto names = key_names(what);
        report(below, fmt::format("unknown key {}{}", whole_.quoted("", key),
                                  suggestion(key, names)));
      }
    }
  }

private:
  static const shape* find(const shape& what, std::string_view key) {
    if (what.holds == kind::map) {
      return &what.element.front();
    }
    for (const auto& entry : what.keys) {
      if (entry.key == key) {
        return &entry.holds;
      }
    }
    return nullptr;
  }

  void check(const json::value& value,
             const shape& what,
             const std::string& pointer) {
    if (whole_.unresolved.contains(pointer)) {
      return;
    }
    const bool nested = what.holds == kind::object || what.holds == kind::map;
    if (nested && value.is_object()) {
      return object(value.get_object(), what, pointer);
    }
    const bool listed =
      what.holds == kind::list || what.holds == kind::choice_or_list;
    if (listed && value.is_array()) {
      std::size_t index = 0;
      for (const auto& element : value.get_array()) {
        check(element, what.element.front(), child_pointer(pointer, index++));
      }
      return;
    }
    if (what.holds == kind::count) {
      return check_count(value, what, pointer);
    }
    if (nested || what.holds == kind::list || !value.is_string()) {
      return mismatch(value, what, pointer);
    }
    check_text(value.get_string(), what, pointer);
  }

  void mismatch(const json::value& value,
                const shape& what,
                const std::string& pointer) {
    const bool bare = (what.holds == kind::duration || what.holds == kind::size)
                      && value.is_number();
    report(pointer,
           fmt::format("expected {}, got {}", expected_words(what),
                       bare ? "a number without a unit" : type_words(value)));
  }

  void check_count(const json::value& value,
                   const shape& what,
                   const std::string& pointer) {
    if (value.is_int64() && value.get_int64() >= what.least
        && value.get_int64() <= what.most) {
      return;
    }
    report(pointer,
           fmt::format("expected {}, got {}", expected_words(what),
                       value.is_int64() ? std::to_string(value.get_int64())
                                        : std::string{type_words(value)}));
  }

  void check_text(const json::string& text,
                  const shape& what,
                  const std::string& pointer) {
    // A file was parsed as UTF-8; a variable's value can be anything.
    if (!is_utf8(view(text))) {
      return report(pointer, "expected UTF-8");
    }
    if (what.holds == kind::duration) {
      return check_duration(view(text), what, pointer);
    }
    if (what.holds == kind::size) {
      return check_size(view(text), what, pointer);
    }
    for (const auto choice : what.choices) {
      if (choice == view(text)) {
        return;
      }
    }
    if (!what.choices.empty()) {
      const auto best = nearest(view(text), what.choices);
      report(
        pointer,
        fmt::format("expected {}, got {}{}", expected_words(what),
                    whole_.quoted(pointer, view(text)),
                    best.empty() ? "" : suggestion(view(text), what.choices)));
    }
  }

  void check_duration(std::string_view text,
                      const shape& what,
                      const std::string& pointer) {
    const auto value = parse_duration(text);
    if (!value) {
      return report(pointer,
                    fmt::format("expected {}, got {}: {}", duration_expected,
                                whole_.quoted(pointer, text),
                                describe(value.error())));
    }
    if (value->count() < what.least || value->count() > what.most) {
      report(pointer, fmt::format("expected a duration from {} to {}, got {}",
                                  format_duration(milliseconds{what.least}),
                                  format_duration(milliseconds{what.most}),
                                  whole_.quoted(pointer, text)));
    }
  }

  void check_size(std::string_view text,
                  const shape& what,
                  const std::string& pointer) {
    const auto value = parse_byte_count(text);
    if (!value) {
      return report(pointer,
                    fmt::format("expected {}, got {}: {}", size_expected,
                                whole_.quoted(pointer, text),
                                describe(value.error())));
    }
    const byte_count least{static_cast<std::uint64_t>(what.least)};
    const byte_count most{static_cast<std::uint64_t>(what.most)};
    if (*value < least || *value > most) {
      report(pointer,
             fmt::format("expected a size from {} to {}, got {}",
                         format_byte_count(least), format_byte_count(most),
                         whole_.quoted(pointer, text)));
    }
  }

  void report(const std::string& pointer, std::string message) {
    problems_.add(whole_.locate(pointer), std::move(message));
  }

  const document& whole_;
  problem_list& problems_;
};

} // namespace

void check_shape(const document& whole, problem_list& problems) {
  shape_checker{whole, problems}.object(whole.root, configuration_shape(), "");
}

} // namespace pgmuster::loading
