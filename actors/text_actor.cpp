#include "actors/text_actor.hpp"

namespace pgmuster {

text_actor::text_actor(caf::actor_config& config,
                       std::shared_ptr<services> shared,
                       std::size_t lane)
  : caf::event_based_actor(config), shared_(std::move(shared)), lane_(lane) {}

caf::behavior text_actor::make_behavior() {
  return {
    [this](const describe_texts& asked) {
      auto shapes = std::make_shared<std::vector<std::uint64_t>>();
      shapes->reserve(asked.texts->size());
      for (const auto& text : *asked.texts) {
        shapes->push_back(
          shared_->fingerprints->describe(text.text)->fingerprint);
      }
      cafc::tell(shared_->stages->find(lane_, stage::fingerprint),
                 texts_described{asked.target, asked.texts, std::move(shapes)});
    },
  };
}

} // namespace pgmuster
