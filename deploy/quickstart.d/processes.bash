# Which processes are ours: each is written down with its start time, so that a
# number that was given to someone else meanwhile is never signalled.

# "START BOOT" of a process; START is field 22 of its stat line.
birth_of() {
  local line
  line=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  # The name in parentheses may hold spaces; what follows it does not.
  set -- ${line##*) }
  [[ $1 != Z ]] || return 1
  echo "${20} $(cat /proc/sys/kernel/random/boot_id)"
}

# launch NAME SIGNAL COMMAND…: starts it in a session of its own, so that the
# terminal's Ctrl-C reaches only us. SIGNAL is what ends it kindly. The process
# writes itself down before it becomes the command: it is never unrecorded.
launch() {
  local name=$1 turn
  rm -f "$state/run/$name.pid"
  setsid bash -c '. "$0/processes.bash"; record "$1" "$2" $$; shift 2; exec "$@"' \
    "$here/quickstart.d" "$@" </dev/null &
  for turn in {1..200}; do
    [[ ! -e $state/run/$name.pid ]] || return 0
    pause 0.02
  done
  die "$name could not be started"
}

record() {
  local birth file=$state/run/$1.pid
  birth=$(birth_of "$3") || return 0
  printf '%s %s %s\n' "$3" "$2" "$birth" >"$file.new" && mv "$file.new" "$file"
}

# "PID SIGNAL" if the recorded process is still that process.
recorded() {
  local pid signal birth
  read -r pid signal birth 2>/dev/null <"$state/run/$1.pid" || return 1
  [[ $(birth_of "$pid") == "$birth" ]] && echo "$pid $signal"
}

is_running() { recorded "$1" >/dev/null; }

# stop NAME [SECONDS]: kindly, then after that long not.
stop() {
  local name=$1 patience=${2:-10} pid signal turn
  if read -r pid signal < <(recorded "$name"); then
    kill -s "$signal" "$pid" 2>/dev/null || true
    for ((turn = 0; turn < patience * 10; turn++)); do
      is_running "$name" || break
      pause 0.1
    done
    if is_running "$name"; then
      # A PostgreSQL that is killed leaves shared memory; QUIT does not.
      [[ $signal == INT ]] && kill -QUIT "$pid" 2>/dev/null && pause 2
      ! is_running "$name" || kill -KILL "$pid" 2>/dev/null || true
    fi
  fi
  rm -f "$state/run/$name.pid"
}

# Clients first, servers last: a server that loses its clients stops at once.
stop_everything() {
  local file name first
  for first in 'player' 'top' 'incident-*' 'load-*' 'pgmuster' 'sweeper' 'server-*-standby' '*'; do
    for file in "$state"/run/$first.pid; do
      [[ -e $file ]] || continue
      name=${file##*/}
      stop "${name%.pid}"
    done
  done
}

# Two quickstarts in one state directory would fight; one that was killed left
# its servers running.
claim_state() {
  if is_running quickstart; then
    die "one is already running here: process $(recorded quickstart | cut -d' ' -f1)"
  fi
  rm -f "$state/run/quickstart.pid"
  if compgen -G "$state/run/*.pid" >/dev/null; then
    say "  an earlier run did not end properly; stopping what it left"
    stop_everything
  fi
  record quickstart TERM $$
}

# A port that no socket here has, below the range that the system hands out to
# outgoing connections. Read, not tried: a full listener would hold us up.
free_port() {
  local port turn
  for turn in {1..50}; do
    port=$((20000 + RANDOM % 10000))
    [[ " ${taken_ports:-} " != *" $port "* ]] || continue
    cat /proc/net/tcp /proc/net/tcp6 2>/dev/null |
      grep -qiE "^ *[0-9]+: [0-9A-F]+:$(printf %04X "$port") " || {
      echo "$port"
      return 0
    }
  done
  die "no free port found"
}
