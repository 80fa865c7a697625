#include "codec/reframe.hpp"

#include "codec/otlp_split.hpp"

namespace pgmuster {
namespace {

/// A frame never grows beyond this when it is opened again.
constexpr std::size_t decompressed_max = 64UL * 1024 * 1024;

} // namespace

std::shared_ptr<const frame>
encoded_as(compression how, const frame& what, compressor& with) {
  const auto plain = decompress(what.encoding, what.payload, decompressed_max);
  if (!plain) {
    return nullptr;
  }
  auto packed = with.compress(how, plain.value());
  if (!packed) {
    return nullptr;
  }
  auto made = std::make_shared<frame>(what);
  made->encoding = how;
  made->payload = std::move(packed.value());
  return made;
}

std::vector<std::shared_ptr<const frame>>
halves_of(const frame& what, compression how, compressor& with) {
  const auto plain = decompress(what.encoding, what.payload, decompressed_max);
  if (!plain) {
    return {};
  }
  const auto parts = split_request(what.carries, plain.value());
  if (!parts || parts->size() < 2) {
    return {};
  }
  std::vector<std::shared_ptr<const frame>> halves;
  for (const auto& part : *parts) {
    auto packed = with.compress(how, part.bytes);
    if (!packed) {
      return {};
    }
    auto half = std::make_shared<frame>(what);
    half->encoding = how;
    half->points = part.points;
    half->bytes_before_compression = part.bytes.size();
    half->payload = std::move(packed.value());
    halves.push_back(std::move(half));
  }
  return halves;
}

} // namespace pgmuster
