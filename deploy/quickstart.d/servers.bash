# The throw-away fleet: which servers there are, what is in them, who loads them.

pg_bin=/usr/lib/postgresql/15/bin
orders_databases=(orders customers inventory payments search analytics)
billing_databases=(billing invoices ledger tax dunning reports)

# initdb refuses root, so as root the servers belong to Debian's postgres user.
# Without one of its own a process here is the user's, and so are its files.
as_server() {
  if ((EUID == 0)); then
    setpriv --reuid=postgres --regid=postgres --clear-groups "$@"
  else
    "$@"
  fi
}

random_password() { od -An -N18 -tx1 /dev/urandom | tr -d ' \n'; }

server_settings() {
  cat <<SETTINGS
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 60
shared_buffers = 32MB
wal_level = replica
min_wal_size = 8MB
max_wal_size = 128MB
# Nothing here outlives the run, so nothing waits for the disk.
fsync = off
full_page_writes = off
shared_preload_libraries = 'pg_stat_statements'
track_io_timing = on
hot_standby = on
log_min_messages = warning
jit = off
SETTINGS
}

# start_server NAME PORT: its folder is $servers/NAME.
start_server() {
  local name=$1 port=$2 turn
  # As is: setsid and setpriv become the server, so its number is recorded.
  if ((EUID == 0)); then
    launch "server-$name" INT setpriv --reuid=postgres --regid=postgres \
      --clear-groups "$pg_bin/postgres" -D "$servers/$name" -p "$port" \
      >>"$state/$name.log" 2>&1
  else
    launch "server-$name" INT "$pg_bin/postgres" -D "$servers/$name" -p "$port" \
      >>"$state/$name.log" 2>&1
  fi
  for turn in {1..300}; do
    if "$pg_bin/pg_isready" -q -h 127.0.0.1 -p "$port"; then return 0; fi
    is_running "server-$name" || break
    pause 0.1
  done
  tail -n 20 "$state/$name.log" >&2
  die "the server $name did not start"
}

# sql PORT DATABASE: reads statements from standard input.
sql() {
  PGPASSFILE=$state/superuser.pgpass PGOPTIONS='' "$pg_bin/psql" -X -q -w -v ON_ERROR_STOP=1 \
    "host=127.0.0.1 port=$1 dbname=$2 user=postgres" -f - >>"$state/setup.log" 2>&1
}

# Each database has a few tables of its own; the loaded ones also pgbench's.
fill_database() {
  local port=$1 database=$2
  sql "$port" "$database" <<SQL
create extension pg_stat_statements;
create table accounts (id bigint primary key, name text not null, opened timestamptz not null);
create table movements (id bigint generated always as identity primary key,
  account bigint not null references accounts, amount numeric(12, 2) not null,
  at timestamptz not null default now());
create index on movements (account, at);
create table notes (id bigint generated always as identity primary key, body text);
insert into accounts select n, 'account ' || n, now() - n * interval '1 hour' from generate_series(1, 500) n;
insert into movements (account, amount) select 1 + n % 500, n % 97 from generate_series(1, 2000) n;
insert into notes (body) select repeat('note ', 20) from generate_series(1, 300);
analyze;
SQL
}

prepare_server() {
  local name=$1 port=$2 database
  shift 2
  as_server "$pg_bin/initdb" -D "$servers/$name" -U postgres -E UTF8 --locale=C.UTF-8 \
    --no-sync --wal-segsize=4 --auth=scram-sha-256 --pwfile="$servers/.superuser" >>"$state/setup.log" 2>&1
  server_settings | as_server tee -a "$servers/$name/postgresql.conf" >/dev/null
  printf '%s\n' 'host all all 127.0.0.1/32 scram-sha-256' \
    'host replication all 127.0.0.1/32 scram-sha-256' |
    as_server tee "$servers/$name/pg_hba.conf" >/dev/null
  start_server "$name" "$port"
  sql "$port" postgres <<SQL
create role pgmuster login password '$(<"$state/pgmuster.pw")';
grant pg_monitor to pgmuster;
create extension pg_stat_statements;
SQL
  for database in "$@"; do
    echo "create database $database strategy file_copy;" | sql "$port" postgres
    fill_database "$port" "$database"
  done
  PGPASSFILE=$state/superuser.pgpass "$pg_bin/pgbench" -i -q -s 1 -h 127.0.0.1 \
    -p "$port" -U postgres "$1" >>"$state/setup.log" 2>&1
}

