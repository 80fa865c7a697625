// Which keys there are and what each may hold: one tree for the check of the
// file and for the names of environment variables.
#pragma once

#include "config/loading/document.hpp"
#include "config/loading/problems.hpp"
#include "config/time.hpp"

#include <boost/json/value.hpp>

#include <cstdint>

namespace pgmuster::loading {

struct keyed_shape;

struct shape {
  enum class kind : std::uint8_t {
    /// Fixed keys.
    object,
    /// Any key, one kind of value.
    map,
    list,
    text,
    /// Text that no message may show.
    secret,
    /// One of `choices`.
    choice,
    duration,
    /// Bytes, with a unit.
    size,
    /// A whole number.
    count,
    /// One of `choices`, or a list of text.
    choice_or_list
  };

  kind holds = kind::text;
  std::vector<keyed_shape> keys;
  /// Of a map, a list or the list of a choice_or_list: exactly one.
  std::vector<shape> element;
  std::vector<std::string_view> choices;
  /// Inclusive; milliseconds for a duration, bytes for a size.
  std::int64_t least = 0;
  std::int64_t most = 0;
  /// Of a map: what its keys are called in a message, and what an underscore
  /// in a new key's variable stands for.
  std::string_view key_words;
  char underscore = '_';
};

struct keyed_shape {
  std::string_view key;
  shape holds;
};

/// The whole configuration file.
[[nodiscard]] const shape& configuration_shape();

/// The names of an object's keys.
[[nodiscard]] std::vector<std::string_view> key_names(const shape& object);

/// `a string`, `a whole number from 1 to 64`, …
[[nodiscard]] std::string expected_words(const shape& what);

/// Reports every unknown key, wrong type, bad duration and number out of
/// range of the whole document.
void check_shape(const document& whole, problem_list& problems);

} // namespace pgmuster::loading
