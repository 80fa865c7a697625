// Fields as in PostgreSQL's protocol 3.0, "Message Formats".
#include "loadtest/simulator/wire/client_message.hpp"

namespace pgmuster::loadtest {

namespace {

constexpr std::uint32_t cancel_code = 80877102;
constexpr std::uint32_t tls_code = 80877103;
constexpr std::uint32_t gss_code = 80877104;
constexpr std::uint16_t protocol_major = 3;

void take_option(std::string_view name,
                 std::string_view value,
                 startup_packet& into) {
  if (name == "user") {
    into.user = value;
  } else if (name == "database") {
    into.database = value;
  } else if (name == "application_name") {
    into.application_name = value;
  } else if (name == "client_encoding") {
    into.client_encoding = value;
  } else if (name == "replication") {
    into.replication = value != "false" && value != "0" && value != "off";
  } else if (name.starts_with("_pq_.")) {
    into.unknown_options.push_back(name);
  }
}

startup_packet read_session(field_reader& from, std::uint16_t minor) {
  startup_packet packet;
  packet.minor = minor;
  for (;;) {
    const auto name = from.text();
    if (!from.good()) {
      return {};
    }
    if (name.empty()) {
      break;
    }
    take_option(name, from.text(), packet);
  }
  if (!from.at_end()) {
    return {};
  }
  if (packet.database.empty()) {
    packet.database = packet.user;
  }
  packet.is = startup_packet::kind::session;
  return packet;
}

std::vector<std::uint16_t> read_formats(field_reader& from) {
  std::vector<std::uint16_t> formats;
  const auto count = from.number16();
  for (unsigned at = 0; at < count && from.good(); ++at) {
    formats.push_back(from.number16());
  }
  return formats;
}

} // namespace

startup_packet read_startup(std::string_view body) {
  field_reader from{body};
  const auto code = from.number32();
  startup_packet packet;
  if (!from.good()) {
    return packet;
  }
  if (code == tls_code || code == gss_code) {
    if (from.at_end()) {
      packet.is = code == tls_code ? startup_packet::kind::tls_request
                                   : startup_packet::kind::gss_request;
    }
    return packet;
  }
  if (code == cancel_code) {
    packet.pid = from.number32();
    packet.key = from.number32();
    if (from.at_end()) {
      packet.is = startup_packet::kind::cancel_request;
    }
    return packet;
  }
  if (code >> 16U != protocol_major) {
    packet.is = startup_packet::kind::unsupported;
    return packet;
  }
  return read_session(from, static_cast<std::uint16_t>(code & 0xffffU));
}

std::optional<parse_message> read_parse(std::string_view body) {
  field_reader from{body};
  parse_message read;
  read.name = from.text();
  read.sql = from.text();
  const auto count = from.number16();
  for (unsigned at = 0; at < count && from.good(); ++at) {
    read.parameter_types.push_back(from.number32());
  }
  return from.at_end() ? std::optional{std::move(read)} : std::nullopt;
}

std::optional<bind_message> read_bind(std::string_view body) {
  field_reader from{body};
  bind_message read;
  read.portal = from.text();
  read.statement = from.text();
  read.parameter_formats = read_formats(from);
  const auto count = from.number16();
  for (unsigned at = 0; at < count && from.good(); ++at) {
    read.parameters.push_back(from.value());
  }
  read.result_formats = read_formats(from);
  return from.at_end() ? std::optional{std::move(read)} : std::nullopt;
}

std::optional<named_message> read_named(std::string_view body) {
  field_reader from{body};
  named_message read;
  read.what = static_cast<char>(from.byte());
  read.name = from.text();
  const bool known = read.what == 'S' || read.what == 'P';
  return from.at_end() && known ? std::optional{read} : std::nullopt;
}

std::optional<execute_message> read_execute(std::string_view body) {
  field_reader from{body};
  execute_message read;
  read.portal = from.text();
  read.rows_max = from.number32();
  return from.at_end() ? std::optional{read} : std::nullopt;
}

std::optional<std::string_view> read_text(std::string_view body) {
  field_reader from{body};
  const auto text = from.text();
  return from.at_end() ? std::optional{text} : std::nullopt;
}

} // namespace pgmuster::loadtest
