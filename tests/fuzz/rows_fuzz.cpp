// Whatever a server answers to a built-in probe becomes cells, points and OTLP
// bytes that can be read back, or is counted or refused.
//
// Input: which probe; then a byte a column (its type); then cells, each a
// length byte (255: NULL) and its bytes.
#include "codec/catalog/map_rows.hpp"
#include "codec/otlp_encode.hpp"
#include "drivers/postgres/catalog/catalog.hpp"
#include "drivers/postgres/decode.hpp"
#include "drivers/postgres/handles.hpp"
#include "tests/fuzz/demand.hpp"
#include "tests/fuzz/full_shape.hpp"
#include "tests/fuzz/input_reader.hpp"

#include <array>

namespace {

using pgmuster::fuzz::demand;
using pgmuster::fuzz::input_reader;

constexpr std::array<Oid, 17> types{16,   21, 23,   20,   3220, 5069,
                                    26,   28, 700,  701,  1114, 1184,
                                    1186, 25, 1043, 1700, 0};
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

std::shared_ptr<const PGresult> answer(input_reader& input, int columns) {
  const std::shared_ptr<PGresult> made{
    PQmakeEmptyPGresult(nullptr, PGRES_TUPLES_OK), PQclear};
  std::vector<PGresAttDesc> described(static_cast<std::size_t>(columns));
  std::string name{"c"};
  for (auto& column : described) {
    const auto choice = input.byte();
    column = {name.data(),
              0,
              0,
              (choice & 0x80U) == 0 ? 1 : 0,
              types[(choice & 0x7fU) % types.size()],
              -1,
              -1};
  }
  demand(PQsetResultAttrs(made.get(), columns, described.data()) != 0,
         "libpq takes the columns");
  for (std::size_t row = 0; row < rows_max && !input.empty(); ++row) {
    for (int column = 0; column < columns; ++column) {
      const auto length = input.byte();
      std::string value{input.bytes(length == null_length ? 0U : length)};
      const int told =
        length == null_length ? -1 : static_cast<int>(value.size());
      demand(PQsetvalue(made.get(), static_cast<int>(row), column, value.data(),
                        told)
               != 0,
             "libpq takes the value");
    }
  }
  return made;
}

void check_entries(const pgmuster::negotiated_probe& probe,
                   const pgmuster::row_set& rows) {
  const auto made = map_entries(probe, rows);
  const auto& read = made.read;
  demand(read.keys.size() == read.count * read.key_width
           && read.values.size() == read.count * read.columns
           && read.unattributed.size() == read.count
           && (read.since.empty() || read.since.size() == read.count),
         "an entry has all its parts");
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

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  input_reader input{data, size};
  const auto& probe = probes()[input.byte() % probes().size()];
  const auto rows = pgmuster::postgres::decode_rows(
    answer(input, static_cast<int>(probe.items.size())));
  if (!rows) {
    demand(!rows.error().context.empty(), "a refusal has words");
  } else if (probe.definition->family == pgmuster::probe_family::accumulated) {
    check_entries(probe, *rows);
  } else if (probe.definition->family == pgmuster::probe_family::raw) {
    check_points(probe, *rows);
  }
  return 0;
}
