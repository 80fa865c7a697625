#include "actors/fleet.hpp"

#include "actors/admin_api.hpp"
#include "actors/auditor.hpp"
#include "actors/checkpointer.hpp"
#include "actors/countdown.hpp"
#include "actors/handing_on.hpp"
#include "actors/memory_watch.hpp"
#include "actors/repeating_thread.hpp"
#include "actors/spool_books.hpp"
#include "actors/statement_descriptions.hpp"
#include "actors/supervisor_actor.hpp"
#include "config/limits.hpp"
#include "drivers/postgres/allocator.hpp"
#include "routing/schedule.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <thread>

namespace pgmuster {

namespace {

/// Raises the soft limit of descriptors to the hard one; returns it.
std::size_t raise_descriptor_limit() {
  rlimit now{};
  if (getrlimit(RLIMIT_NOFILE, &now) != 0) {
    return 1'024;
  }
  now.rlim_cur = now.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &now) != 0
      && getrlimit(RLIMIT_NOFILE, &now) != 0) {
    return 1'024;
  }
  return now.rlim_cur;
}

std::size_t choose_workers(std::size_t configured) {
  if (configured > 0) {
    return configured;
  }
  const auto cores = std::max(1U, std::thread::hardware_concurrency());
  return std::min<std::size_t>(4, cores);
}

} // namespace

struct fleet::state {
  std::unique_ptr<reactor> loop;
  std::unique_ptr<postgres::connector> connector;
  std::unique_ptr<http_client> http;
  self_metrics metrics;
  std::shared_ptr<services> shared;
  std::unique_ptr<admin_server> admin;
  caf::actor_system_config actor_config;
  std::unique_ptr<caf::actor_system> actors;
  caf::actor supervisor;
  std::optional<stop_outcome> stopped;
  std::unique_ptr<auditor> audits;
  std::unique_ptr<repeating_thread> auditing;
  std::unique_ptr<spool_books> spool_told;
  std::unique_ptr<checkpointer> checkpoints;
  std::unique_ptr<repeating_thread> checkpointing;
  std::unique_ptr<memory_watch> memory;
  std::unique_ptr<repeating_thread> watching_memory;

  [[nodiscard]] result<void> open_state();
  [[nodiscard]] result<void> open_spool();
  [[nodiscard]] result<void> open_routes();
  void open_counts();
  [[nodiscard]] result<void> start_actors();
  void end_checkpoints();
  void stop_collecting(mono_time deadline);
  [[nodiscard]] bool drain(mono_time deadline);
  void shut_actors();
  [[nodiscard]] stop_outcome account(bool drained) const;
};

result<void> fleet::state::open_state() {
  if (shared->config.process.state_directory.empty()) {
    return {};
  }
  auto opened = checkpointer::open(shared);
  if (!opened) {
    return opened.error();
  }
  checkpoints = std::move(opened.value());
  return {};
}

result<void> fleet::state::open_spool() {
  auto opened = open_spool_with_books(*shared);
  if (!opened) {
    return opened.error();
  }
  spool_told = std::move(opened.value());
  return {};
}

result<void> fleet::state::open_routes() {
  for (const auto& [name, route] : shared->config.routes) {
    if (const auto* file = std::get_if<file_destination>(&route.destination)) {
      auto sink = open_file_sink(file->path);
      if (!sink) {
        return sink.error();
      }
      shared->files[name] = std::move(sink.value());
    }
  }
  return {};
}

void fleet::state::open_counts() {
  const auto lanes = shared->config.process.lanes;
  shared->lane_counted.resize(lanes);
  for (const auto& tenant : shared->config.tenants) {
    shared->series[tenant.id] = {
      std::make_shared<series_budget>(tenant.series.per_tenant), tenant.series};
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      shared->credit[{lane, tenant.id}] = std::make_shared<credit_account>(
        limits::lane_tenant_credit, limits::lane_up_reserve);
    }
    for (const auto& route : tenant.routes) {
      if (shared->config.routes.at(route).signals.logs) {
        shared->events.try_emplace(
          tenant.id, std::make_unique<services::event_policy>(tenant.events));
      }
    }
  }
  for (const auto& [name, route] : shared->config.routes) {
    for (std::size_t shard = 0; shard < shards_of(route); ++shard) {
      shared->shard_counted[{name, shard}].received_by_lane.resize(lanes);
    }
  }
}

