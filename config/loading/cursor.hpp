// A value of the document together with its pointer: reads what has the right
// type and passes over what the check of shapes has already reported.
#pragma once

#include "config/byte_count.hpp"
#include "config/loading/document.hpp"
#include "config/loading/problems.hpp"

#include <boost/json/value.hpp>

namespace pgmuster::loading {

class cursor {
public:
  /// Both must outlive the cursor and all that come from it.
  cursor(const document& whole, problem_list& problems);

  [[nodiscard]] bool present() const noexcept {
    return value_ != nullptr || pointer_.empty();
  }
  [[nodiscard]] bool is_list() const noexcept {
    return value_ != nullptr && value_->is_array();
  }
  [[nodiscard]] const std::string& pointer() const noexcept { return pointer_; }

  /// Absent if there is no such value, if it is of another type, or if a
  /// variable in it is not set.
  [[nodiscard]] std::optional<std::string> text() const;
  [[nodiscard]] std::optional<milliseconds> duration() const;
  [[nodiscard]] std::optional<byte_count> size() const;
  [[nodiscard]] std::optional<std::size_t> count() const;

  [[nodiscard]] cursor operator[](std::string_view key) const;
  /// Empty if it is no list.
  [[nodiscard]] std::vector<cursor> elements() const;
  /// Empty if it is no object.
  [[nodiscard]] std::vector<std::pair<std::string, cursor>> members() const;

  /// `text` in quotes, unless it must not be shown.
  [[nodiscard]] std::string quoted(std::string_view text) const;
  void report(std::string message) const;
  void report_pair(const cursor& first, std::string message) const;

private:
  [[nodiscard]] const boost::json::object* object() const;

  cursor(const cursor& from,
         const boost::json::value* value,
         std::string pointer);

  const document* whole_;
  problem_list* problems_;
  /// Null: nothing there, or the root, which is the document's own object.
  const boost::json::value* value_ = nullptr;
  std::string pointer_;
};

} // namespace pgmuster::loading
