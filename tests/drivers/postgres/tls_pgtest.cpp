// Roots that are shared decide as libpq alone would decide with the same file,
// and every refusal says what is wrong with what.
#include "drivers/postgres/connect_tls.hpp"
#include "drivers/postgres/handles.hpp"
#include "tests/drivers/postgres/tls_fixture.hpp"

#include <fmt/format.h>

#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace pgmuster::postgres {
namespace {

using ::testing::Values;

INSTANTIATE_TEST_SUITE_P(tls,
                         tls_pgtest,
                         Values(reactor_choice::epoll),
                         backend_name);

::testing::AssertionResult has(const std::string& text,
                               const std::string& words) {
  return text.find(words) != text.npos ? ::testing::AssertionSuccess()
                                       : ::testing::AssertionFailure()
                                           << "\"" << text << "\" has no \""
                                           << words << "\"";
}

TEST_P(tls_pgtest, a_bundle_is_read_once_for_all_connections) {
  serve(ours().issue());
  const auto bundle = write_file("large.pem", large_bundle());
  std::vector<std::unique_ptr<session>> held;
  for (int made = 0; made < 5; ++made) {
    held.push_back(connect(dsn(bundle)));
    ASSERT_TRUE(held.back());
    EXPECT_TRUE(held.back()->facts().encrypted);
    EXPECT_EQ(held.back()->facts().warning, "");
  }
  EXPECT_EQ(value(*held.front(), "select 1"), "1");
  EXPECT_EQ(connector_->counts().roots_read, 1U);
  EXPECT_EQ(connector_->counts().roots_not_shared, 0U);
}

TEST_P(tls_pgtest, the_verdict_is_that_of_libpq_alone_with_the_whole_file) {
  const auto foreign = test::authority{"nobody's authority"};
  // The same name as ours and another key.
  const auto namesake = test::authority{"our authority"};
  const std::string bundles[] = {
    write_file("one.pem", ours().certificate()),
    write_file("other.pem", another().certificate()),
    write_file("large.pem", large_bundle()),
    write_file("strangers.pem", test::strange_roots(140)),
    write_file("namesake.pem", namesake.certificate() + ours().certificate())};
  const test::signed_certificate certificates[] = {
    ours().issue(),
    another().issue(),
    foreign.issue(),
    namesake.issue(),
    ours().issue({.until_days = 0}),
    ours().issue({.from_days = 2}),
    ours().issue({.name = "db.other", .alternatives = "DNS:db.other"})};
  int accepted = 0;
  for (const auto& certificate : certificates) {
    serve(certificate);
    for (const auto& bundle : bundles) {
      const connection_ptr alone{PQconnectdb(dsn(bundle).c_str())};
      const bool libpq = PQstatus(alone.get()) == CONNECTION_OK;
      const auto words = refusal(dsn(bundle));
      EXPECT_EQ(libpq, words.empty())
        << bundle << ": " << words << PQerrorMessage(alone.get());
      accepted += libpq ? 1 : 0;
    }
  }
  EXPECT_EQ(accepted, 3 + 2 + 1) << "by ours, by another's, by the namesake's";
  EXPECT_EQ(connector_->counts().roots_not_shared, 0U);
}

TEST_P(tls_pgtest, another_authority_of_the_bundle_may_take_over) {
  const auto bundle = write_file("rotation.pem", large_bundle());
  serve(ours().issue());
  EXPECT_EQ(refusal(dsn(bundle)), "");
  serve(another().issue());
  EXPECT_EQ(refusal(dsn(bundle)), "");
  EXPECT_EQ(connector_->counts().roots_read, 1U);
}

TEST_P(tls_pgtest, a_bundle_that_changed_counts_from_the_next_connect) {
  const auto bundle = write_file("changes.pem", ours().certificate());
  serve(ours().issue());
  const auto held = connect(dsn(bundle));
  ASSERT_TRUE(held);
  write_file("changes.pem", another().certificate() + test::strange_roots(3));
  EXPECT_TRUE(has(refusal(dsn(bundle)), "vouches for"));
  serve(another().issue());
  EXPECT_EQ(refusal(dsn(bundle)), "");
  EXPECT_EQ(connector_->counts().roots_read, 2U);
  EXPECT_EQ(value(*held, "select 1"), "1") << "what is open stays open";
}

TEST_P(tls_pgtest, a_refused_certificate_is_told_by_its_fault) {
  const auto bundle = write_file("fault.pem", large_bundle());
  serve(ours().issue({.until_days = 0}));
  auto words = refusal(dsn(bundle));
  EXPECT_TRUE(
    has(words, "the server's certificate (CN=db.test) expired on 20"));
  EXPECT_TRUE(has(words, "UTC"));
  serve(ours().issue({.from_days = 2}));
  EXPECT_TRUE(has(refusal(dsn(bundle)), "is valid only from 20"));
  serve(ours().issue({.name = "x", .alternatives = "DNS:db.other"}));
  EXPECT_TRUE(
    has(refusal(dsn(bundle)), "does not match host name \"db.test\""));
  serve(test::authority{"nobody's"}.issue());
  words = refusal(dsn(bundle));
  EXPECT_TRUE(has(words, "issued by CN=nobody's"));
  EXPECT_TRUE(has(words, bundle));
}

TEST_P(tls_pgtest, roots_that_cannot_be_read_are_named) {
  EXPECT_TRUE(has(refusal(dsn("/no/such.pem")),
                  "/no/such.pem cannot be read: No such file"));
  const auto rubbish = write_file("rubbish.pem", "not a certificate\n");
  EXPECT_TRUE(
    has(refusal(dsn(rubbish)), rubbish + " are not a file of certificates"));
  serve(ours().issue());
  EXPECT_EQ(refusal(dsn("/no/such.pem", "sslmode=require")), "")
    << "that mode does not insist on roots";
}

TEST_P(tls_pgtest, a_list_of_revoked_ones_is_left_to_libpq) {
  serve(ours().issue());
  const auto bundle = write_file("large.pem", large_bundle());
  // Certificates instead of a list: who asks for one and has none is refused.
  EXPECT_TRUE(has(refusal(dsn(bundle, "sslcrl=" + bundle)),
                  "unable to get certificate CRL"));
  EXPECT_EQ(connector_->counts().roots_read, 0U);
}

TEST_P(tls_pgtest, a_server_without_tls_is_told) {
  static_cast<void>(server().ask("alter system set ssl = off"));
  static_cast<void>(server().ask("select pg_reload_conf()"));
  EXPECT_EQ(server().wait_for("show ssl", "off"), "off");
  const auto bundle = write_file("one.pem", ours().certificate());
  std::string words;
  for (int tries = 0; tries < 100 && words.empty(); ++tries) {
    const auto made = try_connect(dsn(bundle));
    words = made ? "" : describe(made.error());
  }
  EXPECT_TRUE(has(words, "the server has TLS switched off"));
  static_cast<void>(server().ask("alter system reset ssl"));
  static_cast<void>(server().ask("select pg_reload_conf()"));
  EXPECT_EQ(server().wait_for("show ssl", "on"), "on");
}

class client_certificate_pgtest : public tls_pgtest {
protected:
  void SetUp() override {
    tls_pgtest::SetUp();
    static const bool once = prepare();
    ASSERT_TRUE(once);
    serve(ours().issue());
    request_.dsn = secret_string{
      fmt::format("host=db.test hostaddr=127.0.0.1 port={} dbname=postgres "
                  "user=by_certificate",
                  server().port())};
    request_.tls.roots = write_file("one.pem", ours().certificate());
  }

