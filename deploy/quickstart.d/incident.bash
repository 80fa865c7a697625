# The small incident that the demonstration plays, so that one sees the view react.

sql_session() {
  local name=$1 port=$2 database=$3
  PGPASSFILE=$state/superuser.pgpass PGAPPNAME=$name launch "incident-$name" TERM \
    "$pg_bin/psql" -X -q -w "host=127.0.0.1 port=$port dbname=$database user=postgres" \
    -c "$4" >>"$state/incident.log" 2>&1
}

standby_sql() {
  PGPASSFILE=$state/superuser.pgpass "$pg_bin/psql" -X -q -w -At \
    "host=127.0.0.1 port=$standby_port dbname=postgres user=postgres" \
    -c "$1" >>"$state/incident.log" 2>&1 || true
}

play_lock() {
  narrate "One session holds a row and sleeps, two wait for it: WAITING of orders-primary counts all three."
  sql_session holder "$orders_port" inventory \
    'begin; update accounts set name = name where id = 1; select pg_sleep(22); rollback'
  pause 1
  sql_session waiter-1 "$orders_port" inventory \
    'update accounts set name = name where id = 1'
  sql_session waiter-2 "$orders_port" inventory \
    'select * from accounts where id = 1 for update'
  pause 22
  narrate "The lock is released; nobody waits any more."
  pause 8
}

play_lag() {
  narrate "The standby stops replaying, its primary writes on: see LAG of orders-standby."
  standby_sql 'select pg_wal_replay_pause()'
  pause 20
  standby_sql 'select pg_wal_replay_resume()'
  narrate "The standby replays again and catches up."
  pause 8
}

play_stop() {
  narrate "Someone stops billing: it is 'down', with the reason; the others are not delayed."
  stop server-billing 30
  stop load-billing
  pause 15
  narrate "billing is started again, and so are its clients."
  start_server billing "$billing_port"
  load billing "$billing_port" billing 10
  pause 12
}

play_incident() {
  narrate "Three servers, a dozen databases, a little load. In 20 s something goes wrong."
  pause 20
  play_lock
  play_lag
  play_stop
  narrate "That was the incident. Look around; Ctrl-C stops everything and sums up."
}
