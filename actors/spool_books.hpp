// Enters into the books what the spool does by itself, and says what a person
// should know of it.
#pragma once

#include "actors/services.hpp"
#include "routing/seldom_told.hpp"

namespace pgmuster {

class spool_books final : public spooling::spool_listener {
public:
  /// `shared` outlives the spool's thread.
  explicit spool_books(services& shared) : shared_(shared) {}

  void recovered(const spooling::partition_key& of,
                 std::uint64_t points) override;
  void lost(const spooling::partition_key& of,
            const spooling::spool_loss& what) override;
  void quarantine_trimmed(std::uint64_t frames, std::uint64_t points) override;
  void said(spooling::spool_state now, const std::string& words) override;
  void warned(const std::string& words) override;

  /// Tells what it kept for a later line; after the spool's stop.
  void tell_rest();

private:
  void say(std::string_view words,
           const seldom_told::losses& what,
           const spooling::partition_key* last);

  services& shared_;
  // A spool that is full lets segments go as fast as frames come; one that is
  // damaged says where, up to a bound. Used by the spool's thread, and after
  // its end.
  seldom_told full_{1};
  seldom_told corrupt_{20};
  seldom_told trimmed_{1};
};

/// Opens the spool of the configuration, if it has one, and the quarantine
/// beside it.
[[nodiscard]] result<std::unique_ptr<spool_books>>
open_spool_with_books(services& shared);

} // namespace pgmuster
