// Gathers built-in probes and a folder's, and checks them against each other.
#include "drivers/postgres/catalog/catalog.hpp"

#include "codec/catalog/errc.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>

namespace pgmuster::postgres {

namespace {

namespace fs = std::filesystem;

/// A probe's file is a screenful; what is larger is something else.
constexpr std::uintmax_t file_bytes_max = 256 * 1024;

struct gathering {
  /// By name, so that a folder's file replaces a built-in one.
  std::map<std::string, std::shared_ptr<const probe_definition>> probes;
  /// Names that came from the folder.
  std::set<std::string> own;
  error wrong;

  void complain(catalog::errc code, const std::string& words) {
    if (wrong.context.empty()) {
      wrong.code = make_error_code(code);
    }
    wrong.context += (wrong.context.empty() ? "" : "\n") + words;
  }

  void take(std::string_view text, const std::string& origin, bool builtin) {
    auto parsed = parse_probe(text, origin);
    if (!parsed) {
      complain(catalog::errc::malformed_probe, parsed.error().context);
      return;
    }
    auto made = std::make_shared<const probe_definition>(std::move(*parsed));
    const auto name = made->name;
    if (!builtin && !own.insert(name).second) {
      complain(catalog::errc::conflicting_probes, origin + ": the probe " + name
                                                    + " is already in "
                                                    + probes[name]->origin);
      return;
    }
    probes.insert_or_assign(name, std::move(made));
  }

  void take_file(const fs::path& file) {
    std::error_code failed;
    const auto size = fs::file_size(file, failed);
    if (failed || size > file_bytes_max) {
      complain(catalog::errc::unreadable_probe,
               file.string() + ": "
                 + (failed ? failed.message() : "is larger than 256 KiB"));
      return;
    }
    std::ifstream in{file, std::ios::binary};
    const std::string text{std::istreambuf_iterator<char>{in}, {}};
    if (!in && !in.eof()) {
      complain(catalog::errc::unreadable_probe,
               file.string() + ": cannot be read");
      return;
    }
    take(text, file.string(), false);
  }

  void take_folder(const fs::path& folder) {
    std::error_code failed;
    std::vector<fs::path> files;
    for (fs::directory_iterator at{folder, failed}, end; !failed && at != end;
         at.increment(failed)) {
      if (at->path().extension() == ".sql") {
        files.push_back(at->path());
      }
    }
    if (failed) {
      complain(catalog::errc::unreadable_probe,
               folder.string() + ": " + failed.message());
    }
    std::sort(files.begin(), files.end());
    for (const auto& file : files) {
      take_file(file);
    }
  }

  /// One name means one metric, whichever probe tells it.
  void compare_metrics() {
    std::map<std::string, std::pair<metric_descriptor, std::string>> known;
    for (const auto& [name, probe] : probes) {
      for (const auto& metric : probe->metrics) {
        const auto [at, fresh] =
          known.try_emplace(metric.name, metric, probe->origin);
        const auto& there = at->second.first;
        if (!fresh
            && (there.unit != metric.unit || there.kind != metric.kind
                || there.real != metric.real)) {
          complain(catalog::errc::conflicting_probes,
                   probe->origin + ": " + metric.name
                     + " has another unit or kind in " + at->second.second);
        }
      }
    }
  }
};

} // namespace

result<probe_catalog> load_catalog(const std::filesystem::path& folder) {
  gathering gathered;
  for (const auto& probe : builtin_probes()) {
    gathered.take(probe.text, std::string{probe.name}, true);
  }
  if (!folder.empty()) {
    gathered.take_folder(folder);
  }
  gathered.compare_metrics();
  if (!gathered.wrong.context.empty()) {
    return std::move(gathered.wrong);
  }
  probe_catalog made;
  for (auto& [name, probe] : gathered.probes) {
    made.push_back(std::move(probe));
  }
  return made;
}

} // namespace pgmuster::postgres
