// What PostgreSQL of one major has: columns of its views, rows of pg_stat_io,
// names and numbers of its release.
#pragma once

#include "codec/catalog/negotiate.hpp"
#include "loadtest/simulator/wire_type.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace pgmuster::loadtest {

/// A kind of process, what it works on and how, as in pg_stat_io.
struct io_row {
  std::string backend_type;
  std::string object;
  std::string context;
  /// One letter for each operation that can happen: r(eads), w(rites),
  /// (write)b(acks), (e)x(tends), h(its), e(victions), (re)u(ses), f(syncs).
  std::string operations;
};

class server_facts {
public:
  static constexpr int major_min = 13;
  static constexpr int major_max = 18;

  /// Precondition: `major` is between those.
  [[nodiscard]] static server_facts of(int major);

  [[nodiscard]] int major() const noexcept { return major_; }
  /// "16.14"
  [[nodiscard]] const std::string& version() const noexcept { return version_; }
  /// 160014
  [[nodiscard]] int version_num() const noexcept { return version_num_; }
  /// As version() says it.
  [[nodiscard]] std::string long_version() const;
  /// pg_stat_statements: "1.10"
  [[nodiscard]] std::string_view statements_version() const noexcept;

  /// Relation → its columns in order.
  using columns = std::vector<std::pair<std::string, wire_type>>;
  [[nodiscard]] const columns* relation(std::string_view name) const;
  [[nodiscard]] std::optional<wire_type> column(std::string_view relation,
                                                std::string_view name) const;
  [[nodiscard]] const std::vector<io_row>& io_rows() const noexcept {
    return io_rows_;
  }
  /// As the collector would find it, with every right.
  [[nodiscard]] server_shape shape() const;

private:
  int major_ = 0;
  int version_num_ = 0;
  std::string version_;
  std::map<std::string, columns, std::less<>> relations_;
  std::vector<io_row> io_rows_;
};

} // namespace pgmuster::loadtest
