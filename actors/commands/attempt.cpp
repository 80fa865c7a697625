#include "actors/commands/attempt.hpp"

#include "actors/commands/command.hpp"
#include "actors/database_choice.hpp"
#include "config/limits.hpp"

namespace pgmuster::commands {

namespace {

const char* const who_am_i =
  "SELECT current_user::text, "
  "pg_catalog.pg_has_role(current_user, 'pg_monitor', 'USAGE')";

/// Databases, and for those that exist for others only the words that open them
/// to us.
const char* const databases =
  "SELECT datname::text, CASE WHEN pg_catalog.has_database_privilege(oid, "
  "'CONNECT') THEN '' ELSE pg_catalog.format('GRANT CONNECT ON DATABASE %I TO "
  "%I;', datname, current_user) END FROM pg_catalog.pg_database WHERE "
  "datallowconn AND datconnlimit <> -2 AND NOT datistemplate ORDER BY 1";

std::string quoted(const std::string& name) {
  std::string made = "\"";
  for (const char letter : name) {
    made += letter;
    if (letter == '"') {
      made += letter;
    }
  }
  return made + "\"";
}

void note_databases(const row_set& rows,
                    const target_config& target,
                    reached_server& reached) {
  std::vector<known_database> found;
  for (std::size_t at = 0; at < rows.rows(); ++at) {
    known_database one{0, std::string{rows.row(at)[0].text()}, true};
    const auto grant = rows.row(at)[1].text();
    if (!grant.empty() && selects(target, one)) {
      reached.connect_grants.emplace_back(grant);
    }
    one.connectable = grant.empty();
    found.push_back(std::move(one));
  }
  reached.absent_databases = absent_databases(target, found);
}

postgres::statement_call call(std::string id, std::string sql) {
  postgres::statement_call made;
  made.id = std::move(id);
  made.sql = std::move(sql);
  return made;
}

} // namespace

std::unique_ptr<tools>
tools::start(const std::vector<std::string>& name_servers) {
  std::string why;
  auto loop = start_reactor(reactor_choice::automatic, why);
  if (!loop) {
    complain("pgmuster: " + describe(loop.error()) + "\n");
    return nullptr;
  }
  std::unique_ptr<tools> made{new tools};
  made->loop = std::move(loop.value());
  made->connector = postgres::start_connector(
    *made->loop, system_clock_source(), 1, limits::connects_per_second_default,
    name_servers);
  return made;
}

tools::~tools() {
  connector->stop();
  loop->stop();
}

result<reached_server> reach(tools& with,
                             const target_config& target,
                             const timeout_config& timeouts,
                             const postgres::probe_catalog& catalog) {
  postgres::connect_request request;
  request.dsn = target.dsn;
  request.password = target.password;
  request.tls = target.tls;
  request.deadline = timeouts.probe;
  request.statement_timeout = timeouts.statement;
  request.lock_timeout = timeouts.lock;
  auto session =
    postgres::connect_and_wait(*with.connector, std::move(request));
  if (!session) {
    return session.error();
  }
  reached_server reached;
  reached.session = std::move(session.value());
  auto answers = postgres::run_and_wait(
    *reached.session,
    {call("who", who_am_i), call("shape", postgres::shape_sql(catalog)),
     call("databases", databases)},
    timeouts.cycle, system_clock_source());
  if (!answers) {
    return answers.error();
  }
  for (const auto& answer : answers.value()) {
    if (!answer.rows) {
      return answer.rows.error();
    }
  }
  const auto& who = answers.value()[0].rows.value();
  reached.role = std::string{who.row(0)[0].text()};
  reached.privileged = who.row(0)[1].integer != 0;
  reached.shape = postgres::read_shape(answers.value()[1].rows.value(),
                                       reached.session->facts().version_num);
  reached.catalog = negotiate(catalog, reached.shape);
  note_databases(answers.value()[2].rows.value(), target, reached);
  return reached;
}

std::vector<std::string> missing_grants(const reached_server& reached) {
  std::vector<std::string> missing;
  if (!reached.privileged) {
    missing.push_back("GRANT pg_monitor TO " + quoted(reached.role) + ";");
  }
  missing.insert(missing.end(), reached.connect_grants.begin(),
                 reached.connect_grants.end());
  const auto statements = reached.shape.extensions.find("pg_stat_statements");
  if (statements != reached.shape.extensions.end()) {
    if (!statements->second.usable) {
      missing.push_back("GRANT USAGE ON SCHEMA "
                        + quoted(statements->second.schema) + " TO "
                        + quoted(reached.role) + ";");
    }
  } else {
    missing.emplace_back(
      "CREATE EXTENSION pg_stat_statements;  -- in this database; the server "
      "needs it in shared_preload_libraries");
  }
  return missing;
}

} // namespace pgmuster::commands
