// Where log lines go: a bounded queue and one thread that writes them, so that
// logging never waits and never fails.
#include "drivers/logging/log_sink.hpp"

#include "drivers/files/whole_file.hpp"

#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <atomic>
#include <exception>
#include <mutex>
#include <string>
#include <utility>

namespace pgmuster {

namespace {

// spdlog's end of the queue: lines arrive finished, only a newline is missing.
class line_writer final : public spdlog::sinks::base_sink<std::mutex> {
public:
  line_writer(std::function<bool(std::string_view)> write,
              std::atomic<std::uint64_t>& failed)
    : write_(std::move(write)), failed_(&failed) {}

private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    std::string line{message.payload.data(), message.payload.size()};
    line += '\n';
    bool written = false;
    try {
      written = write_(line);
    } catch (const std::exception&) {
      written = false;
    }
    if (!written) {
      failed_->fetch_add(1, std::memory_order_relaxed);
    }
  }
  void flush_() override {}

  std::function<bool(std::string_view)> write_;
  std::atomic<std::uint64_t>* failed_;
};

class spdlog_sink final : public log_sink {
public:
  spdlog_sink(const log_config& config,
              const clock_source& clock,
              log_output output)
    : config_(config),
      clock_(&clock),
      colours_(output.colours),
      writer_(std::make_shared<line_writer>(std::move(output.write), failed_)) {
    try {
      pool_ =
        std::make_shared<spdlog::details::thread_pool>(output.queue_lines, 1);
      logger_ = std::make_shared<spdlog::async_logger>(
        "pgmuster", writer_, pool_,
        spdlog::async_overflow_policy::overrun_oldest);
    } catch (const std::exception&) {
      pool_.reset();
      logger_ = std::make_shared<spdlog::logger>("pgmuster", writer_);
    }
    logger_->set_level(spdlog::level::trace);
    logger_->set_error_handler([this](const std::string& /*why*/) {
      failed_.fetch_add(1, std::memory_order_relaxed);
    });
  }

  ~spdlog_sink() override {
    // The pool's end drains the queue; queued lines hold the logger alive.
    pool_.reset();
  }
  spdlog_sink(const spdlog_sink&) = delete;
  spdlog_sink& operator=(const spdlog_sink&) = delete;

  [[nodiscard]] bool enabled(log_level level) const noexcept override {
    return level >= config_.level;
  }

  void log(log_level level,
           std::string_view message,
           std::initializer_list<log_field> fields) noexcept override {
    if (!enabled(level)) {
      return;
    }
    try {
      const log_entry entry{level, clock_->wall(), message};
      const std::string line = config_.format == log_format::json
                                 ? json_line(entry, fields)
                                 : text_line(entry, fields, colours_);
      logger_->log(spdlog::level::info, spdlog::string_view_t{line});
    } catch (...) { // an actor library may throw what is no std::exception
      failed_.fetch_add(1, std::memory_order_relaxed);
    }
  }

  [[nodiscard]] std::uint64_t dropped() const noexcept override {
    std::uint64_t lost = failed_.load(std::memory_order_relaxed);
    try {
      lost += pool_ ? pool_->overrun_counter() : 0;
    } catch (const std::exception&) {
      return lost;
    }
    return lost;
  }

private:
  log_config config_;
  const clock_source* clock_;
  bool colours_;
  std::atomic<std::uint64_t> failed_{0};
  std::shared_ptr<line_writer> writer_;
  std::shared_ptr<spdlog::details::thread_pool> pool_;
  std::shared_ptr<spdlog::logger> logger_;
};

} // namespace

log_output standard_error_output() {
  return {
    [](std::string_view line) { return write_fully(STDERR_FILENO, line); },
    ::isatty(STDERR_FILENO) == 1};
}

std::unique_ptr<log_sink> make_log_sink(const log_config& config,
                                        const clock_source& clock,
                                        log_output output) {
  return std::make_unique<spdlog_sink>(config, clock, std::move(output));
}

} // namespace pgmuster
