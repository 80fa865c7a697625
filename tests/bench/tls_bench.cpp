// What a verified TLS connection costs the client, with roots that are shared
// and with libpq alone, in one run against one server.
#include "drivers/clock.hpp"
#include "drivers/postgres/allocator.hpp"
#include "drivers/postgres/blocking.hpp"
#include "drivers/reactor/reactor.hpp"
#include "tests/support/postgres/certificates.hpp"
#include "tests/support/postgres/postgres_server.hpp"

#include <fmt/format.h>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

namespace pgmuster {
namespace {

constexpr int warm_up = 10;
constexpr int connections = 200;

struct figures {
  double cpu_ms = 0;
  double resident_kib = 0;
};

double cpu_ms() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto ms = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e3
           + static_cast<double>(time.tv_usec) / 1e3;
  };
  return ms(used.ru_utime) + ms(used.ru_stime);
}

double resident_kib() {
  std::ifstream statm{"/proc/self/statm"};
  double size = 0;
  double resident = 0;
  statm >> size >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / 1024.0;
}

std::optional<figures> measure(const std::string& dsn) {
  postgres::tune_allocator();
  std::string why;
  auto loop = start_reactor(reactor_choice::automatic, why);
  if (!loop) {
    return std::nullopt;
  }
  const auto connector =
    postgres::start_connector(**loop, system_clock_source(), 2);
  std::vector<std::unique_ptr<postgres::session>> held;
  figures before;
  for (int made = 0; made < warm_up + connections; ++made) {
    if (made == warm_up) {
      before = {cpu_ms(), resident_kib()};
    }
    postgres::connect_request request;
    request.dsn = secret_string{dsn};
    auto one = postgres::connect_and_wait(*connector, std::move(request));
    if (!one) {
      fmt::print(stderr, "{}\n", describe(one.error()));
      return std::nullopt;
    }
    held.push_back(std::move(one.value()));
  }
  const figures sum{(cpu_ms() - before.cpu_ms) / connections,
                    (resident_kib() - before.resident_kib) / connections};
  held.clear();
  connector->stop();
  (*loop)->stop();
  return sum;
}

/// In a process of its own, so that nothing is warm and nothing is left over.
std::optional<figures> measure_apart(const std::string& dsn) {
  int ends[2] = {-1, -1};
  if (::pipe(ends) != 0) {
    return std::nullopt;
  }
  const auto child = ::fork();
  if (child == 0) {
    const auto found = measure(dsn);
    const bool told =
      found && ::write(ends[1], &*found, sizeof *found) == sizeof *found;
    ::_exit(told ? EXIT_SUCCESS : EXIT_FAILURE);
  }
  ::close(ends[1]);
  figures found;
  const bool heard = ::read(ends[0], &found, sizeof found) == sizeof found;
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  return heard && status == 0 ? std::optional{found} : std::nullopt;
}

std::string system_bundle() {
  std::ifstream file{"/etc/ssl/certs/ca-certificates.crt"};
  return {std::istreambuf_iterator<char>{file}, {}};
}

bool compare(const std::string& title, const std::string& dsn) {
  // With a folder of revoked ones, even one that is not there, roots are not
  // shared; nothing else differs.
  const auto alone = measure_apart(dsn + " sslcrldir=/dev/null/none");
  const auto shared = measure_apart(dsn);
  if (!alone || !shared) {
    return false;
  }
  fmt::print("{:<24} {:>7.2f} ms {:>7.2f} ms {:>6.2f}   {:>6.0f} KiB {:>6.0f} "
             "KiB {:>6.2f}\n",
             title, alone->cpu_ms, shared->cpu_ms,
             shared->cpu_ms / alone->cpu_ms, alone->resident_kib,
             shared->resident_kib, shared->resident_kib / alone->resident_kib);
  return true;
}

int run() {
  const test::postgres_server server{"deb", {"max_connections = 300"}};
  if (!server.running()) {
    return EXIT_FAILURE;
  }
  const test::authority ours{"bench"};
  const auto data = std::filesystem::path{server.ca_file()}.parent_path();
  const auto own = ours.issue();
  std::ofstream{data / "server.key", std::ios::trunc} << own.key;
  std::ofstream{data / "server.crt", std::ios::trunc} << own.certificate;
  const auto bundle = data / "bundle.pem";
  const auto dsn = server.dsn()
                   + " host=db.test hostaddr=127.0.0.1 sslmode=verify-full "
                     "sslrootcert="
                   + bundle.string();
  static_cast<void>(server.ask("select pg_reload_conf()"));
  static_cast<void>(server.ask("select pg_sleep(1)"));
  fmt::print("{} connections, verify-full; libpq alone, shared, ratio\n{:<24} "
             "{:^28}   {:^28}\n",
             connections, "roots", "client CPU a connection",
             "resident a connection");
  const std::pair<const char*, std::string> bundles[] = {
    {"1 (P-256)", ""},
    {"141 (P-256)", test::strange_roots(140)},
    {"this system's bundle + 1", system_bundle()}};
  for (const auto& [title, before] : bundles) {
    std::ofstream{bundle, std::ios::trunc} << before << ours.certificate();
    if (!compare(title, dsn)) {
      return EXIT_FAILURE;
    }
  }
  return EXIT_SUCCESS;
}

} // namespace
} // namespace pgmuster

int main() {
  return pgmuster::run();
}
