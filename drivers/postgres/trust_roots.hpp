// A bundle of trusted roots is read once and shared by all connections that
// name it, since libpq alone would read it again for each of them.
#pragma once

#include "config/result.hpp"
#include "drivers/postgres/handles.hpp"

#include <openssl/x509.h>
#include <sys/stat.h>

#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>

namespace pgmuster::postgres {

/// Where this system keeps its roots: SSL_CERT_FILE if it is set (as OpenSSL
/// has it), else the first usual place where a file is; empty: nowhere.
[[nodiscard]] std::string find_system_roots();

struct free_store {
  void operator()(X509_STORE* store) const noexcept { X509_STORE_free(store); }
};

/// The roots of one file, as they were when it was read. Immutable; OpenSSL
/// lets any number of handshakes look things up in one store.
class trust_roots {
public:
  /// Blocks on the disk. errc::tls_failed, with the path and the reason.
  [[nodiscard]] static result<std::shared_ptr<const trust_roots>>
  read(const std::string& path);

  [[nodiscard]] X509_STORE* store() const noexcept { return store_.get(); }
  [[nodiscard]] std::size_t count() const noexcept { return count_; }

  /// The path of a sealed file in memory that holds one of the roots: libpq
  /// insists on reading a file. Empty where there is no such thing.
  [[nodiscard]] const std::string& stand_in() const noexcept {
    return stand_in_;
  }

private:
  void make_stand_in();

  std::unique_ptr<X509_STORE, free_store> store_;
  std::size_t count_ = 0;
  descriptor memory_;
  std::string stand_in_;
};

/// What was read, by path; the least recently used goes first. Thread-safe.
class roots_library {
public:
  /// Reads the file if it is not known, or not the same any more. Blocks on
  /// the disk: for connector threads only.
  [[nodiscard]] result<std::shared_ptr<const trust_roots>>
  get(const std::string& path);

  /// Files read since the start.
  [[nodiscard]] std::uint64_t reads() const noexcept { return reads_; }

private:
  struct entry {
    std::string path;
    struct ::stat seen {};
    std::shared_ptr<const trust_roots> roots;
  };

  std::mutex mutex_;
  /// The most recently used first.
  std::list<entry> entries_;
  std::atomic<std::uint64_t> reads_{0};
};

} // namespace pgmuster::postgres
