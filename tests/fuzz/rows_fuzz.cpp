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
#include "drivers/postgres/answer_rows.hpp"
#include "drivers/postgres/catalog/catalog.hpp"
#include "drivers/postgres/sessions/read_sessions.hpp"
#include "routing/blocking_tree.hpp"
#include "routing/entry_deltas.hpp"
#include "routing/entry_match.hpp"
#include "tests/drivers/postgres/wire/say.hpp"
#include "tests/fuzz/demand.hpp"
#include "tests/fuzz/full_shape.hpp"
#include "tests/fuzz/input_reader.hpp"

#include <array>
#include <optional>

namespace {

using pgmuster::fuzz::demand;
using pgmuster::fuzz::input_reader;

constexpr std::array<std::uint32_t, 18> types{2249, 16,   21, 23,   20,   3220,
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

using pgmuster::postgres::answer_rows;
using pgmuster::postgres::append_big;
using pgmuster::postgres::told_column;
using value = std::optional<std::string>;

struct answer {
  std::vector<told_column> columns;
  answer_rows rows;

  pgmuster::result<pgmuster::row_set> finish() {
    const auto described = pgmuster::postgres::read_row_description(
      pgmuster::postgres::columns_body(columns));
    demand(described.has_value(), "columns are described");
    const auto read = pgmuster::postgres::read_columns(*described);
    if (!read) {
      return read.error();
    }
    return rows.finish(*read);
  }
};

told_column column_of(std::uint8_t choice) {
  return {"c", types[(choice & 0x7fU) % types.size()],
          static_cast<std::uint16_t>((choice & 0x80U) == 0 ? 1 : 0)};
}

void add_row(answer_rows& into, const std::vector<value>& values) {
  std::vector<const std::string*> told;
  for (const auto& one : values) {
    told.push_back(one ? &*one : nullptr);
  }
  into.add(pgmuster::postgres::row_body(told));
}

answer columns_answer(input_reader& input, std::size_t width) {
  answer made;
  for (std::size_t column = 0; column < width; ++column) {
    made.columns.push_back(column_of(input.byte()));
  }
  for (std::size_t row = 0; row < rows_max && !input.empty(); ++row) {
    std::vector<value> values(width);
    for (auto& one : values) {
      if (const auto length = input.byte(); length != null_length) {
        one = input.bytes(length);
      }
    }
    add_row(made.rows, values);
  }
  return made;
}

/// A row as record_send writes it.
std::string record(input_reader& input, const std::vector<std::uint32_t>& of) {
  std::string bytes;
  append_big(bytes, static_cast<std::uint32_t>(of.size()));
  for (const auto type : of) {
    const auto length = input.byte();
    append_big(bytes, type);
    if (length == null_length) {
      append_big(bytes, 0xffff'ffffU);
    } else {
      const auto content = input.bytes(length);
      append_big(bytes, static_cast<std::uint32_t>(content.size()));
      bytes += content;
    }
  }
  return bytes;
}

/// Eight bytes, or null.
value number(input_reader& input) {
  const auto bytes = input.bytes(sizeof(std::int64_t));
  return bytes.size() == sizeof(std::int64_t) ? value{bytes} : std::nullopt;
}

/// `by_digest`: beside each row its digest and one that is gone.
answer packed_answer(input_reader& input, std::size_t width, bool by_digest) {
  answer made{{{"entry", 2249}}, {}};
  if (by_digest) {
    made.columns.insert(made.columns.end(), {{"digest", 20}, {"gone", 20}});
  }
  std::vector<std::uint32_t> of(width);
  for (auto& type : of) {
    type = types[input.byte() % types.size()];
  }
  const std::size_t whole = input.byte() % 8;
  for (std::size_t row = 0; row < rows_max && !input.empty(); ++row) {
    std::vector<value> values;
    values.emplace_back(row < whole ? record(input, of)
                                    : std::string{input.bytes(input.byte())});
    while (values.size() < made.columns.size()) {
      values.push_back(number(input));
    }
    add_row(made.rows, values);
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
  auto answered = (chosen & 0x80U) != 0
                    ? packed_answer(input, probe.items.size(), probe.by_digest)
                    : columns_answer(input, probe.items.size());
  const auto rows = answered.finish();
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
