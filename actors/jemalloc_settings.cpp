// How jemalloc behaves in this process; read by it before main (jemalloc(3)).

namespace {

// One arena, since results, texts and frames are freed by other threads than
// allocated them and each arena keeps remains of its own; threads have caches
// before it. What a burst left is returned after half a second, by a thread of
// jemalloc's.
constexpr const char* settings = "narenas:1,dirty_decay_ms:500,"
                                 "muzzy_decay_ms:0,lg_tcache_max:13,"
                                 "background_thread:true";

} // namespace

extern "C" {
// The name is jemalloc's. NOLINTNEXTLINE
const char* malloc_conf = settings;
}
