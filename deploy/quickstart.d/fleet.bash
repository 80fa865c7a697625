# What pgmuster is told to collect: the configuration the quickstart writes.

json_string() {
  local text=${1//\\/\\\\}
  printf '"%s"' "${text//\"/\\\"}"
}

route_json() {
  if [[ -n $otlp ]]; then
    printf '{ "otlp": %s }' "$(json_string "$otlp")"
  else
    printf '{ "file": %s }' "$(json_string "$points_file")"
  fi
}

# write_config TARGET…: each a JSON object.
write_config() {
  local separator='' target
  admin_port=$(free_port)
  (
    umask 077
    {
      printf '{\n  "routes": { "main": %s },\n' "$(route_json)"
      printf '  "tenants": [ { "id": "demo", "routes": ["main"], "targets": ['
      for target in "$@"; do
        printf '%s\n    %s' "$separator" "$target"
        separator=,
      done
      printf ' ] } ],\n'
      printf '  "intervals": { "default": "5s", "database": "15s", "statements": "15s" },\n'
      printf '  "admin": { "listen": "127.0.0.1:%s" }\n}\n' "$admin_port"
    } >"$config"
  )
}

# target_json NAME DSN PASSWORD_MEMBER: the member may be empty.
target_json() {
  printf '{ "name": %s, "dsn": %s%s, "databases": "all" }' "$(json_string "$1")" \
    "$(json_string "$2")" "${3:+, $3}"
}

demo_target() {
  target_json "$1" "postgresql://pgmuster@127.0.0.1:$2/postgres" \
    "\"password_file\": $(json_string "$state/pgmuster.pw")"
}

write_demo_config() {
  write_config "$(demo_target orders-primary "$orders_port")" \
    "$(demo_target orders-standby "$standby_port")" \
    "$(demo_target billing "$billing_port")"
}

# A name for people from a DSN's host; the second of the same host gets a number.
name_of_dsn() {
  local dsn=$1 host
  if [[ $dsn == postgres*://* ]]; then
    host=${dsn#*://}
    host=${host%%[/?]*}
    host=${host##*@}
  else
    host=$(sed -n 's/.*\<host *= *\([^ ]*\).*/\1/p' <<<"$dsn")
  fi
  host=$(tr -c 'A-Za-z0-9._-' '-' <<<"${host:-local}" | sed 's/-*$//; s/^-*//')
  local name=${host:-local} number=2
  while [[ " ${taken_names:-} " == *" $name "* ]]; do
    name=$host-$((number++))
  done
  echo "$name"
}

# Whether the server asks for a password that the DSN does not have. libpq's own
# password file is left out, as pgmuster leaves it out.
wants_password() {
  local words
  words=$(env -u PGPASSWORD PGPASSFILE=/dev/null PGCONNECT_TIMEOUT=5 \
    "$pg_bin/psql" -X -w -At -c 'select 1' "$1" 2>&1) && return 1
  [[ $words == *'no password supplied'* ]]
}

# password_member NAME DSN: where pgmuster finds the password, as JSON.
password_member() {
  local name=$1 typed
  if [[ -n $password_file ]]; then
    printf '"password_file": %s' "$(json_string "$password_file")"
  elif wants_password "$2"; then
    if [[ -n ${PGPASSWORD:-} ]]; then
      printf '"password_env": "PGPASSWORD"'
    elif [[ -t 0 ]]; then
      read -rsp "  password for $name: " typed </dev/tty
      printf '\n' >/dev/tty
      (umask 077 && printf '%s\n' "$typed" >"$state/typed-$name.pw")
      printf '"password_file": %s' "$(json_string "$state/typed-$name.pw")"
    else
      die "$name asks for a password: --password-file FILE, or PGPASSWORD"
    fi
  fi
}

write_given_config() {
  local dsn name member targets=()
  for dsn in "$@"; do
    name=$(name_of_dsn "$dsn")
    taken_names+=" $name"
    member=$(password_member "$name" "$dsn") || exit 1
    targets+=("$(target_json "$name" "$dsn" "$member")")
  done
  write_config "${targets[@]}"
}
