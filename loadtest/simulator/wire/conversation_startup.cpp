// From the first packet to ReadyForQuery.
#include "loadtest/simulator/wire/conversation.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace pgmuster::loadtest {

namespace {

/// 18 printable bytes.
std::string nonce_of(std::uint64_t first, std::uint64_t second) {
  constexpr std::string_view letters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string made;
  for (auto bits : {first, second}) {
    for (int at = 0; at < 10; ++at, bits >>= 6U) {
      made.push_back(letters[bits & 63U]);
    }
  }
  return made;
}

} // namespace

void conversation::take_startup(std::string_view body, sim_time now) {
  const auto packet = read_startup(body);
  switch (packet.is) {
  case startup_packet::kind::tls_request:
    if (encrypted_) {
      return violation("TLS within TLS");
    }
    out_.push_back(host_->has_tls() ? 'S' : 'N');
    flush();
    course_ = host_->has_tls() ? course::begin_tls : course::open;
    return;
  case startup_packet::kind::gss_request:
    out_.push_back('N');
    return flush();
  case startup_packet::kind::cancel_request:
    course_ = course::close;
    return host_->cancel(packet.pid, packet.key, now);
  case startup_packet::kind::session:
    return open_session(packet, now);
  case startup_packet::kind::unsupported:
    return refuse("0A000", "unsupported frontend protocol: 3.0 is spoken here");
  case startup_packet::kind::malformed:
    break;
  }
  violation("invalid startup packet layout");
}

void conversation::open_session(const startup_packet& packet, sim_time now) {
  if (packet.minor > 0 || !packet.unknown_options.empty()) {
    write().negotiate_version(packet.unknown_options);
  }
  if (packet.user.empty()) {
    return refuse("28000",
                  "no PostgreSQL user name specified in startup packet");
  }
  user_ = packet.user;
  database_ = packet.database;
  application_name_ = packet.application_name;
  if (!instance_) {
    instance_ = host_->instance_of(packet.user);
  }
  if (!instance_) {
    return refuse("28000",
                  fmt::format("role \"{}\" does not exist: no instance "
                              "has this number",
                              packet.user));
  }
  if (packet.replication) {
    return refuse("0A000", "replication connections are not simulated");
  }
  decide_startup(now);
}

void conversation::decide_startup(sim_time now) {
  const auto decided = host_->on_startup(*instance_, now);
  wrong_password_ = decided.wrong_password;
  switch (decided.is) {
  case startup_decision::outcome::accept:
    break;
  case startup_decision::outcome::refuse:
    return refuse("53300", "sorry, too many clients already");
  case startup_decision::outcome::starting_up:
    return refuse("57P03", "the database system is starting up");
  case startup_decision::outcome::close:
    ++host_->counts().startups_refused;
    course_ = course::close;
    return;
  case startup_decision::outcome::reset:
    ++host_->counts().startups_refused;
    ++host_->counts().resets;
    course_ = course::reset;
    return;
  case startup_decision::outcome::silence:
    ++host_->counts().hangs;
    waiting_.emplace(waiting{});
    waiting_->until = decided.until;
    waiting_->deaf = true;
    waiting_->how.where = delivery::to::startup;
    return;
  }
  auto verifier = host_->verifier(decided.scram_iterations);
  if (verifier == nullptr) {
    return wrong_password_ ? wrong_password() : greet();
  }
  scram_ = std::make_unique<scram_exchange>(
    std::move(verifier), nonce_of(host_->random(), host_->random()));
  stage_ = stage::sasl_first;
  write().ask_for_sasl(scram_mechanism);
  flush();
}

void conversation::take_sasl_first(std::string_view body) {
  field_reader from{body};
  const auto mechanism = from.text();
  const auto message = from.value();
  if (!from.at_end() || mechanism != scram_mechanism || !message) {
    return violation("invalid SASL authentication mechanism");
  }
  const auto answer = scram_->first(*message);
  if (!answer) {
    return violation("malformed SCRAM message");
  }
  write().sasl_continue(*answer);
  flush();
  stage_ = stage::sasl_last;
}

void conversation::take_sasl_last(std::string_view body) {
  const auto answer = scram_->last(body);
  scram_.reset();
  if (!answer || wrong_password_) {
    return wrong_password();
  }
  write().sasl_final(*answer);
  greet();
}

void conversation::wrong_password() {
  ++host_->counts().passwords_wrong;
  refuse("28P01",
         fmt::format("password authentication failed for user \"{}\"", user_));
}

void conversation::refuse(std::string_view sqlstate, std::string_view words) {
  ++host_->counts().startups_refused;
  write().complaint(severity::fatal, sqlstate, words);
  flush();
  course_ = course::close;
}

void conversation::greet() {
  stage_ = stage::queries;
  const auto major = host_->model(*instance_).major_version();
  auto to = write();
  to.authentication_ok();
  to.parameter_status("application_name", application_name_);
  to.parameter_status("client_encoding", "UTF8");
  to.parameter_status("DateStyle", "ISO, MDY");
  if (major >= 14) {
    to.parameter_status("default_transaction_read_only", "off");
    to.parameter_status("in_hot_standby", "off");
  }
  to.parameter_status("integer_datetimes", "on");
  to.parameter_status("IntervalStyle", "postgres");
  to.parameter_status("is_superuser", "off");
  if (major >= 16) {
    to.parameter_status("scram_iterations", "4096");
  }
  if (major >= 18) {
    to.parameter_status("search_path", "\"$user\", public");
  }
  to.parameter_status("server_encoding", "UTF8");
  to.parameter_status("server_version", host_->server_version(*instance_));
  to.parameter_status("session_authorization", user_);
  to.parameter_status("standard_conforming_strings", "on");
  to.parameter_status("TimeZone", "Etc/UTC");
  to.backend_key(key_.pid, key_.secret);
  to.ready(status_);
  flush();
  ++host_->counts().sessions_ready;
}

} // namespace pgmuster::loadtest