  static bool prepare() {
    const auto data =
      server().ca_file().substr(0, server().ca_file().rfind('/'));
    std::ofstream{data + "/ca.crt", std::ios::trunc} << another().certificate();
    std::ostringstream rules;
    rules << "hostssl all by_certificate all cert\n"
          << std::ifstream{data + "/pg_hba.conf"}.rdbuf();
    std::ofstream{data + "/pg_hba.conf", std::ios::trunc} << rules.str();
    static_cast<void>(server().ask("create role by_certificate login"));
    static_cast<void>(server().ask("alter system set ssl_ca_file = 'ca.crt'"));
    static_cast<void>(server().ask("select pg_reload_conf()"));
    return server().wait_for("show ssl_ca_file", "ca.crt") == "ca.crt";
  }

  void present(const test::signed_certificate& what) {
    request_.tls.certificate = write_file("client.crt", what.certificate);
    request_.tls.key = write_file("client.key", what.key);
  }

  std::string outcome() {
    const auto made = connect_and_wait(*connector_, request_);
    code_ = made ? std::error_code{} : made.error().code;
    return made ? value(**made, "current_user") : describe(made.error());
  }

  connect_request request_;
  std::error_code code_;
};

INSTANTIATE_TEST_SUITE_P(tls,
                         client_certificate_pgtest,
                         Values(reactor_choice::epoll),
                         backend_name);

const test::certificate_request client{.name = "by_certificate",
                                       .alternatives = ""};

TEST_P(client_certificate_pgtest, a_certificate_of_ours_proves_who_we_are) {
  present(another().issue(client));
  EXPECT_EQ(outcome(), "by_certificate");
}

TEST_P(client_certificate_pgtest, none_or_a_wrong_one_is_told) {
  EXPECT_TRUE(has(outcome(), "requires a valid client certificate"));
  EXPECT_EQ(code_, errc::authentication_failed);
  present(ours().issue(client));
  EXPECT_TRUE(
    has(outcome(), "does not know who signed our client certificate"));
  EXPECT_EQ(code_, errc::tls_failed);
  present(another().issue({.name = "somebody", .alternatives = ""}));
  EXPECT_TRUE(has(outcome(), "by_certificate"));
  EXPECT_EQ(code_, errc::authentication_failed);
}

TEST_P(client_certificate_pgtest, files_that_cannot_serve_are_told) {
  present(another().issue(client));
  ::chmod(request_.tls.key.c_str(), S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH);
  EXPECT_TRUE(has(outcome(), "has group or world access"));
  EXPECT_EQ(code_, errc::tls_failed);
  request_.tls.key = "/no/such.key";
  EXPECT_TRUE(has(outcome(), "/no/such.key"));
  EXPECT_EQ(code_, errc::tls_failed);
  present(another().issue(client));
  request_.tls.key = write_file("client.key", another().issue(client).key);
  EXPECT_TRUE(has(outcome(), "key values mismatch"));
  EXPECT_EQ(code_, errc::tls_failed);
}

TEST_P(client_certificate_pgtest, the_system_s_roots_are_found_and_enforced) {
  const auto bundle = write_file("system.pem", large_bundle());
  ::setenv("SSL_CERT_FILE", bundle.c_str(), 1);
  EXPECT_EQ(refusal(dsn("system")), "");
  EXPECT_TRUE(
    has(describe(try_connect(dsn("system", "sslmode=require")).error()),
        "sslrootcert=system needs sslmode=verify-full"));
  ::unsetenv("SSL_CERT_FILE");
  EXPECT_TRUE(has(refusal(dsn("system")), "vouches for"))
    << "the real bundle of this system";
}

TEST(connect_tls, roots_that_were_not_taken_are_read_once_more_by_libpq) {
  const auto folder = ::testing::TempDir();
  const auto path = folder + fmt::format("roots-{}.pem", ::getpid());
  std::ofstream{path} << test::strange_roots(2);
  roots_library library;
  std::atomic<std::uint64_t> not_shared{0};
  connect_tls tls{library, not_shared};
  const endpoint where{"db.test", "127.0.0.1", 5432};
  option_map values{{"sslmode", "verify-full"}, {"sslrootcert", path}};
  ASSERT_TRUE(tls.prepare(where, values));
  EXPECT_NE(values["sslrootcert"], path) << "one root stands in";
  EXPECT_FALSE(tls.again("SSL error: wrong version number"));
  EXPECT_TRUE(tls.again("SSL error: certificate verify failed"));
  values["sslrootcert"] = path;
  ASSERT_TRUE(tls.prepare(where, values));
  EXPECT_EQ(values["sslrootcert"], path) << "all of them";
  EXPECT_EQ(not_shared, 1U);
  EXPECT_FALSE(tls.again("SSL error: certificate verify failed"));
  ::unlink(path.c_str());
}

} // namespace
} // namespace pgmuster::postgres
