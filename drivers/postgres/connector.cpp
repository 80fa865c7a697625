// The connector that others see: a handle on the core, which sessions share.
#include "drivers/postgres/connector.hpp"

#include "drivers/postgres/connector_core.hpp"
#include "drivers/postgres/conninfo.hpp"

#include <fmt/ranges.h>

namespace pgmuster::postgres {

namespace {

class core_connector final : public connector {
public:
  explicit core_connector(std::shared_ptr<connector_core> core)
    : core_(std::move(core)) {}
  core_connector(const core_connector&) = delete;
  core_connector& operator=(const core_connector&) = delete;
  ~core_connector() override { core_->stop(); }

  void connect(connect_request request, connect_callback done) override {
    core_->enqueue({std::move(request), std::move(done)});
  }

  connector_counts counts() const noexcept override {
    const auto& live = core_->counts();
    return {.started = live.started,
            .succeeded = live.succeeded,
            .failed = live.failed,
            .turned_away = live.turned_away,
            .waiting = core_->waiting(),
            .open = live.open,
            .closed = live.closed,
            .cancels_sent = live.cancels_sent,
            .cancels_refused = live.cancels_refused,
            .roots_read = core_->roots().reads(),
            .roots_not_shared = live.roots_not_shared};
  }

  void stop() override { core_->stop(); }

private:
  std::shared_ptr<connector_core> core_;
};

} // namespace

std::unique_ptr<connector>
start_connector(reactor& reactor,
                const clock_source& clock,
                std::size_t threads,
                std::size_t connects_per_second,
                const std::vector<std::string>& name_servers) {
  forget_environment();
  auto core = std::make_shared<connector_core>(
    reactor, clock, connects_per_second,
    fmt::format("{}", fmt::join(name_servers, ",")));
  core->start(threads);
  return std::make_unique<core_connector>(std::move(core));
}

} // namespace pgmuster::postgres
