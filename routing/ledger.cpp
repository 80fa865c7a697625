// Every call is one transition under the book's own lock, so that a view never
// sees half of one.
#include "routing/ledger.hpp"

#include <algorithm>
#include <numeric>

namespace pgmuster {
namespace {

std::uint64_t sum(const drop_tally& dropped) noexcept {
  return std::accumulate(dropped.begin(), dropped.end(), std::uint64_t{0});
}

} // namespace

std::string_view to_string(drop_reason why) noexcept {
  switch (why) {
  case drop_reason::no_credit:
    return "no_credit";
  case drop_reason::actor_lost:
    return "actor_lost";
  case drop_reason::queue_full:
    return "queue_full";
  case drop_reason::refused:
    return "refused";
  case drop_reason::unencodable:
    return "unencodable";
  case drop_reason::stopping:
    return "stopping";
  case drop_reason::write_failed:
    return "write_failed";
  }
  return "unknown";
}

bool shaping_view::balanced() const noexcept {
  return observed
         == went.passed + went.unchanged + went.folded + went.sampled_out
              + sum(went.dropped) + held;
}

bool delivery_view::balanced() const noexcept {
  return passed + made + recovered
         == acked + rejected + quarantined + sum(dropped) + batching + in_flight
              + spooled;
}

void delivery_book::enter(std::uint64_t passed, std::uint64_t made) {
  const std::scoped_lock lock{mutex_};
  now_.passed += passed;
  now_.made += made;
  now_.batching += passed + made;
}

void delivery_book::frame(std::uint64_t batched, std::uint64_t framed) {
  const std::scoped_lock lock{mutex_};
  now_.batching -= batched;
  now_.in_flight += framed;
}

void delivery_book::acknowledge(std::uint64_t points, std::uint64_t rejected) {
  const std::scoped_lock lock{mutex_};
  const auto refused = std::min(points, rejected);
  now_.in_flight -= points;
  now_.acked += points - refused;
  now_.rejected += refused;
}

void delivery_book::reject(std::uint64_t points) {
  const std::scoped_lock lock{mutex_};
  now_.in_flight -= points;
  now_.rejected += points;
}

void delivery_book::drop_batching(std::uint64_t points, drop_reason why) {
  const std::scoped_lock lock{mutex_};
  now_.batching -= points;
  now_.dropped[static_cast<std::size_t>(why)] += points;
}

void delivery_book::drop_in_flight(std::uint64_t points, drop_reason why) {
  const std::scoped_lock lock{mutex_};
  now_.in_flight -= points;
  now_.dropped[static_cast<std::size_t>(why)] += points;
}

delivery_view delivery_book::view() const {
  const std::scoped_lock lock{mutex_};
  return now_;
}

void shaping_book::observe(std::uint64_t points) {
  const std::scoped_lock lock{mutex_};
  now_.observed += points;
  now_.held += points;
}

void shaping_book::settle(std::uint64_t held, const shaping_tally& went) {
  const std::scoped_lock lock{mutex_};
  now_.held -= held;
  now_.went.passed += went.passed;
  now_.went.unchanged += went.unchanged;
  now_.went.folded += went.folded;
  now_.went.sampled_out += went.sampled_out;
  for (std::size_t i = 0; i < drop_reasons; ++i) {
    now_.went.dropped[i] += went.dropped[i];
  }
}

shaping_view shaping_book::view() const {
  const std::scoped_lock lock{mutex_};
  return now_;
}

std::shared_ptr<shaping_book> ledger::shaping(const tenant_id& tenant) {
  const std::scoped_lock lock{mutex_};
  auto& book = shaping_[tenant];
  if (!book) {
    book = std::make_shared<shaping_book>();
  }
  return book;
}

std::shared_ptr<delivery_book> ledger::delivery(const tenant_id& tenant,
                                                const route_name& route) {
  const std::scoped_lock lock{mutex_};
  auto& book = delivery_[{tenant, route}];
  if (!book) {
    book = std::make_shared<delivery_book>();
  }
  return book;
}

std::vector<ledger::tenant_view> ledger::view() const {
  std::map<tenant_id, tenant_view> seen;
  const std::scoped_lock lock{mutex_};
  for (const auto& [tenant, book] : shaping_) {
    seen[tenant].shaping = book->view();
  }
  for (const auto& [key, book] : delivery_) {
    seen[key.first].delivery[key.second] = book->view();
  }
  std::vector<tenant_view> views;
  views.reserve(seen.size());
  for (auto& [tenant, view] : seen) {
    view.tenant = tenant;
    views.push_back(std::move(view));
  }
  return views;
}

} // namespace pgmuster
