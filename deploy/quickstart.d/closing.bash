# What the quickstart says at its end, as the collector itself counted it.

# http_get PATH: the body of the admin address's answer. Not curl: it may not
# be installed.
http_get() {
  local answer
  answer=$(
    exec 3<>"/dev/tcp/127.0.0.1/$admin_port" || exit 1
    printf 'GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' "$1" >&3
    timeout 5 cat <&3
  ) 2>/dev/null || return 1
  [[ $answer == 'HTTP/1.1 200 '* ]] || return 1
  sed '1,/^\r*$/d' <<<"$answer"
}

# Read while the collector still runs; printed when all is stopped.
read_figures() {
  final_targets=$(http_get /api/v1/targets) || final_targets=''
  final_ledger=$(http_get /api/v1/ledger) || final_ledger=''
}

grouped() { sed -E ':a; s/([0-9])([0-9]{3})($|[^0-9])/\1,\2\3/; ta' <<<"$1"; }

print_summary() {
  local seconds=$1 servers_seen databases points cost lost delivered waiting balanced
  if [[ -z $final_targets || -z $final_ledger ]]; then
    say "  the collector gave no closing figures; its log: $state/pgmuster.log"
    return 0
  fi
  read -r servers_seen databases points cost < <(jq -r '[.targets[]] |
    [length, (map(.databases) | add // 0), (map(.points) | add // 0),
     (map(.total_cost_us) | add // 0)] | map(floor) | join(" ")' <<<"$final_targets")
  read -r lost delivered waiting balanced < <(jq -r '
    [.tenants[] | .shaping, .delivery[]] as $books |
    [([$books[] | (.dropped // {})[], .rejected // 0, .quarantined // 0] | add // 0),
     ([$books[] | .acked // 0] | add // 0),
     ([$books[] | .held // 0, .batching // 0, .in_flight // 0, .spooled // 0] | add // 0),
     .balanced] | join(" ")' <<<"$final_ledger")
  say ''
  say "pgmuster quickstart: everything it started is stopped, after $seconds s."
  say "  databases   $databases on $servers_seen servers"
  say "  points      $(grouped "$points") taken in, $(grouped "$delivered") delivered to ${otlp:-$points_file}"
  ((waiting == 0)) || say "              $(grouped "$waiting") were on their way when it was stopped"
  say "  cost        $(grouped $((cost / 1000))) ms of the servers' own time for our questions"
  say "  lost        $(grouped "$lost")"
  [[ $balanced == true ]] ||
    say "              (the books did not balance at that moment: $state/pgmuster.log)"
  say ''
  say "The configuration: $config"
}
