// A DSN is read as libpq reads it, and no word of it leaks when it is wrong.
#include "drivers/postgres/conninfo.hpp"
#include "drivers/postgres/dsn.hpp"
#include "drivers/postgres/errc.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace pgmuster::postgres {
namespace {

TEST(dsn, a_uri_is_taken_apart_and_decoded) {
  const auto parts = parse_dsn("postgresql://j%40doe:p%2Fw@db.test:6432/a%20b");
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->host, "db.test");
  EXPECT_EQ(parts->port, 6432);
  EXPECT_EQ(parts->user, "j@doe");
  EXPECT_EQ(parts->database, "a b");
}

TEST(dsn, several_hosts_are_refused_since_a_target_is_one_server) {
  for (const char* const several :
       {"postgresql://u@[::1]:5433,other:5434/d", "host=a,b user=u",
        "hostaddr=127.0.0.1,127.0.0.2", "host=a port=1,2"}) {
    const auto parts = parse_dsn(several);
    ASSERT_FALSE(parts) << several;
    EXPECT_NE(describe(parts.error()).find("is a list"), std::string::npos)
      << describe(parts.error());
  }
}

TEST(dsn,
     a_value_that_libpq_would_refuse_later_is_refused_with_what_is_expected) {
  const auto words = [](const char* dsn) {
    const auto parts = parse_dsn(dsn);
    return parts ? "taken" : describe(parts.error());
  };
  EXPECT_NE(
    words("host=a sslmode=bogus").find("its sslmode is none of disable,"),
    std::string::npos);
  EXPECT_NE(words("host=a sslmode=verify").find("verify-full"),
            std::string::npos);
  EXPECT_NE(words("postgresql://a/d?target_session_attrs=primaries")
              .find("target_session_attrs"),
            std::string::npos);
  EXPECT_NE(words("host=a keepalives_idle=1m").find("is not a number"),
            std::string::npos);
  EXPECT_EQ(words("host=a sslmode=verify-full target_session_attrs=any "
                  "ssl_min_protocol_version=tlsv1.3 keepalives=2 "
                  "keepalives_idle=' +30 ' sslsni=off connect_timeout=soon "
                  "channel_binding=require requiressl=1"),
            "taken")
    << "libpq takes all of them";
}

TEST(dsn, keywords_and_socket_folders_are_understood) {
  const auto parts = parse_dsn("host=/var/run/x user='a b'");
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->host, "/var/run/x");
  EXPECT_EQ(parts->port, 5432);
  EXPECT_EQ(parts->user, "a b");
  EXPECT_EQ(parts->database, "a b") << "libpq takes the user's name";
}

TEST(dsn, the_environment_is_not_looked_at) {
  ::setenv("PGHOST", "elsewhere", 1);
  ::setenv("PGPASSWORD", "from outside", 1);
  EXPECT_EQ(parse_dsn("user=me")->host, "");
  forget_environment();
  EXPECT_EQ(std::getenv("PGHOST"), nullptr);
  EXPECT_EQ(std::getenv("PGPASSWORD"), nullptr);
  const auto kept =
    read_password({password_source::kind::environment, "PGPASSWORD"});
  ASSERT_TRUE(kept) << "it may still be named as a source";
  EXPECT_EQ(kept->reveal(), "from outside");
}

TEST(dsn, no_word_of_a_wrong_one_is_repeated) {
  for (const char* const wrong :
       {"host=a password=hunter two", "postgresql://u:hunter%zz@h/d",
        "password='hunter", "host=a hunter=1", "postgresql://u:hunter@[::1/d",
        "service=hunter", "host=a password=hunter port=70000"}) {
    const auto parts = parse_dsn(wrong);
    ASSERT_FALSE(parts) << wrong;
    EXPECT_EQ(parts.error().code, errc::bad_dsn) << wrong;
    EXPECT_EQ(describe(parts.error()).find("hunter"), std::string::npos)
      << describe(parts.error());
  }
}

TEST(dsn, all_else_that_it_names_is_kept_for_print_without_its_secrets) {
  using options = std::vector<std::pair<std::string, std::string>>;
  const auto parts =
    parse_dsn("postgresql://u:hunter@h:1/a%20b?sslmode=require&"
              "sslpassword=hunter&application_name=x&"
              "options=-chunter.token%3Dhunter");
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->options, (options{{"application_name", "x"},
                                     {"options", "***"},
                                     {"password", "***"},
                                     {"sslmode", "require"},
                                     {"sslpassword", "***"}}));
  EXPECT_EQ(parse_dsn("host=h user=u")->options, options{});
}

TEST(connect_parameters, off_loopback_the_server_must_prove_itself) {
  const auto strict =
    make_parameters({{"user", "u"}}, {"db.test", "10.0.0.1", 5432}, "", {});
  EXPECT_EQ(strict.values.at("sslmode"), "verify-full");
  EXPECT_EQ(strict.warning, "");
  const auto weak = make_parameters({{"user", "u"}, {"sslmode", "require"}},
                                    {"db.test", "10.0.0.1", 5432}, "", {});
  EXPECT_EQ(weak.values.at("sslmode"), "require");
  EXPECT_NE(weak.warning, "");
  for (const endpoint& local :
       {endpoint{"localhost", "127.0.0.9", 5432},
        endpoint{"localhost", "::1", 5432}, endpoint{"/tmp", "", 5432}}) {
    const auto made = make_parameters({{"user", "u"}}, local, "", {});
    EXPECT_EQ(made.values.at("sslmode"), "prefer") << local.label();
    EXPECT_EQ(made.warning, "");
  }
}

TEST(connect_parameters, nothing_is_sent_that_a_pooler_refuses) {
  const auto made =
    make_parameters({{"application_name", "x"}, {"user", "u"}, {"dbname", "d"}},
                    {"", "", 5432}, "other", secret_string{"word"});
  EXPECT_FALSE(made.values.contains("application_name"));
  EXPECT_EQ(made.values.at("dbname"), "other");
  EXPECT_EQ(made.values.at("password"), "word");
  EXPECT_EQ(made.values.at("gssencmode"), "disable");
}

TEST(password_source, a_file_is_read_to_its_first_line_each_time) {
  const auto path = std::filesystem::temp_directory_path()
                    / ("pgmuster_pw_" + std::to_string(::getpid()));
  const password_source source{password_source::kind::file, path.string()};
  std::ofstream{path} << "one\r\nrest\n";
  EXPECT_EQ(read_password(source)->reveal(), "one");
  std::ofstream{path} << "two";
  EXPECT_EQ(read_password(source)->reveal(), "two");
  std::filesystem::remove(path);
  EXPECT_EQ(read_password(source).error().code, errc::bad_password_source);
}

TEST(one_line, hides_the_secret_and_the_rest_of_the_text) {
  EXPECT_EQ(one_line("bad word here\nmore", secret_string{"word"}),
            "bad *** here");
  EXPECT_EQ(one_line("***", secret_string{"***"}), "***");
}

} // namespace
} // namespace pgmuster::postgres
