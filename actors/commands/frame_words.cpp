#include "actors/commands/frame_words.hpp"

#include "codec/compress.hpp"
#include "codec/otlp_encode.hpp"
#include "drivers/logging/legible.hpp"
#include "drivers/logging/rfc3339.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace pgmuster::commands {

namespace {

constexpr std::size_t decompressed_max = 256U * 1024 * 1024;

std::string plain(std::string_view text) {
  return without_controls(legible(text));
}

const char* name_of(signal carries) {
  return carries == signal::logs ? "logs" : "metrics";
}

const char* name_of(compression encoding) {
  switch (encoding) {
  case compression::none:
    return "identity";
  case compression::gzip:
    return "gzip";
  case compression::zstd:
    return "zstd";
  }
  return "unknown";
}

const char* name_of(sum_temporality sums) {
  return sums == sum_temporality::delta ? "delta" : "cumulative";
}

std::string text_of(const number& value) {
  switch (value.is) {
  case number::kind::integer:
    return fmt::to_string(value.integer);
  case number::kind::real:
    return fmt::to_string(value.real);
  case number::kind::absent:
    break;
  }
  return "no value";
}

/// Writes a line for each resource and for each point.
class printing_reader final : public otlp_reader {
public:
  explicit printing_reader(std::string& into) : into_(into) {}

  void on_resource(std::span<const received_attribute> described) override {
    into_ += "  resource" + listed(described) + "\n";
  }

  void on_metric(const received_metric& what) override {
    metric_ = plain(what.name);
    unit_ = plain(what.unit);
  }

  void on_point(const received_point& point) override {
    into_ +=
      fmt::format("    {}{} {} {} at {}\n", metric_, listed(point.attributes),
                  text_of(point.value), unit_, rfc3339(point.time));
  }

private:
  static std::string listed(std::span<const received_attribute> all) {
    std::string made;
    for (const auto& one : all) {
      made += fmt::format(" {}={}", plain(one.key), plain(one.value));
    }
    return made;
  }

  std::string& into_;
  std::string metric_;
  std::string unit_;
};

std::string
decoded(const frame& what, std::string_view request, otlp_decoder& with) {
  std::string made;
  if (what.carries == signal::logs) {
    const auto line = otlp_json_line(signal::logs, request);
    return line ? "  " + *line + "\n"
                : "  not readable: " + describe(line.error()) + "\n";
  }
  printing_reader into{made};
  if (const auto read = with.decode(request, into); !read) {
    made += "  not readable: " + describe(read.error()) + "\n";
  }
  return made;
}

} // namespace

std::string frame_as_text(const spooling::spooled_frame& which,
                          otlp_decoder& with) {
  const auto& what = *which.what;
  auto made = fmt::format(
    "{}/{}/{} segment {:016x} record {}: {} {}, {} points of {} to {}, {} {} "
    "bytes ({} before), written {}\n",
    plain(what.route.value()), plain(what.tenant.value()), what.shard,
    which.position.segment, which.position.ordinal, name_of(what.sums),
    name_of(what.carries), what.points, rfc3339(what.oldest),
    rfc3339(what.newest), name_of(what.encoding), what.payload.size(),
    what.bytes_before_compression, rfc3339(which.written));
  if (!which.words.empty()) {
    made += "  refused: " + plain(which.words) + "\n";
  }
  const auto request =
    decompress(what.encoding, what.payload, decompressed_max);
  if (!request) {
    return made + "  not readable: " + describe(request.error()) + "\n";
  }
  return made + decoded(what, *request, with);
}

std::string frame_as_json(const spooling::spooled_frame& which) {
  const auto& what = *which.what;
  boost::json::object made{
    {"route", legible(what.route.value())},
    {"tenant", legible(what.tenant.value())},
    {"shard", what.shard},
    {"segment", fmt::format("{:016x}", which.position.segment)},
    {"record", which.position.ordinal},
    {"signal", name_of(what.carries)},
    {"temporality", name_of(what.sums)},
    {"points", what.points},
    {"oldest", rfc3339(what.oldest)},
    {"newest", rfc3339(what.newest)},
    {"encoding", name_of(what.encoding)},
    {"bytes", what.payload.size()},
    {"bytes_before_compression", what.bytes_before_compression},
    {"written", rfc3339(which.written)}};
  if (!which.words.empty()) {
    made["refused"] = legible(which.words);
  }
  const auto request =
    decompress(what.encoding, what.payload, decompressed_max);
  auto line =
    request ? otlp_json_line(what.carries, *request) : request.error();
  boost::system::error_code unread;
  auto value = line ? boost::json::parse(*line, unread) : boost::json::value{};
  if (line && !unread) {
    made["request"] = std::move(value);
  } else {
    made["not_readable"] = line ? unread.message() : describe(line.error());
  }
  return boost::json::serialize(made) + "\n";
}

} // namespace pgmuster::commands
