// The second net: finds what looks like a person's or a machine's secret in
// texts that leave, after literals are gone.
#pragma once

#include "config/statement_config.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace pgmuster {

enum class scrubbed_text : std::uint8_t {
  /// A statement without literals: `token = ?` is no secret there.
  statement,
  /// What people and programs write: names of applications, tags, messages.
  words
};

/// Built-in rules (e-mail addresses, payment cards, IBANs, US social security
/// numbers, tokens, keys, passwords in URLs and `key=value`) and the user's.
/// Immutable, and may be used by several threads at once. Finding is linear in
/// the text, whatever the rules.
class scrubber {
public:
  /// Rules that do not compile are left out: the configuration has refused
  /// them.
  explicit scrubber(std::span<const scrub_rule> own = {});
  ~scrubber();
  scrubber(const scrubber&) = delete;
  scrubber& operator=(const scrubber&) = delete;

  /// Replaces what a rule finds by `[name of the rule]`, in place; returns how
  /// often.
  std::size_t clean(std::string& text, scrubbed_text what) const;

private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace pgmuster
