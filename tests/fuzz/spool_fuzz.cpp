// Any bytes may lie where a segment should: reading ends, hands out only what
// is under a checksum, and what it hands out lies within the bytes.
//
// Input: a byte that says what the rest is. 0: a segment as it is. Else: bytes
// put over a segment of ours, each two of place, one of length, then the bytes.
#include "drivers/spool/acknowledgements.hpp"
#include "drivers/spool/segment_walk.hpp"
#include "tests/fuzz/demand.hpp"
#include "tests/fuzz/input_reader.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace {

using namespace pgmuster;           // NOLINT(google-build-using-namespace)
using namespace pgmuster::spooling; // NOLINT(google-build-using-namespace)
using pgmuster::fuzz::demand;

struct own_segment {
  segment_identity of{{route_name{"main"}, tenant_id{"acme"}, 1},
                      7,
                      {},
                      0x5A17};
  std::string bytes;
  std::vector<std::string> payloads;
  std::uint64_t points = 0;

  own_segment() {
    bytes = encode_beginning(of).value();
    for (std::uint32_t at = 0; at < 12; ++at) {
      record_head head;
      head.about.route = of.of.route;
      head.about.tenant = of.of.tenant;
      head.about.shard = of.of.shard;
      head.about.points = at + 1;
      head.ordinal = at;
      head.points_before = points;
      points += head.about.points;
      payloads.emplace_back(at * 37, static_cast<char>('a' + at));
      bytes += encode_record_head(head, payloads.back(), of.salt, bytes.size())
                 .value();
      bytes += payloads.back();
    }
  }
};

void walk(std::string_view bytes, const own_segment* written) {
  const auto begins = parse_beginning(bytes.substr(0, records_begin));
  static_cast<void>(parse_acknowledged(bytes, 1));
  if (!begins) {
    return;
  }
  memory_source from{bytes};
  segment_walk over{from, *begins};
  std::uint64_t end = records_begin;
  std::uint64_t accounted = 0;
  while (const auto found = over.next()) {
    demand(found->offset >= end && found->end() <= bytes.size(),
           "records follow each other within the segment");
    demand(found->lost.bytes == found->offset - end,
           "every byte is a record's or lost");
    end = found->end();
    const auto& head = found->found.head;
    accounted += found->lost.points + head.about.points;
    const auto payload = read_payload(from, *found);
    if (written != nullptr && begins->salt == written->of.salt) {
      demand(head.ordinal < written->payloads.size()
               && head.about.points == head.ordinal + 1U,
             "only what was written is believed");
      demand(!payload || *payload == written->payloads[head.ordinal],
             "a payload is as it was written, or refused");
    }
  }
  demand(over.tail().bytes
           == bytes.size() - std::min<std::uint64_t>(end, bytes.size()),
         "the rest is lost");
  if (written != nullptr && begins->salt == written->of.salt) {
    demand(accounted + over.tail().points <= written->points,
           "no point is counted twice");
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  static const own_segment written;
  fuzz::input_reader input{data, size};
  if (input.byte() == 0) {
    walk(input.rest(), nullptr);
    return 0;
  }
  auto bytes = written.bytes;
  while (!input.empty()) {
    const auto place = (std::size_t{input.byte()} << 8U) | input.byte();
    const auto length = input.byte();
    if (length == 0) {
      bytes.resize(std::min(bytes.size(), place));
      continue;
    }
    const auto put = input.bytes(length);
    if (place < bytes.size()) {
      bytes.replace(place, std::min(put.size(), bytes.size() - place),
                    put.substr(0, bytes.size() - place));
    }
  }
  walk(bytes, &written);
  return 0;
}
