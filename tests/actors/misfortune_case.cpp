#include "tests/actors/misfortune_case.hpp"

#include "drivers/admin/http_get.hpp"
#include "drivers/postgres/dsn.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <poll.h>
#include <stdlib.h>

#include <algorithm>

namespace pgmuster::test {

namespace {

namespace json = boost::json;

const std::vector<std::string> bystanders{"near-1", "near-2", "far"};
/// A thread that is let wait for longer says that the machine is overloaded.
constexpr milliseconds stall_max{500};

std::string text_of(const json::value& value) {
  return value.is_string() ? std::string{value.as_string()}
                           : json::serialize(value);
}

} // namespace

target_config make_target(const std::string& name, const std::string& dsn) {
  target_config made;
  made.name = target_name{name};
  made.dsn = secret_string{dsn};
  made.databases.which = database_selection::kind::own;
  if (const auto parts = postgres::parse_dsn(dsn); parts) {
    made.host = parts->host;
    made.port = parts->port;
    made.database = parts->database;
  }
  return made;
}

misfortune_case::misfortune_case()
  : exported_({}), captured_(std::make_shared<captured_lines>()) {
  auto pattern =
    (std::filesystem::temp_directory_path() / "misfortune.XXXXXX").string();
  folder_ = ::mkdtemp(pattern.data());
  exported_ = exported_points{folder_ / "points.jsonl"};
}

misfortune_case::~misfortune_case() {
  fleet_.reset();
  log_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void misfortune_case::SetUp() {
  auto made = start_reactor(GetParam(), reactor_reason_);
  if (!made) {
    GTEST_SKIP() << reactor_reason_;
  }
  loop_ = std::move(made.value());
  ASSERT_TRUE(healthy().running());
}

void misfortune_case::TearDown() {
  if (!HasFailure()) {
    return;
  }
  const std::lock_guard lock{captured_->mutex};
  for (const auto& line : captured_->lines) {
    std::fputs(line.c_str(), stderr);
  }
}

postgres_server& misfortune_case::healthy() {
  static postgres_server shared;
  return shared;
}

configuration misfortune_case::config(std::vector<target_config> sick) const {
  configuration made;
  const route_name main{"main"};
  const route_name copy{"copy"};
  otlp_destination to;
  to.url = receiver_.url();
  to.shards = 1;
  made.routes[main] = {main, to, {}};
  made.routes[copy] = {copy, file_destination{folder_ / "points.jsonl"}, {}};
  const auto all = {main, copy};
  sick.push_back(make_target("near-1", healthy().dsn()));
  sick.push_back(make_target("near-2", healthy().dsn()));
  made.tenants.push_back({tenant_id{"acme"}, all, std::move(sick)});
  made.tenants.push_back(
    {tenant_id{"globex"}, all, {make_target("far", healthy().dsn())}});
  made.intervals.default_interval = milliseconds{1'000};
  made.intervals.by_name["database"] = milliseconds{1'000};
  made.intervals.by_name["statements"] = milliseconds{1'000};
  made.timeouts.statement = milliseconds{1'000};
  made.timeouts.probe = milliseconds{2'000};
  made.timeouts.cycle = milliseconds{6'000};
  made.reconnect = {milliseconds{100}, milliseconds{500}, milliseconds{200},
                    milliseconds{800}};
  made.admin.listen = "127.0.0.1:0";
  made.process.reactor = GetParam();
  made.process.workers = 2;
  return made;
}

void misfortune_case::begin(std::vector<target_config> sick,
                            const std::vector<std::string>& never_up) {
  std::vector<std::string> awaited = bystanders;
  for (const auto& one : sick) {
    if (std::find(never_up.begin(), never_up.end(), one.name.value())
        == never_up.end()) {
      awaited.push_back(one.name.value());
    }
  }
  log_output output;
  output.write = [into = captured_](std::string_view line) {
    const std::lock_guard lock{into->mutex};
    into->lines.emplace_back(line);
    return true;
  };
  log_ = make_log_sink({log_level::info, log_format::json},
                       system_clock_source(), output);
  auto wanted = config(std::move(sick));
  if (tune) {
    tune(wanted);
  }
  auto catalog = postgres::load_catalog(wanted.probes_directory);
  ASSERT_TRUE(catalog.has_value()) << describe(catalog.error());
  auto made =
    fleet::start(std::move(wanted), std::move(*catalog), std::move(loop_),
                 reactor_reason_, *log_, *fleet_clock);
  ASSERT_TRUE(made.has_value()) << describe(made.error());
  fleet_ = std::move(made.value());
  for (const auto& name : awaited) {
    ASSERT_TRUE(eventually([&] {
      return status(name)->state == "up" && status(name)->cycles >= 3
             && last_up(name) == 1;
    }))
      << name << ": " << status(name)->state << ", " << status(name)->reason;
  }
  settle();
}

void misfortune_case::settle() {
  int alike = 0;
  holdings ours;
  ASSERT_TRUE(!settles || eventually([&] {
    const auto now = count_ours();
    alike =
      now == ours && now.credit == 0 && now.held_points == 0 ? alike + 1 : 0;
    ours = now;
    if (alike < 5) {
      return false;
    }
    // Asking the servers takes so long that much may move meanwhile.
    before_ = count();
    return count_ours() == ours;
  }))
    << "nothing settles: " << ours << "; with servers: " << before_;
  for (const auto& name : bystanders) {
    conduct_before_[name] = conduct_of(name);
  }
  longest_stall_ = milliseconds{0};
}

misfortune_case::conduct
misfortune_case::conduct_of(const std::string& target) {
  const auto now = status(target);
  return {now->cycles_failed, now->cycles_skipped, now->state_since};
}

void misfortune_case::expect_down(const std::string& target,
                                  const std::string& words) {
  ++downs_[target];
  expect_reason(target, words);
  EXPECT_TRUE(eventually([&] { return was_up_said(target, 0); }))
    << "up = 0 of " << target << " was not delivered";
  EXPECT_TRUE(balanced());
}

void misfortune_case::expect_reason(const std::string& target,
                                    const std::string& words) {
  EXPECT_TRUE(eventually([&] {
    return told(target, "state") == "down"
           && told(target, "reason").find(words) != std::string::npos;
  }))
    << target << " is " << told(target, "state") << ": "
    << told(target, "reason");
}

void misfortune_case::expect_up(const std::string& target) {
  ASSERT_TRUE(eventually([&] { return told(target, "state") == "up"; }))
    << target << " is " << told(target, "state") << ": "
    << told(target, "reason");
  EXPECT_EQ(told(target, "reason"), "");
  EXPECT_TRUE(eventually([&] { return was_up_said(target, 1); }))
    << "up = 1 of " << target << " was not delivered";
  EXPECT_EQ(exported_.resources(target).size(), 1U)
    << "its resource has changed";
  EXPECT_TRUE(balanced());
}

void misfortune_case::endure(std::uint64_t cycles) {
  std::map<std::string, std::uint64_t> enough;
  for (const auto& name : bystanders) {
    enough[name] = status(name)->cycles + cycles;
  }
  for (const auto& [name, wanted] : enough) {
    EXPECT_TRUE(eventually([&] { return status(name)->cycles >= wanted; }))
      << name << " does no cycles";
  }
}

void misfortune_case::expect_told_once() {
  for (const auto& [target, downs] : downs_) {
    EXPECT_EQ(log_lines(target, "target is down").size(), downs);
    std::map<std::string, std::size_t> seen;
    for (const auto& line : log_lines(target)) {
      auto fields = json::parse(line).as_object();
      fields.erase("time");
      // It was up before the first time.
      const auto often =
        fields["message"] == "target is up" ? downs + 1 : downs;
      EXPECT_LE(++seen[json::serialize(fields)], often) << line;
    }
  }
}

void misfortune_case::expect_nothing_leaked() {
  ASSERT_TRUE(settles);
  holdings now;
  EXPECT_TRUE(eventually([&] {
    now = count();
    return now == before_;
  }))
    << "before: " << before_ << "\nafter:  " << now;
  EXPECT_TRUE(balanced());
}

void misfortune_case::expect_all_as_before() {
  endure(2);
  expect_nothing_leaked();
  for (const auto& name : bystanders) {
    const auto conduct_now = conduct_of(name);
    const auto& was = conduct_before_[name];
    EXPECT_EQ(conduct_now.failed, was.failed) << name;
    EXPECT_TRUE(conduct_now.up_since == was.up_since) << name << " was not up";
    EXPECT_EQ(exported_.resources(name).size(), 1U) << name;
    if (longest_stall_ <= stall_max) {
      EXPECT_EQ(conduct_now.skipped, was.skipped) << name << " was late";
    }
    EXPECT_TRUE(log_lines(name, "target is down").empty()) << name;
  }
  expect_told_once();
  stop();
}

void misfortune_case::stop() {
  const auto end = fleet_->stop(milliseconds{5'000});
  EXPECT_TRUE(end.drained);
  EXPECT_TRUE(end.balanced);
  EXPECT_EQ(end.lost, 0U);
  EXPECT_EQ(fleet_->shared().connections.load(), 0U);
  EXPECT_EQ(fleet_->shared().connector->counts().open, 0U);
}

std::shared_ptr<const target_status>
misfortune_case::status(const std::string& target) {
  for (const auto& one : fleet_->shared().board.all()) {
    if (one->target.value() == target) {
      return one;
    }
  }
  return std::make_shared<target_status>();
}

std::string misfortune_case::told(const std::string& target,
                                  const std::string& key) {
  const auto body = http_get(
    fmt::format("http://127.0.0.1:{}/api/v1/targets", fleet_->admin_port()),
    milliseconds{5'000});
  if (!body) {
    return describe(body.error());
  }
  const auto document = json::parse(*body);
  for (const auto& one : document.at("targets").as_array()) {
    if (one.at("target").as_string() == target) {
      return text_of(one.at(key));
    }
  }
  return {};
}

std::vector<std::string> misfortune_case::log_lines(const std::string& target,
                                                    const std::string& words) {
  std::vector<std::string> found;
  const std::lock_guard lock{captured_->mutex};
  for (const auto& line : captured_->lines) {
    const auto fields = json::parse(line).as_object();
    const auto* whom = fields.if_contains("target");
    const auto label = whom == nullptr ? std::string{} : text_of(*whom);
    const auto slash = label.find('/');
    if (slash != std::string::npos
        && (label.substr(slash + 1) == target
            || label.substr(slash + 1).starts_with(target + "/"))
        && line.find(words) != std::string::npos) {
      found.push_back(line);
    }
  }
  return found;
}

double misfortune_case::last_up(const std::string& target) {
  exported_.read();
  const auto& all = exported_.of(target, "pgmuster.up");
  return all.empty() ? -1 : all.back().value;
}

bool misfortune_case::was_up_said(const std::string& target, double value) {
  exported_.read();
  const auto& all = exported_.of(target, "pgmuster.up");
  for (auto& seen = ups_[target]; seen < all.size();) {
    if (all[seen++].value == value) {
      return true;
    }
  }
  return false;
}

bool misfortune_case::eventually(const std::function<bool()>& holds,
                                 seconds patience) {
  auto& clock = system_clock_source();
  const auto deadline = clock.mono() + patience;
  for (auto now = clock.mono(); now < deadline; now = clock.mono()) {
    if (holds()) {
      return true;
    }
    const auto slept = clock.mono();
    (void)::poll(nullptr, 0, 20);
    longest_stall_ =
      std::max(longest_stall_,
               std::chrono::duration_cast<milliseconds>(clock.mono() - slept));
  }
  return holds();
}

} // namespace pgmuster::test
