// One POST: what libcurl is told, and what its outcome means.
#pragma once

#include "drivers/otlp/http_client.hpp"

#include <curl/curl.h>

#include <array>

namespace pgmuster {

class curl_post {
public:
  curl_post(http_request request, std::function<void(export_answer)> done);
  ~curl_post();
  curl_post(const curl_post&) = delete;
  curl_post& operator=(const curl_post&) = delete;

  /// Sets the handle up; words for the log if that cannot be done.
  [[nodiscard]] std::string prepare();

  /// Valid after `prepare` as long as this lives.
  [[nodiscard]] CURL* easy() const noexcept { return easy_; }

  /// Tells the caller, once, how it ended.
  void finish(CURLcode outcome);
  /// Tells the caller that we ended it.
  void give_up(const char* why);

private:
  static std::size_t
  on_body(char* bytes, std::size_t size, std::size_t count, void* self);
  static int
  on_new_socket(void* self, curl_socket_t socket, curlsocktype purpose);
  [[nodiscard]] bool add_header(const std::string& line);
  [[nodiscard]] bool add_headers();
  void set_options();
  void set_tls();
  [[nodiscard]] bool sent_anything() const;

  http_request request_;
  std::function<void(export_answer)> done_;
  CURL* easy_ = nullptr;
  curl_slist* headers_ = nullptr;
  std::array<char, CURL_ERROR_SIZE> error_{};
  std::string body_;
  /// More came than we read.
  bool cut_ = false;
};

} // namespace pgmuster
