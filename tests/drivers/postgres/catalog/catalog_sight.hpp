// What one role sees of a server: the catalog as negotiated with it, and the
// answer to each probe.
#pragma once

#include "codec/catalog/entry_rows.hpp"
#include "codec/catalog/map_rows.hpp"
#include "drivers/postgres/blocking.hpp"
#include "drivers/postgres/catalog/catalog.hpp"

#include <map>

namespace pgmuster::postgres {

struct probe_answer {
  row_set rows;
  mapping_outcome points;
  std::vector<entry_reading> entries;
};

struct sight {
  negotiated_catalog catalog;
  std::map<std::string, probe_answer> answers;

  /// The value of a metric at the row with these attributes among its own;
  /// absent when there is no such row.
  [[nodiscard]] number value(std::string_view metric,
                             const attributes& among = {}) const;
};

/// A reactor, a connector and the built-in catalog. What goes wrong fails the
/// test that asks.
class observer {
public:
  observer();
  observer(const observer&) = delete;
  observer& operator=(const observer&) = delete;
  ~observer();

  /// Null when it cannot.
  [[nodiscard]] std::unique_ptr<session> connect(const std::string& dsn);
  static row_set
  run(session& on, std::string_view sql, const std::string& parameter = {});
  [[nodiscard]] sight look(session& on) const;
  [[nodiscard]] sight look(const std::string& dsn);
  /// With this text of a probe only.
  [[nodiscard]] static sight look(session& on, const std::string& probe);

private:
  [[nodiscard]] static sight look_with(const probe_catalog& catalog,
                                       session& on);

  std::unique_ptr<reactor> reactor_;
  std::unique_ptr<connector> connector_;
  probe_catalog catalog_;
};

} // namespace pgmuster::postgres
