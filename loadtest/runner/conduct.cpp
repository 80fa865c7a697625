#include "loadtest/runner/conduct.hpp"

#include "drivers/admin/http_get.hpp"
#include "loadtest/errc.hpp"
#include "loadtest/runner/child.hpp"
#include "loadtest/runner/collector_document.hpp"
#include "loadtest/runner/free_port.hpp"
#include "loadtest/runner/readings.hpp"
#include "loadtest/runner/spoken.hpp"
#include "loadtest/runner/throwaway_certificate.hpp"
#include "loadtest/whole_file.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

namespace pgmuster::loadtest {
namespace {

namespace files = std::filesystem;
namespace json = boost::json;

constexpr milliseconds answer_patience{10'000};
constexpr int socket_looks = 5;
constexpr milliseconds socket_pause{50};
/// What the sink can judge only now, it judges before it reports.
constexpr milliseconds report_patience{60'000};
/// More than the collector's own grace.
constexpr milliseconds stop_patience{60'000};

class conductor {
public:
  conductor(const scenario& what,
            const conduct_options& how,
            const clock_source& clock)
    : what_(what), how_(how), clock_(clock) {}

  result<run_record> run() {
    describe_run();
    for (const auto step : {&conductor::ask_version, &conductor::start_both,
                            &conductor::start_collector}) {
      if (const auto done = (this->*step)(); !done) {
        return done.error();
      }
      if (interrupted()) {
        return nothing_measured();
      }
    }
    if (const auto done = warm_up(); !done) {
      return done.error();
    }
    measure();
    stop();
    return std::move(run_);
  }

private:
  bool interrupted() { return how_.stop != nullptr && how_.stop->came(); }

  [[nodiscard]] error nothing_measured() const {
    return fail(loadtest_errc::interrupted,
                how_.stop->name() + ": nothing was measured yet");
  }

  void describe_run() {
    const auto asked = cadence_of(what_);
    const auto in_seconds = [](milliseconds time) {
      return static_cast<double>(time.count()) / 1e3;
    };
    run_.scenario = what_.name;
    run_.seed = what_.seed;
    run_.targets = what_.fleet.targets;
    run_.struck = what_.struck;
    run_.databases = what_.fleet.databases;
    run_.instance_interval_s = in_seconds(asked.instance);
    run_.database_interval_s = in_seconds(asked.database);
  }

  result<void> launch(std::unique_ptr<child>& into,
                      const std::string& name,
                      std::vector<std::string> command,
                      bool talks) {
    child_options options{name, std::move(command), {}, log_of(name), talks};
    if (const auto pin = what_.pins.find(name); pin != what_.pins.end()) {
      options.cpus = pin->second;
    }
    auto started = child::start(options);
    if (!started) {
      return started.error();
    }
    into = std::move(*started);
    return {};
  }

  [[nodiscard]] files::path log_of(const std::string& name) const {
    return how_.folder / (name + ".log");
  }
  [[nodiscard]] std::string config_of(const std::string& name) const {
    return (how_.folder / (name + ".json")).string();
  }

  result<void> ask_version() {
    const auto asked = child::start({"version",
                                     {how_.collector.string(), "version"},
                                     {},
                                     log_of("version"),
                                     true});
    if (!asked) {
      return asked.error();
    }
    const auto line = (*asked)->read_line(first_line_patience);
    run_.collector_version = line ? *line : "unknown";
    return {};
  }

  /// A mistake in one's section does not hide those in the other's.
  result<void> start_both() {
    const auto servers = start_servers();
    if (!servers) {
      simulator_.reset();
    }
    const auto sink = start_sink();
    if (!servers && !sink) {
      return fail(loadtest_errc::no_answer,
                  servers.error().context + "\n" + sink.error().context);
    }
    return servers ? sink : servers;
  }

  result<void> start_sink() {
    auto document = sink_document(what_);
    if (simulator_) {
      run_.truth_configured = put_truth(document, what_, config_of("simulator"),
                                        simulator_started_ns_);
    }
    const auto written =
      write_whole_file(config_of("sink"), json::serialize(document));
    if (!written) {
      return written.error();
    }
    const auto launched = launch(
      sink_, "sink", {how_.sink.string(), "--config", config_of("sink")}, true);
    if (!launched) {
      return launched.error();
    }
    const auto port = told_port(*sink_);
    if (!port) {
      return port.error();
    }
    at_.sink_port = *port;
    return {};
  }

  result<void> start_servers() {
    if (!how_.dsns.empty()) {
      at_.dsns = how_.dsns;
      return {};
    }
    std::string certificate;
    std::string key;
    if (what_.fleet.tls) {
      // Relative to the scenario, which is in the same folder.
      certificate = "server.crt";
      key = "server.key";
      if (const auto made = write_throwaway_certificate(
            how_.folder / certificate, how_.folder / key);
          !made) {
        return made.error();
      }
    }
    const auto written = write_whole_file(
      config_of("simulator"),
      json::serialize(simulator_document(what_, certificate, key)));
    if (!written) {
      return written.error();
    }
    const auto launched = launch(
      simulator_, "simulator",
      {how_.simulator.string(), "--scenario", config_of("simulator")}, true);
    if (!launched) {
      return launched.error();
    }
    const auto told = told_places(*simulator_);
    if (!told) {
      return told.error();
    }
    simulator_started_ns_ = told->started_unix_nano;
    for (std::uint64_t at = 0; at < what_.fleet.targets; ++at) {
      at_.dsns.push_back(simulated_dsn(what_.fleet, at, told->places));
    }
    return {};
  }

  result<void> start_collector() {
    at_.admin_port = free_port();
    admin_ = fmt::format("http://127.0.0.1:{}", at_.admin_port);
    sink_url_ = fmt::format("http://127.0.0.1:{}", at_.sink_port);
    const auto written = write_whole_file(
      config_of("collector"), json::serialize(collector_document(what_, at_)));
    if (!written) {
      return written.error();
    }
    started_ = clock_.mono();
    started_wall_ = clock_.wall();
    return launch(
      collector_, "collector",
      {how_.collector.string(), "run", "--config", config_of("collector")},
      false);
  }

  /// Waits for the next sample's time; a process that ends cuts it short.
  void wait_until(mono_time due) {
    std::vector<int> ends;
    for (const auto* one : {&collector_, &sink_, &simulator_}) {
      if (*one && !(*one)->ended()) {
        ends.push_back((*one)->end_descriptor());
      }
    }
    if (how_.stop != nullptr) {
      ends.push_back(how_.stop->descriptor());
    }
    const auto left = std::chrono::ceil<milliseconds>(due - clock_.mono());
    if (left.count() > 0) {
      (void)wait_for(ends, left);
    }
  }

  bool all_run() {
    bool run = !interrupted();
    for (const auto* one : {&collector_, &sink_, &simulator_}) {
      run = run && (!*one || !(*one)->ended());
    }
    return run;
  }

  sample take_sample(const std::string& phase) {
    sample made;
    made.at_s = std::chrono::duration<double>(clock_.mono() - begun_).count();
    for (const auto* one : {&collector_, &sink_, &simulator_}) {
      if (*one && !(*one)->ended()) {
        made.processes[(*one)->name()] = read_figures((*one)->pid());
      }
    }
    if (!run_.samples.empty()) {
      // Counters stay what they were where nobody answers.
      made.collector = run_.samples.back().collector;
      made.sink = run_.samples.back().sink;
    }
    made.collector.heard = false;
    made.sink.heard = false;
    if (const auto page = http_get(admin_ + "/metrics", answer_patience)) {
      made.collector = collector_of(*page);
    }
    if (const auto report = http_get(sink_url_ + "/report", answer_patience)) {
      if (const auto read = sink_of(*report)) {
        made.sink = *read;
      }
    }
    run_.samples.push_back(made);
    if (how_.progress) {
      how_.progress(phase, made);
    }
    return made;
  }

  /// Sessions are opened and closed between two looks: the least of some.
  void look_at_sockets(double& http, double& stray) {
    for (int look = 0; look < socket_looks; ++look) {
      const auto page = http_get(admin_ + "/metrics", answer_patience);
      const auto seen =
        count_sockets(collector_->pid(), {at_.sink_port, at_.admin_port});
      if (!page) {
        return;
      }
      const double now = seen.others - collector_of(*page).connections_open;
      stray = look == 0 ? now : std::min(stray, now);
      http = seen.with_port;
      wait_until(clock_.mono() + socket_pause);
    }
  }

  void watch(const std::string& phase, mono_time from, mono_time until) {
    auto due = from;
    while (due + what_.sample_every <= until && all_run()) {
      due += what_.sample_every;
      wait_until(due);
      (void)take_sample(phase);
    }
  }

  result<void> warm_up() {
    begun_ = started_ + what_.warm_up;
    watch("warming up", started_, begun_);
    if (interrupted()) {
      stop();
      return nothing_measured();
    }
    if (!collector_->ended()) {
      return {};
    }
    return fail(loadtest_errc::process,
                fmt::format("the collector ended while warming up, see {}",
                            log_of("collector").string()));
  }

  void measure() {
    (void)http_get(sink_url_ + "/begin", answer_patience);
    begun_ = clock_.mono();
    for (auto& one : run_.samples) {
      // What was counted from the planned begin counts from the real one.
      one.at_s -=
        std::chrono::duration<double>(begun_ - (started_ + what_.warm_up))
          .count();
    }
    run_.begin = run_.samples.size();
    (void)take_sample("measuring");
    look_at_sockets(run_.http_sockets_begin, run_.stray_sockets_begin);
    watch("measuring", begun_, begun_ + what_.measure);
    run_.end = run_.samples.size() - 1;
    if (interrupted()) {
      run_.cut_short = fmt::format(
        "{} ended the measurement after {:.0f} s, {:.0f} s were asked for",
        how_.stop->name(), run_.samples.back().at_s,
        std::chrono::duration<double>(what_.measure).count());
    }
    look_at_sockets(run_.http_sockets_end, run_.stray_sockets_end);
    for (const auto* one : {&collector_, &sink_, &simulator_}) {
      if (*one && (*one)->ended()) {
        run_.ended_early.push_back(fmt::format(
          "the {} ended early with code {}", (*one)->name(), *(*one)->ended()));
      }
    }
    if (const auto ledger =
          http_get(admin_ + "/api/v1/ledger", answer_patience)) {
      (void)write_whole_file(how_.folder / "ledger.json", *ledger);
    }
  }

  void stop() {
    const auto asked = clock_.mono();
    (void)http_get(sink_url_ + "/end", answer_patience);
    collector_->ask_to_end();
    const int code = collector_->wait(stop_patience);
    run_.stopped = last_words(log_of("collector")).value_or(stop_figures{});
    run_.stopped.exit_code = code;
    run_.stopped.took_s =
      std::chrono::duration<double>(clock_.mono() - asked).count();
    sink_->ask_to_end();
    const auto report = sink_->read_rest(report_patience);
    (void)sink_->wait(answer_patience);
    (void)write_whole_file(how_.folder / "sink-report.json", report);
    if (const auto read = sink_of(report)) {
      run_.sink_at_end = *read;
    } else {
      run_.sink_at_end.heard = false;
      run_.ended_early.emplace_back("the sink left no report");
    }
    const auto first = run_.sink_at_end.first_point_ns;
    if (first > 0) {
      run_.first_point_s =
        static_cast<double>(first - started_wall_.time_since_epoch().count())
        / 1e9;
    }
    if (simulator_) {
      simulator_->ask_to_end();
      const auto truth = simulator_->read_rest(answer_patience);
      (void)simulator_->wait(answer_patience);
      (void)write_whole_file(how_.folder / "simulator-report.json", truth);
      const auto end = simulator_end_of(truth);
      run_.unknown_sql = end ? std::optional{end->unknown_sql} : std::nullopt;
      run_.unknown_example = end ? end->unknown_example : "";
    }
  }

  const scenario& what_;
  const conduct_options& how_;
  const clock_source& clock_;
  endpoints at_;
  std::string admin_;
  std::string sink_url_;
  std::int64_t simulator_started_ns_ = 0;
  run_record run_;
  mono_time started_{};
  mono_time begun_{};
  wall_time started_wall_{};
  // Ended in the opposite order: first who asks, then who answers.
  std::unique_ptr<child> simulator_;
  std::unique_ptr<child> sink_;
  std::unique_ptr<child> collector_;
};

} // namespace

result<run_record> conduct(const scenario& what,
                           const conduct_options& how,
                           const clock_source& clock) {
  return conductor{what, how, clock}.run();
}

} // namespace pgmuster::loadtest
