// Takes lists of pairs apart.
#include "config/loading/environment_pairs.hpp"

#include "config/errc.hpp"
#include "config/loading/build_target.hpp"
#include "config/utf8.hpp"

#include <boost/url/decode_view.hpp>
#include <boost/url/pct_string_view.hpp>

#include <algorithm>

namespace pgmuster::loading {
namespace {

std::string_view trimmed(std::string_view word) {
  const auto start = word.find_first_not_of(" \t");
  if (start == std::string_view::npos) {
    return {};
  }
  return word.substr(start, word.find_last_not_of(" \t") - start + 1);
}

std::optional<std::string> decoded(std::string_view word) {
  const auto view = boost::urls::make_pct_string_view(
    boost::core::string_view{word.data(), word.size()});
  if (!view) {
    return std::nullopt;
  }
  const auto letters = **view;
  return std::string{letters.begin(), letters.end()};
}

} // namespace

result<attributes> parse_pairs(std::string_view text) {
  attributes pairs;
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    const auto pair = trimmed(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
    if (pair.empty()) {
      continue;
    }
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      return fail(config_errc::malformed,
                  "expected key=value pairs with commas between them");
    }
    const auto key = decoded(trimmed(pair.substr(0, equals)));
    const auto value = decoded(trimmed(pair.substr(equals + 1)));
    if (!key || !value) {
      return fail(config_errc::malformed,
                  "a % is not followed by two hex digits");
    }
    if (!is_utf8(*key) || !is_utf8(*value)) {
      return fail(config_errc::malformed, "a key or a value is not UTF-8");
    }
    pairs.push_back({*key, *value});
  }
  return pairs;
}

attributes resource_of(const environment_map& environment,
                       problem_list& problems) {
  const auto text = environment.find("OTEL_RESOURCE_ATTRIBUTES");
  if (text == environment.end()) {
    return {};
  }
  const auto pairs = parse_pairs(text->second);
  if (!pairs) {
    problems.add({place::no_file, "", text->first, 0}, describe(pairs.error()));
    return {};
  }
  // A service's own name and the like are commonly set for every process on a
  // host; here they would take the place of the target's identity.
  std::map<std::string, std::string> kept;
  for (const auto& [key, value] : *pairs) {
    if (!is_reserved_attribute(key)) {
      kept[key] = value;
    }
  }
  attributes resource;
  for (const auto& [key, value] : kept) {
    resource.push_back({key, value});
  }
  return resource;
}

} // namespace pgmuster::loading
