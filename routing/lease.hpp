// A payload's own share of credit and of the books: whoever lets it go without
// settling it has lost the points, and that is counted.
#pragma once

#include "routing/credit.hpp"
#include "routing/ledger.hpp"

#include <functional>
#include <memory>

namespace pgmuster {

/// Book A: travels with an observation from the database to the frame stage.
/// Move-only; messages carry it in a shared_ptr. Ended by one thread.
class shaping_lease {
public:
  /// Null if the credit is short; the points are then observed and
  /// dropped[no_credit].
  [[nodiscard]] static std::shared_ptr<shaping_lease>
  open(std::shared_ptr<shaping_book> book,
       std::shared_ptr<credit_account> credit,
       byte_count bytes,
       std::uint64_t points,
       bool reserved = false);

  /// Unless settled: dropped[actor_lost]. Returns the credit in any case.
  ~shaping_lease();
  shaping_lease(const shaping_lease&) = delete;
  shaping_lease& operator=(const shaping_lease&) = delete;

  /// Ends it. Precondition: not settled before.
  void settle(const shaping_tally& went);
  [[nodiscard]] std::uint64_t points() const noexcept { return points_; }

private:
  shaping_lease(std::shared_ptr<shaping_book> book,
                std::shared_ptr<credit_account> credit,
                byte_count bytes,
                std::uint64_t points);

  std::shared_ptr<shaping_book> book_;
  std::shared_ptr<credit_account> credit_;
  byte_count bytes_;
  std::uint64_t points_;
  bool settled_ = false;
};

/// Book B: points of one tenant and route, first in a batch, then in a frame.
/// Ends when none of its points is left; ended by one thread.
class delivery_lease {
public:
  explicit delivery_lease(std::shared_ptr<delivery_book> book)
    : book_(std::move(book)) {}
  /// A frame read back from the spool, which keeps its copy until the frame has
  /// ended: the points leave `spooled` for `in_flight`.
  [[nodiscard]] static std::shared_ptr<delivery_lease>
  read_back(std::shared_ptr<delivery_book> book, std::uint64_t points);
  /// What it still holds is dropped[actor_lost], or spooled again if the spool
  /// has a copy.
  ~delivery_lease();
  delivery_lease(const delivery_lease&) = delete;
  delivery_lease& operator=(const delivery_lease&) = delete;

  /// Points enter the batch. Precondition: not framed yet.
  void enter(std::uint64_t passed, std::uint64_t made);
  /// The batch became a frame that holds `points` by the encoder's count.
  void framed(std::uint64_t points);

  /// All that is left ends.
  void acknowledge(std::uint64_t rejected);
  void reject();
  void quarantine();
  void drop(drop_reason why);
  /// Some of the frame's points end, as when it was taken apart; the rest stays
  /// in flight. Precondition: no more than are left.
  void end(const delivery_end& how);

  /// Told once what became of a frame of which the spool has a copy: true, all
  /// its points have ended and the copy may go; false, the copy is all there
  /// is. Any thread.
  using copy_owner = std::function<void(bool ended)>;
  /// The spool has a copy and this is to be sent all the same: unless it ends
  /// otherwise, its points are spooled, not lost. Precondition: framed.
  void keep_copy(copy_owner owner = {});
  [[nodiscard]] bool has_copy() const noexcept { return spooled_too_; }
  /// The spool has the only copy from now on. Of a copy that was there before,
  /// points that have ended will be sent again: they count as recovered.
  /// Precondition: framed.
  void spool();

  /// What it stands for occupies so many bytes of memory, until it ends.
  void weigh(std::uint64_t bytes);

  [[nodiscard]] std::uint64_t points() const noexcept { return points_; }

private:
  std::shared_ptr<delivery_book> book_;
  std::uint64_t bytes_ = 0;
  std::uint64_t points_ = 0;
  std::uint64_t ended_ = 0;
  bool in_frame_ = false;
  bool spooled_too_ = false;
  copy_owner owner_;

  void tell_owner(bool ended);
};

} // namespace pgmuster
