// What a connect may use: the DSN's options, the password, and nothing from
// the environment or the home folder.
#pragma once

#include "config/configuration.hpp"
#include "config/result.hpp"
#include "drivers/postgres/handles.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace pgmuster::postgres {

inline constexpr std::uint16_t default_port = 5432;

using option_map = std::map<std::string, std::string>;

/// The options a DSN names, decoded, with values that they may have.
/// `errc::bad_dsn` holds none of its words, since any of them could be a piece
/// of the password.
[[nodiscard]] result<option_map> parse_conninfo(std::string_view dsn);

/// An IPv4 or IPv6 address, which no resolver need be asked for.
[[nodiscard]] bool is_numeric(const std::string& host);

/// A folder with a Unix socket in it; empty for libpq's own.
[[nodiscard]] bool is_socket_folder(const std::string& host);

/// Empty text is the default port.
[[nodiscard]] result<std::uint16_t> parse_port(const std::string& text);

/// Takes the PG* variables that libpq would obey out of the environment; those
/// that a password_source may name stay readable through read_password. Call
/// before other threads exist; later calls find nothing left to do.
void forget_environment();

/// Reads the source anew: a file's first line, or a variable. Blocks on a file.
[[nodiscard]] result<secret_string> read_password(const password_source& from);

/// One address to try.
struct endpoint {
  /// Name for certificates and messages; a folder for a Unix socket.
  std::string host;
  /// Numeric; empty for a Unix socket.
  std::string address;
  std::uint16_t port = default_port;

  [[nodiscard]] bool is_unix() const noexcept { return address.empty(); }
  /// A Unix socket, 127.0.0.0/8 or ::1.
  [[nodiscard]] bool is_local() const;
  /// `host:port` for messages.
  [[nodiscard]] std::string label() const;
};

/// Keywords and values as PQconnectStartParams takes them.
struct connect_parameters {
  option_map values;
  /// Told once when the server is not verified off loopback.
  std::string warning;
};

/// `options` from parse_conninfo; empty `database` means the DSN's own.
[[nodiscard]] connect_parameters make_parameters(option_map options,
                                                 const endpoint& where,
                                                 const std::string& database,
                                                 const secret_string& password);

/// PQconnectStartParams; null when out of memory.
[[nodiscard]] connection_ptr start_connecting(const option_map& values);

/// `text` cut to one line, without `secret`.
[[nodiscard]] std::string one_line(std::string_view text,
                                   const secret_string& secret);

} // namespace pgmuster::postgres
