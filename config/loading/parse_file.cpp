// Wraps Boost.JSON's parser, which names neither line nor column.
#include "config/loading/parse_file.hpp"

#include "config/errc.hpp"
#include "config/loading/json_lines.hpp"

#include <boost/json/parser.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <fstream>

namespace pgmuster::loading {
namespace {

namespace json = boost::json;

void report_syntax(std::size_t file,
                   std::string_view text,
                   std::size_t at,
                   const json::error_code& failure,
                   problem_list& problems) {
  const auto before = text.substr(0, std::min(at, text.size()));
  const auto line =
    static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
  const auto start = before.rfind('\n');
  const auto column =
    start == std::string_view::npos ? before.size() : before.size() - start - 1;
  problems.add({file, "", {}, line + 1},
               fmt::format("not valid JSON near column {}: {}", column + 1,
                           failure.message()));
}

} // namespace

result<std::string> read_text(const std::filesystem::path& path,
                              std::size_t limit) {
  std::error_code failure;
  if (std::filesystem::is_directory(path, failure)) {
    return error{make_error_code(std::errc::is_a_directory), {}};
  }
  errno = 0;
  std::ifstream in{path, std::ios::binary};
  if (!in) {
    const auto why = errno;
    return why == 0 ? fail(config_errc::unreadable)
                    : error{{why, std::generic_category()}, {}};
  }
  constexpr std::size_t step = 64UL * 1024;
  std::string text;
  while (in && text.size() <= limit) {
    const auto had = text.size();
    text.resize(had + step);
    in.read(text.data() + had, static_cast<std::streamsize>(step));
    text.resize(had + static_cast<std::size_t>(in.gcount()));
  }
  if (in.bad()) {
    return fail(config_errc::unreadable);
  }
  if (text.size() > limit) {
    return fail(config_errc::too_large,
                "the files of a configuration may have 64 MiB together");
  }
  // Some editors put it before all else; to JSON it is no blank.
  if (constexpr std::string_view mark = "\xEF\xBB\xBF";
      text.starts_with(mark)) {
    text.erase(0, mark.size());
  }
  return text;
}

std::optional<json::value>
parse_file(std::size_t file, const document& whole, problem_list& problems) {
  const std::string_view text = whole.files[file].text;
  json::parse_options options;
  options.allow_comments = true;
  options.allow_trailing_commas = true;
  json::parser parser{{}, options};
  json::error_code failure;
  const auto used = parser.write_some(text.data(), text.size(), failure);
  if (!failure && used < text.size()) {
    failure = json::error::extra_data;
  }
  if (failure) {
    report_syntax(file, text, used, failure, problems);
    return std::nullopt;
  }
  visit_lines(text, [&](const line_of_value& value) {
    if (value.earlier_line != 0) {
      problems.add({file, value.pointer, {}, value.line},
                   fmt::format("this key is given twice; the first is at line "
                               "{}",
                               value.earlier_line));
    }
  });
  return parser.release();
}

} // namespace pgmuster::loading
