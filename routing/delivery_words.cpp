#include "routing/delivery_words.hpp"

#include "config/units.hpp"

#include <algorithm>

namespace pgmuster {

std::string_view outcome_of(const export_verdict& verdict) {
  switch (verdict.is) {
  case export_verdict::kind::acknowledged:
    return "acknowledged";
  case export_verdict::kind::retry:
    return verdict.ambiguous ? "ambiguous" : "retry";
  case export_verdict::kind::other_encoding:
    return "other_encoding";
  case export_verdict::kind::unauthorised:
    return "unauthorised";
  case export_verdict::kind::take_apart:
    return "take_apart";
  case export_verdict::kind::refused:
    return "refused";
  case export_verdict::kind::rejected:
    return "rejected";
  }
  return "unknown";
}

std::optional<delivery_line>
delivery_words::on_verdict(const export_verdict& verdict, mono_time now) {
  if (verdict.is == export_verdict::kind::acknowledged) {
    return on_success(verdict, now);
  }
  refusal_ = std::string{outcome_of(verdict)} + ": " + verdict.message;
  if (now < next_refusal_) {
    return std::nullopt;
  }
  next_refusal_ = now + words_apart;
  told_refusal_ = true;
  delivery_line line{
    true, "a destination did not take a frame", refusal_, {}, {}};
  if (verdict.after) {
    line.figure = "pause";
    line.value = format_duration(std::min(*verdict.after, hold_max_));
  }
  return line;
}

std::optional<delivery_line>
delivery_words::on_success(const export_verdict& verdict, mono_time now) {
  refusal_.clear();
  // What was lost is said before that it goes well again.
  if (verdict.rejected > 0 && now >= next_rejected_) {
    next_rejected_ = now + words_apart;
    return delivery_line{
      true, "a destination took a frame without some of its points",
      verdict.message, "rejected", std::to_string(verdict.rejected)};
  }
  if (verdict.rejected == 0 && !verdict.message.empty()
      && now >= next_warning_) {
    next_warning_ = now + words_apart;
    return delivery_line{
      true, "a destination took a frame and warns", verdict.message, {}, {}};
  }
  if (told_refusal_ && now >= next_refusal_) {
    told_refusal_ = false;
    return delivery_line{false, "a route delivers again", {}, {}, {}};
  }
  return std::nullopt;
}

std::optional<delivery_line>
delivery_words::on_breaker(const circuit_breaker& breaker, mono_time now) {
  const auto closed = breaker.current() == circuit_breaker::state::closed;
  if (closed && told_opened_) {
    told_opened_ = false;
    return delivery_line{false, "a breaker has closed", {}, {}, {}};
  }
  if (breaker.current() != circuit_breaker::state::open || told_opened_
      || now < next_opened_) {
    return std::nullopt;
  }
  told_opened_ = true;
  next_opened_ = now + words_apart;
  const auto pause = std::chrono::ceil<seconds>(
    std::max(breaker.retry_at() - now, mono_time::duration{0}));
  return delivery_line{
    true, "a breaker has opened: nothing is sent until its pause is over",
    refusal_, "pause", format_duration(pause)};
}

} // namespace pgmuster
