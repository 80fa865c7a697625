// Whatever a server answers to a built-in probe becomes cells, points and OTLP
// bytes that can be read back, or is counted or refused.
//
// Input: which probe; then a byte a column (its type); then cells, each a
// length byte (255: NULL) and its bytes. From 128 on the first byte asks for
// rows as row values, put together from the same; after that, rows as they
// come, each a length byte and its bytes. Where the probe has digests, each row
// has two numbers of eight bytes behind it.
#include "codec/catalog/entry_rows.hpp"
#include "codec/catalog/map_rows.hpp"
#include "codec/otlp_encode.hpp"
#include "drivers/postgres/catalog/catalog.hpp"
#include "drivers/postgres/decode.hpp"
#include "drivers/postgres/handles.hpp"
#include "drivers/postgres/sessions/read_sessions.hpp"
#include "routing/blocking_tree.hpp"
#include "routing/entry_deltas.hpp"
#include "routing/entry_match.hpp"
#include "tests/fuzz/demand.hpp"
#include "tests/fuzz/full_shape.hpp"
#include "tests/fuzz/input_reader.hpp"

#include <array>

namespace {

using pgmuster::fuzz::demand;
using pgmuster::fuzz::input_reader;

constexpr std::array<Oid, 18> types{2249, 16,   21, 23,   20,   3220,
                                    5069, 26,   28, 700,  701,  1114,
                                    1184, 1186, 25, 1043, 1700, 0};
constexpr std::size_t rows_max = 64;
constexpr std::uint8_t null_length = 255;

const std::vector<pgmuster::negotiated_probe>& probes() {
  static const auto made = [] {
    const auto catalog = pgmuster::postgres::load_catalog({});
    demand(catalog.has_value(), "the built-in catalog is read");
    auto fitted =
      pgmuster::negotiate(*catalog, pgmuster::fuzz::shape_with(*catalog, 255));
    demand(!fitted.probes.empty(), "a full server answers");
    return std::move(fitted.probes);
  }();
  return made;
}

using result = std::shared_ptr<PGresult>;

result empty_answer(std::vector<PGresAttDesc> columns) {
  std::string name{"c"};
  for (auto& column : columns) {
    column.name = name.data();
    column.typlen = column.atttypmod = -1;
  }
  result made{PQmakeEmptyPGresult(nullptr, PGRES_TUPLES_OK), PQclear};
  demand(PQsetResultAttrs(made.get(), static_cast<int>(columns.size()),
                          columns.data())
           != 0,
         "libpq takes the columns");
  return made;
}

PGresAttDesc column_of(std::uint8_t choice) {
  PGresAttDesc column{};
  column.format = (choice & 0x80U) == 0 ? 1 : 0;
  column.typid = types[(choice & 0x7fU) % types.size()];
  return column;
}

void set(const result& into,
         std::size_t row,
         std::size_t column,
         std::string value,
         bool null = false) {
  demand(PQsetvalue(into.get(), static_cast<int>(row), static_cast<int>(column),
                    value.data(), null ? -1 : static_cast<int>(value.size()))
           != 0,
         "libpq takes the value");
}

result columns_answer(input_reader& input, std::size_t width) {
  std::vector<PGresAttDesc> columns(width);
  for (auto& column : columns) {
    column = column_of(input.byte());
  }
  const auto made = empty_answer(std::move(columns));
  for (std::size_t row = 0; row < rows_max && !input.empty(); ++row) {
    for (std::size_t column = 0; column < width; ++column) {
      const auto length = input.byte();
      const bool null = length == null_length;
      set(made, row, column, std::string{input.bytes(null ? 0U : length)},
          null);
    }
  }
  return made;
}

void append_number(std::string& bytes, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    bytes.push_back(static_cast<char>((value >> shift) & 0xffU));
  }
}

