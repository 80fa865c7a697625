// The terminal view: trouble first, aligned, within the terminal, and harmless.
#include "drivers/admin/humanise.hpp"
#include "drivers/admin/ledger_document.hpp"
#include "drivers/admin/status_board.hpp"
#include "drivers/admin/top_view.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>

namespace pgmuster {
namespace {

constexpr wall_time noon{seconds{1'709'208'000}};

target_status up(const char* tenant, const char* target) {
  target_status made;
  made.tenant = tenant_id{tenant};
  made.target = target_name{target};
  made.state = "up";
  made.state_since = noon - std::chrono::hours{3};
  made.version = "15.20";
  made.role = "primary";
  made.databases = 4;
  made.transactions_per_second = 1'234.5;
  made.sessions = 12;
  made.active_sessions = 3;
  made.waiting_sessions = 0;
  made.cache_hit = 0.9987;
  made.lag_seconds = 0.012;
  made.lag_bytes = 5'100;
  made.last_cycle = noon - milliseconds{3'400};
  made.last_cycle_cost = microseconds{5'400};
  made.points = 61'000;
  return made;
}

std::string fleet(const std::string& second_tenant = "acme") {
  target_status standby = up("acme", "orders-replica");
  standby.role = "standby";
  standby.lag_seconds = 75;
  standby.waiting_sessions = 2;
  standby.cache_hit = 0.71;
  target_status down = up(second_tenant.c_str(), "reports");
  down.state = "down";
  down.reason = "connection refused at 127.0.0.1:5433";
  down.state_since = noon - seconds{42};
  down.version = "";
  down.role = "";
  down.transactions_per_second.reset();
  down.active_sessions.reset();
  down.waiting_sessions.reset();
  down.cache_hit.reset();
  down.lag_seconds.reset();
  down.lag_bytes.reset();
  target_status poor = up("acme", "billing");
  poor.state = "degraded";
  poor.reason = "pg_stat_statements is not installed";
  poor.state_since = noon - seconds{600};
  poor.lag_seconds.reset();
  poor.degraded_probes = {"statements", "wal"};
  status_board board;
  for (const target_status& one : {up("acme", "orders"), standby, down, poor}) {
    board.publish(std::make_shared<const target_status>(one));
  }
  return targets_json(board, noon);
}

std::string
books(bool balanced, std::uint64_t lost, const memory_account& memory = {}) {
  ledger_document document;
  document.now = noon;
  document.memory = memory;
  tenant_account acme{"acme", {}, {}};
  acme.shaping.balanced = balanced;
  acme.delivery["main"].balanced = true;
  acme.delivery["main"].dropped = {{"queue_full", lost}};
  document.tenants = {acme};
  return ledger_json(document);
}

// For whoever wants to see it: PGMUSTER_SHOW=1 prints what is rendered.
std::string shown(const std::string& text) {
  if (std::getenv("PGMUSTER_SHOW")
      != nullptr) { // NOLINT(concurrency-mt-unsafe)
    std::cout << text << '\n';
  }
  return text;
}

TEST(top_view, shows_a_fleet_with_trouble_first) {
  EXPECT_EQ(
    shown(render_top(fleet(), books(true, 0),
                     {100, 40, false, "orders: nothing to tell"})),
    R"(pgmuster · 2 up, 1 degraded, 1 down · books balanced · 16 databases · 244k points

TARGET          STATE     VERSION  ROLE      TPS  ACTIVE  WAITING     HIT     LAG    AGE    COST
reports         down      –        –           –       –        –       –       –  3.4 s  5.4 ms
  └ for 42 s: connection refused at 127.0.0.1:5433
billing         degraded  15.20    primary  1.2k       3        0  99.8 %  5.1 kB  3.4 s  5.4 ms
  └ for 10 min: pg_stat_statements is not installed
  └ without all their lines: statements, wal
orders          up        15.20    primary  1.2k       3        0  99.8 %   12 ms  3.4 s  5.4 ms
orders-replica  up        15.20    standby  1.2k       3        2  71.0 %    75 s  3.4 s  5.4 ms

orders: nothing to tell
)");
}

TEST(top_view, leaves_columns_out_when_the_terminal_is_narrow) {
  EXPECT_EQ(
    shown(render_top(fleet(), books(true, 0), {80, 40, false, ""})),
    R"(pgmuster · 2 up, 1 degraded, 1 down · books balanced · 16 databases

TARGET          STATE     ROLE      TPS  ACTIVE  WAITING     HIT     LAG    AGE
reports         down      –           –       –        –       –       –  3.4 s
  └ for 42 s: connection refused at 127.0.0.1:5433
billing         degraded  primary  1.2k       3        0  99.8 %  5.1 kB  3.4 s
  └ for 10 min: pg_stat_statements is not installed
  └ without all their lines: statements, wal
orders          up        primary  1.2k       3        0  99.8 %   12 ms  3.4 s
orders-replica  up        standby  1.2k       3        2  71.0 %    75 s  3.4 s
)");
}

TEST(top_view, no_line_is_wider_than_the_terminal) {
  for (std::size_t columns = 1; columns < 140; ++columns) {
    std::istringstream lines{render_top(
      fleet("globex"), books(false, 12'000),
      {columns, 40, false, "a footer that is rather long for a terminal"})};
    for (std::string line; std::getline(lines, line);) {
      ASSERT_LE(display_width(line), std::max<std::size_t>(columns, 30))
        << columns << ": " << line;
    }
  }
}

TEST(top_view, names_tenants_only_if_there_are_several) {
  const top_layout wide{140, 40, false, ""};
  EXPECT_EQ(render_top(fleet(), "", wide).find("TENANT"), std::string::npos);
  const std::string several = shown(render_top(fleet("globex"), "", wide));
  EXPECT_NE(several.find("TENANT"), std::string::npos);
  EXPECT_NE(several.find("globex"), std::string::npos);
}

TEST(top_view, says_how_many_rows_did_not_fit) {
  const std::string text = shown(render_top(fleet(), "", {100, 8, false, ""}));
  EXPECT_NE(text.find("… and 3 more (2 up, 1 degraded)\n"), std::string::npos)
    << text;
  std::istringstream lines{text};
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line);) {
    ++count;
  }
  EXPECT_LE(count, 8U);
}

TEST(top_view, colours_only_when_asked) {
  const std::string plain = render_top(fleet(), books(false, 0), {});
  EXPECT_EQ(plain.find('\x1b'), std::string::npos);
  const std::string colours =
    shown(render_top(fleet(), books(false, 0), {100, 40, true, ""}));
  EXPECT_NE(colours.find("\x1b[31mdown\x1b[0m"), std::string::npos);
  EXPECT_NE(colours.find("\x1b[32mup\x1b[0m"), std::string::npos);
  EXPECT_NE(colours.find("\x1b[31mbooks DO NOT BALANCE\x1b[0m"),
            std::string::npos);
}

TEST(top_view, tells_of_lost_points) {
  EXPECT_NE(render_top(fleet(), books(true, 1'500), {120, 40, false, ""})
              .find("books balanced, 1.5k points lost"),
            std::string::npos);
}

TEST(top_view, a_servers_words_cannot_drive_the_terminal) {
  const std::string text = render_top(
    R"({"now":"x","targets":[{"target":"a\u001b[2J\nb","state":"down",)"
    R"("reason":"\u001b]0;x\u0007\u009b"},7,{"target":3,"points":"many"}]})",
    "", {});
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find('\x07'), std::string::npos);
  EXPECT_EQ(text.find("\xC2\x9B"), std::string::npos);
  EXPECT_NE(text.find("a [2J b"), std::string::npos) << text;
}

TEST(top_view, says_so_when_the_document_is_not_one) {
  for (const char* bad :
       {"", "{", "[]", "null", R"({"targets":{}})", "<html>"}) {
    EXPECT_NE(render_top(bad, "", {}).find("not a list of targets"),
              std::string::npos)
      << bad;
  }
  EXPECT_NE(render_top(R"({"targets":[]})", "{", {}).find("No targets yet"),
            std::string::npos);
}

TEST(render_top, says_when_memory_is_short) {
  const auto header = [](const memory_account& memory) {
    return render_top(fleet(), books(true, 0, memory), {160, 40, false, ""});
  };
  EXPECT_EQ(header({"ample", 10, 100, 0}).find("memory"), std::string::npos);
  EXPECT_NE(header({"tight", 82, 100, 0}).find("· memory tight (82 %) ·"),
            std::string::npos);
  EXPECT_NE(header({"scarce", 96, 100, 3})
              .find("· memory scarce (96 %, 3 tenants turned away) ·"),
            std::string::npos);
}

} // namespace
} // namespace pgmuster
