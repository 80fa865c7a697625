// libpq makes and begins a handshake within one call of PQconnectPoll; OpenSSL
// tells us of it from within. Nothing of libpq's own judgement is changed: the
// mode, the name's check and the verdict on a certificate stay as they are.
#include "drivers/postgres/tls_handover.hpp"

#include <fmt/format.h>

#include <openssl/ssl.h>

#include <array>

namespace pgmuster::postgres {

namespace {

/// Of the handshake that this thread's PQconnectPoll may begin.
using shared_witness = std::shared_ptr<tls_witness>;
thread_local const shared_witness* expected = nullptr;

void begin(const SSL* handshake, int where, int /*value*/);

/// OpenSSL's callback for every SSL that anyone makes: ours are those that are
/// made on a thread that expects one.
void made(void* parent,
          void* /*unused*/,
          CRYPTO_EX_DATA* data,
          int slot,
          long /*unused*/,
          void* /*unused*/) {
  if (expected != nullptr) {
    auto own = std::make_unique<shared_witness>(*expected);
    if (CRYPTO_set_ex_data(data, slot, own.get()) == 1) {
      static_cast<void>(own.release());
      SSL_set_info_callback(static_cast<SSL*>(parent), begin);
    }
  }
}

/// OpenSSL's callback for every SSL that goes.
void gone(void* /*parent*/,
          void* held,
          CRYPTO_EX_DATA* /*unused*/,
          int /*slot*/,
          long /*unused*/,
          void* /*unused*/) {
  const std::unique_ptr<shared_witness> last{
    static_cast<shared_witness*>(held)};
}

/// Where an SSL keeps the pointer to its witness.
int witness_slot() {
  static const int slot = SSL_get_ex_new_index(0, nullptr, made, nullptr, gone);
  return slot;
}

tls_witness* witness_of(const SSL* handshake) {
  const auto* const held =
    static_cast<shared_witness*>(SSL_get_ex_data(handshake, witness_slot()));
  return held == nullptr ? nullptr : held->get();
}

struct free_bio {
  void operator()(BIO* bio) const noexcept { BIO_free_all(bio); }
};

std::string written(const std::unique_ptr<BIO, free_bio>& memory) {
  char* bytes = nullptr;
  const auto size = BIO_get_mem_data(memory.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

std::string words_of(const X509_NAME* name) {
  const std::unique_ptr<BIO, free_bio> memory{BIO_new(BIO_s_mem())};
  if (!memory || name == nullptr) {
    return "?";
  }
  // Control characters of a stranger's choosing are escaped by this form.
  X509_NAME_print_ex(memory.get(), name, 0, XN_FLAG_RFC2253);
  return written(memory);
}

std::string words_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) {
    return "?";
  }
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02} UTC",
                     parts.tm_year + 1'900, parts.tm_mon + 1, parts.tm_mday,
                     parts.tm_hour, parts.tm_min, parts.tm_sec);
}

