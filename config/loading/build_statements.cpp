// What is told of statements, and the user's own rules for what must not leave.
#include "config/loading/build.hpp"

#include <fmt/format.h>

#include <re2/re2.h>

#include <algorithm>
#include <array>

namespace pgmuster::loading {
namespace {

/// A key of sqlcommenter's: it becomes a part of an attribute's name.
bool is_tag(const std::string& text) {
  return !text.empty() && text.size() <= 64
         && std::all_of(text.begin(), text.end(), [](char c) {
              return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
                     || (c >= '0' && c <= '9') || c == '_' || c == '.'
                     || c == '-';
            });
}

void read_tags(const cursor& at, std::vector<std::string>& into) {
  for (const auto& one : at.elements()) {
    const auto tag = one.text();
    if (!tag) {
      continue;
    }
    if (!is_tag(*tag)) {
      one.report("expected a key of a comment, such as \"application\": "
                 "letters, digits, \".\", \"_\" and \"-\"");
    } else if (std::find(into.begin(), into.end(), *tag) != into.end()) {
      one.report("this key is already there");
    } else {
      into.push_back(*tag);
    }
  }
  if (into.size() > limits::comment_tags_max) {
    at.report(fmt::format("expected at most {} keys, got {}",
                          limits::comment_tags_max, into.size()));
  }
}

void read_statements(const cursor& at, statement_config& into) {
  into.limit = at["limit"].count().value_or(into.limit);
  into.mean_time_min =
    at["min_mean_time"].duration().value_or(into.mean_time_min);
  if (at["text"].text() == "none") {
    into.text = statement_text::none;
  }
  into.text_length = at["text_length"].size().value_or(into.text_length);
  into.text_bytes = at["text_bytes"].size().value_or(into.text_bytes);
  read_tags(at["comment_tags"], into.comment_tags);
}

/// Absent, with a problem, if it is no expression or would find nothing
/// everywhere.
void check_pattern(const cursor& at, const std::string& pattern) {
  constexpr std::size_t longest = 1'024;
  RE2::Options quiet;
  quiet.set_log_errors(false);
  if (pattern.size() > longest) {
    at.report(fmt::format("expected at most {} bytes", longest));
    return;
  }
  const RE2 compiled{pattern, quiet};
  if (!compiled.ok()) {
    at.report("expected a regular expression as RE2 has it: "
              + compiled.error());
  } else if (RE2::PartialMatch("", compiled)) {
    at.report("expected an expression that does not match the empty text");
  }
}

void read_rules(const cursor& at, std::vector<scrub_rule>& into) {
  for (const auto& one : at.elements()) {
    const auto name = one["name"].text();
    const auto pattern = one["pattern"].text();
    if (name && !is_name(*name)) {
      one["name"].report("expected a name: letters, digits, \".\", \"_\", "
                         "\"-\"; at most 128 characters");
    }
    if (pattern) {
      check_pattern(one["pattern"], *pattern);
    }
    for (const char* key : {"name", "pattern"}) {
      if (!one[key].present()) {
        one.report(fmt::format("\"{}\" is missing", key));
      }
    }
    into.push_back({name.value_or(""), pattern.value_or("")});
  }
  if (into.size() > limits::scrub_rules_max) {
    at.report(fmt::format("expected at most {} rules, got {}",
                          limits::scrub_rules_max, into.size()));
  }
}

} // namespace

void build_statements(const cursor& root, configuration& into) {
  read_statements(root["statements"], into.statements);
  read_rules(root["scrub"]["rules"], into.scrub_rules);
}

} // namespace pgmuster::loading
