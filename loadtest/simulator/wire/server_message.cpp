// A message's length is not known before it is written: it is patched in.
#include "loadtest/simulator/wire/server_message.hpp"

#include "loadtest/simulator/wire/message_reader.hpp"

#include <algorithm>

namespace pgmuster::loadtest {

namespace {

std::string_view name_of(severity how) noexcept {
  switch (how) {
  case severity::notice:
    return "NOTICE";
  case severity::warning:
    return "WARNING";
  case severity::error:
    return "ERROR";
  case severity::fatal:
    return "FATAL";
  }
  return "PANIC";
}

} // namespace

std::size_t message_writer::begin(char type) {
  into_->push_back(type);
  const auto begun = into_->size();
  into_->append(4, '\0');
  return begun;
}

void message_writer::end(std::size_t begun) {
  const auto length = static_cast<std::uint32_t>(into_->size() - begun);
  for (unsigned at = 0; at < 4; ++at) {
    (*into_)[begun + at] = static_cast<char>(length >> (24U - 8U * at));
  }
}

void message_writer::bare(char type) {
  end(begin(type));
}

void message_writer::number16(std::uint16_t value) {
  into_->push_back(static_cast<char>(value >> 8U));
  into_->push_back(static_cast<char>(value));
}

void message_writer::number32(std::uint32_t value) {
  number16(static_cast<std::uint16_t>(value >> 16U));
  number16(static_cast<std::uint16_t>(value));
}

void message_writer::text(std::string_view value) {
  into_->append(value.substr(0, value.find('\0')));
  into_->push_back('\0');
}

void message_writer::authentication_ok() {
  const auto begun = begin('R');
  number32(0);
  end(begun);
}

void message_writer::ask_for_sasl(std::string_view mechanism) {
  const auto begun = begin('R');
  number32(10);
  text(mechanism);
  into_->push_back('\0');
  end(begun);
}

void message_writer::sasl_continue(std::string_view data) {
  const auto begun = begin('R');
  number32(11);
  into_->append(data);
  end(begun);
}

void message_writer::sasl_final(std::string_view data) {
  const auto begun = begin('R');
  number32(12);
  into_->append(data);
  end(begun);
}

void message_writer::negotiate_version(
  std::span<const std::string_view> unknown_options) {
  const auto begun = begin('v');
  // We speak 3.0.
  number32(0);
  number32(static_cast<std::uint32_t>(unknown_options.size()));
  for (const auto option : unknown_options) {
    text(option);
  }
  end(begun);
}

void message_writer::parameter_status(std::string_view name,
                                      std::string_view value) {
  const auto begun = begin('S');
  text(name);
  text(value);
  end(begun);
}

void message_writer::backend_key(std::uint32_t pid, std::uint32_t key) {
  const auto begun = begin('K');
  number32(pid);
  number32(key);
  end(begun);
}

void message_writer::ready(transaction_status status) {
  const auto begun = begin('Z');
  into_->push_back(static_cast<char>(status));
  end(begun);
}

void message_writer::row_description(std::span<const wire_column> columns,
                                     bool binary) {
  const auto begun = begin('T');
  number16(static_cast<std::uint16_t>(columns.size()));
  for (const auto& column : columns) {
    text(column.name);
    number32(0); // no table
    number16(0); // nor its column
    number32(column.type_oid);
    number16(static_cast<std::uint16_t>(column.type_length));
    number32(~std::uint32_t{0}); // no type modifier
    number16(binary ? 1 : 0);
  }
  end(begun);
}

void message_writer::parameter_description(
  std::span<const std::uint32_t> types) {
  const auto begun = begin('t');
  number16(static_cast<std::uint16_t>(types.size()));
  for (const auto type : types) {
    number32(type);
  }
  end(begun);
}

void message_writer::command_complete(std::string_view tag) {
  const auto begun = begin('C');
  text(tag);
  end(begun);
}

void message_writer::complaint(severity how,
                               std::string_view sqlstate,
                               std::string_view words) {
  const bool failed = how == severity::error || how == severity::fatal;
  const auto begun = begin(failed ? 'E' : 'N');
  into_->push_back('S');
  text(name_of(how));
  into_->push_back('V');
  text(name_of(how));
  into_->push_back('C');
  text(sqlstate);
  into_->push_back('M');
  text(words);
  into_->push_back('\0');
  end(begun);
}

std::size_t bytes_of_rows(std::string_view data_rows,
                          std::size_t rows,
                          std::size_t& counted) noexcept {
  std::size_t bytes = 0;
  for (counted = 0; counted < rows && bytes < data_rows.size(); ++counted) {
    const auto row = data_rows.substr(bytes);
    const std::size_t length = field_reader{row.substr(1)}.number32();
    bytes += 1 + length;
  }
  // Rows that are no messages are none of ours to mend.
  return std::min(bytes, data_rows.size());
}

} // namespace pgmuster::loadtest
