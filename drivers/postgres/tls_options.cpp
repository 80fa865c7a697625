// libpq's defaults, but for two: nothing is read from a home folder, and a
// server that is not on this machine is verified.
#include "drivers/postgres/tls_options.hpp"

#include "drivers/postgres/errc.hpp"
#include "drivers/postgres/trust_roots.hpp"

#include <fmt/format.h>

namespace pgmuster::postgres {

namespace {

constexpr const char* system_word = "system";

const std::string& named(const option_map& options, const char* key) {
  static const std::string nothing;
  const auto found = options.find(key);
  return found == options.end() ? nothing : found->second;
}

} // namespace

result<void> name_tls_files(option_map& options, const tls_files& files) {
  const std::pair<const char*, const std::string&> pairs[] = {
    {"sslrootcert", files.roots},
    {"sslcert", files.certificate},
    {"sslkey", files.key}};
  for (const auto& [key, file] : pairs) {
    if (!file.empty()) {
      options[key] = file;
    }
  }
  if (named(options, "sslrootcert") != system_word) {
    return {};
  }
  const auto& mode = named(options, "sslmode");
  if (!mode.empty() && mode != "verify-full") {
    // Anyone may have a certificate of a public authority for some name.
    return fail(errc::bad_dsn,
                fmt::format("sslrootcert=system needs sslmode=verify-full, "
                            "not {}",
                            mode));
  }
  auto found = find_system_roots();
  if (found.empty()) {
    return fail(errc::tls_failed,
                "this system has no bundle of trusted roots: install "
                "ca-certificates, or name a file");
  }
  options["sslmode"] = "verify-full";
  options["sslrootcert"] = std::move(found);
  return {};
}

void choose_tls(option_map& values,
                const endpoint& where,
                std::string& warning) {
  for (const char* file : {"sslcert", "sslkey", "sslcrl"}) {
    values.try_emplace(file, nowhere);
  }
  auto& roots = values["sslrootcert"];
  auto& mode = values["sslmode"];
  if (mode.empty()) {
    const bool trusted = where.is_unix() || (where.is_local() && roots.empty());
    mode = trusted ? "prefer" : "verify-full";
  }
  if (mode != "verify-full" && !where.is_local()) {
    warning =
      fmt::format("sslmode={} does not verify who {} is", mode, where.label());
  }
  if (roots.empty() && mode.starts_with("verify-")) {
    roots = find_system_roots();
  }
  if (roots.empty()) {
    roots = nowhere;
  }
}

bool verifies_by_roots_alone(const option_map& values) {
  // In other modes libpq goes on without TLS when a handshake fails.
  const auto& mode = named(values, "sslmode");
  const auto& revoked = named(values, "sslcrl");
  return named(values, "sslrootcert") != nowhere
         && (mode == "require" || mode.starts_with("verify-"))
         && (revoked.empty() || revoked == nowhere)
         && named(values, "sslcrldir").empty();
}

} // namespace pgmuster::postgres
