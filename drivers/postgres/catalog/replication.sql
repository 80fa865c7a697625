-- probe: replication
-- summary: how far each standby or receiver that is connected here lags
-- versions: 13-
-- alias: r = pg_stat_replication
-- alias: a = pg_stat_replication
-- Connections of one client under one name are told as their worst. On a standby
-- that feeds others, the end of WAL is what it has replayed.
-- The functions of that view, each WAL sender's session asked for by itself: the
-- view describes every session of the server to find those few.
SELECT
  COALESCE(pg_catalog.host(a.client_addr), 'unix')           -- attribute replication_client
, a.application_name                                         -- attribute postgresql.application_name as=words
, pg_catalog.max(pg_catalog.pg_wal_lsn_diff(e.lsn, r.replay_lsn))::int8 -- gauge postgresql.replication.data_delay By : WAL not yet replayed there
, pg_catalog.max(pg_catalog.pg_wal_lsn_diff(e.lsn, r.sent_lsn))::int8 -- gauge postgresql.replication.lag By operation=sent : WAL not yet sent, written, flushed or replayed there
, pg_catalog.max(pg_catalog.pg_wal_lsn_diff(e.lsn, r.write_lsn))::int8 -- gauge postgresql.replication.lag By operation=write
, pg_catalog.max(pg_catalog.pg_wal_lsn_diff(e.lsn, r.flush_lsn))::int8 -- gauge postgresql.replication.lag By operation=flush
, pg_catalog.max(pg_catalog.pg_wal_lsn_diff(e.lsn, r.replay_lsn))::int8 -- gauge postgresql.replication.lag By operation=replay
, EXTRACT(EPOCH FROM pg_catalog.max(r.write_lag))::float8    -- gauge/double postgresql.wal.delay s operation=write : time until WAL flushed here was written, flushed or replayed there; absent when idle
, EXTRACT(EPOCH FROM pg_catalog.max(r.flush_lag))::float8    -- gauge/double postgresql.wal.delay s operation=flush
, EXTRACT(EPOCH FROM pg_catalog.max(r.replay_lag))::float8   -- gauge/double postgresql.wal.delay s operation=replay
, EXTRACT(EPOCH FROM pg_catalog.max(r.write_lag))::int8      -- gauge postgresql.wal.lag s operation=write : postgresql.wal.delay in whole seconds
, EXTRACT(EPOCH FROM pg_catalog.max(r.flush_lag))::int8      -- gauge postgresql.wal.lag s operation=flush
, EXTRACT(EPOCH FROM pg_catalog.max(r.replay_lag))::int8     -- gauge postgresql.wal.lag s operation=replay
, pg_catalog.count(*) FILTER (WHERE r.state = 'streaming')   -- gauge postgresql.replication.streaming {connection} : connections that stream
, pg_catalog.count(*) FILTER (WHERE r.sync_state IN ('sync', 'quorum')) -- gauge postgresql.replication.synchronous {connection} : connections that commits wait for
, pg_catalog.max(pg_catalog.age(a.backend_xmin))             -- gauge postgresql.replication.xmin.age {transaction} : transactions that feedback of the standby holds back from vacuum
FROM pg_catalog.pg_stat_get_wal_senders() AS r
CROSS JOIN LATERAL pg_catalog.pg_stat_get_activity(r.pid) AS a
CROSS JOIN (SELECT CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn() ELSE pg_catalog.pg_current_wal_lsn() END AS lsn) AS e
GROUP BY a.client_addr, a.application_name
