// Any answer of a destination is judged within bounds.
//
// Input: a byte that picks the status, one for the media type; Retry-After up
// to a NUL; the body.
#include "codec/export_verdict.hpp"
#include "config/utf8.hpp"
#include "tests/fuzz/demand.hpp"
#include "tests/fuzz/input_reader.hpp"

#include <array>

namespace {

using pgmuster::fuzz::demand;

constexpr std::array statuses{200, 202, 204, 301, 400, 401, 403, 404, 407, 413,
                              415, 422, 429, 500, 502, 503, 504, 0,   -1,  999};
constexpr std::array<const char*, 6> media_types{
  "application/x-protobuf",   "application/json",    "",
  "text/html; charset=utf-8", "Application/JSON ;x", ";"};
constexpr std::size_t message_bytes_max = 200;
constexpr pgmuster::wall_time now{pgmuster::seconds{1'700'000'000}};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  pgmuster::fuzz::input_reader input{data, size};
  pgmuster::export_answer answer;
  answer.status = statuses[input.byte() % statuses.size()];
  const auto media = input.byte();
  answer.content_type = media_types[media % media_types.size()];
  answer.retry_after = input.until('\0');
  answer.body = input.rest();
  const auto verdict = judge(answer, (media & 0x80U) != 0, now);
  demand(verdict.message.size() <= message_bytes_max
           && pgmuster::is_utf8(verdict.message),
         "the words are short and UTF-8");
  demand(!verdict.after
           || (verdict.after->count() >= 0
               && *verdict.after <= std::chrono::hours{1}),
         "a wait is between nothing and an hour");
  using kind = pgmuster::export_verdict::kind;
  demand((verdict.is == kind::acknowledged)
           == (answer.status >= 200 && answer.status <= 299),
         "only a 2xx ends a frame well");
  demand(verdict.is != kind::other_encoding || (media & 0x80U) != 0,
         "an encoding that is not in question is not blamed");
  demand(!verdict.ambiguous || verdict.is == kind::retry,
         "only what may be sent again is in doubt");
  demand(verdict.rejected == 0 || verdict.is == kind::acknowledged,
         "only a taken frame has rejected points");
  return 0;
}
