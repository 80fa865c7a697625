// Follows includes: depth-first, in the order they are listed.
#include "config/loading/read_files.hpp"

#include "config/loading/expand_variables.hpp"
#include "config/loading/json_lines.hpp"
#include "config/loading/matching_files.hpp"
#include "config/loading/merge_fragment.hpp"
#include "config/loading/nearest.hpp"
#include "config/loading/parse_file.hpp"

#include <fmt/format.h>

#include <array>

namespace pgmuster::loading {
namespace {

namespace json = boost::json;
namespace fs = std::filesystem;

constexpr std::array<std::string_view, 3> fragment_keys{"routes", "tenants",
                                                        "include"};

std::string_view view(const json::string& text) {
  return {text.data(), text.size()};
}

/// Reads one file into the list of files and parses it to an object.
std::optional<json::object> object_of(const fs::path& path,
                                      const place& named_at,
                                      document& into,
                                      problem_list& problems) {
  std::size_t used = 0;
  for (const auto& file : into.files) {
    used += file.text.size();
  }
  auto text = read_text(path, document_bytes_max - used);
  if (!text) {
    problems.add(named_at, fmt::format("cannot read {}: {}", path.string(),
                                       describe(text.error())));
    return std::nullopt;
  }
  const auto file = into.files.size();
  into.files.push_back({path.string(), std::move(*text)});
  auto value = parse_file(file, into, problems);
  if (value && !value->is_object()) {
    problems.add({file, "", {}, 0}, "expected an object");
    return std::nullopt;
  }
  return value ? std::optional{std::move(value->get_object())} : std::nullopt;
}

class include_reader {
public:
  include_reader(const std::map<std::string, std::string>& environment,
                 document& into,
                 problem_list& problems)
    : environment_(environment), into_(into), problems_(problems) {}

  void seen(const fs::path& path) { seen_.insert(identity(path)); }

  /// `at` is where the list of patterns was written.
  void patterns(const json::value& list,
                const fs::path& folder,
                const place& at,
                std::size_t depth) {
    if (!list.is_array()) {
      return; // for the main file the check of shapes has words for it
    }
    std::size_t index = 0;
    for (const auto& entry : list.get_array()) {
      auto where = at;
      where.pointer = child_pointer(at.pointer, index++);
      if (where.file == 0) {
        where = into_.locate(where.pointer);
      }
      if (entry.is_string()) {
        pattern(view(entry.get_string()), folder, where, depth);
      } else if (where.file != 0) {
        problems_.add(where, "expected a string");
      }
    }
  }

private:
  static std::string identity(const fs::path& path) {
    std::error_code failure;
    const auto real = fs::weakly_canonical(path, failure);
    return failure ? path.string() : real.string();
  }

  void pattern(std::string_view written,
               const fs::path& folder,
               const place& where,
               std::size_t depth) {
    const auto text = where.file == place::no_file
                        ? result<std::string>{std::string{written}}
                        : expand_variables(written, environment_);
    if (!text) {
      return problems_.add(where, text.error().context);
    }
    if (depth > include_depth_max) {
      return problems_.add(where,
                           fmt::format("includes are nested more than {} deep",
                                       include_depth_max));
    }
    if (!is_pattern(*text)) {
      const auto path = folder / *text;
      if (!seen_.insert(identity(path)).second) {
        return problems_.add(where,
                             fmt::format("{} is already read", path.string()));
      }
      return file(path, where, depth);
    }
    const auto found = matching_files(folder, *text);
    if (!found) {
      return problems_.add(where, describe(found.error()));
    }
    // A pattern may well match the file it stands in, or overlap another.
    for (const auto& path : *found) {
      if (seen_.insert(identity(path)).second) {
        file(path, where, depth);
      }
    }
  }

  void file(const fs::path& path, const place& where, std::size_t depth) {
    if (into_.files.size() > included_files_max) {
      if (!full_) {
        problems_.add(where, fmt::format("more than {} files are included",
                                         included_files_max));
      }
      full_ = true;
      return;
    }
    auto fragment = object_of(path, where, into_, problems_);
    if (!fragment) {
      into_.incomplete = true;
      return;
    }
    const auto index = into_.files.size() - 1;
    for (auto& member : *fragment) {
      const std::string key{member.key().data(), member.key().size()};
      const place at{index, "/" + key, {}, 0};
      if (key == "tenants") {
        merge_tenants(member.value(), at, into_, problems_);
      } else if (key == "routes") {
        merge_routes(member.value(), at, into_, problems_);
      } else if (key == "include") {
        if (!member.value().is_array()) {
          problems_.add(at, "expected a list");
        }
        patterns(member.value(), path.parent_path(), at, depth + 1);
      } else {
        problems_.add(at,
                      fmt::format("unknown key \"{}\" in an included file{}",
                                  key, suggestion(key, fragment_keys)));
      }
    }
  }

  const std::map<std::string, std::string>& environment_;
  document& into_;
  problem_list& problems_;
  std::set<std::string> seen_;
  bool full_ = false;
};

} // namespace

void read_main_file(const fs::path& path,
                    document& into,
                    problem_list& problems) {
  auto root = object_of(path, place{}, into, problems);
  if (!root) {
    return;
  }
  into.root = std::move(*root);
  into.main_file_read = true;
  const auto* tenants = into.root.if_contains("tenants");
  if (tenants != nullptr && tenants->is_array()) {
    for (std::size_t i = 0; i < tenants->get_array().size(); ++i) {
      into.tenants.push_back({0, child_pointer("/tenants", i), {}, 0});
    }
  }
}

void read_includes(const fs::path& main_file,
                   const std::map<std::string, std::string>& environment,
                   document& into,
                   problem_list& problems) {
  // A copy: merging may move the root's members.
  const auto* found = into.root.if_contains("include");
  if (found == nullptr) {
    return;
  }
  const json::value list = *found;
  include_reader reader{environment, into, problems};
  reader.seen(main_file);
  reader.patterns(list, main_file.parent_path(), {0, "/include", {}, 0}, 1);
}

} // namespace pgmuster::loading
