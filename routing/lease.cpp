// Leases end exactly once: by name, or by their destructor as actor_lost.
#include "routing/lease.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace pgmuster {
namespace {

shaping_tally all_dropped(std::uint64_t points, drop_reason why) noexcept {
  shaping_tally went;
  went.dropped = dropped_for(why, points);
  return went;
}

} // namespace

std::shared_ptr<shaping_lease>
shaping_lease::open(std::shared_ptr<shaping_book> book,
                    std::shared_ptr<credit_account> credit,
                    byte_count bytes,
                    std::uint64_t points,
                    bool reserved) {
  // Gives make_shared the private constructor.
  struct opened : shaping_lease {
    opened(std::shared_ptr<shaping_book> in_book,
           std::shared_ptr<credit_account> in_credit,
           byte_count of_bytes,
           std::uint64_t of_points)
      : shaping_lease(std::move(in_book),
                      std::move(in_credit),
                      of_bytes,
                      of_points) {}
  };
  book->observe(points);
  if (!credit->try_take(bytes, reserved)) {
    book->settle(points, all_dropped(points, drop_reason::no_credit));
    return nullptr;
  }
  return std::make_shared<opened>(std::move(book), std::move(credit), bytes,
                                  points);
}

shaping_lease::shaping_lease(std::shared_ptr<shaping_book> book,
                             std::shared_ptr<credit_account> credit,
                             byte_count bytes,
                             std::uint64_t points)
  : book_(std::move(book)),
    credit_(std::move(credit)),
    bytes_(bytes),
    points_(points) {}

shaping_lease::~shaping_lease() {
  if (!settled_) {
    book_->settle(points_, all_dropped(points_, drop_reason::actor_lost));
  }
  credit_->give_back(bytes_);
}

void shaping_lease::settle(const shaping_tally& went) {
  assert(!settled_);
  settled_ = true;
  book_->settle(points_, went);
}

std::shared_ptr<delivery_lease>
delivery_lease::read_back(std::shared_ptr<delivery_book> book,
                          std::uint64_t points) {
  book->read_back(points);
  auto made = std::make_shared<delivery_lease>(std::move(book));
  made->points_ = points;
  made->in_frame_ = true;
  made->spooled_too_ = true;
  return made;
}

delivery_lease::~delivery_lease() {
  weigh(0);
  if (points_ == 0) {
    return;
  }
  if (spooled_too_) {
    spool();
  } else {
    drop(drop_reason::actor_lost);
  }
}

void delivery_lease::weigh(std::uint64_t bytes) {
  if (bytes != bytes_) {
    book_->weigh(std::exchange(bytes_, bytes), bytes);
  }
}

void delivery_lease::enter(std::uint64_t passed, std::uint64_t made) {
  assert(!in_frame_);
  book_->enter(passed, made);
  points_ += passed + made;
}

void delivery_lease::framed(std::uint64_t points) {
  assert(!in_frame_);
  in_frame_ = true;
  book_->frame(points_, points);
  points_ = points;
}

void delivery_lease::acknowledge(std::uint64_t rejected) {
  delivery_end how;
  how.rejected = std::min(points_, rejected);
  how.acked = points_ - how.rejected;
  end(how);
}

void delivery_lease::reject() {
  delivery_end how;
  how.rejected = points_;
  end(how);
}

void delivery_lease::quarantine() {
  delivery_end how;
  how.quarantined = points_;
  end(how);
}

void delivery_lease::drop(drop_reason why) {
  if (in_frame_) {
    delivery_end how;
    how.dropped = dropped_for(why, points_);
    end(how);
  } else {
    book_->drop_batching(std::exchange(points_, 0), why);
  }
}

void delivery_lease::end(const delivery_end& how) {
  assert(in_frame_);
  assert(how.points() <= points_);
  points_ -= how.points();
  ended_ += how.points();
  const auto over = points_ == 0;
  if (over) {
    weigh(0);
  }
  book_->end(how, spooled_too_);
  if (over) {
    tell_owner(true);
  }
}

void delivery_lease::tell_owner(bool ended) {
  if (const auto owner = std::exchange(owner_, {})) {
    owner(ended);
  }
}

void delivery_lease::keep_copy(copy_owner owner) {
  assert(in_frame_);
  owner_ = std::move(owner);
  if (!std::exchange(spooled_too_, true)) {
    book_->copy(points_);
  }
}

void delivery_lease::spool() {
  assert(in_frame_);
  if (spooled_too_ && ended_ > 0) {
    book_->recover(std::exchange(ended_, 0));
  }
  weigh(0);
  book_->spool(std::exchange(points_, 0), spooled_too_);
  tell_owner(false);
}

} // namespace pgmuster
