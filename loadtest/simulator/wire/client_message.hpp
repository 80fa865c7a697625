// What a client's messages say, field by field.
#pragma once

#include "loadtest/simulator/wire/message_reader.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace pgmuster::loadtest {

/// Start-up packets, by the number that follows their length.
struct startup_packet {
  enum class kind : std::uint8_t {
    session,
    tls_request,
    gss_request,
    cancel_request,
    /// A protocol other than 3.
    unsupported,
    malformed
  };
  kind is = kind::malformed;
  std::uint16_t minor = 0;
  /// session: without `_pq_.` options.
  std::string_view user;
  /// The user's name if the client gave none.
  std::string_view database;
  std::string_view application_name;
  std::string_view client_encoding;
  bool replication = false;
  /// Protocol options that we know nothing of.
  std::vector<std::string_view> unknown_options;
  /// cancel_request.
  std::uint32_t pid = 0;
  std::uint32_t key = 0;
};

[[nodiscard]] startup_packet read_startup(std::string_view body);

struct parse_message {
  std::string_view name;
  std::string_view sql;
  std::vector<std::uint32_t> parameter_types;
};

struct bind_message {
  std::string_view portal;
  std::string_view statement;
  std::vector<std::uint16_t> parameter_formats;
  std::vector<std::optional<std::string_view>> parameters;
  std::vector<std::uint16_t> result_formats;
};

/// Describe and Close: 'S'tatement or 'P'ortal.
struct named_message {
  char what = 0;
  std::string_view name;
};

struct execute_message {
  std::string_view portal;
  /// 0: all.
  std::uint32_t rows_max = 0;
};

/// Each gives nothing if the body is not exactly such a message.
[[nodiscard]] std::optional<parse_message> read_parse(std::string_view body);
[[nodiscard]] std::optional<bind_message> read_bind(std::string_view body);
[[nodiscard]] std::optional<named_message> read_named(std::string_view body);
[[nodiscard]] std::optional<execute_message>
read_execute(std::string_view body);
/// Query, and the password messages that are one text.
[[nodiscard]] std::optional<std::string_view> read_text(std::string_view body);

} // namespace pgmuster::loadtest
