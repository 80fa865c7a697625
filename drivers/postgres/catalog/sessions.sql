-- probe: sessions
-- summary: sessions by database, state and what they wait for, and the oldest of each database
-- versions: 13-
-- alias: a = pg_stat_activity
-- The view is read once: the grouping sets make one row for each state and one for each database.
-- A database without sessions tells 0 backends, rather than nothing.
-- Workers that serve no client are counted as backends, not as sessions. Ours is neither.
-- Rows of a state without client sessions are left out: with neither state nor wait they would be a
-- second row of their database's own series.
SELECT
  d.datname                                                  -- attribute db.namespace
, a.state                                                    -- attribute postgresql.state
, a.wait_event_type                                          -- attribute postgresql.wait_event_type
, CASE WHEN GROUPING(a.state) = 0 THEN NULLIF(pg_catalog.count(*) FILTER (WHERE a.backend_type = 'client backend'), 0) END -- gauge postgresql.sessions {session} : client sessions by state and type of wait
, CASE WHEN GROUPING(a.state) = 1 THEN pg_catalog.count(a.pid) END -- updown postgresql.backends {backend} : processes connected to the database, workers included
, CASE WHEN GROUPING(a.state) = 1 THEN EXTRACT(EPOCH FROM pg_catalog.max(pg_catalog.clock_timestamp() - a.xact_start))::float8 END -- gauge/double postgresql.transaction.age.max s : age of the oldest open transaction
, CASE WHEN GROUPING(a.state) = 1 THEN EXTRACT(EPOCH FROM pg_catalog.max(pg_catalog.clock_timestamp() - a.query_start) FILTER (WHERE a.state = 'active'))::float8 END -- gauge/double postgresql.query.age.max s : age of the longest running query
, CASE WHEN GROUPING(a.state) = 1 THEN EXTRACT(EPOCH FROM pg_catalog.max(pg_catalog.clock_timestamp() - a.state_change) FILTER (WHERE a.state LIKE 'idle in transaction%'))::float8 END -- gauge/double postgresql.idle_in_transaction.age.max s : how long a session has been idle in a transaction
, CASE WHEN GROUPING(a.state) = 1 THEN pg_catalog.max(pg_catalog.age(a.backend_xmin)) END -- gauge postgresql.backend_xmin.age.max {transaction} : transactions that the oldest snapshot holds back from vacuum
FROM pg_catalog.pg_database AS d
LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.datid = d.oid AND a.pid <> pg_catalog.pg_backend_pid()
WHERE d.datallowconn
GROUP BY GROUPING SETS ((d.datname, a.state, a.wait_event_type), (d.datname))
HAVING GROUPING(a.state) = 1 OR pg_catalog.count(*) FILTER (WHERE a.backend_type = 'client backend') > 0
