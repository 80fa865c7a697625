// An answer counts only when it came whole (or was cut by us): a connection
// that breaks inside one has told nothing.
#include "drivers/otlp/curl_post.hpp"

#include "config/limits.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

namespace pgmuster {

namespace {

/// Bytes that wait for the destination's confirmation, in milliseconds.
constexpr std::chrono::duration<unsigned, std::milli> unconfirmed_max{30'000};
/// Trusted roots are read again after this.
constexpr std::chrono::duration<long> roots_kept{300};

/// Shorter values would make holes in ordinary words.
constexpr std::size_t secret_bytes_min = 6;

/// Receivers quote what they refuse; a key must not come back into a log.
/// `in_place`: as many bytes as it has, so that a message stays readable.
void mask(std::string& words,
          const std::vector<http_header>& secrets,
          bool in_place) {
  for (const http_header& one : secrets) {
    std::string_view value = one.value.reveal();
    // `Bearer KEY`: the key alone may be quoted.
    value.remove_prefix(value.rfind(' ') + 1);
    if (value.size() < secret_bytes_min) {
      continue;
    }
    for (auto at = words.find(value); at != words.npos;
         at = words.find(value, at)) {
      words.replace(at, value.size(),
                    std::string(in_place ? value.size() : 3, '*'));
    }
  }
}

} // namespace

curl_post::curl_post(http_request request,
                     std::function<void(export_answer)> done)
  : request_(std::move(request)), done_(std::move(done)) {}

curl_post::~curl_post() {
  if (easy_ != nullptr) {
    curl_easy_cleanup(easy_);
  }
  curl_slist_free_all(headers_);
}

std::string curl_post::prepare() {
  easy_ = curl_easy_init();
  if (easy_ == nullptr) {
    return "libcurl has no memory";
  }
  if (!request_.body) {
    request_.body = std::make_shared<const std::string>();
  }
  if (!add_headers()) {
    return "a header cannot be sent: it holds a line break";
  }
  set_options();
  return {};
}

bool curl_post::add_headers() {
  bool added = add_header("Content-Type: " + request_.content_type);
  if (!request_.content_encoding.empty()) {
    added =
      added && add_header("Content-Encoding: " + request_.content_encoding);
  }
  for (const http_header& one : request_.headers) {
    // libcurl leaves out `name:`, and sends `name;` with an empty value.
    added =
      added
      && add_header(one.value.empty() ? one.name + ";"
                                      : one.name + ": " + one.value.reveal());
  }
  // curl would wait for the server's leave before a large body.
  return added && add_header("Expect:");
}

bool curl_post::add_header(const std::string& line) {
  if (line.find_first_of("\r\n") != std::string::npos) {
    return false;
  }
  curl_slist* const longer = curl_slist_append(headers_, line.c_str());
  if (longer == nullptr) {
    return false;
  }
  headers_ = longer;
  return true;
}

void curl_post::set_options() {
  curl_easy_setopt(easy_, CURLOPT_URL, request_.url.c_str());
  curl_easy_setopt(easy_, CURLOPT_PROTOCOLS_STR, "http,https");
  // Over TLS, where both sides agree on it.
  curl_easy_setopt(easy_, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS);
  if (request_.url.starts_with("https:")) {
    // Rather share a connection that is being made than make another; without
    // TLS it would only wait for it.
    curl_easy_setopt(easy_, CURLOPT_PIPEWAIT, 1L);
  }
  if (request_.fresh_connection) {
    curl_easy_setopt(easy_, CURLOPT_FRESH_CONNECT, 1L);
  }
  curl_easy_setopt(easy_, CURLOPT_MAXAGE_CONN,
                   request_.connection_idle_max.count());
  curl_easy_setopt(easy_, CURLOPT_MAXLIFETIME_CONN,
                   request_.connection_age_max.count());
  curl_easy_setopt(easy_, CURLOPT_FOLLOWLOCATION, 0L);
  set_tls();
  if (request_.proxy) {
    curl_easy_setopt(easy_, CURLOPT_PROXY, request_.proxy->reveal().c_str());
  }
  curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
  // Else ending a transfer would wait for the resolver's thread.
  curl_easy_setopt(easy_, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(easy_, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy_, CURLOPT_SOCKOPTFUNCTION, &on_new_socket);
  curl_easy_setopt(easy_, CURLOPT_TIMEOUT_MS,
                   static_cast<long>(
                     std::max<milliseconds::rep>(request_.timeout.count(), 1)));
  curl_easy_setopt(easy_, CURLOPT_USERAGENT, "pgmuster/" PGMUSTER_VERSION);
  curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, headers_);
  curl_easy_setopt(easy_, CURLOPT_POST, 1L);
  curl_easy_setopt(easy_, CURLOPT_POSTFIELDS, request_.body->data());
  curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE_LARGE,
                   static_cast<curl_off_t>(request_.body->size()));
  curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, &on_body);
  curl_easy_setopt(easy_, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(easy_, CURLOPT_ERRORBUFFER, error_.data());
}

/// A connection whose bytes nobody confirms ends, else HTTP/2 would send all
/// later requests on it too.
int curl_post::on_new_socket(void* /*self*/,
                             curl_socket_t socket,
                             curlsocktype /*purpose*/) {
  const unsigned patience = unconfirmed_max.count();
  ::setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &patience,
               sizeof patience);
  return CURL_SOCKOPT_OK;
}

