// libpq's asynchronous calls, waited for at the end only.
#include "tests/support/postgres/waiting_session.hpp"

#include <libpq-fe.h>

namespace pgmuster::test {

struct waiting_session::state {
  explicit state(const std::string& dsn)
    : connection(PQconnectdb(dsn.c_str())) {}
  state(const state&) = delete;
  state& operator=(const state&) = delete;
  ~state() { PQfinish(connection); }

  PGconn* connection;
};

waiting_session::waiting_session(const std::string& dsn)
  : state_(std::make_unique<state>(dsn)) {}

waiting_session::~waiting_session() = default;

bool waiting_session::connected() const noexcept {
  return PQstatus(state_->connection) == CONNECTION_OK;
}

bool waiting_session::begin(const std::string& sql) {
  return PQsendQuery(state_->connection, sql.c_str()) == 1;
}

bool waiting_session::end() {
  bool well = connected();
  while (auto* const rows = PQgetResult(state_->connection)) {
    const auto is = PQresultStatus(rows);
    well = well && (is == PGRES_COMMAND_OK || is == PGRES_TUPLES_OK);
    PQclear(rows);
  }
  return well;
}

} // namespace pgmuster::test
