// Typed reading of one value at a time.
#include "config/loading/cursor.hpp"

#include "config/loading/json_lines.hpp"
#include "config/units.hpp"

namespace pgmuster::loading {

cursor::cursor(const document& whole, problem_list& problems)
  : whole_(&whole), problems_(&problems) {}

cursor::cursor(const cursor& from,
               const boost::json::value* value,
               std::string pointer)
  : whole_(from.whole_),
    problems_(from.problems_),
    value_(value),
    pointer_(std::move(pointer)) {}

const boost::json::object* cursor::object() const {
  if (pointer_.empty()) {
    return &whole_->root;
  }
  return value_ == nullptr ? nullptr : value_->if_object();
}

std::optional<std::string> cursor::text() const {
  if (value_ == nullptr || !value_->is_string()
      || whole_->unresolved.contains(pointer_)) {
    return std::nullopt;
  }
  return std::string{value_->get_string()};
}

std::optional<milliseconds> cursor::duration() const {
  if (const auto written = text()) {
    if (const auto value = parse_duration(*written)) {
      return *value;
    }
  }
  return std::nullopt;
}

std::optional<byte_count> cursor::size() const {
  if (const auto written = text()) {
    if (const auto value = parse_byte_count(*written)) {
      return *value;
    }
  }
  return std::nullopt;
}

std::optional<std::size_t> cursor::count() const {
  if (value_ == nullptr || !value_->is_int64() || value_->get_int64() < 0) {
    return std::nullopt;
  }
  return static_cast<std::size_t>(value_->get_int64());
}

cursor cursor::operator[](std::string_view key) const {
  const auto* members = object();
  return {*this,
          members == nullptr ? nullptr
                             : members->if_contains({key.data(), key.size()}),
          child_pointer(pointer_, key)};
}

std::vector<cursor> cursor::elements() const {
  std::vector<cursor> all;
  if (value_ != nullptr && value_->is_array()) {
    std::size_t index = 0;
    for (const auto& element : value_->get_array()) {
      all.push_back({*this, &element, child_pointer(pointer_, index++)});
    }
  }
  return all;
}

std::vector<std::pair<std::string, cursor>> cursor::members() const {
  std::vector<std::pair<std::string, cursor>> all;
  if (const auto* found = object()) {
    for (const auto& member : *found) {
      std::string key{member.key().data(), member.key().size()};
      auto pointer = child_pointer(pointer_, key);
      all.emplace_back(std::move(key),
                       cursor{*this, &member.value(), std::move(pointer)});
    }
  }
  return all;
}

std::string cursor::quoted(std::string_view text) const {
  return whole_->quoted(pointer_, text);
}

void cursor::report(std::string message) const {
  problems_->add(whole_->locate(pointer_), std::move(message));
}

void cursor::report_pair(const cursor& first, std::string message) const {
  problems_->add_pair(whole_->locate(pointer_), whole_->locate(first.pointer_),
                      std::move(message));
}

} // namespace pgmuster::loading
