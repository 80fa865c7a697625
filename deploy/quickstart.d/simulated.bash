# A fleet of simulated servers instead of three real ones.

# Sessions, what the collector keeps free of them, and some to spare.
descriptors_of_fleet() { echo $((fleet + 2600)); }

check_fleet() {
  [[ $fleet =~ ^[1-9][0-9]{0,4}$ ]] || die "--fleet needs a number of servers, 1 to 99999"
  ((${#dsns[@]} == 0)) || die "--fleet simulates servers: it takes no DSN"
  local hard
  hard=$(ulimit -Hn)
  if [[ $hard != unlimited ]] && ((hard < $(descriptors_of_fleet))); then
    die "$fleet servers need $(descriptors_of_fleet) descriptors in one process; here it may open $hard (ulimit -Hn)"
  fi
  ulimit -Sn "$hard"
}

start_simulator() {
  local said=$state/simulator.out turn
  : >"$said"
  launch simulator TERM "${binary%/*}/pgmuster-pgsim" --instances "$fleet" \
    --listen 127.0.0.1:0 >"$said" 2>"$state/simulator.log"
  for turn in {1..100}; do
    simulator_port=$(head -n 1 "$said" | jq -r '.addresses[0].port // empty' 2>/dev/null) || true
    [[ -z $simulator_port ]] || return 0
    is_running simulator || break
    pause 0.1
  done
  tail -n 20 "$state/simulator.log" >&2
  die "the simulator does not listen; its log: $state/simulator.log"
}

# A file does not take the points of thousands of servers; this judges them and
# keeps none. Nothing if the user named a backend.
start_sink() {
  local said=$state/sink.out turn number=''
  [[ -z $otlp ]] || return 0
  : >"$said"
  launch sink TERM "${binary%/*}/pgmuster-sink" >"$said" 2>"$state/sink.log"
  for turn in {1..100}; do
    number=$(sed -n '1s/^port \([0-9]*\)$/\1/p' "$said")
    [[ -z $number ]] || break
    is_running sink || break
    pause 0.1
  done
  [[ -n $number ]] || die "the sink does not listen; its log: $state/sink.log"
  otlp=http://127.0.0.1:$number
}

# Ten tenants share them.
write_simulated_config() {
  local tenant number separator between=''
  admin_port=$(free_port)
  (
    umask 077
    {
      printf '{\n  "routes": { "main": %s },\n  "tenants": [' "$(route_json)"
      for ((tenant = 0; tenant < 10 && tenant < fleet; tenant++)); do
        printf '%s\n    { "id": "tenant-%d", "targets": [' "$between" "$tenant"
        between=,
        separator=''
        for ((number = tenant; number < fleet; number += 10)); do
          printf '%s\n      { "name": "sim-%05d", "databases": "own", "dsn": "host=127.0.0.1 port=%d user=sim%05d dbname=app sslmode=disable" }' \
            "$separator" "$number" "$simulator_port" "$number"
          separator=,
        done
        printf ' ] }'
      done
      printf ' ],\n  "admin": { "listen": "127.0.0.1:%s" }\n}\n' "$admin_port"
    } >"$config"
  )
}
