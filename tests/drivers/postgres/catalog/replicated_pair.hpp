// A primary and its standby on which everything that a probe can tell has
// happened, and goes on while they are looked at.
#pragma once

#include "tests/drivers/postgres/catalog/catalog_sight.hpp"
#include "tests/support/postgres/postgres_server.hpp"
#include "tests/support/postgres/waiting_session.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace pgmuster::postgres {

class replicated_pair {
public:
  /// Starts both and works on them; check `ready`. A few seconds.
  explicit replicated_pair(const std::string& major);

  /// Empty, or what went wrong.
  [[nodiscard]] const std::string& trouble() const noexcept { return trouble_; }
  [[nodiscard]] test::postgres_server& primary() { return primary_; }
  [[nodiscard]] test::postgres_server& standby() { return *standby_; }

  /// Ends what goes on, so that nothing fails when the servers stop.
  void settle();

private:
  void ask(const char* sql, const char* database = "postgres");
  void await(test::postgres_server& at, const char* sql, const char* wanted);
  void work_before_the_copy();
  void keep_busy(test::postgres_server& at);

  test::postgres_server primary_;
  std::unique_ptr<test::postgres_server> standby_;
  /// In pairs: one holds a lock in an idle transaction, one waits for it.
  std::vector<std::unique_ptr<test::waiting_session>> busy_;
  /// Writes now and then, so that replication has lags.
  std::unique_ptr<test::waiting_session> writer_;
  std::string trouble_;
};

} // namespace pgmuster::postgres
