// The lines of PQtrace (fe-trace.c): direction, length, message, fields.
#include "drivers/postgres/startup_trace.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace pgmuster::postgres {

namespace {

/// Reads one integer at the front of `text` and steps over it.
std::uint32_t take_number(std::string_view& text) noexcept {
  text.remove_prefix(std::min(text.find_first_of("-0123456789"), text.size()));
  std::int64_t value = 0;
  const auto [stop, status] =
    std::from_chars(text.data(), text.data() + text.size(), value);
  text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
  // The key is printed signed; its bits are what counts.
  return status == std::errc{} ? static_cast<std::uint32_t>(value) : 0;
}

} // namespace

backend_key find_backend_key(std::string_view trace) noexcept {
  constexpr std::string_view name = "\tBackendKeyData\t";
  const auto at = trace.rfind(name);
  if (at == trace.npos) {
    return {};
  }
  auto rest = trace.substr(at + name.size());
  rest = rest.substr(0, rest.find('\n'));
  backend_key found;
  found.pid = take_number(rest);
  found.key = take_number(rest);
  return found;
}

startup_trace::~startup_trace() {
  detach();
  ::explicit_bzero(buffer_.data(), buffer_.size());
  ::explicit_bzero(text_.data(), text_.size());
}

void startup_trace::attach(PGconn* connection) {
  detach();
  cookie_io_functions_t functions{};
  functions.write = &startup_trace::write;
  stream_ = ::fopencookie(this, "w", functions);
  if (stream_ == nullptr) {
    return;
  }
  std::setvbuf(stream_, buffer_.data(), _IOFBF, buffer_.size());
  length_ = 0;
  connection_ = connection;
  PQtrace(connection_, stream_);
  PQsetTraceFlags(connection_, PQTRACE_SUPPRESS_TIMESTAMPS);
}

void startup_trace::detach() noexcept {
  if (connection_ != nullptr) {
    PQuntrace(connection_);
    connection_ = nullptr;
  }
  if (stream_ != nullptr) {
    std::fclose(stream_);
    stream_ = nullptr;
  }
}

backend_key startup_trace::key() const noexcept {
  return find_backend_key(text());
}

std::string_view startup_trace::text() const noexcept {
  if (stream_ != nullptr) {
    std::fflush(stream_);
  }
  return {text_.data(), length_};
}

ssize_t startup_trace::write(void* self, const char* bytes, std::size_t count) {
  auto& trace = *static_cast<startup_trace*>(self);
  const auto taken = std::min(count, trace.text_.size() - trace.length_);
  std::memcpy(trace.text_.data() + trace.length_, bytes, taken);
  trace.length_ += taken;
  // Refused bytes would set the stream's error flag and stop the trace.
  return static_cast<ssize_t>(count);
}

} // namespace pgmuster::postgres
