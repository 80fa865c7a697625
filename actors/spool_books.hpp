// Enters into the books what the spool does by itself, and says what a person
// should know of it.
#pragma once

#include "actors/services.hpp"

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

private:
  services& shared_;
};

/// Opens the spool of the configuration, if it has one, and the quarantine
/// beside it.
[[nodiscard]] result<std::unique_ptr<spool_books>>
open_spool_with_books(services& shared);

} // namespace pgmuster
