// How a command of ours reads the API of a running pgmuster: one GET, waiting.
#include "drivers/admin/http_get.hpp"

#include "drivers/admin/errc.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <memory>
#include <new>

namespace pgmuster {

namespace {

struct easy_closer {
  void operator()(CURL* easy) const noexcept { curl_easy_cleanup(easy); }
};

std::size_t take(char* bytes, std::size_t size, std::size_t n, void* into) {
  auto& body = *static_cast<std::string*>(into);
  if (body.size() + size * n > http_get_bytes_max) {
    return 0;
  }
  try {
    body.append(bytes, size * n);
  } catch (const std::bad_alloc&) { // libcurl is C: nothing may pass through it
    return 0;
  }
  return size * n;
}

admin_errc reason_of(CURLcode why) {
  switch (why) {
  case CURLE_URL_MALFORMAT:
  case CURLE_UNSUPPORTED_PROTOCOL:
    return admin_errc::bad_url;
  case CURLE_OPERATION_TIMEDOUT:
    return admin_errc::timed_out;
  case CURLE_WRITE_ERROR:
    return admin_errc::answer_too_long;
  case CURLE_COULDNT_CONNECT:
  case CURLE_COULDNT_RESOLVE_HOST:
    return admin_errc::unreachable;
  default:
    return admin_errc::bad_answer;
  }
}

error bad_status(const std::string& url, long status, const std::string& body) {
  constexpr std::size_t shown_max = 300;
  const std::string shown =
    body.substr(0, std::min(shown_max, body.find('\n')));
  return fail(admin_errc::bad_status,
              url + " answered " + std::to_string(status)
                + (shown.empty() ? "" : " (" + shown + ")"));
}

} // namespace

result<std::string> http_get(const std::string& url, milliseconds timeout) {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  const std::unique_ptr<CURL, easy_closer> easy{
    ready == CURLE_OK ? curl_easy_init() : nullptr};
  if (!easy) {
    return fail(admin_errc::unreachable, url + ": libcurl does not start");
  }
  std::string body;
  CURL* handle = easy.get();
  const long wait = std::max(timeout, milliseconds{1}).count();
  curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, wait);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &take);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, static_cast<void*>(&body));
  if (const CURLcode why = curl_easy_perform(handle); why != CURLE_OK) {
    return fail(reason_of(why), url);
  }
  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  if (status < 200 || status > 299) {
    return bad_status(url, status, body);
  }
  return body;
}

} // namespace pgmuster
