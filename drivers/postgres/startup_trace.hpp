// Reads what libpq keeps to itself during a connect: the cancel key, from
// PQtrace into memory that is wiped afterwards.
#pragma once

#include <libpq-fe.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string_view>

namespace pgmuster::postgres {

/// The pair a CancelRequest carries; pid 0 means that there is none.
struct backend_key {
  std::uint32_t pid = 0;
  std::uint32_t key = 0;
};

/// What a trace's text says of it.
[[nodiscard]] backend_key find_backend_key(std::string_view trace) noexcept;

/// Traces one connection while it lives. The text may hold a password, so it
/// never leaves this object and is overwritten when the object goes.
class startup_trace {
public:
  startup_trace() = default;
  startup_trace(const startup_trace&) = delete;
  startup_trace& operator=(const startup_trace&) = delete;
  ~startup_trace();

  /// `connection` must outlive this, or `detach` must be called first.
  void attach(PGconn* connection);
  void detach() noexcept;

  [[nodiscard]] backend_key key() const noexcept;

private:
  /// Room for the parameters and notices of any usual start; what is beyond
  /// is lost, and with it at worst the cancel key.
  static constexpr std::size_t text_max = 16 * 1024;

  [[nodiscard]] std::string_view text() const noexcept;
  static ssize_t write(void* self, const char* bytes, std::size_t count);

  PGconn* connection_ = nullptr;
  std::FILE* stream_ = nullptr;
  std::size_t length_ = 0;
  std::array<char, BUFSIZ> buffer_{};
  std::array<char, text_max> text_{};
};

} // namespace pgmuster::postgres
