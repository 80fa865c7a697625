// Every call is one transition under the book's own lock, so that a view never
// sees half of one.
#include "routing/ledger.hpp"

#include <utility>

namespace pgmuster {

bool shaping_view::balanced() const noexcept {
  return observed
         == went.passed + went.unchanged + went.folded + went.sampled_out
              + sum_of(went.dropped) + held;
}

bool delivery_view::balanced() const noexcept {
  return passed + made + recovered
         == acked + rejected + quarantined + unchanged + sum_of(dropped)
              + batching + in_flight + spooled;
}

void add_to(shaping_tally& sum, const shaping_tally& more) noexcept {
  sum.passed += more.passed;
  sum.unchanged += more.unchanged;
  sum.folded += more.folded;
  sum.sampled_out += more.sampled_out;
  add_to(sum.dropped, more.dropped);
}

void add_to(shaping_view& sum, const shaping_view& more) noexcept {
  sum.observed += more.observed;
  add_to(sum.went, more.went);
  sum.held += more.held;
}

void add_to(delivery_view& sum, const delivery_view& more) noexcept {
  sum.passed += more.passed;
  sum.made += more.made;
  sum.recovered += more.recovered;
  sum.acked += more.acked;
  sum.rejected += more.rejected;
  sum.quarantined += more.quarantined;
  sum.unchanged += more.unchanged;
  add_to(sum.dropped, more.dropped);
  sum.batching += more.batching;
  sum.in_flight += more.in_flight;
  sum.spooled += more.spooled;
  sum.copied += more.copied;
  sum.bytes += more.bytes;
}

std::uint64_t delivery_end::points() const noexcept {
  return acked + rejected + quarantined + sum_of(dropped);
}

/// Holds the book, and tells at its end what it has become.
class delivery_book::transition {
public:
  explicit transition(delivery_book& book) : book_(book), lock_(book.mutex_) {
    ++book.now_.transitions;
  }
  ~transition() {
    if (book_.told_) {
      const auto& now = book_.now_;
      book_.told_(now.batching + now.in_flight - now.copied);
    }
  }
  transition(const transition&) = delete;
  transition& operator=(const transition&) = delete;

private:
  delivery_book& book_;
  std::scoped_lock<std::mutex> lock_;
};

void delivery_book::tell_risk(at_risk told) {
  const transition one{*this};
  told_ = std::move(told);
}

void delivery_book::enter(std::uint64_t passed, std::uint64_t made) {
  const transition one{*this};
  now_.passed += passed;
  now_.made += made;
  now_.batching += passed + made;
}

void delivery_book::leave_out(const left_out& what, std::uint64_t made) {
  const transition one{*this};
  now_.passed += what.unchanged + what.beyond_limit - made;
  now_.made += made;
  now_.unchanged += what.unchanged;
  add_to(now_.dropped,
         dropped_for(drop_reason::delta_limit, what.beyond_limit));
}

void delivery_book::frame(std::uint64_t batched, std::uint64_t framed) {
  const transition one{*this};
  now_.batching -= batched;
  now_.in_flight += framed;
}

void delivery_book::drop_from(std::uint64_t delivery_view::*where,
                              std::uint64_t points,
                              drop_reason why) {
  const transition one{*this};
  now_.*where -= points;
  add_to(now_.dropped, dropped_for(why, points));
}

void delivery_book::drop_batching(std::uint64_t points, drop_reason why) {
  drop_from(&delivery_view::batching, points, why);
}

void delivery_book::drop_spooled(std::uint64_t points, drop_reason why) {
  drop_from(&delivery_view::spooled, points, why);
}

void delivery_book::copy(std::uint64_t in_flight) {
  const transition one{*this};
  now_.copied += in_flight;
}

void delivery_book::end(const delivery_end& how, bool copied) {
  const transition one{*this};
  now_.in_flight -= how.points();
  now_.copied -= copied ? how.points() : 0;
  now_.acked += how.acked;
  now_.rejected += how.rejected;
  now_.quarantined += how.quarantined;
  add_to(now_.dropped, how.dropped);
}

void delivery_book::spool(std::uint64_t in_flight, bool copied) {
  const transition one{*this};
  now_.in_flight -= in_flight;
  now_.copied -= copied ? in_flight : 0;
  now_.spooled += in_flight;
}

void delivery_book::read_back(std::uint64_t spooled) {
  const transition one{*this};
  now_.spooled -= spooled;
  now_.in_flight += spooled;
  now_.copied += spooled;
}

void delivery_book::recover(std::uint64_t points) {
  const transition one{*this};
  now_.recovered += points;
  now_.spooled += points;
}

void delivery_book::weigh(std::uint64_t before, std::uint64_t now) {
  const std::scoped_lock lock{mutex_};
  now_.bytes += now - before;
}

delivery_view delivery_book::view() const {
  const std::scoped_lock lock{mutex_};
  return now_;
}

/// As of a delivery book.
class shaping_book::transition {
public:
  explicit transition(shaping_book& book) : book_(book), lock_(book.mutex_) {
    ++book.now_.transitions;
  }
  ~transition() {
    if (book_.told_) {
      book_.told_(book_.now_.held);
    }
  }
  transition(const transition&) = delete;
  transition& operator=(const transition&) = delete;

private:
  shaping_book& book_;
  std::scoped_lock<std::mutex> lock_;
};

void shaping_book::tell_risk(at_risk told) {
  const transition one{*this};
  told_ = std::move(told);
}

void shaping_book::observe(std::uint64_t points) {
  const transition one{*this};
  now_.observed += points;
  now_.held += points;
}

void shaping_book::turn_away(std::uint64_t points, drop_reason why) {
  const transition one{*this};
  now_.observed += points;
  add_to(now_.went.dropped, dropped_for(why, points));
}

void shaping_book::settle(std::uint64_t held, const shaping_tally& went) {
  const transition one{*this};
  now_.held -= held;
  add_to(now_.went, went);
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
    if (listeners_.of_shaping) {
      book->tell_risk(listeners_.of_shaping(tenant));
    }
  }
  return book;
}

std::shared_ptr<delivery_book> ledger::delivery(const tenant_id& tenant,
                                                const route_name& route) {
  const std::scoped_lock lock{mutex_};
  auto& book = delivery_[{tenant, route}];
  if (!book) {
    book = std::make_shared<delivery_book>();
    if (listeners_.of_delivery) {
      book->tell_risk(listeners_.of_delivery(tenant, route));
    }
  }
  return book;
}

void ledger::tell_risks(risk_listeners listeners) {
  const std::scoped_lock lock{mutex_};
  listeners_ = std::move(listeners);
  for (const auto& [tenant, book] : shaping_) {
    book->tell_risk(listeners_.of_shaping(tenant));
  }
  for (const auto& [key, book] : delivery_) {
    book->tell_risk(listeners_.of_delivery(key.first, key.second));
  }
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
