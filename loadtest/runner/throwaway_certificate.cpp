#include "loadtest/runner/throwaway_certificate.hpp"

#include "loadtest/errc.hpp"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cstdio>
#include <memory>

namespace pgmuster::loadtest {
namespace {

struct closer {
  void operator()(EVP_PKEY* one) const noexcept { EVP_PKEY_free(one); }
  void operator()(X509* one) const noexcept { X509_free(one); }
  void operator()(std::FILE* one) const noexcept { (void)std::fclose(one); }
};

constexpr long two_days_s = 2L * 24 * 3600;

std::unique_ptr<X509, closer> self_signed(EVP_PKEY* key) {
  std::unique_ptr<X509, closer> made{X509_new()};
  if (!made) {
    return nullptr;
  }
  X509_NAME* const name = X509_get_subject_name(made.get());
  const auto* const words =
    reinterpret_cast<const unsigned char*>("pgmuster load test");
  const bool done =
    X509_set_version(made.get(), X509_VERSION_3) == 1
    && ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1) == 1
    && X509_gmtime_adj(X509_getm_notBefore(made.get()), -3600) != nullptr
    && X509_gmtime_adj(X509_getm_notAfter(made.get()), two_days_s) != nullptr
    && X509_set_pubkey(made.get(), key) == 1
    && X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, words, -1, -1, 0)
         == 1
    && X509_set_issuer_name(made.get(), name) == 1
    && X509_sign(made.get(), key, EVP_sha256()) > 0;
  return done ? std::move(made) : nullptr;
}

} // namespace

result<void>
write_throwaway_certificate(const std::filesystem::path& certificate,
                            const std::filesystem::path& key) {
  const std::unique_ptr<EVP_PKEY, closer> made{EVP_EC_gen("P-256")};
  const auto signed_by_it = made ? self_signed(made.get()) : nullptr;
  if (!signed_by_it) {
    return fail(loadtest_errc::process, "OpenSSL makes no certificate");
  }
  const std::unique_ptr<std::FILE, closer> to{
    std::fopen(certificate.c_str(), "we")};
  const std::unique_ptr<std::FILE, closer> to_key{
    std::fopen(key.c_str(), "we")};
  if (!to || !to_key || PEM_write_X509(to.get(), signed_by_it.get()) != 1
      || PEM_write_PrivateKey(to_key.get(), made.get(), nullptr, nullptr, 0,
                              nullptr, nullptr)
           != 1) {
    return fail(loadtest_errc::file, certificate.string());
  }
  return {};
}

} // namespace pgmuster::loadtest
