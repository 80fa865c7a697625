// Files and DSNs for the tests of loading.
#include "tests/config/loading_case.hpp"

#include "config/errc.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace pgmuster::testing {

namespace {

bool read_port(std::string_view text, std::uint16_t& into) {
  const auto [rest, failure] =
    std::from_chars(text.data(), text.data() + text.size(), into);
  return failure == std::errc{} && rest == text.data() + text.size();
}

result<dsn_parts> parse_keywords(std::string_view dsn) {
  dsn_parts parts;
  std::istringstream in{std::string{dsn}};
  for (std::string pair; in >> pair;) {
    const auto equals = pair.find('=');
    if (equals == std::string::npos) {
      return fail(config_errc::malformed, "missing \"=\" in a DSN");
    }
    const auto key = pair.substr(0, equals);
    const auto value = pair.substr(equals + 1);
    if (key == "host") {
      parts.host = value;
    } else if (key == "user") {
      parts.user = value;
    } else if (key == "dbname") {
      parts.database = value;
    } else if (key == "port") {
      if (!read_port(value, parts.port)) {
        return fail(config_errc::malformed, "a bad port in a DSN");
      }
    } else {
      parts.options.emplace_back(key, key == "password" ? "***" : value);
    }
  }
  return parts;
}

} // namespace

temporary_folder::temporary_folder() {
  auto pattern =
    (std::filesystem::temp_directory_path() / "pgmuster-config-XXXXXX")
      .string();
  if (::mkdtemp(pattern.data()) != nullptr) {
    path_ = pattern;
  }
}

temporary_folder::~temporary_folder() {
  std::error_code ignored;
  if (!path_.empty()) {
    std::filesystem::remove_all(path_, ignored);
  }
}

std::filesystem::path temporary_folder::write(const std::string& name,
                                              const std::string& text) const {
  const auto path = path_ / name;
  std::filesystem::create_directories(path.parent_path());
  std::ofstream{path} << text;
  return path;
}

result<dsn_parts> small_parse_dsn(std::string_view dsn) {
  constexpr std::string_view scheme = "postgresql://";
  if (!dsn.starts_with(scheme)) {
    return parse_keywords(dsn);
  }
  auto rest = dsn.substr(scheme.size());
  dsn_parts parts;
  if (const auto slash = rest.find('/'); slash != std::string_view::npos) {
    parts.database = rest.substr(slash + 1);
    rest = rest.substr(0, slash);
  }
  if (const auto at = rest.rfind('@'); at != std::string_view::npos) {
    parts.user = rest.substr(0, std::min(rest.find(':'), at));
    if (parts.user.size() < at) {
      parts.options.emplace_back("password", "***");
    }
    rest = rest.substr(at + 1);
  }
  const auto colon = rest.find(':');
  parts.host = rest.substr(0, colon);
  if (colon != std::string_view::npos
      && !read_port(rest.substr(colon + 1), parts.port)) {
    return fail(config_errc::malformed, "a bad port in a DSN");
  }
  return parts;
}

load_outcome load_text(const std::string& text, environment_map environment) {
  const temporary_folder folder;
  return load_file(folder.write("pgmuster.json", text), std::move(environment));
}

load_outcome load_file(const std::filesystem::path& file,
                       environment_map environment) {
  return load_configuration({file, std::move(environment), small_parse_dsn});
}

load_outcome load_environment(environment_map environment) {
  return load_configuration(
    {std::nullopt, std::move(environment), small_parse_dsn});
}

config_problem only_problem(const load_outcome& outcome) {
  EXPECT_EQ(outcome.problems.size(), 1U) << describe(outcome.problems);
  return outcome.problems.size() == 1 ? outcome.problems.front()
                                      : config_problem{};
}

std::string with_target(const std::string& members) {
  return R"({"tenants": [{"id": "acme", "targets": [
    {"name": "orders", "dsn": "postgresql://pgmuster@127.0.0.1/postgres"}]}],)"
         + members + "}";
}

} // namespace pgmuster::testing
