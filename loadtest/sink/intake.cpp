#include "loadtest/sink/intake.hpp"

#include "codec/compress.hpp"
#include "codec/otlp_events.hpp"
#include "config/units.hpp"
#include "loadtest/errc.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <xxhash.h>

namespace pgmuster::loadtest {
namespace {

namespace json = boost::json;

/// Counts what was counted already.
struct silent_reader final : otlp_reader {
  void on_resource(std::span<const received_attribute> /*described*/) override {
  }
  void on_metric(const received_metric& /*what*/) override {}
  void on_point(const received_point& /*point*/) override {}
};

/// Passes all on, each `other` with half of what it counted.
struct halving_reader final : otlp_reader {
  explicit halving_reader(otlp_reader& to_whom) : to(to_whom) {}
  void on_resource(std::span<const received_attribute> described) override {
    to.on_resource(described);
  }
  void on_metric(const received_metric& what) override { to.on_metric(what); }
  void on_point(const received_point& point) override {
    auto told = point;
    if (attribute_of(point.attributes, fingerprint_key) == "other"
        && told.value.is == number::kind::integer) {
      told.value = number::of(told.value.integer / 2);
    }
    to.on_point(told);
  }

  otlp_reader& to;
};

std::optional<compression> encoding_named(std::string_view name) {
  if (name.empty() || name == "identity") {
    return compression::none;
  }
  if (name == "gzip") {
    return compression::gzip;
  }
  if (name == "zstd") {
    return compression::zstd;
  }
  return std::nullopt;
}

int status_of(misdeed what) {
  switch (what) {
  case misdeed::throttle:
    return 429;
  case misdeed::unavailable:
    return 503;
  case misdeed::refuse:
    return 400;
  case misdeed::too_large:
    return 413;
  case misdeed::refuse_encoding:
    return 415;
  default:
    return 200;
  }
}

intake_answer bad_request(int status, std::string_view words) {
  constexpr int invalid_argument = 3;
  return {misdeed::none, status, refusal_status(invalid_argument, words), ""};
}

/// Names of events that are told apart.
constexpr std::size_t event_names_max = 100;

result<std::uint64_t> count_events(const std::string& plain) {
  const auto found = decode_events(plain);
  if (!found) {
    return found.error();
  }
  return std::uint64_t{found->size()};
}

/// Whether a request that met this is read like any other.
bool is_taken(misdeed what) {
  return what == misdeed::none || what == misdeed::take_and_reset
         || what == misdeed::partial || what == misdeed::repeat
         || what == misdeed::halve_other;
}

} // namespace

intake::intake(sink_config config, truth_functions truth)
  : config_(std::move(config)),
    check_(config_.limits, std::move(truth.points), std::move(truth.sums)) {}

met_request intake::describe_request(std::string_view encoding,
                                     std::uint64_t bytes,
                                     wall_time now) const {
  met_request met{tally_.requests, std::nullopt, bytes, encoding};
  if (begun_) {
    met.since_begin = std::chrono::duration_cast<milliseconds>(now - *begun_);
  }
  return met;
}

misdeed
intake::meet(std::string_view encoding, std::uint64_t bytes, wall_time now) {
  const auto* rule = met_by(config_.rules, config_.seed,
                            describe_request(encoding, bytes, now), nullptr);
  if (rule == nullptr || rule->deed != misdeed::reset) {
    return misdeed::none;
  }
  ++tally_.requests;
  ++tally_.met[static_cast<std::size_t>(rule->deed)];
  return rule->deed;
}

intake_answer intake::refuse(const misbehaviour_rule& rule,
                             wall_time now) const {
  constexpr int unavailable = 14;
  intake_answer answer;
  answer.deed = rule.deed;
  answer.status = status_of(rule.deed);
  answer.body = refusal_status(
    unavailable, fmt::format("the sink was told to: {}", to_string(rule.deed)));
  if (rule.deed == misdeed::throttle || rule.deed == misdeed::unavailable) {
    answer.retry_after = retry_after_of(rule, now);
  }
  return answer;
}

intake_answer intake::take(std::string_view encoding,
                           const std::string& body,
                           wall_time now,
                           signal carries) {
  const auto met = describe_request(encoding, body.size(), now);
  ++tally_.requests;
  tally_.bytes += body.size();
  ++tally_.by_encoding[encoding.empty() ? "identity" : std::string{encoding}];
  const auto how = encoding_named(encoding);
  if (!how) {
    ++tally_.unreadable;
    return bad_request(415, "unknown Content-Encoding");
  }
  const auto plain = decompress(*how, body, request_bytes_max);
  if (!plain) {
    ++tally_.unreadable;
    return bad_request(400, describe(plain.error()));
  }
  const auto* rule = met_by(config_.rules, config_.seed, met, &*plain);
  const auto deed = rule != nullptr ? rule->deed : misdeed::none;
  ++tally_.met[static_cast<std::size_t>(deed)];
  if (deed == misdeed::swallow) {
    return {};
  }
  if (!is_taken(deed)) {
    return refuse(*rule, now);
  }
  const auto points = read(*plain, now, carries, deed == misdeed::halve_other);
  if (!points) {
    ++tally_.unreadable;
    return bad_request(400, describe(points.error()));
  }
  tally_.bytes_plain += plain->size();
  if (deed == misdeed::repeat) {
    forget(*plain);
    (void)read(*plain, now, carries);
  }
  intake_answer answer;
  answer.deed = deed;
  if (deed == misdeed::partial) {
    const auto rejected = std::min(rule->rejected, *points);
    tally_.rejected += rejected;
    tally_.taken -= rejected;
    answer.body = partial_success(rejected, "the sink was told to");
  }
  return answer;
}

void intake::forget(const std::string& plain) {
  seen_.erase(XXH3_64bits(plain.data(), plain.size()));
}

result<std::uint64_t> intake::read_events(const std::string& plain) {
  const auto found = decode_events(plain);
  if (!found) {
    return found.error();
  }
  for (const auto& one : *found) {
    if (tally_.events_by_name.size() < event_names_max
        || tally_.events_by_name.count(one.event.name) != 0) {
      ++tally_.events_by_name[one.event.name];
    }
  }
  tally_.events += found->size();
  return std::uint64_t{found->size()};
}

result<std::uint64_t> intake::read(const std::string& plain,
                                   wall_time now,
                                   signal carries,
                                   bool halved) {
  const auto hash = XXH3_64bits(plain.data(), plain.size());
  if (seen_.contains(hash)) {
    silent_reader silent;
    const auto points = carries == signal::logs
                          ? count_events(plain)
                          : decoder_.decode(plain, silent);
    tally_.redelivered += points ? *points : 0;
    ++tally_.requests_redelivered;
    // Nothing of it counts as taken: not now, and not as refused later.
    return points ? result<std::uint64_t>{0U} : points;
  }
  check_.arrived(now);
  halving_reader halving{check_};
  otlp_reader& reader = halved ? static_cast<otlp_reader&>(halving) : check_;
  auto points = carries == signal::logs ? read_events(plain)
                                        : decoder_.decode(plain, reader);
  if (!points) {
    return points;
  }
  check_.finish_request();
  seen_.insert(hash);
  order_.push_back(hash);
  if (order_.size() > recent_requests_max) {
    seen_.erase(order_.front());
    order_.pop_front();
  }
  tally_.taken += *points;
  if (*points > 0) {
    if (tally_.first == wall_time{}) {
      tally_.first = now;
    }
    tally_.last = now;
  }
  return points;
}

} // namespace pgmuster::loadtest
