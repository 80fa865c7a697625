#include "codec/scrubber.hpp"

#include <re2/re2.h>
#include <re2/set.h>

#include <algorithm>
#include <array>
#include <vector>

namespace pgmuster {
namespace {

/// How many of the bytes that were found are to go; 0: it is something else.
using check = std::size_t (*)(std::string_view found);

[[nodiscard]] bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

/// The longest part from the start that `holds`, cut where a blank or a hyphen
/// is: a number's neighbour may be taken for a part of it.
template <class Predicate>
[[nodiscard]] std::size_t longest(std::string_view found, Predicate holds) {
  while (!found.empty() && !holds(found)) {
    const auto cut = found.find_last_of(" -");
    found = found.substr(0, cut == std::string_view::npos ? 0 : cut);
  }
  return found.size();
}

/// Every other digit from the right doubled: the sum ends in 0.
bool has_luhn_digit(std::string_view found) noexcept {
  int sum = 0;
  int digits = 0;
  for (auto at = found.rbegin(); at != found.rend(); ++at) {
    if (!is_digit(*at)) {
      continue;
    }
    const int digit = *at - '0';
    const int doubled = 2 * digit > 9 ? 2 * digit - 9 : 2 * digit;
    sum += digits++ % 2 == 1 ? doubled : digit;
  }
  return digits >= 13 && digits <= 19 && sum % 10 == 0;
}

/// The first four characters at the end, letters as 10 to 35: 1 modulo 97.
bool has_iban_digits(std::string_view found) {
  std::string plain;
  std::remove_copy(found.begin(), found.end(), std::back_inserter(plain), ' ');
  if (plain.size() < 15 || plain.size() > 34) {
    return false;
  }
  std::rotate(plain.begin(), plain.begin() + 4, plain.end());
  unsigned rest = 0;
  for (const char c : plain) {
    const unsigned value = is_digit(c) ? static_cast<unsigned>(c - '0')
                                       : static_cast<unsigned>(c - 'A') + 10U;
    rest = (rest * (value > 9 ? 100U : 10U) + value) % 97U;
  }
  return rest == 1;
}

std::size_t card_length(std::string_view found) {
  return longest(found, has_luhn_digit);
}

std::size_t iban_length(std::string_view found) {
  return longest(found, has_iban_digits);
}

/// Numbers that were never given to anybody are none.
std::size_t ssn_length(std::string_view found) {
  const auto area = found.substr(0, 3);
  const bool given = area != "000" && area != "666" && area[0] != '9'
                     && found.substr(4, 2) != "00" && found.substr(7) != "0000";
  return given ? found.size() : 0;
}

/// Small and capital letters and digits in turn: no name that a person chose.
std::size_t random_length(std::string_view found) {
  std::size_t small = 0;
  std::size_t capital = 0;
  std::size_t digits = 0;
  for (const char c : found) {
    small += c >= 'a' && c <= 'z' ? 1U : 0U;
    capital += c >= 'A' && c <= 'Z' ? 1U : 0U;
    digits += is_digit(c) ? 1U : 0U;
  }
  const auto part = found.size() / 16;
  return small > part && capital > part && digits > part ? found.size() : 0;
}

std::size_t unless_placeholder(std::string_view found) {
  return found != "?" && found != "***" ? found.size() : 0;
}

struct built_in_rule {
  const char* name;
  const char* pattern;
  /// Of what is replaced; null: every match.
  check confirms = nullptr;
  /// Not for statements, where it would take columns for secrets.
  bool words_alone = false;
};

/// What a rule's first group holds is replaced, if it has one.
constexpr std::array<built_in_rule, 11> built_in{{
  {"private_key", R"(-----BEGIN [A-Z ]{0,32}PRIVATE KEY-----[\s\S]*)"},
  {"url_password", R"(://[^\s/:@]*:([^\s/@]+)@)", unless_placeholder},
  {"email", R"([A-Za-z0-9._%+-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,})"},
  {"jwt", R"(\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*)?)"},
  {"token",
   R"(\b(?:(?:AKIA|ASIA|AROA|AIDA|AGPA|ANPA)[A-Z0-9]{16})"
   R"(|gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,})"
   R"(|xox[abeprs]-[A-Za-z0-9-]{10,}|[sr]k_(?:live|test)_[A-Za-z0-9]{16,})"
   R"(|glpat-[A-Za-z0-9_-]{20,}|AIza[A-Za-z0-9_-]{35})"
   R"(|NRAK-[A-Z0-9]{20,}|SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}))"},
  {"card", R"(\b[0-9](?:[ -]?[0-9]){12,18}\b)", card_length},
  {"iban", R"(\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]){11,30}\b)", iban_length},
  {"ssn", R"(\b[0-9]{3}-[0-9]{2}-[0-9]{4}\b)", ssn_length},
  {"hex", R"(\b(?:0[xX])?[0-9a-fA-F]{32,}\b)"},
  {"base64", R"([A-Za-z0-9+/_-]{40,}={0,2})", random_length},
  {"secret",
   R"re((?i)(?:password|passwd|passphrase|pwd|secret|token|api_?-?key)re"
   R"re(|access_?-?key|authorization|credentials?|bearer)["']?)re"
   R"re((?:\s*[=:]\s*|\s+bearer\s+|\s+basic\s+)(?:bearer\s+|basic\s+)?)re"
   R"re(["']?([^\s"',;&)]+))re",
   unless_placeholder, true},
}};