result<void> fleet::state::start_actors() {
  const auto workers = choose_workers(shared->config.process.workers);
  cafc::configure(actor_config, workers);
  cafc::hand_on_jobs(actor_config);
  actors = std::make_unique<caf::actor_system>(actor_config);
  if (!cafc::configured(*actors, workers) || !cafc::hands_on_jobs(*actors)) {
    return error{{}, "the actor system did not take its settings"};
  }
  if (checkpoints != nullptr) {
    // From here on a death is noticed by the next start.
    checkpoints->checkpoint();
    checkpointing = std::make_unique<repeating_thread>(
      limits::checkpoint_every, [this] { checkpoints->checkpoint(); });
  }
  supervisor = actors->spawn<supervisor_actor>(shared);
  memory = std::make_unique<memory_watch>(shared);
  watching_memory = std::make_unique<repeating_thread>(
    limits::memory_every, [this] { memory->look(); });
  audits = std::make_unique<auditor>(shared);
  auditing = std::make_unique<repeating_thread>(limits::audit_every, [this] {
    audits->audit_while_running(limits::audit_patience);
  });
  return {};
}

fleet::fleet(std::unique_ptr<state> made) : state_(std::move(made)) {}

fleet::~fleet() {
  if (state_ != nullptr) {
    (void)stop(milliseconds{0});
  }
}

result<std::unique_ptr<fleet>> fleet::start(configuration config,
                                            postgres::probe_catalog catalog,
                                            std::unique_ptr<reactor> loop,
                                            std::string reactor_reason,
                                            log_sink& log,
                                            clock_source& clock) {
  postgres::tune_allocator();
  auto made = std::make_unique<state>();
  auto& own = *made;
  own.loop = std::move(loop);
  own.shared = std::make_shared<services>();
  auto& shared = *own.shared;
  shared.config = std::move(config);
  shared.catalog = std::move(catalog);
  shared.clock = &clock;
  shared.loop = own.loop.get();
  shared.metrics = &own.metrics;
  shared.log = &log;
  shared.stages =
    std::make_unique<stage_directory>(shared.config.process.lanes);
  shared.begin_together = begin_together(shared.config);
  const auto descriptors = raise_descriptor_limit();
  shared.connections_max = descriptors > 2 * limits::reserved_descriptors
                             ? descriptors - limits::reserved_descriptors
                             : descriptors / 2;
  own.connector = postgres::start_connector(
    *own.loop, *shared.clock, shared.config.process.connectors,
    shared.config.process.connects_per_second,
    shared.config.process.name_servers);
  shared.connector = own.connector.get();
  own.http = start_http_client(*own.loop);
  shared.http = own.http.get();
  // From here on the fleet's destructor cleans up.
  std::unique_ptr<fleet> whole{new fleet(std::move(made))};
  if (auto opened = own.open_state(); !opened) {
    return opened.error();
  }
  if (auto opened = own.open_spool(); !opened) {
    return opened.error();
  }
  if (auto opened = own.open_routes(); !opened) {
    return opened.error();
  }
  shared.net = std::make_shared<const scrubber>(shared.config.scrub_rules);
  shared.fingerprints = std::make_unique<fingerprint_cache>(
    make_describer(shared.config.statements, shared.net),
    limits::fingerprint_cache_bytes);
  shared.memory.open(shared.config, memory_limit_of(shared.config));
  own.open_counts();
  own.metrics.config_loaded(true);
  publish_gauges_on_scrape(own.shared);
  if (!shared.config.admin.listen.empty()) {
    auto admin = start_admin_server(shared.config.admin.listen,
                                    make_admin_handlers(own.shared),
                                    shared.config.admin.hosts);
    if (!admin) {
      return admin.error();
    }
    own.admin = std::move(admin.value());
    shared.admin = own.admin.get();
  }
  if (auto started = own.start_actors(); !started) {
    return started.error();
  }
  log.log(log_level::info, "collecting",
          {{"reactor", std::string{own.loop->backend()}},
           {"reactor_reason", std::move(reactor_reason)},
           {"connections_max", std::to_string(shared.connections_max)}});
  return whole;
}

void fleet::state::end_checkpoints() {
  if (checkpointing != nullptr) {
    checkpointing->stop();
    checkpoints->finish();
  }
}

void fleet::state::stop_collecting(mono_time deadline) {
  cafc::tell_urgent(supervisor, close_down{});
  awaited gone{1};
  supervisor->attach_functor([call = gone.call] { (*call)(); });
  if (!gone.left->wait(deadline)) {
    // Targets that hang are left: their actors are killed, not waited for.
    caf::anon_send_exit(supervisor, caf::exit_reason::kill);
  }
}

