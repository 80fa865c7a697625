#include "routing/waiting_texts.hpp"

#include "config/free_capacity.hpp"

namespace pgmuster {

std::size_t let_texts_wait(observation& seen,
                           byte_count bytes,
                           const credit_account& account) {
  const auto texts = seen.texts.size();
  if (texts == 0 || account.ample_for(bytes)) {
    return 0;
  }
  free_capacity(seen.texts);
  return texts;
}

} // namespace pgmuster
