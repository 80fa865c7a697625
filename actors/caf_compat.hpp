// With handing_on.hpp the only one to include CAF's: what a port touches.
#pragma once

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
#include <caf/actor.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#pragma GCC diagnostic pop

#include <cstddef>
#include <utility>

/// Marks a message type that never leaves the process: no serialisation.
#define PGMUSTER_LOCAL_MESSAGE(type) CAF_ALLOW_UNSAFE_MESSAGE_TYPE(type)

namespace pgmuster::cafc {

/// Sends from outside any actor, or where the sender does not matter. Never
/// blocks; a dead receiver drops the message (leases notice).
template <class Handle, class Message>
void tell(const Handle& to, Message&& what) {
  caf::anon_send(to, std::forward<Message>(what));
}

/// Overtakes what waits in the mailbox.
template <class Handle, class Message>
void tell_urgent(const Handle& to, Message&& what) {
  caf::anon_send<caf::message_priority::high>(to, std::forward<Message>(what));
}

/// `on_down(id of the dead actor, words)` for every actor that is watched.
template <class OnDown>
void on_down(caf::event_based_actor* self, OnDown on_down) {
  self->set_down_handler([self, on_down](caf::down_msg& down) {
    on_down(down.source.id(), self->system().render(down.reason));
  });
}

inline void watch(caf::event_based_actor* self, const caf::actor& whom) {
  self->monitor(whom);
}

/// Policy `sharing` (a central queue), since stealing burns a fifth of a core
/// at light load; throughput bounded, since the default starves cold actors.
inline void configure(caf::actor_system_config& config, std::size_t workers) {
  config.set("scheduler.policy", caf::atom("sharing"));
  config.set("scheduler.max-threads", workers);
  config.set("scheduler.max-throughput", std::size_t{64});
}

/// A wrong CAF setting is only printed by CAF, so all are read back.
[[nodiscard]] inline bool configured(caf::actor_system& system,
                                     std::size_t workers) {
  return system.scheduler().num_workers() == workers
         && system.scheduler().max_throughput() == 64
         && caf::get_or(system.config(), "scheduler.policy",
                        caf::atom("stealing"))
              == caf::atom("sharing");
}

} // namespace pgmuster::cafc