/// A row as record_send writes it.
std::string record(input_reader& input, const std::vector<Oid>& of) {
  std::string bytes;
  append_number(bytes, static_cast<std::uint32_t>(of.size()));
  for (const auto type : of) {
    const auto length = input.byte();
    append_number(bytes, type);
    if (length == null_length) {
      append_number(bytes, 0xffff'ffffU);
    } else {
      const auto value = input.bytes(length);
      append_number(bytes, static_cast<std::uint32_t>(value.size()));
      bytes += value;
    }
  }
  return bytes;
}

/// Eight bytes, or null.
void set_number(const result& into,
                std::size_t row,
                std::size_t column,
                input_reader& input) {
  const auto number = input.bytes(sizeof(std::int64_t));
  set(into, row, column, std::string{number},
      number.size() != sizeof(std::int64_t));
}

/// `by_digest`: beside each row its digest and one that is gone.
result packed_answer(input_reader& input, std::size_t width, bool by_digest) {
  std::vector<PGresAttDesc> columns(by_digest ? 3 : 1);
  for (auto& column : columns) {
    column.format = 1;
    column.typid = &column == columns.data() ? 2249 : 20;
  }
  const auto made = empty_answer(std::move(columns));
  std::vector<Oid> of(width);
  for (auto& type : of) {
    type = types[input.byte() % types.size()];
  }
  const std::size_t whole = input.byte() % 8;
  for (std::size_t row = 0; row < rows_max && !input.empty(); ++row) {
    set(made, row, 0,
        row < whole ? record(input, of)
                    : std::string{input.bytes(input.byte())});
    for (std::size_t column = 1; by_digest && column < 3; ++column) {
      set_number(made, row, column, input);
    }
  }
  return made;
}

void check_entries(const pgmuster::negotiated_probe& probe,
                   const pgmuster::row_set& rows) {
  pgmuster::entry_rows read{probe, rows};
  const auto& shape = read.shape();
  pgmuster::entry_reading entry;
  for (std::size_t at = 0; at < read.count(); ++at) {
    read.decode(at, entry);
    demand(entry.key.size() == shape.key_items * 8
             && entry.values.size() == shape.columns,
           "an entry has all its parts");
  }
  const auto matched = pgmuster::match_entries({}, {}, read, false);
  demand(matched.entries.size() <= read.count(), "no entry is made up");
  for (const auto& one : matched.entries) {
    demand(one.before == nullptr && one.now < matched.decoded.size(),
           "a first read knows no entry");
  }
  pgmuster::entry_deltas deltas;
  for (int reads = 0; reads < 3; ++reads) {
    static_cast<void>(deltas.known(probe.layout));
    const auto blocks = deltas.absorb(read, probe.layout, {});
    for (const auto& block : blocks) {
      demand(block.moved.size() <= block.entries, "what moved is an entry");
    }
  }
}

void check_points(const pgmuster::negotiated_probe& probe,
                  const pgmuster::row_set& rows) {
  using namespace std::chrono_literals;
  constexpr pgmuster::wall_time started{1'700'000'000s};
  auto made = map_rows(probe, rows, started, started + 60s);
  demand(made.points == count_points(made.block), "points are counted");
  const auto points = made.points;
  static pgmuster::otlp_encoder encoder;
  pgmuster::resource of;
  of.described = {{"service.name", "orders"}};
  const auto encoded = encoder.encode(of, {std::move(made.block)});
  demand(encoded.points == points, "each point is encoded");
  demand(pgmuster::otlp_json_line(encoded.bytes).has_value(),
         "what is encoded can be read back");
}

void check_sessions(const pgmuster::negotiated_probe& probe,
                    const pgmuster::row_set& rows) {
  const auto seen = pgmuster::postgres::read_sessions(probe, rows);
  demand(seen.all.size() <= rows.rows(), "a session is a row");
  const auto tree = pgmuster::blocking_tree_of(seen.all);
  demand(tree.waiters <= seen.all.size(), "a waiter is a session");
  for (const auto& root : tree.roots) {
    demand(root.depth <= root.waiters && root.waiters <= seen.all.size(),
           "a tree is no larger than its sessions");
  }
  for (const auto& one : seen.all) {
    demand(one.series.size() + 1 == probe.layout->keys.size(),
           "a session has what its time is counted under");
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  input_reader input{data, size};
  const unsigned chosen = input.byte();
  const auto& probe = probes()[(chosen & 0x7fU) % probes().size()];
  const auto rows = pgmuster::postgres::decode_rows(
    (chosen & 0x80U) != 0
      ? packed_answer(input, probe.items.size(), probe.by_digest)
      : columns_answer(input, probe.items.size()));
  if (!rows) {
    demand(!rows.error().context.empty(), "a refusal has words");
  } else if (probe.definition->family == pgmuster::probe_family::accumulated) {
    check_entries(probe, *rows);
  } else if (probe.definition->family == pgmuster::probe_family::raw) {
    check_points(probe, *rows);
  } else if (probe.definition->family == pgmuster::probe_family::sampled) {
    check_sessions(probe, *rows);
  }
  return 0;
}