void curl_post::set_tls() {
  const auto& tls = request_.tls;
  curl_easy_setopt(easy_, CURLOPT_SSLVERSION,
                   tls.least == route_tls::version::tls_1_2
                     ? CURL_SSLVERSION_TLSv1_2
                     : CURL_SSLVERSION_TLSv1_3);
  curl_easy_setopt(easy_, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(easy_, CURLOPT_SSL_VERIFYHOST, 2L);
  curl_easy_setopt(easy_, CURLOPT_CA_CACHE_TIMEOUT, roots_kept.count());
  if (!tls.roots.empty()) {
    curl_easy_setopt(easy_, CURLOPT_CAINFO, tls.roots.c_str());
    curl_easy_setopt(easy_, CURLOPT_CAPATH, nullptr);
  }
  if (!tls.certificate.empty()) {
    curl_easy_setopt(easy_, CURLOPT_SSLCERT, tls.certificate.c_str());
    curl_easy_setopt(easy_, CURLOPT_SSLKEY, tls.key.c_str());
  }
}

std::size_t curl_post::on_body(char* bytes,
                               std::size_t size,
                               std::size_t count,
                               void* self) {
  auto& post = *static_cast<curl_post*>(self);
  const std::size_t came = size * count;
  const std::size_t room = limits::answer_bytes_max.value() - post.body_.size();
  post.body_.append(bytes, std::min(came, room));
  post.cut_ = came > room;
  return post.cut_ ? 0 : came;
}

bool curl_post::sent_anything() const {
  long request_bytes = 0;
  curl_off_t body_bytes = 0;
  curl_easy_getinfo(easy_, CURLINFO_REQUEST_SIZE, &request_bytes);
  curl_easy_getinfo(easy_, CURLINFO_SIZE_UPLOAD_T, &body_bytes);
  return request_bytes > 0 || body_bytes > 0;
}

void curl_post::finish(CURLcode outcome) {
  export_answer answer;
  if (outcome != CURLE_OK && !(outcome == CURLE_WRITE_ERROR && cut_)) {
    answer.ambiguous = sent_anything();
    answer.failure =
      error_[0] != '\0' ? error_.data() : curl_easy_strerror(outcome);
  } else {
    long status = 0;
    curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
    answer.status = static_cast<int>(status);
    answer.body = std::move(body_);
    mask(answer.body, request_.headers, status >= 200 && status <= 299);
    const char* type = nullptr;
    curl_easy_getinfo(easy_, CURLINFO_CONTENT_TYPE, &type);
    answer.content_type = type != nullptr ? type : "";
    curl_header* retry_after = nullptr;
    if (curl_easy_header(easy_, "Retry-After", 0, CURLH_HEADER, -1,
                         &retry_after)
        == CURLHE_OK) {
      answer.retry_after = retry_after->value;
    }
  }
  std::exchange(done_, nullptr)(std::move(answer));
}

void curl_post::give_up(const char* why) {
  export_answer answer;
  answer.failure = why;
  answer.ambiguous = easy_ != nullptr && sent_anything();
  std::exchange(done_, nullptr)(std::move(answer));
}

} // namespace pgmuster
