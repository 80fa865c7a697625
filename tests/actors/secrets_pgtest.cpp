// Thousands of marked secrets are planted in real statements; every byte that
// leaves the collector is searched for them: requests, files, the spool, the
// log, the API.
#include "drivers/admin/http_get.hpp"
#include "tests/actors/fleet_case.hpp"

#include <fmt/format.h>

#include <fstream>
#include <mutex>
#include <sstream>

namespace pgmuster::test_fleet {
namespace {

constexpr std::string_view marker = "s3cr3t";
constexpr int rounds = 80;

/// `@` is a number that makes it another statement. Each runs on a server of
/// any major.
constexpr std::array planting{
  "COMMENT ON TABLE planted IS 's3cr3t@'",
  "DO $$ BEGIN PERFORM 's3cr3t@'; END $$",
  "SET my.token = 's3cr3t@'",
  "SET LOCAL my.token TO s3cr3t@",
  "DROP ROLE IF EXISTS r@; CREATE ROLE r@ PASSWORD 's3cr3t@'",
  "ALTER ROLE planted ENCRYPTED PASSWORD 's3cr3t@' VALID UNTIL 'infinity'",
  "ALTER ROLE planted SET my.token TO s3cr3t@",
  "ALTER DATABASE postgres SET my.token TO 's3cr3t@'",
  "NOTIFY planted, 's3cr3t@'",
  "PREPARE q@ AS SELECT 's3cr3t@'::text, $1::text; EXECUTE q@('s3cr3t@')",
  "COPY (SELECT 's3cr3t@') TO PROGRAM 'cat > /dev/null # s3cr3t@'",
  "DROP SERVER IF EXISTS s@ CASCADE; CREATE SERVER s@ FOREIGN DATA WRAPPER "
  "planted OPTIONS (host 's3cr3t@')",
  "DROP USER MAPPING IF EXISTS FOR planted SERVER s0; CREATE USER MAPPING FOR "
  "planted SERVER s0 OPTIONS (password 's3cr3t@')",
  "ALTER SUBSCRIPTION p CONNECTION 'host=none password=s3cr3t@'",
  "CREATE OR REPLACE VIEW v AS SELECT text 's3cr3t@' AS x",
  "CREATE OR REPLACE FUNCTION f() RETURNS text LANGUAGE sql AS "
  "$f$ SELECT 's3cr3t@' $f$",
  "ALTER TABLE planted ALTER a SET DEFAULT 's3cr3t@'",
  "SELECT a AS a@, 's3cr3t@' FROM planted WHERE a = E's3cr3t\\'@'",
  "SELECT a AS b@ FROM planted /* s3cr3t@ */ WHERE a <> $q$s3cr3t@$q$ "
  "/*application='shop',user='s3cr3t@'*/",
  "SELECT a AS c@ FROM planted -- s3cr3t@ \n WHERE a IN ('s3cr3t@', 's3cr3t')",
  "SELECT a AS \"s3cr3t@@example.org\" FROM planted",
  "COMMENT ON TABLE planted IS 'LONG s3cr3t@'",
  "INSERT INTO planted VALUES ('s3cr3t@'), (U&'s3cr3t@')"};

std::string
replaced(std::string text, const std::string& what, const std::string& by) {
  for (auto at = text.find(what); at != std::string::npos;
       at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
  return text;
}

/// Of which the text that is read ends inside the literal.
std::string long_secret() {
  std::string made;
  while (made.size() < 5'000) {
    made += "s3cr3t ";
  }
  return made;
}

std::string whole(const std::filesystem::path& file) {
  const std::ifstream in{file, std::ios::binary};
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

class secrets : public testing::Test {
protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path()
              / fmt::format("pgmuster-secrets-{}", getpid());
    std::filesystem::create_directories(folder_);
    ASSERT_TRUE(server_.running());
    for (const auto* sql :
         {"CREATE EXTENSION IF NOT EXISTS pg_stat_statements",
          "CREATE TABLE planted (a text)", "CREATE ROLE planted",
          "CREATE FOREIGN DATA WRAPPER planted",
          "CREATE SERVER s0 FOREIGN DATA WRAPPER planted",
          "CREATE SUBSCRIPTION p CONNECTION 'host=none password=s3cr3t' "
          "PUBLICATION p WITH (connect = false, slot_name = NONE)"}) {
      const auto answer = server_.ask(sql);
      ASSERT_FALSE(answer.starts_with("ERROR")) << answer;
    }
  }
  void TearDown() override {
    fleet_.reset();
    std::filesystem::remove_all(folder_);
  }

  /// Each planting `rounds` times, each time as another statement.
  void plant() {
    for (int round = 1; round <= rounds; ++round) {
      std::string all = "SET application_name = 'password=s3cr3t'";
      for (const auto* one : planting) {
        all += ";\n" + replaced(one, "@@", std::to_string(round) + "@");
      }
      all = replaced(all, "@example", "\x01");
      all = replaced(all, "@", std::to_string(round));
      all = replaced(all, "\x01", "@example");
      all = replaced(all, "LONG ", long_secret());
      const auto answer = server_.ask(all);
      ASSERT_FALSE(answer.starts_with("ERROR")) << answer;
    }
  }

  [[nodiscard]] configuration config() const {
    auto made = fleet_of({target_called("one", server_.dsn())}, receiver_.url(),
                         reactor_choice::automatic);
    auto& main = made.routes.begin()->second;
    std::get<otlp_destination>(main.destination).encoding = compression::none;
    main.signals.logs = true;
    const route_name file{"file"};
    made.routes[file] = {file, file_destination{folder_ / "out.jsonl"}, {}};
    made.routes[file].signals.logs = true;
    // Nobody listens there: what goes that way stays in the spool.
    const route_name away{"away"};
    otlp_destination nowhere;
    nowhere.url = "http://127.0.0.1:1";
    nowhere.encoding = compression::none;
    made.routes[away] = {away, nowhere, {}};
    made.routes[away].signals.logs = true;
    made.tenants[0].routes = {route_name{"main"}, file, away};
    made.spool.directory = folder_ / "spool";
    made.spool.mode = spool_mode::always;
    made.intervals.by_name["statement_texts"] = milliseconds{1'000};
    made.statements.limit = 5'000;
    made.statements.text_length = byte_count{8'192};
    made.statements.text_bytes = text_bytes_;
    made.statements.comment_tags = {"application"};
    made.admin.listen = "127.0.0.1:0";
    return made;
  }

  void start() {
    std::string why;
    auto loop = start_reactor(reactor_choice::automatic, why);
    ASSERT_TRUE(loop.has_value()) << why;
    log_output output;
    output.write = [this](std::string_view line) {
      const std::lock_guard lock{busy_};
      logged_ += line;
      return true;
    };
    log_ = make_log_sink({log_level::trace, log_format::json},
                         system_clock_source(), std::move(output));
    auto catalog = postgres::load_catalog({});
    ASSERT_TRUE(catalog.has_value()) << describe(catalog.error());
    auto made = fleet::start(config(), std::move(*catalog),
                             std::move(loop.value()), why, *log_);
    ASSERT_TRUE(made.has_value()) << describe(made.error());
    fleet_ = std::move(made.value());
  }

  /// A counter of /metrics without labels.
  [[nodiscard]] double counted(const std::string& name) const {
    const auto text = fleet_->shared().metrics->expose();
    const auto at = text.find("\n" + name + " ");
    return at == std::string::npos
             ? 0
             : std::stod(text.substr(at + 2 + name.size()));
  }

  [[nodiscard]] std::string sent() const {
    std::string all;
    for (const auto& one : receiver_.requests()) {
      all += one.body;
    }
    return all;
  }

  [[nodiscard]] std::string answered() const {
    std::string all;
    for (const auto* path : {"/metrics", "/api/v1/targets", "/api/v1/ledger",
                             "/api/v1/config", "/"}) {
      const auto body = http_get(
        fmt::format("http://127.0.0.1:{}{}", fleet_->admin_port(), path),
        milliseconds{5'000});
      EXPECT_TRUE(body.has_value()) << path;
      all += body ? *body : "";
    }
    return all;
  }

  [[nodiscard]] std::string spooled() const {
    std::string all;
    for (const auto& one :
         std::filesystem::recursive_directory_iterator(folder_ / "spool")) {
      all += one.is_regular_file() ? whole(one.path()) : "";
    }
    return all;
  }

  postgres_server server_;
  http_receiver receiver_;
  std::filesystem::path folder_;
  byte_count text_bytes_{8U << 20U};
  std::mutex busy_;
  std::string logged_;
  std::unique_ptr<log_sink> log_;
  std::unique_ptr<fleet> fleet_;
};

TEST_F(secrets, none_of_thousands_leaves_in_any_byte) {
  plant();
  const auto raw = std::stoi(server_.ask(
    "SELECT count(*) FROM pg_stat_statements WHERE query LIKE '%s3cr3t%'"));
  ASSERT_GT(raw, 1'000) << "the server itself shows them";
  start();
  // A series begins with a statement that moves, so they run again and again;
  // the texts of those that have begun are told with them.
  const std::vector<std::string> told{
    "COMMENT ON TABLE planted IS ?",
    "DO ?",
    "SET my.token = ?",
    "SET LOCAL my.token TO ?",
    "ALTER ROLE planted ENCRYPTED PASSWORD ? VALID UNTIL ?",
    "ALTER ROLE planted SET my.token TO ?",
    "NOTIFY planted, ?",
    "OPTIONS (host ?)",
    "OPTIONS (password ?)",
    "ALTER SUBSCRIPTION p CONNECTION ?",
    "TO PROGRAM ?",
    "AS x",
    "LANGUAGE sql AS ?",
    "FROM planted WHERE a = ?",
    "[email]"};
  const auto all_told = [&] {
    const auto text = sent();
    return std::all_of(told.begin(), told.end(), [&](const auto& one) {
      return text.find(one) != std::string::npos;
    });
  };
  for (int tries = 0; tries < 20 && !all_told(); ++tries) {
    plant();
    (void)poll(nullptr, 0, 1'000);
  }
  const auto requests = sent();
  for (const auto& one : told) {
    EXPECT_NE(requests.find(one), std::string::npos) << one;
  }
  EXPECT_NE(requests.find("pgmuster.comment.application"), std::string::npos);
  const auto api = answered();
  const auto end = fleet_->stop(milliseconds{5'000});
  EXPECT_TRUE(end.balanced);
  fleet_.reset();
  log_.reset();
  const auto file = whole(folder_ / "out.jsonl");
  const auto disk = spooled();
  const auto log = logged_;
  EXPECT_GT(requests.size(), 100'000U);
  EXPECT_NE(disk.find("COMMENT ON TABLE planted IS ?"), std::string::npos);
  EXPECT_NE(file.find("COMMENT ON TABLE planted IS ?"), std::string::npos);
  for (const auto& [where, bytes] :
       {std::pair{"requests", &requests}, std::pair{"the file", &file},
        std::pair{"the spool", &disk}, std::pair{"the log", &log},
        std::pair{"the API", &api}}) {
    const auto at = bytes->find(marker);
    EXPECT_EQ(at, std::string::npos)
      << where << ": "
      << bytes->substr(at - std::min<std::size_t>(at, 200), 300);
  }
  EXPECT_FALSE(api.empty());
  EXPECT_FALSE(log.empty());
}

TEST_F(secrets, texts_past_the_bound_are_counted_and_not_read) {
  text_bytes_ = byte_count{2'000};
  plant();
  start();
  ASSERT_TRUE(eventually(
    [&] { return counted("pgmuster_probe_rows_turned_away_total") > 1'000; }));
  ASSERT_TRUE(eventually(
    [&] { return sent().find("statement_texts") != std::string::npos; }));
  // What is within the bound is known, and told when it moves.
  for (int tries = 0;
       tries < 20
       && sent().find("postgresql.statement.info") == std::string::npos;
       ++tries) {
    plant();
    (void)poll(nullptr, 0, 500);
  }
  EXPECT_NE(sent().find("postgresql.statement.info"), std::string::npos);
  EXPECT_EQ(sent().find(marker), std::string::npos);
}

} // namespace
} // namespace pgmuster::test_fleet
