// Drives tests/support/pgserver; everything is stopped by the id it printed.
#include "tests/support/postgres/postgres_server.hpp"

#include <fmt/format.h>

#include <libpq-fe.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>

namespace pgmuster::test {

namespace {

std::string quoted(const std::string& word) {
  std::string out = "'";
  for (const char letter : word) {
    out += letter == '\'' ? std::string{"'\\''"} : std::string{letter};
  }
  return out + "'";
}

/// Standard output of `pgserver WORDS…`.
std::string run_program(const std::vector<std::string>& words) {
  auto command = fmt::format("PGMUSTER_TEST_PARENT={} {}", ::getpid(),
                             quoted(PGSERVER_PROGRAM));
  for (const auto& word : words) {
    command += ' ' + quoted(word);
  }
  std::FILE* const pipe = ::popen(command.c_str(), "re");
  std::string out;
  std::array<char, 512> some{};
  while (pipe != nullptr
         && std::fgets(some.data(), some.size(), pipe) != nullptr) {
    out += some.data();
  }
  if (pipe != nullptr) {
    ::pclose(pipe);
  }
  return out;
}

started_process start_program(const std::vector<std::string>& words) {
  started_process at;
  std::istringstream line{run_program(words)};
  line >> at.port >> at.pid >> at.folder;
  return at;
}

void stop_program(started_process& at) {
  if (!at.folder.empty()) {
    run_program({"stop", at.folder});
  }
  at = {};
}

struct finish {
  void operator()(PGconn* connection) const noexcept { PQfinish(connection); }
};
struct clear {
  void operator()(PGresult* rows) const noexcept { PQclear(rows); }
};

std::string ask_server(const std::string& dsn, const std::string& sql) {
  const std::unique_ptr<PGconn, finish> connection{PQconnectdb(dsn.c_str())};
  if (PQstatus(connection.get()) != CONNECTION_OK) {
    return fmt::format("ERROR: {}", PQerrorMessage(connection.get()));
  }
  PQsetNoticeProcessor(
    connection.get(), [](void*, const char*) {}, nullptr);
  const std::unique_ptr<PGresult, clear> rows{
    PQexec(connection.get(), sql.c_str())};
  const auto status = PQresultStatus(rows.get());
  if (status == PGRES_COMMAND_OK) {
    return {};
  }
  if (status != PGRES_TUPLES_OK) {
    return PQresultErrorMessage(rows.get());
  }
  return PQntuples(rows.get()) == 0 ? "" : PQgetvalue(rows.get(), 0, 0);
}

void pause_briefly() {
  ::poll(nullptr, 0, 20);
}

} // namespace

std::vector<std::string> majors() {
  const char* const listed = std::getenv("PGMUSTER_TEST_MAJORS");
  std::string text = listed == nullptr ? "" : listed;
  for (auto& letter : text) {
    letter = letter == ',' ? ' ' : letter;
  }
  std::istringstream words{text};
  std::vector<std::string> found;
  for (std::string word; words >> word;) {
    found.push_back(word);
  }
  return found.empty() ? std::vector<std::string>{"15"} : found;
}

postgres_server::postgres_server(const std::string& major,
                                 const std::vector<std::string>& conf)
  : major_(major) {
  std::vector<std::string> words{"start", major};
  words.insert(words.end(), conf.begin(), conf.end());
  at_ = start_program(words);
  for (const std::string role : {"scram", "tls_scram"}) {
    static_cast<void>(
      ask(fmt::format("CREATE ROLE {0} LOGIN PASSWORD 'secret of the role'; "
                      "GRANT pg_monitor TO {0}",
                      role)));
  }
}

postgres_server::~postgres_server() {
  stop_program(at_);
}

std::string postgres_server::dsn(const std::string& database,
                                 const std::string& user) const {
  return fmt::format("host=127.0.0.1 port={} dbname={} user={}", at_.port,
                     database, user);
}

std::string postgres_server::socket_folder() const {
  return fmt::format("{}/../../run/{}", at_.folder, at_.port);
}

std::string postgres_server::ask(const std::string& sql,
                                 const std::string& database) const {
  return ask_server(dsn(database), sql);
}

std::string postgres_server::wait_for(const std::string& sql,
                                      const std::string& wanted) const {
  std::string answer;
  for (int tries = 0; tries < 500; ++tries) {
    answer = ask(sql);
    if (answer == wanted) {
      break;
    }
    pause_briefly();
  }
  return answer;
}

std::unique_ptr<postgres_server>
postgres_server::start_standby(const std::vector<std::string>& conf) {
  std::vector<std::string> words{"standby", std::to_string(at_.port)};
  words.insert(words.end(), conf.begin(), conf.end());
  auto follower = start_program(words);
  at_.pid = 0;
  std::ifstream{at_.folder + "/postmaster.pid"} >> at_.pid;
  return std::unique_ptr<postgres_server>{
    new postgres_server{major_, std::move(follower)}};
}

std::vector<std::string> postgres_server::failures_in_log() const {
  std::vector<std::string> found;
  std::ifstream log{at_.folder + "/log"};
  for (std::string line; std::getline(log, line);) {
    for (const auto* grave : {"ERROR:  ", "FATAL:  ", "PANIC:  "}) {
      if (line.find(grave) != std::string::npos) {
        found.push_back(line);
      }
    }
  }
  return found;
}

void postgres_server::crash() {
  if (!running()) {
    return;
  }
  ::kill(at_.pid, SIGQUIT);
  for (int tries = 0; tries < 500 && ::kill(at_.pid, 0) == 0; ++tries) {
    pause_briefly();
  }
  at_.pid = 0;
}

void postgres_server::restart() {
  crash();
  at_ = start_program({"restart", major_, at_.folder});
}

void postgres_server::end_sessions_of_ours() const {
  static_cast<void>(
    ask("SELECT pg_terminate_backend(pid) FROM "
        "pg_stat_activity WHERE application_name = 'pgmuster'"));
}

void postgres_server::kill_session_of_ours() const {
  const auto pid = ask("SELECT pid FROM pg_stat_activity WHERE "
                       "application_name = 'pgmuster' LIMIT 1");
  if (const auto number = std::atoi(pid.c_str()); number > 0) {
    ::kill(number, SIGKILL);
  }
}

void postgres_server::renew_certificate(int days,
                                        const std::string& authority) const {
  run_program({"certificate", at_.folder, std::to_string(days), authority});
  static_cast<void>(ask("SELECT pg_reload_conf()"));
}

void postgres_server::pause() const {
  signal_all(SIGSTOP);
}
void postgres_server::resume() const {
  signal_all(SIGCONT);
}

void postgres_server::signal_all(int number) const {
  if (!running()) {
    return;
  }
  // The postmaster first, so that it starts nothing more.
  ::kill(at_.pid, number);
  std::ifstream children{
    fmt::format("/proc/{}/task/{}/children", at_.pid, at_.pid)};
  for (pid_t child = 0; children >> child;) {
    ::kill(child, number);
  }
}

struct crowd::sessions {
  std::vector<std::unique_ptr<PGconn, finish>> all;
};

crowd::crowd(std::string dsn)
  : dsn_(std::move(dsn)), held_(std::make_unique<sessions>()) {}

crowd::~crowd() = default;

std::size_t crowd::fill() {
  constexpr std::size_t most = 500;
  while (held_->all.size() < most) {
    std::unique_ptr<PGconn, finish> one{PQconnectdb(dsn_.c_str())};
    if (PQstatus(one.get()) != CONNECTION_OK) {
      break;
    }
    held_->all.push_back(std::move(one));
  }
  return held_->all.size();
}

pooler::pooler(const postgres_server& server, const std::string& mode)
  : at_(start_program({"pooler", std::to_string(server.port()), mode})) {}

pooler::~pooler() {
  stop_program(at_);
}

std::string pooler::dsn(const std::string& database) const {
  return fmt::format("host=127.0.0.1 port={} dbname={} user=postgres", at_.port,
                     database);
}

} // namespace pgmuster::test
