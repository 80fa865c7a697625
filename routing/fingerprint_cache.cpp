#include "routing/fingerprint_cache.hpp"

#include <xxhash.h>

namespace pgmuster {

namespace {

std::size_t weight(const query_description& of) {
  std::size_t bytes = sizeof of + of.text.capacity() + of.operation.capacity()
                      + of.summary.capacity();
  for (const auto& tag : of.tags) {
    bytes += sizeof tag + tag.key.capacity() + tag.value.capacity();
  }
  return bytes;
}

} // namespace

fingerprint_cache::fingerprint_cache(query_describer describe,
                                     byte_count bytes_max)
  : describe_(std::move(describe)),
    // A text is a hash; a shape is a text and more, and has fewer.
    texts_(byte_count{bytes_max.value() / 4}),
    shapes_(byte_count{bytes_max.value() - bytes_max.value() / 4}) {}

fingerprint_cache::text_hash
fingerprint_cache::hashed(std::string_view text) noexcept {
  const auto made = XXH3_128bits(text.data(), text.size());
  return {made.low64, made.high64};
}

description_ptr fingerprint_cache::find(std::string_view text) {
  const auto key = hashed(text);
  const std::lock_guard lock{busy_};
  if (const auto* shape = texts_.find(key)) {
    if (const auto* known = shapes_.find(*shape)) {
      ++hits_;
      return *known;
    }
  }
  ++misses_;
  return nullptr;
}

description_ptr fingerprint_cache::describe(std::string_view text) {
  if (auto known = find(text)) {
    return known;
  }
  auto made = std::make_shared<const query_description>(describe_(text));
  const std::lock_guard lock{busy_};
  ++(made->lexical ? lexical_ : parsed_);
  texts_.put(hashed(text), made->fingerprint, 0);
  if (const auto* known = shapes_.find(made->fingerprint)) {
    return *known;
  }
  shapes_.put(made->fingerprint, made, weight(*made));
  return made;
}

description_ptr fingerprint_cache::of_shape(std::uint64_t fingerprint) {
  const std::lock_guard lock{busy_};
  const auto* known = shapes_.find(fingerprint);
  return known == nullptr ? nullptr : *known;
}

fingerprint_counts fingerprint_cache::counted() const {
  const std::lock_guard lock{busy_};
  return {hits_,
          misses_,
          texts_.evictions() + shapes_.evictions(),
          texts_.bytes() + shapes_.bytes(),
          shapes_.size(),
          parsed_,
          lexical_};
}

} // namespace pgmuster
