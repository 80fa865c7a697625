// The names of keys and signatures are RFC 5802's.
#include "loadtest/simulator/wire/scram.hpp"

#include <fmt/format.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <algorithm>
#include <utility>

namespace pgmuster::loadtest {

namespace {

const unsigned char* bytes_of(std::string_view text) noexcept {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): its interface
  return reinterpret_cast<const unsigned char*>(text.data());
}

sha256_bytes hmac(const sha256_bytes& key, std::string_view text) {
  sha256_bytes made{};
  unsigned length = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(text),
       text.size(), made.data(), &length);
  return made;
}

sha256_bytes hash(const sha256_bytes& of) {
  sha256_bytes made{};
  SHA256(of.data(), of.size(), made.data());
  return made;
}

std::string base64(const unsigned char* bytes, std::size_t count) {
  // Four letters for three bytes, and a zero behind them.
  std::string made((count + 2) / 3 * 4 + 1, '\0');
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): its interface
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(made.data()), bytes,
                  static_cast<int>(count));
  made.pop_back();
  return made;
}

/// 32 bytes in base64: 43 letters and one `=`.
std::optional<sha256_bytes> proof_of(std::string_view text) {
  constexpr std::size_t letters = 44;
  std::array<unsigned char, 33> decoded{};
  if (text.size() != letters || text[letters - 1] != '='
      || text[letters - 2] == '='
      || EVP_DecodeBlock(decoded.data(), bytes_of(text),
                         static_cast<int>(letters))
           != static_cast<int>(decoded.size())) {
    return std::nullopt;
  }
  sha256_bytes proof{};
  std::copy_n(decoded.begin(), proof.size(), proof.begin());
  return proof;
}

/// Steps over `prefix` and what follows it up to a comma or the end.
std::optional<std::string_view> take(std::string_view& from,
                                     std::string_view prefix) {
  if (!from.starts_with(prefix)) {
    return std::nullopt;
  }
  const auto end = from.find(',');
  const auto taken =
    from.substr(prefix.size(), end == from.npos ? end : end - prefix.size());
  from.remove_prefix(end == from.npos ? from.size() : end + 1);
  return taken;
}

} // namespace

scram_verifier make_scram_verifier(const secret_string& password,
                                   std::string salt,
                                   std::uint32_t iterations) {
  scram_verifier made;
  sha256_bytes salted{};
  const auto& text = password.reveal();
  PKCS5_PBKDF2_HMAC(text.data(), static_cast<int>(text.size()), bytes_of(salt),
                    static_cast<int>(salt.size()), static_cast<int>(iterations),
                    EVP_sha256(), static_cast<int>(salted.size()),
                    salted.data());
  made.salt = std::move(salt);
  made.iterations = iterations;
  made.stored_key = hash(hmac(salted, "Client Key"));
  made.server_key = hmac(salted, "Server Key");
  OPENSSL_cleanse(salted.data(), salted.size());
  return made;
}

scram_exchange::scram_exchange(std::shared_ptr<const scram_verifier> verifier,
                               std::string nonce)
  : verifier_(std::move(verifier)), nonce_(std::move(nonce)) {}

std::optional<std::string> scram_exchange::first(std::string_view message) {
  auto rest = message;
  // `y`: the client could bind channels and saw that we offer none. `p=` asks
  // for what we did not offer.
  if (!rest.starts_with("n,") && !rest.starts_with("y,")) {
    return std::nullopt;
  }
  rest.remove_prefix(2);
  const auto authorised = rest.find(',');
  if (authorised == rest.npos) {
    return std::nullopt;
  }
  rest.remove_prefix(authorised + 1);
  header_ = message.substr(0, message.size() - rest.size());
  client_first_ = rest;
  const auto name = take(rest, "n=");
  const auto nonce = take(rest, "r=");
  if (!name || !nonce || nonce->empty()) {
    return std::nullopt;
  }
  nonce_.insert(0, *nonce);
  server_first_ =
    fmt::format("r={},s={},i={}", nonce_,
                base64(bytes_of(verifier_->salt), verifier_->salt.size()),
                verifier_->iterations);
  return server_first_;
}

std::optional<std::string>
scram_exchange::last(std::string_view message) const {
  const auto before_proof = message.rfind(",p=");
  if (server_first_.empty() || before_proof == message.npos) {
    return std::nullopt;
  }
  auto rest = message;
  const auto binding = take(rest, "c=");
  const auto nonce = take(rest, "r=");
  auto proof = proof_of(message.substr(before_proof + 3));
  if (!binding || *binding != base64(bytes_of(header_), header_.size())
      || !nonce || *nonce != nonce_ || !proof) {
    return std::nullopt;
  }
  const auto signed_text = fmt::format("{},{},{}", client_first_, server_first_,
                                       message.substr(0, before_proof));
  const auto signature = hmac(verifier_->stored_key, signed_text);
  for (std::size_t at = 0; at < proof->size(); ++at) {
    (*proof)[at] ^= signature[at];
  }
  if (hash(*proof) != verifier_->stored_key) {
    return std::nullopt;
  }
  const auto answer = hmac(verifier_->server_key, signed_text);
  return "v=" + base64(answer.data(), answer.size());
}

} // namespace pgmuster::loadtest
