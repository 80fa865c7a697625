// One zstd and one zlib context a compressor, reset between payloads.
#include "codec/compress.hpp"

#include "codec/errc.hpp"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <limits>

namespace pgmuster {
namespace {

/// The least: 4 % of a cycle less than 3, for 6 % more bytes (decision 0023).
constexpr int zstd_level = 1;
constexpr int gzip_level = 6;
/// zlib: the largest window, and 16 more for gzip's own header.
constexpr int gzip_window = 15 + 16;
constexpr int zlib_memory_level = 8;
/// What a stream may make us hold besides its result: 8 MiB, as RFC 8878 asks.
constexpr int zstd_window_log_max = 23;
constexpr std::size_t step_bytes = 64UL * 1024UL;
/// zlib counts in 32 bits.
constexpr std::size_t gzip_bytes_max = std::numeric_limits<uInt>::max();

// zlib's interface lacks const; it does not write to its input.
Bytef* zlib_input(std::string_view bytes) {
  return reinterpret_cast<Bytef*>(
    const_cast<char*>(bytes.data())); // NOLINT(*-const-cast)
}

/// Makes room for the next step, never for more than `bytes_max` + 1 bytes, so
/// that one byte too many is noticed.
std::size_t grow(std::string& made, std::size_t used, std::size_t bytes_max) {
  const std::size_t room = bytes_max - std::min(used, bytes_max) + 1;
  const std::size_t step = std::min(room, std::max(step_bytes, used));
  made.resize(used + step);
  return step;
}

result<std::string> unzstd(std::string_view bytes, std::size_t bytes_max) {
  const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(
    ZSTD_createDCtx(), &ZSTD_freeDCtx);
  if (!context) {
    return fail(codec_errc::compression_failed, "zstd");
  }
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax,
                         zstd_window_log_max);
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  std::string made;
  std::size_t used = 0;
  std::size_t left = 1;
  for (;;) {
    const std::size_t room = grow(made, used, bytes_max);
    ZSTD_outBuffer out{made.data() + used, room, 0};
    const std::size_t read = in.pos;
    left = ZSTD_decompressStream(context.get(), &out, &in);
    if (ZSTD_isError(left) != 0) {
      return fail(codec_errc::corrupt,
                  std::string{"zstd: "} + ZSTD_getErrorName(left));
    }
    used += out.pos;
    if (used > bytes_max) {
      return fail(codec_errc::too_large, "zstd");
    }
    const bool stuck = out.pos == 0 && in.pos == read;
    if (in.pos == in.size && (left == 0 || stuck)) {
      break;
    }
  }
  if (left != 0) {
    return fail(codec_errc::truncated, "zstd");
  }
  made.resize(used);
  return made;
}

struct inflating {
  z_stream stream{};
  bool ready = false;

  inflating() { ready = inflateInit2(&stream, gzip_window) == Z_OK; }
  ~inflating() {
    if (ready) {
      inflateEnd(&stream);
    }
  }
  inflating(const inflating&) = delete;
  inflating& operator=(const inflating&) = delete;
};

result<std::string> ungzip(std::string_view bytes, std::size_t bytes_max) {
  inflating context;
  if (!context.ready || bytes.size() > gzip_bytes_max) {
    return fail(codec_errc::compression_failed, "gzip");
  }
  z_stream& stream = context.stream;
  stream.next_in = zlib_input(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string made;
  std::size_t used = 0;
  for (int status = Z_OK; status != Z_STREAM_END;) {
    const std::size_t room =
      std::min(grow(made, used, bytes_max), gzip_bytes_max);
    stream.next_out = reinterpret_cast<Bytef*>(made.data() + used);
    stream.avail_out = static_cast<uInt>(room);
    status = inflate(&stream, Z_NO_FLUSH);
    used += room - stream.avail_out;
    if (used > bytes_max) {
      return fail(codec_errc::too_large, "gzip");
    }
    if (status == Z_BUF_ERROR
        || (status == Z_OK && stream.avail_in == 0 && stream.avail_out != 0)) {
      return fail(codec_errc::truncated, "gzip");
    }
    if (status != Z_OK && status != Z_STREAM_END) {
      return fail(codec_errc::corrupt, "gzip");
    }
  }
  if (stream.avail_in != 0) {
    return fail(codec_errc::corrupt, "gzip: bytes after the end");
  }
  made.resize(used);
  return made;
}

} // namespace

struct compressor::state {
  state() = default;
  ~state() {
    ZSTD_freeCCtx(zstd);
    if (gzip_ready) {
      deflateEnd(&gzip);
    }
  }
  state(const state&) = delete;
  state& operator=(const state&) = delete;

