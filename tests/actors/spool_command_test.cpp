// `pgmuster spool`: what it shows, what it changes, and what it does not.
#include "actors/commands/command.hpp"
#include "codec/compress.hpp"
#include "codec/otlp_encode.hpp"
#include "drivers/files/folder_lock.hpp"
#include "drivers/spool/segment_store.hpp"
#include "tests/drivers/spool/made_frames.hpp"
#include "tests/support/http/http_receiver.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <fstream>
#include <random>

namespace pgmuster {
namespace {

using commands::spool_command_options;
using action = spool_command_options::action;

struct said {
  int code = 0;
  std::string out;
  std::string err;
};

class spool_command_test : public testing::Test {
protected:
  void SetUp() override {
    options_.directory = folder_.path();
    fill(spooling::frames_folder, 3);
    fill(spooling::quarantine_folder, 1, "a poisoned \x1b[31m point");
  }

  /// Requests of one point each whose value is its place.
  void fill(const char* where, int frames, const std::string& words = {}) {
    std::mt19937_64 random{1};
    spooling::segment_store store{
      folder_.path() / where,
      {byte_count{1U << 30U}, byte_count{1U << 30U}, byte_count{1U << 20U}},
      [&] { return random(); }};
    ASSERT_TRUE(store.open(true));
    for (int at = 0; at < frames; ++at) {
      ASSERT_TRUE(store.append(make(at), words,
                               wall_time{seconds{1'700'000'000}},
                               spooling::custody::waiting));
    }
    ASSERT_TRUE(store.settle());
  }

  static frame make(std::int64_t value) {
    auto layout = std::make_shared<block_layout>();
    layout->keys = {"db.namespace"};
    layout->metrics.push_back(
      {"postgresql.commits", "{transaction}", "", instrument::counter, false});
    layout->columns.push_back({0, {}});
    point_row row;
    row.values_of_keys = {"shop"};
    row.values = {number::of(value)};
    row.start = wall_time{seconds{1'700'000'000}};
    row.time = row.start + seconds{60};
    resource of;
    of.described = {{"service.name", "orders"}};
    otlp_encoder encoder;
    const auto encoded = encoder.encode(of, {{layout, {row}}});
    compressor packer;
    auto made = spooling::make_frame(
      packer.compress(compression::zstd, encoded.bytes).value(),
      encoded.points);
    made.carries = signal::metrics;
    made.sums = sum_temporality::cumulative;
    return made;
  }

  said run() {
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    said made;
    made.code = commands::spool(options_);
    made.out = testing::internal::GetCapturedStdout();
    made.err = testing::internal::GetCapturedStderr();
    return made;
  }

  /// Every file's name and content.
  [[nodiscard]] std::map<std::string, std::string> files() const {
    std::map<std::string, std::string> all;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator{folder_.path()}) {
      if (entry.is_regular_file()) {
        std::ifstream from{entry.path(), std::ios::binary};
        all[entry.path().string()] = {std::istreambuf_iterator<char>{from}, {}};
      }
    }
    return all;
  }

  spooling::temporary_folder folder_;
  spool_command_options options_;
};

TEST_F(spool_command_test, list_says_what_waits_for_whom) {
  const auto text = run();
  EXPECT_EQ(text.code, 0);
  EXPECT_NE(text.out.find("main/acme/0"), std::string::npos) << text.out;
  options_.format = "json";
  const auto listed = boost::json::parse(run().out);
  const auto& one = listed.at("partitions").at(0);
  EXPECT_EQ(one.at("tenant").as_string(), "acme");
  EXPECT_EQ(one.at("frames").to_number<int>(), 3);
  EXPECT_EQ(one.at("points").to_number<int>(), 3);
  options_.tenant = "nobody";
  EXPECT_TRUE(
    boost::json::parse(run().out).at("partitions").as_array().empty());
}

TEST_F(spool_command_test, show_decodes_each_frame) {
  options_.what = action::show;
  const auto text = run();
  EXPECT_NE(text.out.find("resource service.name=orders"), std::string::npos);
  EXPECT_NE(
    text.out.find("postgresql.commits db.namespace=shop 2 {transaction} "
                  "at 2023-11-14T22:14:20.000Z"),
    std::string::npos)
    << text.out;
  options_.format = "json";
  options_.limit = 2;
  std::istringstream lines{run().out};
  auto count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const auto one = boost::json::parse(line);
    EXPECT_EQ(one.at("record").to_number<int>(), count);
    EXPECT_EQ(one.at("request").at("resourceMetrics").as_array().size(), 1U);
  }
  EXPECT_EQ(count, 2);
}

TEST_F(spool_command_test, the_quarantine_shows_the_destinations_words) {
  options_.what = action::show;
  options_.quarantine = true;
  const auto text = run().out;
  EXPECT_NE(text.find("refused: a poisoned  [31m point"), std::string::npos)
    << "no escape sequence reaches the terminal: " << text;
}

TEST_F(spool_command_test, verify_finds_what_is_damaged) {
  options_.what = action::verify;
  const auto whole = run();
  EXPECT_EQ(whole.code, 0);
  EXPECT_NE(whole.out.find("3 frames with 3 points are whole"),
            std::string::npos)
    << whole.out;
  const auto path =
    spooling::segments_below(folder_.path() / spooling::frames_folder).front();
  std::fstream file{path, std::ios::in | std::ios::out | std::ios::binary};
  file.seekp(static_cast<std::streamoff>(std::filesystem::file_size(path) / 2
                                         + spooling::records_begin / 2));
  file << "????????";
  file.close();
  options_.format = "json";
  const auto damaged = run();
  EXPECT_EQ(damaged.code, 1);
  const auto report = boost::json::parse(damaged.out);
  EXPECT_EQ(report.at("frames").to_number<int>(), 2);
  EXPECT_EQ(report.at("lost_points").to_number<int>(), 1);
  EXPECT_GT(report.at("damaged_bytes").to_number<int>(), 0);
}

TEST_F(spool_command_test, verify_finds_a_beginning_that_is_damaged) {
  options_.what = action::verify;
  const auto hit =
    spooling::segments_below(folder_.path() / spooling::frames_folder).front();
  {
    std::fstream file{hit, std::ios::in | std::ios::out | std::ios::binary};
    file.seekp(30);
    file.put('\x7F');
  }
  const auto one_copy = run();
  EXPECT_EQ(one_copy.code, commands::exit_failure);
  EXPECT_NE(one_copy.out.find("3 frames with 3 points are whole"),
            std::string::npos)
    << one_copy.out;
  std::filesystem::resize_file(hit, spooling::beginning_bytes / 2);
  EXPECT_EQ(run().code, commands::exit_failure);
}

TEST_F(spool_command_test, verify_misses_what_went_since_a_good_end) {
  options_.what = action::drop;
  options_.yes = true;
  options_.tenant = "nobody";
  ASSERT_EQ(run().code, 0) << "leaves the rest as a good end does";
  options_.tenant.clear();
  options_.what = action::verify;
  EXPECT_EQ(run().code, 0);
  std::filesystem::remove(
    spooling::segments_below(folder_.path() / spooling::frames_folder).front());
  const auto missed = run();
  EXPECT_EQ(missed.code, commands::exit_failure);
  EXPECT_NE(missed.out.find("3 frames with 3 points are known to be lost"),
            std::string::npos)
    << missed.out;
}

TEST_F(spool_command_test, looking_changes_nothing_and_may_be_done_by_anyone) {
  const auto lock = folder_lock::take(folder_.path());
  ASSERT_TRUE(lock);
  const auto before = files();
  for (const auto what : {action::list, action::show, action::verify}) {
    options_.what = what;
    const auto done = run();
    EXPECT_EQ(done.code, 0);
    EXPECT_NE(done.err.find("owns this spool"), std::string::npos);
  }
  options_.what = action::drop;
  EXPECT_EQ(run().code, 2) << "nobody said --yes";
  EXPECT_EQ(files(), before);
}

TEST_F(spool_command_test, what_would_change_it_is_refused_while_it_is_owned) {
  const auto lock = folder_lock::take(folder_.path());
  ASSERT_TRUE(lock);
  const auto before = files();
  options_.yes = true;
  options_.to = "http://127.0.0.1:9";
  for (const auto what : {action::drop, action::replay}) {
    options_.what = what;
    const auto done = run();
    EXPECT_EQ(done.code, 1);
    EXPECT_NE(done.err.find("process " + std::to_string(::getpid())),
              std::string::npos)
      << done.err;
  }
  EXPECT_EQ(files(), before);
}

TEST_F(spool_command_test, replay_sends_in_order_and_deletes_what_was_taken) {
  test::http_receiver receiver;
  options_.what = action::replay;
  options_.to = receiver.url();
  options_.header_file = folder_.path() / "headers";
  std::ofstream{options_.header_file} << "# ours\nX-Scope-OrgID: acme\n";
  const auto done = run();
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_NE(done.out.find("sent 3 frames with 3 points; 0 frames are left"),
            std::string::npos)
    << done.out;
  const auto requests = receiver.requests();
  ASSERT_EQ(requests.size(), 3U);
  for (std::size_t at = 0; at < requests.size(); ++at) {
    EXPECT_EQ(requests[at].path, "/v1/metrics");
    EXPECT_EQ(requests[at].headers.at("x-scope-orgid"), "acme");
    EXPECT_EQ(requests[at].body, make(static_cast<std::int64_t>(at)).payload);
  }
  EXPECT_TRUE(
    spooling::segments_below(folder_.path() / spooling::frames_folder).empty());
  EXPECT_FALSE(
    spooling::segments_below(folder_.path() / spooling::quarantine_folder)
      .empty());
}

TEST_F(spool_command_test, replay_sends_each_frame_with_its_tenants_header) {
  test::http_receiver receiver;
  options_.what = action::replay;
  options_.to = receiver.url();
  options_.header_file = folder_.path() / "headers";
  std::ofstream{options_.header_file} << "X-Scope-OrgID: org-${tenant.id}\n";
  EXPECT_EQ(run().code, 0);
  const auto requests = receiver.requests();
  ASSERT_EQ(requests.size(), 3U);
  for (const auto& one : requests) {
    EXPECT_EQ(one.headers.at("x-scope-orgid"), "org-acme");
  }
}

TEST_F(spool_command_test, a_refusal_without_words_is_told_by_its_status) {
  test::http_receiver receiver;
  receiver.then({404, {}, "", {}});
  options_.what = action::replay;
  options_.to = receiver.url();
  const auto done = run();
  EXPECT_EQ(done.code, 1);
  EXPECT_NE(done.err.find("was not taken: HTTP 404"), std::string::npos)
    << done.err;
}

TEST_F(spool_command_test, a_route_that_is_not_there_is_an_error) {
  options_.route = "mian";
  options_.yes = true;
  for (const auto what :
       {action::list, action::show, action::verify, action::drop}) {
    options_.what = what;
    const auto done = run();
    EXPECT_EQ(done.code, 1);
    EXPECT_NE(done.err.find("\"mian\"; there are: main"), std::string::npos)
      << done.err;
  }
}

TEST_F(spool_command_test, replay_stops_where_it_is_refused_and_goes_on_there) {
  test::http_receiver receiver;
  receiver.then({});
  receiver.then({503, {}, "not now", {}});
  options_.what = action::replay;
  options_.to = receiver.url();
  const auto first = run();
  EXPECT_EQ(first.code, 1);
  EXPECT_NE(first.out.find("sent 1 frames with 1 points; 2 frames are left"),
            std::string::npos)
    << first.out;
  const auto second = run();
  EXPECT_EQ(second.code, 0) << second.err;
  ASSERT_EQ(receiver.requests().size(), 4U);
  EXPECT_EQ(receiver.requests()[2].body, make(1).payload);
  EXPECT_EQ(receiver.requests()[3].body, make(2).payload);
}

TEST_F(spool_command_test, drop_deletes_what_was_meant) {
  options_.what = action::drop;
  options_.yes = true;
  options_.tenant = "nobody";
  EXPECT_NE(run().out.find("dropped 0 frames"), std::string::npos);
  options_.tenant = "acme";
  EXPECT_NE(run().out.find("dropped 3 frames with 3 points"),
            std::string::npos);
  EXPECT_TRUE(
    spooling::segments_below(folder_.path() / spooling::frames_folder).empty());
  options_.quarantine = true;
  EXPECT_NE(run().out.find("dropped 1 frames"), std::string::npos);
}

TEST_F(spool_command_test, a_folder_that_is_no_spool_is_told_as_such) {
  options_.directory = folder_.path() / "elsewhere";
  const auto done = run();
  EXPECT_EQ(done.code, 1);
  EXPECT_NE(done.err.find("is no spool"), std::string::npos);
}

} // namespace
} // namespace pgmuster
