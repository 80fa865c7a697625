// A reactor in which nothing happens: a fuzz target takes each turn itself, so
// that the same input takes the same way.
#pragma once

#include "drivers/reactor/reactor.hpp"

namespace pgmuster::fuzz {

class still_reactor final : public reactor {
public:
  watch_token watch(int /*descriptor*/,
                    std::function<void(readiness)> /*on_ready*/) override {
    return {};
  }
  void arm(watch_token /*token*/, bool /*read*/, bool /*write*/) override {}
  void unwatch(watch_token /*token*/,
               std::function<void()> when_gone) override {
    when_gone();
  }
  timer_token start_timer(mono_time /*due*/,
                          std::function<void()> /*on_due*/) override {
    return {};
  }
  void cancel_timer(timer_token /*token*/) override {}
  void sync_file(int /*descriptor*/, std::function<void(int)> done) override {
    done(0);
  }
  void post(std::function<void()> task) override { task(); }
  void stop() override {}
  [[nodiscard]] std::string_view backend() const noexcept override {
    return "still";
  }
  [[nodiscard]] std::size_t watched() const noexcept override { return 0; }
  [[nodiscard]] reactor_counts counts() const noexcept override { return {}; }
};

} // namespace pgmuster::fuzz
