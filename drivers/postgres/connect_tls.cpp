#include "drivers/postgres/connect_tls.hpp"

#include "drivers/postgres/tls_options.hpp"

namespace pgmuster::postgres {

result<void> connect_tls::prepare(const endpoint& where, option_map& values) {
  // A new one, since a connection that is being closed may still have the old.
  witness_ = std::make_shared<tls_witness>();
  stand_in_ = false;
  file_ = values["sslrootcert"];
  if (where.is_unix() || !verifies_by_roots_alone(values)) {
    return {};
  }
  auto roots = library_.get(file_);
  if (!roots) {
    // Without insisting on them, libpq does without roots that are not there.
    const bool insists = values["sslmode"].starts_with("verify-");
    return insists ? result<void>{roots.error()} : result<void>{};
  }
  if (alone_ || (*roots)->stand_in().empty()) {
    ++not_shared_;
    return {};
  }
  stand_in_ = true;
  values["sslrootcert"] = (*roots)->stand_in();
  witness_->roots = std::move(roots.value());
  return {};
}

bool connect_tls::again(std::string_view said) {
  if (!stand_in_ || witness_->handed_over || !was_certificate_refused(said)) {
    return false;
  }
  alone_ = true;
  return true;
}

} // namespace pgmuster::postgres
