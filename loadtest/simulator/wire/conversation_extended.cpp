// Parse, Bind, Describe, Execute, Close, Flush, Sync; after an error all but
// Sync is passed over.
#include "loadtest/simulator/wire/conversation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace pgmuster::loadtest {

namespace {

constexpr std::uint16_t format_binary = 1;
constexpr std::uint32_t text_oid = 25;

/// The only formats that our kind of client mixes are none.
std::optional<bool> one_format(const std::vector<std::uint16_t>& formats) {
  if (formats.empty()) {
    return false;
  }
  const bool same = std::all_of(formats.begin(), formats.end(),
                                [&](auto one) { return one == formats[0]; });
  if (!same || formats[0] > format_binary) {
    return std::nullopt;
  }
  return formats[0] == format_binary;
}

} // namespace

void conversation::take_extended(const cut_message& message, sim_time now) {
  if (message.type == 'S') {
    return take_sync();
  }
  // COPY was never begun: its messages are passed over, as in PostgreSQL.
  constexpr std::string_view copy_messages = "dcf";
  if (copy_messages.find(message.type) != copy_messages.npos
      || (skip_to_sync_ && message.type != 'H')) {
    return;
  }
  const auto apply = [&](const auto& read, auto&& then) {
    return read ? then(*read) : violation("invalid message format");
  };
  switch (message.type) {
  case 'P':
    return apply(read_parse(message.body),
                 [&](const auto& read) { take_parse(read); });
  case 'B':
    return apply(read_bind(message.body),
                 [&](const auto& read) { take_bind(read); });
  case 'D':
    return apply(read_named(message.body),
                 [&](const auto& read) { take_describe(read); });
  case 'E':
    return apply(read_execute(message.body),
                 [&](const auto& read) { take_execute(read, now); });
  case 'C':
    return apply(read_named(message.body),
                 [&](const auto& read) { take_close(read); });
  case 'H':
    return flush();
  case 'F':
    fail("0A000", "function calls are not simulated");
    skip_to_sync_ = false;
    return ready();
  default:
    return violation(fmt::format("invalid frontend message type {}",
                                 static_cast<unsigned char>(message.type)));
  }
}

void conversation::take_sync() {
  skip_to_sync_ = false;
  ready();
}

bool conversation::forbidden_now(const statement_text& text) {
  const bool ends = text.kind == statement_kind::commit
                    || text.kind == statement_kind::rollback;
  if (status_ != transaction_status::failed || ends) {
    return false;
  }
  fail("25P02", "current transaction is aborted, commands ignored until end of "
                "transaction block");
  return true;
}

conversation::prepared*
conversation::find_prepared(std::string_view name) noexcept {
  const auto found =
    std::find_if(prepared_.begin(), prepared_.end(),
                 [&](const prepared& one) { return one.name == name; });
  return found == prepared_.end() ? nullptr : &*found;
}

conversation::portal*
conversation::find_portal(std::string_view name) noexcept {
  const auto found =
    std::find_if(portals_.begin(), portals_.end(),
                 [&](const portal& one) { return one.name == name; });
  return found == portals_.end() ? nullptr : &*found;
}

void conversation::take_parse(const parse_message& message) {
  auto text = host_->texts().intern(message.sql);
  if (forbidden_now(*text)) {
    return;
  }
  if (text->several) {
    return fail("42601",
                "cannot insert multiple commands into a prepared statement");
  }
  auto* const known = find_prepared(message.name);
  if (known != nullptr && !message.name.empty()) {
    return fail("42P05", fmt::format("prepared statement \"{}\" already exists",
                                     message.name));
  }
  if (known == nullptr && prepared_.size() >= prepared_statements_max) {
    return fail("53400", "too many prepared statements for a simulator");
  }
  auto types = message.parameter_types;
  types.resize(std::max(types.size(), text->parameters), 0);
  std::replace(types.begin(), types.end(), std::uint32_t{0}, text_oid);
  auto& into = known == nullptr ? prepared_.emplace_back() : *known;
  into = {std::string{message.name}, std::move(text), std::move(types)};
  write().parse_complete();
}

void conversation::take_bind(const bind_message& message) {
  const auto* const from = find_prepared(message.statement);
  if (from == nullptr) {
    return fail("26000", fmt::format("prepared statement \"{}\" does not exist",
                                     message.statement));
  }
  if (forbidden_now(*from->text)) {
    return;
  }
  if (message.parameters.size() != from->types.size()) {
    return fail("08P01",
                fmt::format("bind message supplies {} parameters, but prepared "
                            "statement \"{}\" requires {}",
                            message.parameters.size(), message.statement,
                            from->types.size()));
  }
  const auto results = one_format(message.result_formats);
  const auto parameters = one_format(message.parameter_formats);
  if (!results || !parameters) {
    return fail("0A000", "only parameters of one format and results of one "
                         "format are simulated");
  }
  auto* into = find_portal(message.portal);
  if (into != nullptr && !message.portal.empty()) {
    return fail("42P03",
                fmt::format("cursor \"{}\" already exists", message.portal));
  }
  if (into == nullptr && portals_.size() >= portals_max) {
    return fail("53400", "too many portals for a simulator");
  }
  into = into == nullptr ? &portals_.emplace_back() : into;
  *into = {};
  into->name = message.portal;
  into->text = from->text;
  into->binary = *results;
  into->binary_parameters = *parameters;
  for (const auto& value : message.parameters) {
    into->parameters.emplace_back(value.value_or(std::string_view{}));
  }
  write().bind_complete();
}

void conversation::take_describe(const named_message& message) {
  if (message.what == 'P') {
    const auto* const of = find_portal(message.name);
    return of == nullptr ? fail(
             "34000", fmt::format("portal \"{}\" does not exist", message.name))
                         : describe(*of->text, of->binary);
  }
  const auto* const of = find_prepared(message.name);
  if (of == nullptr) {
    return fail("26000", fmt::format("prepared statement \"{}\" does not exist",
                                     message.name));
  }
  write().parameter_description(of->types);
  describe(*of->text, false);
}

void conversation::describe(const statement_text& text, bool binary) {
  const auto columns = host_->model(*instance_).describe(text.sql);
  if (columns.empty()) {
    return write().no_data();
  }
  write().row_description(columns, binary);
}

void conversation::take_execute(const execute_message& message, sim_time now) {
  auto* const from = find_portal(message.portal);
  if (from == nullptr) {
    return fail("34000",
                fmt::format("portal \"{}\" does not exist", message.portal));
  }
  if (from->answer) {
    return send_portal(*from, message.rows_max);
  }
  if (forbidden_now(*from->text)) {
    return;
  }
  delivery how;
  how.where = delivery::to::portal;
  how.text = from->text;
  how.portal = message.portal;
  how.rows_max = message.rows_max;
  // They are asked for once.
  ask(std::move(how),
      {.sql = {},
       .binary = from->binary,
       .parameters = std::move(from->parameters),
       .database = {},
       .user = {},
       .binary_parameters = from->binary_parameters},
      now);
}

void conversation::take_close(const named_message& message) {
  if (message.what == 'S') {
    std::erase_if(
      prepared_, [&](const prepared& one) { return one.name == message.name; });
  } else {
    std::erase_if(portals_,
                  [&](const portal& one) { return one.name == message.name; });
  }
  write().close_complete();
}

} // namespace pgmuster::loadtest