  result<std::string> to_zstd(std::string_view bytes) {
    if (zstd == nullptr) {
      zstd = ZSTD_createCCtx();
    }
    if (zstd == nullptr) {
      return fail(codec_errc::compression_failed, "zstd");
    }
    make_room(ZSTD_compressBound(bytes.size()));
    const std::size_t size = ZSTD_compressCCtx(
      zstd, room.get(), room_bytes, bytes.data(), bytes.size(), zstd_level);
    if (ZSTD_isError(size) != 0) {
      return fail(codec_errc::compression_failed, ZSTD_getErrorName(size));
    }
    return std::string{room.get(), size};
  }

  result<std::string> to_gzip(std::string_view bytes) {
    if (!gzip_ready) {
      gzip_ready = deflateInit2(&gzip, gzip_level, Z_DEFLATED, gzip_window,
                                zlib_memory_level, Z_DEFAULT_STRATEGY)
                   == Z_OK;
    } else {
      deflateReset(&gzip);
    }
    if (!gzip_ready || bytes.size() > gzip_bytes_max / 2) {
      return fail(codec_errc::compression_failed, "gzip");
    }
    make_room(deflateBound(&gzip, bytes.size()));
    gzip.next_in = zlib_input(bytes);
    gzip.avail_in = static_cast<uInt>(bytes.size());
    gzip.next_out = reinterpret_cast<Bytef*>(room.get());
    gzip.avail_out = static_cast<uInt>(std::min(room_bytes, gzip_bytes_max));
    const auto given = gzip.avail_out;
    if (deflate(&gzip, Z_FINISH) != Z_STREAM_END) {
      return fail(codec_errc::compression_failed, "gzip");
    }
    return std::string{room.get(), given - gzip.avail_out};
  }

  /// A batch's worst case is ten times what it comes to: it is kept, not
  /// cleared and not asked for anew each time.
  void make_room(std::size_t bytes) {
    if (room_bytes < bytes) {
      room = std::make_unique_for_overwrite<char[]>(bytes); // NOLINT(*-arrays)
      room_bytes = bytes;
    }
  }

  ZSTD_CCtx* zstd = nullptr;
  z_stream gzip{};
  bool gzip_ready = false;
  std::unique_ptr<char[]> room; // NOLINT(*-arrays)
  std::size_t room_bytes = 0;
};

compressor::compressor() : state_(std::make_unique<state>()) {}

compressor::~compressor() = default;

result<std::string> compressor::compress(compression how,
                                         std::string_view bytes) {
  switch (how) {
  case compression::zstd:
    return state_->to_zstd(bytes);
  case compression::gzip:
    return state_->to_gzip(bytes);
  case compression::none:
    break;
  }
  return std::string{bytes};
}

result<std::string>
decompress(compression how, std::string_view bytes, std::size_t bytes_max) {
  switch (how) {
  case compression::zstd:
    return unzstd(bytes, bytes_max);
  case compression::gzip:
    return ungzip(bytes, bytes_max);
  case compression::none:
    break;
  }
  if (bytes.size() > bytes_max) {
    return fail(codec_errc::too_large);
  }
  return std::string{bytes};
}

std::string_view content_encoding(compression how) noexcept {
  switch (how) {
  case compression::zstd:
    return "zstd";
  case compression::gzip:
    return "gzip";
  case compression::none:
    break;
  }
  return {};
}

} // namespace pgmuster