# What a template depends on: this file and the server's version.
template_key() { { cat "$here/quickstart.d/servers.bash"; "$pg_bin/postgres" -V; } | cksum; }

# The prepared folders are kept, so that only the first start takes long.
make_templates() {
  [[ -e $state/template.key && $(<"$state/template.key") == "$(template_key)" ]] && return 0
  say "  preparing the servers for the first time (some 20 s)"
  rm -f "$state/template.key"
  as_server rm -rf "$servers/template"
  as_server mkdir -p "$servers/template"
  (umask 077 && random_password >"$state/pgmuster.pw" && random_password >"$state/superuser.pw")
  (umask 077 && printf '127.0.0.1:*:*:postgres:%s\n' "$(<"$state/superuser.pw")" \
    >"$state/superuser.pgpass")
  as_server sh -c 'umask 077 && cat >"$1"' sh "$servers/.superuser" <"$state/superuser.pw"
  prepare_server orders-primary "$(free_port)" "${orders_databases[@]}"
  prepare_server billing "$(free_port)" "${billing_databases[@]}"
  local name
  for name in orders-primary billing; do
    stop "server-$name" 30
    as_server mv "$servers/$name" "$servers/template/$name"
  done
  template_key >"$state/template.key"
}

copy_standby() {
  PGPASSWORD=$(<"$state/superuser.pw") as_server "$pg_bin/pg_basebackup" \
    -h 127.0.0.1 -p "$orders_port" -U postgres -w -D "$servers/orders-standby" \
    -c fast -X stream -R --no-sync >>"$state/setup.log" 2>&1 ||
    die "the standby's copy failed; see $state/setup.log"
}

# The last run's folders. Deleting thousands of files can take half a minute,
# so it happens beside the rest; what is not done by the end is done next time.
sweep_old_servers() {
  local name old
  old=$servers/old.$$
  as_server mkdir -p "$old"
  for name in orders-primary orders-standby billing; do
    [[ ! -e $servers/$name ]] || as_server mv "$servers/$name" "$old/$name"
  done
  if ((EUID == 0)); then
    launch sweeper TERM setpriv --reuid=postgres --regid=postgres --clear-groups \
      rm -rf "$servers"/old.*
  else
    launch sweeper TERM rm -rf "$servers"/old.*
  fi
}

start_servers() {
  local name
  : >"$state/setup.log"
  sweep_old_servers
  make_templates
  for name in orders-primary billing; do
    as_server cp -a --reflink=auto "$servers/template/$name" "$servers/$name"
  done
  orders_port=$(free_port)
  taken_ports=$orders_port
  standby_port=$(free_port)
  taken_ports+=" $standby_port"
  billing_port=$(free_port)
  taken_ports+=" $billing_port"
  start_server orders-primary "$orders_port"
  start_server billing "$billing_port"
  copy_standby
  start_server orders-standby "$standby_port"
}

# load NAME PORT DATABASE RATE [OPTIONS…]: bounded to two hours, never restarted.
load() {
  local name=$1 port=$2 database=$3 rate=$4
  shift 4
  PGPASSFILE=$state/superuser.pgpass launch "load-$name" TERM "$pg_bin/pgbench" -n \
    -h 127.0.0.1 -p "$port" -U postgres -T 7200 -R "$rate" -c 2 "$@" "$database" \
    >>"$state/load.log" 2>&1
}

start_load() {
  load orders "$orders_port" orders 20
  load payments "$orders_port" payments 8 -f "$here/quickstart.d/payments.pgbench"
  load reads "$standby_port" orders 15 -S
  load billing "$billing_port" billing 10
}