struct rule {
  std::string replacement;
  std::unique_ptr<RE2> expression;
  check confirms = nullptr;
  bool words_alone = false;
};

std::string_view view_of(const re2::StringPiece& piece) noexcept {
  return {piece.data(), piece.size()};
}

/// Returns how often it was found.
std::size_t apply(const rule& with, std::string& text) {
  constexpr int groups_max = 2;
  std::array<re2::StringPiece, groups_max> found;
  const int groups =
    1 + std::min(groups_max - 1, with.expression->NumberOfCapturingGroups());
  const re2::StringPiece whole{text};
  std::string made;
  std::size_t kept = 0;
  std::size_t times = 0;
  for (std::size_t at = 0; at <= text.size();) {
    if (!with.expression->Match(whole, at, text.size(), RE2::UNANCHORED,
                                found.data(), groups)) {
      break;
    }
    const bool grouped = groups > 1 && found[1].data() != nullptr;
    const auto taken = view_of(grouped ? found[1] : found[0]);
    const auto from = static_cast<std::size_t>(taken.data() - text.data());
    const auto length =
      with.confirms == nullptr ? taken.size() : with.confirms(taken);
    if (length > 0) {
      made.append(text, kept, from - kept).append(with.replacement);
      kept = from + length;
      ++times;
    }
    // What is not confirmed may hold the beginning of something that is; only
    // numbers do, which are short, so that this takes no time of its own.
    constexpr std::size_t number_bytes_max = 64;
    at = std::max(
      kept,
      from
        + (length == 0 && taken.size() > number_bytes_max ? taken.size() : 1));
  }
  if (times > 0) {
    made.append(text, kept);
    text = std::move(made);
  }
  return times;
}

} // namespace

struct scrubber::state {
  std::vector<rule> rules;
  /// Tells at once which of them there are at all: mostly none.
  std::unique_ptr<RE2::Set> any;

  void add(std::string name, const std::string& pattern, rule made) {
    RE2::Options options;
    options.set_log_errors(false);
    made.replacement = "[" + std::move(name) + "]";
    made.expression = std::make_unique<RE2>(pattern, options);
    if (made.expression->ok() && any->Add(pattern, nullptr) >= 0) {
      rules.push_back(std::move(made));
    }
  }
};

scrubber::scrubber(std::span<const scrub_rule> own)
  : state_(std::make_unique<state>()) {
  constexpr std::int64_t automaton_bytes_max = 32LL << 20;
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(automaton_bytes_max);
  state_->any = std::make_unique<RE2::Set>(options, RE2::UNANCHORED);
  for (const auto& one : own) {
    state_->add(one.name, one.pattern, {});
  }
  for (const auto& one : built_in) {
    state_->add(one.name, one.pattern,
                {{}, nullptr, one.confirms, one.words_alone});
  }
  if (!state_->any->Compile()) {
    state_->any.reset();
  }
}

scrubber::~scrubber() = default;

std::size_t scrubber::clean(std::string& text, scrubbed_text what) const {
  // Shorter than anything that is looked for by the built-in rules; the user's
  // may be shorter, so only nothing is passed over.
  if (text.empty()) {
    return 0;
  }
  std::vector<int> found;
  RE2::Set::ErrorInfo trouble{};
  const bool told = state_->any != nullptr;
  if (told && !state_->any->Match(text, &found, &trouble)
      && trouble.kind == RE2::Set::kNoError) {
    return 0;
  }
  if (found.empty()) {
    // The automaton has no room for this text: each rule has its own.
    for (std::size_t i = 0; i < state_->rules.size(); ++i) {
      found.push_back(static_cast<int>(i));
    }
  }
  // The user's before ours, and a private key before what is in it.
  std::sort(found.begin(), found.end());
  std::size_t times = 0;
  for (const int which : found) {
    const auto& one = state_->rules[static_cast<std::size_t>(which)];
    if (what == scrubbed_text::words || !one.words_alone) {
      times += apply(one, text);
    }
  }
  return times;
}

} // namespace pgmuster
