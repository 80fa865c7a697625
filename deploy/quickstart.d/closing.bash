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
  local seconds=$1 servers_seen databases cost
  local observed unchanged folded delivered waiting lost balanced
  if [[ -z $final_targets || -z $final_ledger ]]; then
    say "  the collector gave no closing figures; its log: $state/pgmuster.log"
    return 0
  fi
  read -r servers_seen databases cost < <(jq -r '[.targets[]] |
    [length, (map(.databases) | add // 0), (map(.total_cost_us) | add // 0)] |
    map(floor) | join(" ")' <<<"$final_targets")
  read -r observed unchanged folded delivered waiting lost balanced < <(jq -r '
    [.tenants[].shaping] as $a | [.tenants[].delivery[]] as $b |
    def total(f): [f] | add // 0;
    [total($a[].observed // 0), total($a[].unchanged // 0), total($a[].folded // 0),
     total($b[].acked // 0),
     total(($a + $b)[] | .held // 0, .batching // 0, .in_flight // 0, .spooled // 0),
     total(($a + $b)[] | (.dropped // {})[], .rejected // 0, .quarantined // 0),
     .balanced] | join(" ")' <<<"$final_ledger")
  say ''
  say "pgmuster quickstart: everything it started is stopped, after $seconds s."
  say "  databases   $databases on $servers_seen servers"
  say "  points      $(grouped "$observed") read, $(grouped "$unchanged") of them unchanged and not sent again," \
    "$(grouped "$folded") added into 'other'"
  say "              $(grouped "$delivered") delivered to ${otlp:-$points_file}"
  ((waiting == 0)) || say "              $(grouped "$waiting") were on their way a moment before it was stopped; its own last words:"
  ((waiting == 0)) || say "              $(tail -n 1 "$state/pgmuster.log")"
  say "  cost        $(grouped $((cost / 1000))) ms of the servers' own time for our questions"
  say "  lost        $(grouped "$lost")"
  [[ $balanced == true ]] ||
    say "              (the books did not balance at that moment: $state/pgmuster.log)"
  say ''
  say "The configuration: $config"
}
