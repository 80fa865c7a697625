// Appends lines to a file or standard output on a thread of its own.
#pragma once

#include "config/result.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace pgmuster {

class file_sink {
public:
  virtual ~file_sink() = default;

  /// From any thread; `done(error text or empty)` comes on the sink's thread
  /// once the line is written, or at once on the caller's if it is refused:
  /// more than 64 MiB wait, or the sink is stopped. Lines keep their order.
  virtual void append(std::string line,
                      std::function<void(std::string)> done) = 0;

  /// Whoever read our standard output has gone for good (`| head`); no line
  /// will be written any more. From any thread.
  [[nodiscard]] virtual bool reader_gone() const noexcept = 0;

  /// Writes what is queued, closes, joins. Idempotent.
  virtual void stop() = 0;
};

/// `-` is standard output. Opens for appending, mode 0600.
[[nodiscard]] result<std::unique_ptr<file_sink>>
open_file_sink(const std::filesystem::path& path);

} // namespace pgmuster
