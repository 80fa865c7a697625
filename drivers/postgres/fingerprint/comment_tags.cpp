#include "drivers/postgres/fingerprint/comment_tags.hpp"

#include "config/utf8.hpp"
#include "drivers/postgres/fingerprint/sql_tokens.hpp"

#include <algorithm>
#include <map>
#include <vector>

namespace pgmuster::postgres {

namespace {

[[nodiscard]] int digit_of(char c) noexcept {
  const char small = lower_ascii(c);
  return small >= '0' && small <= '9'   ? small - '0'
         : small >= 'a' && small <= 'f' ? small - 'a' + 10
                                        : -1;
}

/// Percent-encoding and the backslashes of its quotes undone.
[[nodiscard]] std::string decoded(std::string_view text) {
  std::string made;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && digit_of(text[i + 1]) >= 0
        && digit_of(text[i + 2]) >= 0) {
      made +=
        static_cast<char>(16 * digit_of(text[i + 1]) + digit_of(text[i + 2]));
      i += 2;
    } else if (text[i] != '\\') {
      made += text[i];
    }
  }
  return made;
}

[[nodiscard]] std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && is_sql_space(text.front())) {
    text.remove_prefix(1);
  }
  while (!text.empty() && is_sql_space(text.back())) {
    text.remove_suffix(1);
  }
  return text;
}

/// The end of a quoted value that begins at `from`, or npos.
[[nodiscard]] std::size_t end_of_value(std::string_view text,
                                       std::size_t from) noexcept {
  for (auto at = from; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '\'') {
      return at;
    }
  }
  return std::string_view::npos;
}

void read_pairs(std::string_view comment,
                std::map<std::string, std::string>& into) {
  while (!comment.empty()) {
    const auto equals = comment.find('=');
    if (equals == std::string_view::npos || equals + 1 >= comment.size()
        || comment[equals + 1] != '\'') {
      return;
    }
    const auto end = end_of_value(comment, equals + 2);
    if (end == std::string_view::npos) {
      return;
    }
    into[decoded(trimmed(comment.substr(0, equals)))] =
      decoded(comment.substr(equals + 2, end - equals - 2));
    comment = trimmed(comment.substr(end + 1));
    if (comment.empty() || comment.front() != ',') {
      return;
    }
    comment.remove_prefix(1);
  }
}

/// The comments of a statement: what stands between its tokens.
void read_comments(std::string_view query,
                   std::map<std::string, std::string>& into) {
  const auto between = [&](std::string_view gap) {
    while (true) {
      const auto open = gap.find("/*");
      const auto close =
        open == std::string_view::npos ? open : gap.find("*/", open + 2);
      if (close == std::string_view::npos) {
        return;
      }
      read_pairs(trimmed(gap.substr(open + 2, close - open - 2)), into);
      gap.remove_prefix(close + 2);
    }
  };
  sql_tokens tokens{query};
  const char* from = query.data();
  while (const auto token = tokens.next()) {
    const auto gap = token->text.data() - from;
    between({from, static_cast<std::size_t>(gap)});
    from = token->text.data() + token->text.size();
  }
  between({from, static_cast<std::size_t>(query.data() + query.size() - from)});
}

} // namespace

attributes comment_tags(std::string_view query,
                        std::span<const std::string> allowed) {
  attributes made;
  if (allowed.empty() || query.find("/*") == std::string_view::npos) {
    return made;
  }
  std::map<std::string, std::string> found;
  read_comments(query, found);
  for (const auto& key : allowed) {
    const auto one = found.find(key);
    if (one != found.end() && !one->second.empty()) {
      made.push_back({key, printable(one->second, tag_bytes_max)});
    }
  }
  return made;
}

} // namespace pgmuster::postgres
