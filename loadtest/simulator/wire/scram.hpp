// The server's side of SCRAM-SHA-256 (RFC 5802, RFC 7677), without channel
// binding.
#pragma once

#include "config/secret.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace pgmuster::loadtest {

inline constexpr std::string_view scram_mechanism = "SCRAM-SHA-256";
/// PostgreSQL's own default.
inline constexpr std::uint32_t scram_iterations_default = 4'096;

using sha256_bytes = std::array<unsigned char, 32>;

/// What a server keeps instead of a password. Making one takes as long as the
/// iterations say; checking a proof against it takes microseconds.
struct scram_verifier {
  std::string salt;
  std::uint32_t iterations = scram_iterations_default;
  sha256_bytes stored_key{};
  sha256_bytes server_key{};
};

/// The password is taken as it is: no SASLprep, which ASCII does not need.
[[nodiscard]] scram_verifier make_scram_verifier(const secret_string& password,
                                                 std::string salt,
                                                 std::uint32_t iterations);

/// One exchange. Nothing in an answer means: not a message that can stand
/// here (`first`), or not the right password (`last`).
class scram_exchange {
public:
  /// `nonce`: printable, no comma.
  scram_exchange(std::shared_ptr<const scram_verifier> verifier,
                 std::string nonce);

  /// client-first-message → server-first-message.
  [[nodiscard]] std::optional<std::string> first(std::string_view message);
  /// client-final-message → server-final-message.
  [[nodiscard]] std::optional<std::string> last(std::string_view message) const;

private:
  std::shared_ptr<const scram_verifier> verifier_;
  std::string nonce_;
  std::string header_;
  std::string client_first_;
  std::string server_first_;
};

} // namespace pgmuster::loadtest
