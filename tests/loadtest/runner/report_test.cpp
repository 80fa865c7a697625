// Reports say the same in three forms, and a later run can read one.
#include "loadtest/runner/plot.hpp"
#include "loadtest/runner/report.hpp"
#include "tests/loadtest/runner/sound_run.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include <functional>

namespace pgmuster::loadtest {
namespace {

report sound() {
  report made;
  made.what.name = "planted";
  made.what.about = "a <sound> run";
  made.run = sound_run();
  made.run.sink_at_end.examples = {"gap: a/b x{q=\"<script>\"}: silent"};
  made.found = figures_of(made.run);
  made.judged = judge_run(made.run, made.found, usual_criteria());
  return made;
}

TEST(report_json, is_one_line_that_a_later_run_compares_with) {
  const auto made = sound();
  const auto text = report_json(made);
  EXPECT_EQ(text.find('\n'), std::string::npos);
  const auto read = read_report(text + "\n" + verdict_json(made) + "\n");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->found, made.found);
  EXPECT_EQ(incomparable(made.what, false, *read), "");
  EXPECT_FALSE(read_report("{}"));
  EXPECT_FALSE(read_report(""));
}

TEST(incomparable, says_in_words_what_differs) {
  auto made = sound();
  made.what.fleet.targets = 100;
  made.what.simulator = {{"size", "usual"}};
  const auto read = read_report(report_json(made));
  ASSERT_TRUE(read);
  const auto words = [&](const std::function<void(scenario&)>& change,
                         bool real = false) {
    auto other = made.what;
    change(other);
    return incomparable(other, real, *read);
  };
  EXPECT_EQ(words([](scenario&) {}), "");
  EXPECT_EQ(words([](scenario& of) { of.name = "other"; }),
            "a report of the scenario planted, not of other");
  EXPECT_EQ(words([](scenario& of) { of.fleet.targets = 20; }),
            "a report of 100 targets, not of 20");
  EXPECT_EQ(words([](scenario& of) { of.simulator.clear(); }),
            "a report of servers of the size usual, not small");
  EXPECT_EQ(words([](scenario&) {}, true),
            "a report of simulated servers, not of real ones");
  // An earlier release did not say the size.
  auto earlier = *read;
  earlier.size.reset();
  EXPECT_EQ(incomparable(made.what, false, earlier), "");
}

TEST(verdict_json, names_what_failed_in_one_line) {
  auto made = sound();
  EXPECT_EQ(boost::json::parse(verdict_json(made)).at("verdict"), "pass");
  made.run.stopped.lost = 5;
  made.found = figures_of(made.run);
  made.judged = judge_run(made.run, made.found, usual_criteria());
  const auto told = boost::json::parse(verdict_json(made));
  EXPECT_EQ(told.at("verdict"), "fail");
  EXPECT_EQ(told.at("failed").at(0), "points_dropped");
}

TEST(report, carries_the_commit_and_how_to_repeat_it_and_what_the_sink_did) {
  auto made = sound();
  made.version = "pgmuster 0.1.0 (commit 1a2b3c4d5e)";
  made.repeat = "pgmuster-load loadtest/scenarios/planted.json";
  made.run.sink_at_end.misdeeds = {{"throttle", 12}};
  const auto told = boost::json::parse(report_json(made));
  EXPECT_EQ(told.at("commit"), "1a2b3c4d5e");
  EXPECT_EQ(told.at("repeat"), made.repeat.c_str());
  EXPECT_EQ(told.at("sink_misdeeds").at("throttle"), 12);
  const auto text = report_text(made);
  EXPECT_NE(text.find("commit 1a2b3c4d5e; pgmuster-load loadtest"),
            std::string::npos)
    << text;
  EXPECT_NE(text.find("sink: throttle"), std::string::npos) << text;
  EXPECT_EQ(commit_of("pgmuster 0.1.0"), "");
}

TEST(report_text, ends_in_the_verdict) {
  auto made = sound();
  EXPECT_TRUE(report_text(made).ends_with(made.judged.line + "\n"));
  EXPECT_NE(report_text(made).find("cpu_ms_a_cycle"), std::string::npos);
}

TEST(report_page, stands_alone_and_escapes_what_others_wrote) {
  const auto page = report_page(sound());
  EXPECT_EQ(page.find("{{"), std::string::npos);
  EXPECT_EQ(page.find("http"), std::string::npos);
  EXPECT_EQ(page.find("<script"), std::string::npos);
  EXPECT_NE(page.find("&lt;script&gt;"), std::string::npos);
  EXPECT_NE(page.find("a &lt;sound&gt; run"), std::string::npos);
  EXPECT_NE(page.find("<polyline points=\""), std::string::npos);
  EXPECT_NE(page.find("PASS planted"), std::string::npos);
}

TEST(draw, puts_the_largest_value_on_top_and_leaves_out_what_is_no_number) {
  const auto drawn = draw(
    {"CPU", "%", {{-10, 0}, {0, 50}, {5, std::stod("nan")}, {10, 100}}, 0});
  EXPECT_NE(drawn.find("points=\"6.0,112.0 230.0,60.0 454.0,8.0 \""),
            std::string::npos)
    << drawn;
  EXPECT_NE(drawn.find("<b>100</b> % at most"), std::string::npos);
  EXPECT_NE(draw({"nothing", "", {}, 0}).find("<svg"), std::string::npos);
}

} // namespace
} // namespace pgmuster::loadtest
