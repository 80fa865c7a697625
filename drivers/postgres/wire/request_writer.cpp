// Each begins with its type and has its length filled in at its end.
#include "drivers/postgres/wire/request_writer.hpp"

#include "drivers/postgres/wire/network_order.hpp"

namespace pgmuster::postgres {

namespace {

constexpr std::uint16_t binary = 1;

} // namespace

std::size_t request_writer::begin(char type) {
  into_->push_back(type);
  const auto begun = into_->size();
  append_big(*into_, std::uint32_t{0});
  return begun;
}

void request_writer::end(std::size_t begun) {
  const auto length =
    in_network_order(static_cast<std::uint32_t>(into_->size() - begun));
  std::memcpy(into_->data() + begun, &length, sizeof length);
}

void request_writer::text(std::string_view value) {
  into_->append(value.substr(0, value.find('\0')));
  into_->push_back('\0');
}

void request_writer::parse(std::string_view name, std::string_view sql) {
  const auto begun = begin('P');
  text(name);
  text(sql);
  append_big(*into_, std::uint16_t{0});
  end(begun);
}

void request_writer::bind(std::string_view statement,
                          std::string_view parameter) {
  const std::uint16_t parameters = parameter.empty() ? 0 : 1;
  const auto begun = begin('B');
  text({});
  text(statement);
  append_big(*into_, parameters);
  if (parameters != 0) {
    append_big(*into_, binary);
  }
  append_big(*into_, parameters);
  if (parameters != 0) {
    append_big(*into_, static_cast<std::uint32_t>(parameter.size()));
    into_->append(parameter);
  }
  // One format for all columns of the result.
  append_big(*into_, std::uint16_t{1});
  append_big(*into_, binary);
  end(begun);
}

void request_writer::describe_portal() {
  const auto begun = begin('D');
  into_->push_back('P');
  text({});
  end(begun);
}

void request_writer::execute() {
  const auto begun = begin('E');
  text({});
  // All rows.
  append_big(*into_, std::uint32_t{0});
  end(begun);
}

void request_writer::sync() {
  end(begin('S'));
}

} // namespace pgmuster::postgres
