// libpq frees its SSL object before it returns the failure. OpenSSL calls those
// who registered for extra data when it does, on the thread that does it.
#include "drivers/postgres/certificate_verdict.hpp"

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <utility>

namespace pgmuster::postgres {

namespace {

thread_local long last_verdict = X509_V_OK;

void note_verdict(void* parent,
                  void* /*data*/,
                  CRYPTO_EX_DATA* /*all*/,
                  int /*index*/,
                  long /*number*/,
                  void* /*pointer*/) {
  const auto* const ended = static_cast<const SSL*>(parent);
  // Also who is not asked to verify notes what he would have said.
  last_verdict = SSL_get_verify_mode(ended) == SSL_VERIFY_NONE
                   ? X509_V_OK
                   : SSL_get_verify_result(ended);
}

} // namespace

void watch_certificate_verdicts() {
  static const int index = CRYPTO_get_ex_new_index(
    CRYPTO_EX_INDEX_SSL, 0, nullptr, nullptr, nullptr, note_verdict);
  static_cast<void>(index);
}

std::string take_certificate_verdict() {
  const auto verdict = std::exchange(last_verdict, X509_V_OK);
  return verdict == X509_V_OK ? "" : X509_verify_cert_error_string(verdict);
}

} // namespace pgmuster::postgres
