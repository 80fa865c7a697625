// What is counted before and after a misfortune.
#include "drivers/admin/http_get.hpp"
#include "tests/actors/misfortune_case.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <sys/socket.h>

#include <cstring>
#include <ostream>

namespace pgmuster::test {

namespace {

bool has_port(const sockaddr_storage& name, std::uint16_t port) {
  sockaddr_in in{};
  std::memcpy(&in, &name, sizeof in);
  return in.sin_family == AF_INET && ntohs(in.sin_port) == port;
}

/// Without both ends of connections to the receiver: how many there are is the
/// way out's own affair, and changes with no misfortune at all.
std::size_t open_descriptors(std::uint16_t receiver) {
  std::size_t count = 0;
  for (const auto& one : std::filesystem::directory_iterator{"/proc/self/fd"}) {
    const int number = std::stoi(one.path().filename().string());
    sockaddr_storage own{};
    sockaddr_storage peer{};
    socklen_t own_length = sizeof own;
    socklen_t peer_length = sizeof peer;
    // NOLINTBEGIN(cppcoreguidelines-pro-type-reinterpret-cast): its interface
    const bool connected =
      ::getsockname(number, reinterpret_cast<sockaddr*>(&own), &own_length) == 0
      && ::getpeername(number, reinterpret_cast<sockaddr*>(&peer), &peer_length)
           == 0;
    // NOLINTEND(cppcoreguidelines-pro-type-reinterpret-cast)
    count += connected && (has_port(own, receiver) || has_port(peer, receiver))
               ? 0U
               : 1U;
  }
  return count;
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

holdings misfortune_case::count_ours() {
  holdings now;
  auto& shared = fleet_->shared();
  now.descriptors = open_descriptors(receiver_.port());
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
  return now;
}

holdings misfortune_case::count() {
  auto now = count_ours();
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
