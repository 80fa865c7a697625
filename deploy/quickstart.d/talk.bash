# How the quickstart speaks: short lines, and seconds while something takes long.

say() { printf '%s\n' "$*"; }

die() {
  printf 'quickstart: %s\n' "$*" >&2
  exit 1
}

# Sleeps without a process of its own, so that nothing is left when we end.
exec {never_readable}<> <(:)
pause() { read -rt "$1" -u "$never_readable" _ || true; }

# with_progress TITLE LOG COMMAND…: the command's output goes to LOG; on a
# terminal one line tells the seconds and the log's last line.
with_progress() {
  local title=$1 log=$2 began=$SECONDS child status=0 last
  shift 2
  : >>"$log"
  setsid "$@" >>"$log" 2>&1 </dev/null &
  child=$!
  busy_child=$child
  while kill -0 "$child" 2>/dev/null; do
    pause 0.5
    if [[ -t 1 ]]; then
      last=$(tail -n 1 "$log" | tr -cd '[:print:]')
      printf '\r\033[K  %s … %d s  %.60s' "$title" $((SECONDS - began)) "$last"
    elif (((SECONDS - began) % 30 == 29)); then
      say "  $title … $((SECONDS - began)) s" && pause 1
    fi
  done
  wait "$child" || status=$?
  busy_child=''
  [[ ! -t 1 ]] || printf '\r\033[K'
  if ((status)); then
    tail -n 40 "$log" >&2
    die "$title failed; all of it: $log"
  fi
  say "  $title: done in $((SECONDS - began)) s"
}

# What stands under the live view, or on a line of its own without one; at most
# 90 characters, since the view cuts it.
narrate() {
  printf '%s\n' "$*" >"$state/narrator.new" && mv "$state/narrator.new" "$state/narrator"
  [[ -n ${live_view:-} ]] || say "  » $*"
}
