// Reading is OpenSSL's own, so that a file means the same as it does to libpq.
#include "drivers/postgres/trust_roots.hpp"

#include "config/limits.hpp"
#include "drivers/postgres/errc.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>

namespace pgmuster::postgres {

namespace {

/// Debian, Fedora, older Red Hat, SUSE, Alpine.
constexpr std::array usual_places{
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
};

struct free_bio {
  void operator()(BIO* bio) const noexcept { BIO_free_all(bio); }
};

/// The store's first certificate, as PEM; `count` becomes how many it has.
std::string first_certificate(X509_STORE* store, std::size_t& count) {
  std::string first;
  const auto* const objects = X509_STORE_get0_objects(store);
  for (int at = 0; at < sk_X509_OBJECT_num(objects); ++at) {
    auto* const held = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(objects, at));
    count += held != nullptr ? 1 : 0;
    const std::unique_ptr<BIO, free_bio> out{BIO_new(BIO_s_mem())};
    if (held != nullptr && first.empty() && out
        && PEM_write_bio_X509(out.get(), held) == 1) {
      char* bytes = nullptr;
      const auto size = BIO_get_mem_data(out.get(), &bytes);
      first.assign(bytes, static_cast<std::size_t>(size));
    }
  }
  return first;
}

bool same_file(const struct ::stat& one, const struct ::stat& other) {
  return one.st_dev == other.st_dev && one.st_ino == other.st_ino
         && one.st_size == other.st_size
         && one.st_mtim.tv_sec == other.st_mtim.tv_sec
         && one.st_mtim.tv_nsec == other.st_mtim.tv_nsec;
}

error unreadable(const std::string& path, int number) {
  return fail(errc::tls_failed,
              fmt::format("the trusted roots {} cannot be read: {}", path,
                          std::generic_category().message(number)));
}

} // namespace

std::string find_system_roots() {
  const char* const named = std::getenv("SSL_CERT_FILE");
  if (named != nullptr && *named != '\0') {
    return named;
  }
  const auto* const found =
    std::find_if(usual_places.begin(), usual_places.end(),
                 [](const char* path) { return ::access(path, R_OK) == 0; });
  return found == usual_places.end() ? std::string{} : std::string{*found};
}

result<std::shared_ptr<const trust_roots>>
trust_roots::read(const std::string& path) {
  // Asked first, since OpenSSL's reasons are not for people.
  if (const descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
      !file) {
    return unreadable(path, errno);
  }
  auto made = std::make_shared<trust_roots>();
  made->store_.reset(X509_STORE_new());
  if (made->store_ == nullptr) {
    return fail(errc::too_many_ours, "out of memory");
  }
  ERR_clear_error();
  const bool loaded =
    X509_STORE_load_file(made->store_.get(), path.c_str()) == 1;
  ERR_clear_error();
  made->make_stand_in();
  if (!loaded || made->count_ == 0) {
    return fail(errc::tls_failed,
                fmt::format("the trusted roots {} are not a file of "
                            "certificates in PEM form",
                            path));
  }
  return std::shared_ptr<const trust_roots>{std::move(made)};
}

void trust_roots::make_stand_in() {
  const auto text = first_certificate(store_.get(), count_);
  memory_ = descriptor{
    ::memfd_create("pgmuster-roots", MFD_CLOEXEC | MFD_ALLOW_SEALING)};
  if (!memory_ || text.empty()
      || ::write(memory_.number(), text.data(), text.size())
           != static_cast<ssize_t>(text.size())) {
    return;
  }
  constexpr int sealed =
    F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
  const auto path = fmt::format("/proc/self/fd/{}", memory_.number());
  if (::fcntl(memory_.number(), F_ADD_SEALS, sealed) == 0
      && ::access(path.c_str(), R_OK) == 0) {
    stand_in_ = path;
  }
}

result<std::shared_ptr<const trust_roots>>
roots_library::get(const std::string& path) {
  // Held while reading: who wants the same file waits rather than reads it too.
  const std::lock_guard lock{mutex_};
  struct ::stat now {};
  if (::stat(path.c_str(), &now) != 0) {
    return unreadable(path, errno);
  }
  const auto known =
    std::find_if(entries_.begin(), entries_.end(),
                 [&](const entry& one) { return one.path == path; });
  if (known != entries_.end() && same_file(known->seen, now)) {
    entries_.splice(entries_.begin(), entries_, known);
    return known->roots;
  }
  if (known != entries_.end()) {
    entries_.erase(known);
  }
  ++reads_;
  auto roots = trust_roots::read(path);
  if (roots) {
    entries_.push_front({path, now, roots.value()});
    if (entries_.size() > limits::root_bundles_max) {
      entries_.pop_back();
    }
  }
  return roots;
}

} // namespace pgmuster::postgres
