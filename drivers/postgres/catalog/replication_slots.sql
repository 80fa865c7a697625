-- probe: replication_slots
-- summary: what replication slots keep back
-- versions: 13-
-- alias: s = pg_replication_slots
SELECT
  s.slot_name                                                -- attribute postgresql.replication_slot.name
, s.slot_type                                                -- attribute postgresql.replication_slot.type
, s.database                                                 -- attribute db.namespace
, s.active                                                   -- gauge postgresql.replication_slots.active {slot} : 1 while somebody reads the slot
, pg_catalog.pg_wal_lsn_diff(e.lsn, s.restart_lsn)::int8     -- gauge postgresql.replication_slots.wal_retain_bytes By : WAL that the slot keeps
, s.safe_wal_size                                            -- gauge postgresql.replication_slots.safe_wal_size_bytes By : WAL that may be written before the slot is lost; absent without max_slot_wal_keep_size
, pg_catalog.pg_wal_lsn_diff(e.lsn, s.confirmed_flush_lsn)::int8 -- gauge postgresql.replication_slots.lag_bytes By : WAL that the reader of a logical slot has not confirmed
, GREATEST(pg_catalog.age(s.xmin), pg_catalog.age(s.catalog_xmin)) -- gauge postgresql.replication_slots.transactions_retain_age {transaction} : transactions that the slot holds back from vacuum
, EXTRACT(EPOCH FROM s.inactive_since)::int8                 -- gauge postgresql.replication_slots.inactive_since_unixtime s : when the slot was last read; absent while it is active
, s.wal_status = 'reserved'                                  -- gauge postgresql.replication_slots.wal_status {slot} status=reserved : 1 for the state of the slot's WAL
, s.wal_status = 'extended'                                  -- gauge postgresql.replication_slots.wal_status {slot} status=extended
, s.wal_status = 'unreserved'                                -- gauge postgresql.replication_slots.wal_status {slot} status=unreserved
, s.wal_status = 'lost'                                      -- gauge postgresql.replication_slots.wal_status {slot} status=lost
, s.invalidation_reason IS NOT NULL                          -- gauge postgresql.replication_slots.invalidated {slot} : 1 when the slot can no longer be used
, s.conflicting                                              -- gauge postgresql.replication_slots.conflicting {slot} : 1 when recovery on a standby invalidated a logical slot
FROM pg_catalog.pg_replication_slots AS s
CROSS JOIN (SELECT CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn() ELSE pg_catalog.pg_current_wal_lsn() END AS lsn) AS e
