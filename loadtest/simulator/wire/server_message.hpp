// How each message of a server is written.
#pragma once

#include "loadtest/simulator/answer.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace pgmuster::loadtest {

enum class severity : std::uint8_t { notice, warning, error, fatal };

/// The byte of ReadyForQuery.
enum class transaction_status : char {
  idle = 'I',
  in_transaction = 'T',
  failed = 'E'
};

/// Writes at the end of a string that it does not own.
class message_writer {
public:
  explicit message_writer(std::string& into) noexcept : into_(&into) {}

  void authentication_ok();
  void ask_for_sasl(std::string_view mechanism);
  void sasl_continue(std::string_view data);
  void sasl_final(std::string_view data);
  void negotiate_version(std::span<const std::string_view> unknown_options);
  void parameter_status(std::string_view name, std::string_view value);
  void backend_key(std::uint32_t pid, std::uint32_t key);
  void ready(transaction_status status);

  void row_description(std::span<const wire_column> columns, bool binary);
  void parameter_description(std::span<const std::uint32_t> types);
  void command_complete(std::string_view tag);
  void
  complaint(severity how, std::string_view sqlstate, std::string_view words);

  /// Messages that are a type and nothing more.
  void parse_complete() { bare('1'); }
  void bind_complete() { bare('2'); }
  void close_complete() { bare('3'); }
  void no_data() { bare('n'); }
  void empty_query() { bare('I'); }
  void portal_suspended() { bare('s'); }

private:
  void bare(char type);
  std::size_t begin(char type);
  void end(std::size_t begun);
  void number16(std::uint16_t value);
  void number32(std::uint32_t value);
  void text(std::string_view value);

  std::string* into_;
};

/// Bytes of the first `rows` DataRow messages in `data_rows`, or of all that
/// are there; `counted` is how many these are.
[[nodiscard]] std::size_t bytes_of_rows(std::string_view data_rows,
                                        std::size_t rows,
                                        std::size_t& counted) noexcept;

} // namespace pgmuster::loadtest
