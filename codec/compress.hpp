// zstd and gzip over whole payloads; contexts are reused between calls.
#pragma once

#include "config/configuration.hpp"
#include "config/result.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace pgmuster {

/// One per actor or thread.
class compressor {
public:
  compressor();
  ~compressor();
  compressor(const compressor&) = delete;
  compressor& operator=(const compressor&) = delete;

  /// zstd level 3, gzip level 6; `none` copies.
  [[nodiscard]] result<std::string> compress(compression how,
                                             std::string_view bytes);

private:
  struct state;
  std::unique_ptr<state> state_;
};

/// The inverse, for tests, spool and re-encoding; refuses to grow past
/// `bytes_max`.
[[nodiscard]] result<std::string>
decompress(compression how, std::string_view bytes, std::size_t bytes_max);

/// The Content-Encoding value; empty for `none`.
[[nodiscard]] std::string_view content_encoding(compression how) noexcept;

} // namespace pgmuster
