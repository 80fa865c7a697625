-- probe: standby
-- summary: how far this server itself is behind; no rows on a primary
-- versions: 13-
-- alias: w = pg_stat_wal_receiver
-- Commit times are the primary's: with nothing left to replay the delay is 0, however old the last commit.
SELECT
  CASE WHEN pg_catalog.pg_last_wal_receive_lsn() = pg_catalog.pg_last_wal_replay_lsn() THEN 0 ELSE EXTRACT(EPOCH FROM pg_catalog.clock_timestamp() - pg_catalog.pg_last_xact_replay_timestamp()) END::float8 -- gauge/double postgresql.replication.standby.delay s : time since the last replayed transaction committed; 0 when all that was received is replayed
, pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_last_wal_receive_lsn(), pg_catalog.pg_last_wal_replay_lsn())::int8 -- gauge postgresql.replication.standby.lag By : WAL received and not yet replayed
, (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_wal_receiver AS w WHERE w.status = 'streaming') -- gauge postgresql.replication.standby.receivers {receiver} : WAL receivers that stream: 1, or 0 when cut off
, pg_catalog.pg_is_wal_replay_paused()                       -- gauge postgresql.replication.standby.paused {server} : 1 while replay is paused
WHERE pg_catalog.pg_is_in_recovery()
