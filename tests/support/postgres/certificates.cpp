// Made in the process: 140 roots by the program would take seconds.
#include "tests/support/postgres/certificates.hpp"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <stdexcept>

namespace pgmuster::test {

namespace {

constexpr long seconds_a_day = 24L * 60 * 60;

struct free_bio {
  void operator()(BIO* bio) const noexcept { BIO_free_all(bio); }
};

std::string text_of(const std::unique_ptr<BIO, free_bio>& memory) {
  char* bytes = nullptr;
  const auto size = BIO_get_mem_data(memory.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

std::string pem(X509* certificate) {
  const std::unique_ptr<BIO, free_bio> memory{BIO_new(BIO_s_mem())};
  PEM_write_bio_X509(memory.get(), certificate);
  return text_of(memory);
}

std::string pem(EVP_PKEY* key) {
  const std::unique_ptr<BIO, free_bio> memory{BIO_new(BIO_s_mem())};
  PEM_write_bio_PrivateKey(memory.get(), key, nullptr, nullptr, 0, nullptr,
                           nullptr);
  return text_of(memory);
}

void extend(X509* subject, X509* issuer, int what, const std::string& words) {
  X509V3_CTX context{};
  X509V3_set_ctx(&context, issuer, subject, nullptr, nullptr, 0);
  auto* const made =
    X509V3_EXT_conf_nid(nullptr, &context, what, words.c_str());
  if (made == nullptr) {
    throw std::runtime_error{"no such extension: " + words};
  }
  X509_add_ext(subject, made, -1);
  X509_EXTENSION_free(made);
}

std::unique_ptr<X509, free_certificate> blank(const certificate_request& what,
                                              EVP_PKEY* key) {
  static std::atomic<long> serial{1'000};
  std::unique_ptr<X509, free_certificate> made{X509_new()};
  X509_set_version(made.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(made.get()),
                  what.from_days * seconds_a_day);
  X509_gmtime_adj(X509_getm_notAfter(made.get()),
                  what.until_days * seconds_a_day);
  X509_NAME_add_entry_by_NID(
    X509_get_subject_name(made.get()), NID_commonName, MBSTRING_UTF8,
    reinterpret_cast<const unsigned char*>(what.name.c_str()), -1, -1, 0);
  X509_set_pubkey(made.get(), key);
  return made;
}

} // namespace

authority::authority(const std::string& name) : key_(EVP_EC_gen("P-256")) {
  certificate_request what;
  what.name = name;
  what.until_days = 3'650;
  root_ = blank(what, key_.get());
  X509_set_issuer_name(root_.get(), X509_get_subject_name(root_.get()));
  extend(root_.get(), root_.get(), NID_basic_constraints, "critical,CA:TRUE");
  extend(root_.get(), root_.get(), NID_subject_key_identifier, "hash");
  X509_sign(root_.get(), key_.get(), EVP_sha256());
  pem_ = pem(root_.get());
}

signed_certificate authority::issue(const certificate_request& what) const {
  const std::unique_ptr<EVP_PKEY, free_key> key{EVP_EC_gen("P-256")};
  const auto made = blank(what, key.get());
  X509_set_issuer_name(made.get(), X509_get_subject_name(root_.get()));
  extend(made.get(), root_.get(), NID_authority_key_identifier, "keyid:always");
  if (!what.alternatives.empty()) {
    extend(made.get(), root_.get(), NID_subject_alt_name, what.alternatives);
  }
  X509_sign(made.get(), key_.get(), EVP_sha256());
  return {pem(made.get()), pem(key.get())};
}

std::string strange_roots(int count) {
  std::string all;
  for (int made = 0; made < count; ++made) {
    all += authority{"stranger " + std::to_string(made)}.certificate();
  }
  return all;
}

} // namespace pgmuster::test
