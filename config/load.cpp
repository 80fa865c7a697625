// The order of loading: file, includes, environment, checks, configuration.
#include "config/load.hpp"

#include "config/loading/build.hpp"
#include "config/loading/environment_routes.hpp"
#include "config/loading/environment_targets.hpp"
#include "config/loading/expand_variables.hpp"
#include "config/loading/overlay.hpp"
#include "config/loading/read_files.hpp"
#include "config/loading/shape.hpp"

#include <fmt/format.h>

#include <exception>

namespace pgmuster {
namespace {

/// Files, includes and variables into one document.
void gather(const load_request& request,
            loading::document& whole,
            loading::problem_list& problems) {
  const auto& environment = request.environment;
  if (request.file) {
    loading::read_main_file(*request.file, whole, problems);
  } else {
    loading::add_environment_targets(request, whole);
  }
  loading::overlay_environment(
    environment, loading::overlay_phase::include_only, whole, problems);
  loading::read_includes(request.file.value_or(""), environment, whole,
                         problems);
  loading::overlay_environment(
    environment, loading::overlay_phase::all_but_include, whole, problems);
  loading::expand_document(environment, whole, problems);
}

void load_into(const load_request& request, load_outcome& outcome) {
  loading::document whole;
  loading::problem_list problems;
  gather(request, whole, problems);
  // Without its main file a configuration would only show what it lacks.
  if (request.file && !whole.main_file_read) {
    outcome.problems = problems.resolve(whole.files);
    return;
  }
  loading::add_default_route(request.environment, whole, problems);
  loading::check_shape(whole, problems);
  const loading::cursor root{whole, problems};
  const loading::build_context context{
    request,
    request.file ? request.file->parent_path() : std::filesystem::path{},
    whole.incomplete};
  loading::build_routes(root, context, outcome.config);
  loading::build_tenants(root, context, outcome.config);
  loading::build_statements(root, outcome.config);
  loading::build_process(root, context, outcome.config);
  outcome.config.resource = loading::resource_of(request.environment, problems);
  outcome.problems = problems.resolve(whole.files);
}

} // namespace

load_outcome load_configuration(const load_request& request) {
  load_outcome outcome;
  try {
    load_into(request, outcome);
  } catch (const std::exception& failure) {
    // Memory, or a library that throws where it said it would not.
    outcome.problems.push_back(
      {request.file ? request.file->string() : std::string{}, "", 0,
       fmt::format("loading failed: {}", failure.what())});
  }
  return outcome;
}

std::string describe(const std::vector<config_problem>& problems) {
  std::string text;
  for (const auto& problem : problems) {
    if (!problem.file.empty()) {
      text += problem.file;
      text += problem.line == 0 ? "" : fmt::format(":{}", problem.line);
      text += ": ";
    }
    text += problem.pointer.empty() ? "" : problem.pointer + ": ";
    text += problem.message + "\n";
  }
  return text;
}

} // namespace pgmuster
