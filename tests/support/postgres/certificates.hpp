// Certificate authorities that live as long as a test, and what they sign.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <vector>

namespace pgmuster::test {

struct free_key {
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
};
struct free_certificate {
  void operator()(X509* what) const noexcept { X509_free(what); }
};

struct signed_certificate {
  std::string certificate;
  std::string key;
};

/// What a certificate says; days count from now.
struct certificate_request {
  std::string name = "db.test";
  /// As in openssl's configuration; empty: none (a client's).
  std::string alternatives = "DNS:db.test,DNS:localhost,IP:127.0.0.1";
  int from_days = -1;
  int until_days = 30;
};

/// A self-signed P-256 root.
class authority {
public:
  explicit authority(const std::string& name);

  [[nodiscard]] const std::string& certificate() const { return pem_; }
  [[nodiscard]] signed_certificate
  issue(const certificate_request& what = {}) const;

private:
  std::unique_ptr<EVP_PKEY, free_key> key_;
  std::unique_ptr<X509, free_certificate> root_;
  std::string pem_;
};

/// The certificates of `count` further authorities, one after the other.
[[nodiscard]] std::string strange_roots(int count);

} // namespace pgmuster::test