/// OpenSSL's callback: it notes and agrees, as libpq's own does.
int take_note(int verdict, X509_STORE_CTX* context) {
  const auto* const handshake = static_cast<const SSL*>(
    X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* const witness = handshake == nullptr ? nullptr : witness_of(handshake);
  const auto* const certificate = X509_STORE_CTX_get_current_cert(context);
  if (verdict == 1 || witness == nullptr || witness->objection != 0) {
    return verdict;
  }
  witness->objection = X509_STORE_CTX_get_error(context);
  witness->depth = X509_STORE_CTX_get_error_depth(context);
  if (certificate != nullptr) {
    witness->subject = words_of(X509_get_subject_name(certificate));
    witness->issuer = words_of(X509_get_issuer_name(certificate));
    witness->not_before = words_of(X509_get0_notBefore(certificate));
    witness->not_after = words_of(X509_get0_notAfter(certificate));
  }
  return verdict;
}

/// OpenSSL's callback at the start of a handshake, when libpq has set up all it
/// wants and nothing has been sent.
void begin(const SSL* handshake, int where, int /*value*/) {
  auto* const witness = witness_of(handshake);
  if (where != SSL_CB_HANDSHAKE_START || witness == nullptr) {
    return;
  }
  // The callback's type is older than the functions that it is for.
  auto* const own = const_cast<SSL*>(handshake); // NOLINT
  const int mode = SSL_get_verify_mode(own);
  SSL_set_verify(own, mode, take_note);
  if (witness->roots != nullptr && mode != SSL_VERIFY_NONE) {
    // The second one completes our own certificate's chain, as libpq would.
    witness->handed_over =
      SSL_set1_verify_cert_store(own, witness->roots->store()) == 1
      && SSL_set1_chain_cert_store(own, witness->roots->store()) == 1;
    witness->roots.reset();
  }
}

std::string objection_words(const tls_witness& witness,
                            const std::string& roots) {
  const auto whose = fmt::format(
    "{} certificate ({})",
    witness.depth == 0 ? "the server's" : "the server's authority's",
    witness.subject);
  const char* const why = X509_verify_cert_error_string(witness.objection);
  switch (witness.objection) {
  case X509_V_ERR_CERT_HAS_EXPIRED:
    return fmt::format("{} expired on {} ({})", whose, witness.not_after, why);
  case X509_V_ERR_CERT_NOT_YET_VALID:
    return fmt::format("{} is valid only from {}; is this machine's clock "
                       "right? ({})",
                       whose, witness.not_before, why);
  case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    return fmt::format("{} is signed by itself and is not among the trusted "
                       "roots {} ({})",
                       whose, roots, why);
  case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
  case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
  case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
  case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    return fmt::format("{} is issued by {}, whom none of the trusted roots {} "
                       "vouches for ({})",
                       whose, witness.issuer, roots, why);
  default:
    return fmt::format("{} is refused ({})", whose, why);
  }
}

/// What libpq says of a failed handshake → what it means.
constexpr std::array<std::pair<std::string_view, std::string_view>, 9> meanings{
  {{"alert certificate required",
    "the server demands a client certificate and none is configured"},
   {"alert unknown ca",
    "the server does not know who signed our client certificate"},
   {"alert certificate expired", "our client certificate has expired"},
   {"alert bad certificate", "the server refuses our client certificate"},
   {"alert handshake failure",
    "the server found nothing in common, or demands a client certificate"},
   {"protocol version", "no TLS version is common to both"},
   {"unsupported protocol", "no TLS version is common to both"},
   {"wrong version number", "what answers does not speak TLS"},
   {"server does not support SSL", "the server has TLS switched off"}}};

} // namespace

PostgresPollingStatusType
watched_poll(PGconn* connection, const std::shared_ptr<tls_witness>& witness) {
  static_cast<void>(witness_slot());
  expected = &witness;
  const auto next = PQconnectPoll(connection);
  expected = nullptr;
  return next;
}

void dismiss_witness(PGconn* connection) {
  if (auto* const handshake =
        static_cast<SSL*>(PQsslStruct(connection, "OpenSSL"));
      handshake != nullptr) {
    const std::unique_ptr<shared_witness> last{
      static_cast<shared_witness*>(SSL_get_ex_data(handshake, witness_slot()))};
    SSL_set_info_callback(handshake, nullptr);
    SSL_set_ex_data(handshake, witness_slot(), nullptr);
  }
}

bool was_certificate_refused(std::string_view said) {
  return said.find("certificate verify failed") != said.npos;
}

std::string tls_failure_words(std::string_view said,
                              const tls_witness& witness,
                              const std::string& roots) {
  if (was_certificate_refused(said) && witness.objection != X509_V_OK) {
    return objection_words(witness, roots);
  }
  const auto line = said.substr(0, said.find('\n'));
  for (const auto& [fragment, words] : meanings) {
    if (line.find(fragment) != line.npos) {
      return fmt::format("{} ({})", words, line);
    }
  }
  return std::string{line};
}

} // namespace pgmuster::postgres