bool fleet::state::drain(mono_time deadline) {
  const auto lanes = shared->config.process.lanes;
  awaited flushed{lanes};
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    cafc::tell(shared->stages->find(lane, stage::fingerprint),
               flush_lane{flushed.call});
  }
  // A flush waits for nobody outside: it has this, however short the grace.
  const auto least = shared->clock->mono() + milliseconds{500};
  if (flushed.left->wait(std::max(deadline, least))) {
    audits->audit(limits::audit_patience);
  }
  const auto exporters = shared->stages->exporters();
  awaited drained{exporters.size()};
  for (const auto& exporter : exporters) {
    cafc::tell(exporter, drain_exports{deadline, drained.call});
  }
  if (drained.left->wait(deadline)) {
    return true;
  }
  // What is left is spooled or dropped, and counted, by the exporters that are
  // left; those that ended have said so.
  for (const auto& exporter : exporters) {
    cafc::tell_urgent(exporter, drain_exports{{}, drained.call});
  }
  const auto patience =
    shared->spool != nullptr ? limits::last_spooling_max : milliseconds{500};
  const auto ended = drained.left->wait(shared->clock->mono() + patience);
  // What is spooled is not left over.
  return ended && shared->spool != nullptr;
}

void fleet::state::shut_actors() {
  for (std::size_t lane = 0; lane < shared->config.process.lanes; ++lane) {
    for (std::size_t which = 0; which < stages; ++which) {
      if (auto handle = shared->stages->find(lane, static_cast<stage>(which))) {
        caf::anon_send_exit(handle, caf::exit_reason::kill);
      }
    }
  }
  for (const auto& exporter : shared->stages->exporters()) {
    caf::anon_send_exit(exporter, caf::exit_reason::kill);
  }
  shared->stages->clear();
  supervisor = nullptr;
}

stop_outcome fleet::state::account(bool drained) const {
  stop_outcome sum;
  sum.balanced = true;
  for (const auto& one : shared->board.all()) {
    ++sum.targets;
    sum.databases += one->databases;
    sum.server_cost_us += one->total_cost.count();
  }
  delivery_view delivered;
  for (const auto& book : shared->books.view()) {
    sum.balanced = sum.balanced && book.shaping.balanced();
    add_to(sum.dropped, book.shaping.went.dropped);
    for (const auto& [route, view] : book.delivery) {
      sum.balanced = sum.balanced && view.balanced();
      add_to(delivered, view);
    }
  }
  add_to(sum.dropped, delivered.dropped);
  constexpr auto stopping = static_cast<std::size_t>(drop_reason::stopping);
  sum.drained =
    drained && (shared->spool == nullptr || sum.dropped.at(stopping) == 0);
  sum.acknowledged = delivered.acked;
  sum.rejected = delivered.rejected;
  sum.quarantined = delivered.quarantined;
  sum.spooled = delivered.spooled;
  sum.lost = sum.rejected + sum.quarantined + sum_of(sum.dropped);
  return sum;
}

stop_outcome fleet::stop(milliseconds grace) {
  auto& own = *state_;
  if (own.stopped) {
    return *own.stopped;
  }
  own.shared->stopping = true;
  if (own.auditing != nullptr) {
    own.auditing->stop();
  }
  auto drained = true;
  if (own.supervisor) {
    const auto began = own.shared->clock->mono();
    own.stop_collecting(began + std::max(grace / 2, limits::last_cycles_min));
    drained = own.drain(began + grace);
  }
  own.watching_memory.reset();
  own.shut_actors();
  own.connector->stop();
  own.http->stop();
  own.loop->stop();
  own.actors.reset();
  if (own.shared->spool != nullptr) {
    // After the last lease has ended.
    own.shared->spool->stop();
    own.spool_told->tell_rest();
  }
  // The spool may have found at its end that what it held is gone.
  own.stopped = own.account(drained);
  if (own.admin != nullptr) {
    own.admin->stop();
  }
  for (auto& [name, sink] : own.shared->files) {
    sink->stop();
  }
  own.end_checkpoints();
  return *own.stopped;
}

bool fleet::unread() const noexcept {
  return state_->shared->unread.load();
}

std::uint16_t fleet::admin_port() const noexcept {
  return state_->admin == nullptr ? std::uint16_t{0} : state_->admin->port();
}

services& fleet::shared() noexcept {
  return *state_->shared;
}

std::size_t fleet::running_actors() const {
  return state_->actors == nullptr ? 0 : state_->actors->registry().running();
}

} // namespace pgmuster
