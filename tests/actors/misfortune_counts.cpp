// What is counted before and after a misfortune.
#include "drivers/admin/http_get.hpp"
#include "tests/actors/misfortune_case.hpp"

#include <fmt/format.h>

#include <ostream>

namespace pgmuster::test {

namespace {

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all{"/proc/self/fd"};
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

} // namespace

std::ostream& operator<<(std::ostream& to, const holdings& what) {
  to << "descriptors " << what.descriptors << ", watched " << what.watched
     << ", sessions " << what.sessions_open << ", permits " << what.permits
     << ", credit " << what.credit << ", held points " << what.held_points
     << ", actors " << what.actors;
  for (const auto& [server, connections] : what.server_connections) {
    to << ", on server " << server << ": " << connections;
  }
  return to;
}

double misfortune_case::figure(const std::string& name) {
  const auto body =
    http_get(fmt::format("http://127.0.0.1:{}/metrics", fleet_->admin_port()),
             milliseconds{5'000});
  const auto line = body ? body->find("\n" + name + " ") : std::string::npos;
  return line == std::string::npos
           ? 0
           : std::stod(body->substr(line + name.size() + 2));
}

testing::AssertionResult misfortune_case::balanced() {
  for (const auto& book : fleet_->shared().books.view()) {
    if (!book.shaping.balanced()) {
      return testing::AssertionFailure() << "book A of " << book.tenant.value();
    }
    for (const auto& [route, view] : book.delivery) {
      if (!view.balanced()) {
        return testing::AssertionFailure()
               << "book B of " << book.tenant.value() << ", " << route.value();
      }
    }
  }
  return testing::AssertionSuccess();
}

holdings misfortune_case::count() {
  holdings now;
  auto& shared = fleet_->shared();
  now.descriptors = open_descriptors();
  now.watched = shared.loop->watched();
  now.sessions_open = shared.connector->counts().open;
  now.permits = shared.connections.load();
  for (const auto& [key, account] : shared.credit) {
    now.credit += account->in_use().value();
  }
  for (const auto& book : shared.books.view()) {
    now.held_points += book.shaping.held;
  }
  now.actors = fleet_->running_actors();
  auto servers = watched;
  servers.push_back(&healthy());
  for (const auto* server : servers) {
    now.server_connections[std::to_string(server->port())] =
      server->ask("SELECT count(*) FROM pg_stat_activity "
                  "WHERE application_name = 'pgmuster'");
  }
  return now;
}

} // namespace pgmuster::test
