// What is told of statements, and what is looked for in texts before they
// leave.
#pragma once

#include "config/byte_count.hpp"
#include "config/limits.hpp"
#include "config/time.hpp"

#include <string>
#include <vector>

namespace pgmuster {

enum class statement_text : std::uint8_t {
  /// No text is kept or told.
  none,
  /// Without literals and comments.
  normalised
};

struct statement_config {
  /// Series of one database.
  std::size_t limit = limits::kept_entries_default;
  /// A series begins only with a statement whose mean is at least this; the
  /// others are in `other`.
  milliseconds mean_time_min{0};
  statement_text text = statement_text::normalised;
  /// A told text is cut after this, with a mark.
  byte_count text_length = limits::statement_text_length;
  /// Texts that are asked for at once, of one target.
  byte_count text_bytes = limits::statement_text_bytes;
  /// Keys of the statements' comments that are told.
  std::vector<std::string> comment_tags;
};

/// Something that must not leave, as a regular expression of RE2's.
struct scrub_rule {
  /// `[name]` stands where it was found.
  std::string name;
  std::string pattern;
};

} // namespace pgmuster
