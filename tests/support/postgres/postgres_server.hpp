// A PostgreSQL server, and a pooler before it, that live as long as an object.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace pgmuster::test {

/// PGMUSTER_TEST_MAJORS, separated by blanks or commas; by default only 15.
[[nodiscard]] std::vector<std::string> majors();

/// What the program that starts servers printed; empty folder: it failed, and
/// has said why on standard error.
struct started_process {
  std::uint16_t port = 0;
  pid_t pid = 0;
  std::string folder;
};

/// Trusts every role on loopback, but `scram` and `tls_scram` (the latter over
/// TLS only), members of pg_monitor whose password is `secret of the role`. Has
/// pg_stat_statements.
/// Not thread-safe.
class postgres_server {
public:
  /// `conf`: lines for postgresql.conf. Blocks about a second.
  explicit postgres_server(const std::string& major = majors().front(),
                           const std::vector<std::string>& conf = {});
  postgres_server(const postgres_server&) = delete;
  postgres_server& operator=(const postgres_server&) = delete;
  ~postgres_server();

  [[nodiscard]] bool running() const noexcept { return at_.pid > 0; }
  [[nodiscard]] std::uint16_t port() const noexcept { return at_.port; }
  [[nodiscard]] pid_t pid() const noexcept { return at_.pid; }

  /// Keyword form, over TCP.
  [[nodiscard]] std::string dsn(const std::string& database = "postgres",
                                const std::string& user = "postgres") const;
  [[nodiscard]] std::string socket_folder() const;
  /// What signed the server's certificate (db.test, localhost, 127.0.0.1).
  [[nodiscard]] std::string ca_file() const { return at_.folder + "/ca.crt"; }
  /// A CA that has not.
  [[nodiscard]] std::string other_ca_file() const {
    return at_.folder + "/other_ca.crt";
  }

  /// Runs statements as superuser; the last result's first cell, "" when there
  /// is none, "ERROR: …" when one failed.
  std::string ask(const std::string& sql,
                  const std::string& database = "postgres") const;
  /// Asks until the answer is `wanted`, at most ten seconds; the last answer.
  [[nodiscard]] std::string wait_for(const std::string& sql,
                                     const std::string& wanted) const;

  /// A server that follows this one, which is stopped in order and started
  /// again for it; `conf` as above. Blocks about two seconds.
  [[nodiscard]] std::unique_ptr<postgres_server>
  start_standby(const std::vector<std::string>& conf = {});
  /// Lines of the server's log that tell of an ERROR, a FATAL or a PANIC.
  [[nodiscard]] std::vector<std::string> failures_in_log() const;

  /// Immediate stop and start, as after a crash; the port stays.
  void restart();
  /// Immediate stop; the port is refused afterwards.
  void crash();
  /// Ends our sessions, as an administrator would.
  void end_sessions_of_ours() const;
  /// One of our sessions is killed as the kernel does it when memory is short:
  /// the server ends all others and recovers.
  void kill_session_of_ours() const;
  /// A new certificate for the server, used for connections from now on.
  /// `days` 0: it has expired. `authority`: ca or other_ca.
  void renew_certificate(int days, const std::string& authority = "ca") const;
  /// All its processes stop answering, or go on.
  void pause() const;
  void resume() const;

private:
  postgres_server(std::string major, started_process at)
    : at_(std::move(at)), major_(std::move(major)) {}
  void signal_all(int number) const;

  started_process at_;
  std::string major_;
};

/// Sessions that do nothing but exist.
class crowd {
public:
  /// Keyword form, as postgres_server::dsn gives it.
  explicit crowd(std::string dsn);
  crowd(const crowd&) = delete;
  crowd& operator=(const crowd&) = delete;
  ~crowd();

  /// Opens sessions until the server refuses one; returns how many there are.
  std::size_t fill();

private:
  struct sessions;
  std::string dsn_;
  std::unique_ptr<sessions> held_;
};

/// PgBouncer without authentication before one server.
class pooler {
public:
  /// `mode`: transaction or session.
  pooler(const postgres_server& server, const std::string& mode);
  pooler(const pooler&) = delete;
  pooler& operator=(const pooler&) = delete;
  ~pooler();

  [[nodiscard]] bool running() const noexcept { return at_.pid > 0; }
  [[nodiscard]] std::string dsn(const std::string& database = "postgres") const;

private:
  started_process at_;
};

} // namespace pgmuster::test
