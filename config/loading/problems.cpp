// Turns places into files and lines.
#include "config/loading/problems.hpp"

#include "config/loading/json_lines.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace pgmuster::loading {
namespace {

using lines_of_file = std::map<std::string, std::size_t>;

/// Asks for a pointer and all above it, since the value may be missing.
void want(std::map<std::size_t, lines_of_file>& wanted, const place& where) {
  if (where.file == place::no_file || where.line != 0) {
    return;
  }
  auto& lines = wanted[where.file];
  for (auto up = where.pointer;; up = parent_pointer(up)) {
    lines.try_emplace(up, 0);
    if (up.empty()) {
      return;
    }
  }
}

void fill(lines_of_file& lines, const std::string& text) {
  lines[""] = 1;
  visit_lines(text, [&](const line_of_value& value) {
    const auto found = lines.find(value.pointer);
    if (found != lines.end() && found->second == 0) {
      found->second = value.line;
    }
  });
}

std::size_t line_of(const lines_of_file& lines, const place& where) {
  for (auto up = where.pointer;; up = parent_pointer(up)) {
    if (const auto found = lines.find(up);
        found != lines.end() && found->second != 0) {
      return found->second;
    }
    if (up.empty()) {
      return 1;
    }
  }
}

config_problem shown(const place& where,
                     const std::vector<source_file>& files) {
  if (where.file != place::no_file) {
    return {files[where.file].name, where.pointer, where.line, {}};
  }
  return {where.variable.empty() ? std::string{}
                                 : "environment variable " + where.variable,
          where.pointer,
          0,
          {}};
}

std::string words(const config_problem& at) {
  return at.line == 0 ? at.file + ": " + at.pointer
                      : fmt::format("{}:{}: {}", at.file, at.line, at.pointer);
}

} // namespace

void problem_list::add(place where, std::string message) {
  if (pending_.size() < shown_max) {
    pending_.push_back({std::move(where), std::nullopt, std::move(message)});
  } else {
    ++left_out_;
  }
}

void problem_list::add_pair(place second, place first, std::string message) {
  add(std::move(second), std::move(message));
  if (left_out_ == 0) {
    pending_.back().first = std::move(first);
  }
}

std::vector<config_problem>
problem_list::resolve(const std::vector<source_file>& files) {
  std::map<std::size_t, lines_of_file> wanted;
  for (const auto& entry : pending_) {
    want(wanted, entry.where);
    want(wanted, entry.first.value_or(place{}));
  }
  for (auto& [file, lines] : wanted) {
    fill(lines, files[file].text);
  }
  const auto settle = [&](place& where) {
    if (where.file != place::no_file && where.line == 0) {
      where.line = line_of(wanted[where.file], where);
    }
  };
  for (auto& entry : pending_) {
    settle(entry.where);
    if (entry.first) {
      settle(*entry.first);
      entry.message += "; the first is at " + words(shown(*entry.first, files));
    }
  }
  std::stable_sort(pending_.begin(), pending_.end(),
                   [](const pending& left, const pending& right) {
                     return std::pair{left.where.file, left.where.line}
                            < std::pair{right.where.file, right.where.line};
                   });
  std::vector<config_problem> problems;
  for (const auto& entry : pending_) {
    problems.push_back(shown(entry.where, files));
    problems.back().message = entry.message;
  }
  if (left_out_ > 0) {
    problems.push_back({{}, {}, 0, fmt::format("and {} more", left_out_)});
  }
  return problems;
}

} // namespace pgmuster::loading
