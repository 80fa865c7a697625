// PostgreSQL reads its certificate anew on reload; what it presents is asked of
// a handshake.
#include "tests/drivers/postgres/tls_fixture.hpp"

#include "drivers/postgres/handles.hpp"

#include <fmt/format.h>

#include <libpq-fe.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace pgmuster::postgres {

namespace {

std::string presented(std::uint16_t port) {
  const auto words = fmt::format("host=127.0.0.1 port={} user=postgres "
                                 "dbname=postgres sslmode=require "
                                 "sslrootcert=/dev/null/none",
                                 port);
  const connection_ptr connection{PQconnectdb(words.c_str())};
  auto* const handshake =
    static_cast<SSL*>(PQsslStruct(connection.get(), "OpenSSL"));
  if (handshake == nullptr) {
    return {};
  }
  const std::unique_ptr<X509, test::free_certificate> seen{
    SSL_get1_peer_certificate(handshake)};
  BIO* const memory = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(memory, seen.get());
  char* bytes = nullptr;
  const auto size = BIO_get_mem_data(memory, &bytes);
  std::string text{bytes, static_cast<std::size_t>(size)};
  BIO_free_all(memory);
  return text;
}

/// Gone with the process.
struct own_folder {
  own_folder() { std::filesystem::create_directories(path); }
  ~own_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  own_folder(const own_folder&) = delete;
  own_folder& operator=(const own_folder&) = delete;

  std::filesystem::path path = std::filesystem::temp_directory_path()
                               / fmt::format("pgmuster-tls-{}", ::getpid());
};

/// In place, so that the file stays the server's own.
void overwrite(const std::string& path, const std::string& text) {
  std::ofstream{path, std::ios::trunc} << text;
}

} // namespace

void tls_pgtest::SetUp() {
  driver_pgtest::SetUp();
  ASSERT_TRUE(server().running());
}

test::postgres_server& tls_pgtest::server() {
  static test::postgres_server own;
  return own;
}

void tls_pgtest::serve(const test::signed_certificate& what) {
  const auto data =
    std::filesystem::path{server().ca_file()}.parent_path().string();
  overwrite(data + "/server.key", what.key);
  overwrite(data + "/server.crt", what.certificate);
  static_cast<void>(server().ask("select pg_reload_conf()"));
  for (int tries = 0; tries < 500; ++tries) {
    if (presented(server().port()) == what.certificate) {
      return;
    }
    ::poll(nullptr, 0, 10);
  }
  ADD_FAILURE() << "the server presents another certificate";
}

std::string tls_pgtest::write_file(const std::string& name,
                                   const std::string& text) {
  static const own_folder folder;
  const auto path = (folder.path / name).string();
  std::ofstream{path, std::ios::trunc} << text;
  ::chmod(path.c_str(), S_IRUSR | S_IWUSR);
  return path;
}

std::string tls_pgtest::dsn(const std::string& roots, const std::string& more) {
  return fmt::format("host=db.test hostaddr=127.0.0.1 port={} dbname=postgres "
                     "user=postgres sslmode=verify-full sslrootcert={} {}",
                     server().port(), roots, more);
}

std::string tls_pgtest::refusal(const std::string& dsn) {
  const auto made = try_connect(dsn);
  if (made) {
    EXPECT_TRUE((*made)->facts().encrypted);
    return {};
  }
  const auto words = describe(made.error());
  EXPECT_EQ(made.error().code, errc::tls_failed) << words;
  EXPECT_EQ(words.find("/proc/self"), std::string::npos) << words;
  return words;
}

const test::authority& tls_pgtest::ours() {
  static const test::authority made{"our authority"};
  return made;
}

const test::authority& tls_pgtest::another() {
  static const test::authority made{"another authority"};
  return made;
}

std::string tls_pgtest::large_bundle() {
  static const std::string strangers = test::strange_roots(140);
  return strangers + ours().certificate() + another().certificate();
}

} // namespace pgmuster::postgres
