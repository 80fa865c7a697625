// What utility statements must not tell, in whatever form it stands.
#pragma once

#include "drivers/postgres/fingerprint/sql_tokens.hpp"

#include <cstdint>
#include <string_view>

namespace pgmuster::postgres {

/// Follows the words of statements to what is nobody's business: what comes
/// after PASSWORD, IDENTIFIED BY, CONNECTION, the names of OPTIONS, a comment's
/// IS, a payload's comma. A slip of the pen is a literal too: a password
/// without quotes is refused by the server, and shown by it.
class utility_secrets {
public:
  /// The token is, or belongs to, such a thing. To be asked for each token, in
  /// order.
  [[nodiscard]] bool hides(const sql_token& token);
  /// What is set ends with the statement.
  [[nodiscard]] bool sets_to_the_end() const noexcept;

private:
  enum class hiding : std::uint8_t {
    nothing,
    /// The next name or word.
    value,
    /// `OPTIONS` was read, its bracket not yet.
    options,
    option_name,
    option_value,
    /// Up to PUBLICATION.
    connection,
    rest
  };

  bool hides_value(const sql_token& token);
  bool hides_option(const sql_token& token);
  void note(const sql_token& token);
  [[nodiscard]] hiding opened_by(const sql_token& token,
                                 std::string_view before) const;

  hiding hidden_ = hiding::nothing;
  std::string_view first_;
  std::string_view second_;
  std::string_view last_;
};

} // namespace pgmuster::postgres
