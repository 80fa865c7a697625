// A server whose certificate is not believed.
#include "tests/actors/misfortune_case.hpp"

namespace pgmuster::test {
namespace {

target_config verified(const postgres_server& server) {
  return make_target("sick",
                     server.dsn("postgres", "tls_scram")
                       + " password='secret of the role' sslmode=verify-full"
                         " sslrootcert="
                       + server.ca_file());
}

TEST_P(misfortune_case, a_certificate_of_another_authority_is_told) {
  postgres_server server;
  watched = {&server};
  begin({verified(server)});
  server.renew_certificate(30, "other_ca");
  server.end_sessions_of_ours();
  expect_down("sick", "unable to get local issuer certificate");
  endure();
  server.renew_certificate(30);
  expect_up("sick");
  expect_all_as_before();
}

TEST_P(misfortune_case, a_certificate_that_has_expired_is_told_at_a_connect) {
  postgres_server server;
  watched = {&server};
  begin({verified(server)});
  server.renew_certificate(0);
  // A session that was verified is not looked at again.
  endure();
  EXPECT_EQ(status("sick")->state, "up");
  server.end_sessions_of_ours();
  expect_down("sick", "certificate has expired");
  endure();
  server.renew_certificate(30);
  expect_up("sick");
  expect_all_as_before();
}

TEST_P(misfortune_case, a_certificate_for_another_name_is_told) {
  postgres_server server;
  watched = {&server};
  auto other = verified(server);
  auto dsn = other.dsn.reveal();
  dsn.replace(dsn.find("host=127.0.0.1"), 14,
              "host=db.pgmuster.test hostaddr=127.0.0.1");
  begin({make_target("sick", dsn)}, {"sick"});
  expect_down("sick", "does not match host name");
  endure();
  expect_all_as_before();
}

INSTANTIATE_TEST_SUITE_P(reactors,
                         misfortune_case,
                         both_reactors(),
                         reactor_name);

} // namespace
} // namespace pgmuster::test
