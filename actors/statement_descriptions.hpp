// What may be told of a statement's text: the dialect's words, through the
// second net, and no more than the configuration lets out.
#pragma once

#include "codec/events.hpp"
#include "codec/points.hpp"
#include "codec/scrubber.hpp"
#include "config/configuration.hpp"
#include "routing/fingerprint_cache.hpp"

namespace pgmuster {

/// Stands where a told text was cut.
inline constexpr std::string_view cut_mark = "…";

/// At most `bytes_max` bytes, the mark included; never cut inside a character.
[[nodiscard]] std::string cut_text(std::string_view text,
                                   std::size_t bytes_max);

/// `net` is shared, since the describer is copied.
[[nodiscard]] query_describer
make_describer(const statement_config& told,
               std::shared_ptr<const scrubber> net);

/// What people and programs write, in points and in events, on its way out;
/// returns how much was found.
std::size_t clean_words(point_block& block, const scrubber& net);
std::size_t clean_words(std::vector<target_event>& events, const scrubber& net);

/// The texts of series: `postgresql.statement.info`, always 1, for each shape
/// of whose series all columns are sent: when it begins and at each refresh.
/// No rows if there is nothing to tell.
class statement_info {
public:
  explicit statement_info(const statement_config& told);
  [[nodiscard]] point_block of(const point_block& series,
                               fingerprint_cache& shapes) const;

private:
  std::vector<std::string> tags_;
  bool texts_ = true;
  std::shared_ptr<const block_layout> layout_;
};

} // namespace pgmuster
