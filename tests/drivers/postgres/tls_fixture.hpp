// A server whose certificate can be changed, and bundles of roots as files.
#pragma once

#include "tests/drivers/postgres/driver_fixture.hpp"
#include "tests/support/postgres/certificates.hpp"

namespace pgmuster::postgres {

class tls_pgtest : public driver_pgtest {
protected:
  void SetUp() override;

  /// Started by the first test that asks; serves what was given last.
  [[nodiscard]] static test::postgres_server& server();
  /// Waits until the server presents it.
  static void serve(const test::signed_certificate& what);

  /// A file in this test's own folder; mode 0600.
  static std::string write_file(const std::string& name,
                                const std::string& text);

  /// verify-full by the name db.test, as the superuser.
  [[nodiscard]] static std::string dsn(const std::string& roots,
                                       const std::string& more = {});
  /// The refusal's words; empty when it connected.
  std::string refusal(const std::string& dsn);

  [[nodiscard]] static const test::authority& ours();
  [[nodiscard]] static const test::authority& another();
  /// Both, and 140 strangers before them.
  [[nodiscard]] static std::string large_bundle();
};

} // namespace pgmuster::postgres
