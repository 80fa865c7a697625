// How workers share what is to be done: what an actor sends first goes to its
// own worker next, all else to whoever is free.
#pragma once

#include "actors/caf_compat.hpp"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
#include <caf/logger.hpp>
#include <caf/policy/work_sharing.hpp>

// CAF's logger, which is not used here, is told of each job whose actor it is:
// a dynamic_cast and three calls, 2 % of all that a cycle costs.
#pragma push_macro("CAF_PUSH_AID_FROM_PTR")
#undef CAF_PUSH_AID_FROM_PTR
#define CAF_PUSH_AID_FROM_PTR(job) static_cast<void>(0)
#include <caf/scheduler/coordinator.hpp>
#pragma pop_macro("CAF_PUSH_AID_FROM_PTR")
#pragma GCC diagnostic pop

#include <cstddef>
#include <memory>
#include <utility>

namespace pgmuster::cafc {

/// CAF's policy `sharing` wakes a worker for each message. A datum passes from
/// actor to actor, and where workers mostly sleep each step would wake another
/// core while the one at work goes to sleep (docs/decisions/0020).
class handing_on : public caf::policy::work_sharing {
public:
  /// Jobs that a worker may take in a row without looking at what all share.
  static constexpr std::size_t in_a_row_max = 16;

  struct worker_data : caf::policy::work_sharing::worker_data {
    using caf::policy::work_sharing::worker_data::worker_data;
    caf::resumable* next = nullptr;
    std::size_t in_a_row = 0;
    /// Whose worker this is; null while it waits.
    const void* working_for = nullptr;
  };

  template <class Coordinator>
  void central_enqueue(Coordinator* all, caf::resumable* job) {
    auto* const own = here();
    if (own != nullptr && own->working_for == all && own->next == nullptr
        && own->in_a_row < in_a_row_max) {
      own->next = job;
    } else {
      enqueue(all, job);
    }
  }

  template <class Worker>
  void internal_enqueue(Worker* self, caf::resumable* job) {
    central_enqueue(self->parent(), job);
  }

  template <class Worker>
  caf::resumable* dequeue(Worker* self) {
    auto& own = d(self);
    here() = &own;
    if (auto* const job = std::exchange(own.next, nullptr)) {
      ++own.in_a_row;
      return job;
    }
    own.in_a_row = 0;
    own.working_for = nullptr;
    auto* const job = caf::policy::work_sharing::dequeue(self);
    own.working_for = self->parent();
    return job;
  }

private:
  /// Of the worker whose thread this is; null on other threads.
  static worker_data*& here() noexcept {
    thread_local worker_data* own = nullptr;
    return own;
  }
};

/// In place of the policy that `configure` names.
inline void hand_on_jobs(caf::actor_system_config& config) {
  config.module_factories.emplace_back(
    [](caf::actor_system& of) -> caf::actor_system::module* {
      return std::make_unique<caf::scheduler::coordinator<handing_on>>(of)
        .release();
    });
}

[[nodiscard]] inline bool hands_on_jobs(caf::actor_system& system) {
  return dynamic_cast<caf::scheduler::coordinator<handing_on>*>(
           &system.scheduler())
         != nullptr;
}

} // namespace pgmuster::cafc
