-- probe: database
-- summary: pg_stat_database and the conflicts of standbys, for each database
-- versions: 13-
-- alias: s = pg_stat_database
-- alias: c = pg_stat_database_conflicts
SELECT
  s.datname                                                  -- attribute db.namespace
, s.stats_reset                                              -- start
, s.xact_commit                                              -- counter postgresql.commits {transaction} : transactions committed
, s.xact_rollback                                            -- counter postgresql.rollbacks {transaction} : transactions rolled back
, s.blks_hit                                                 -- counter postgresql.blks_hit {blks_hit} : blocks found in shared buffers
, s.blks_read                                                -- counter postgresql.blks_read {blks_read} : blocks read from the operating system
, s.tup_returned                                             -- counter postgresql.tup_returned {tup_returned} : rows read by scans
, s.tup_fetched                                              -- counter postgresql.tup_fetched {tup_fetched} : rows fetched through indexes
, s.tup_inserted                                             -- counter postgresql.tup_inserted {tup_inserted} : rows inserted
, s.tup_updated                                              -- counter postgresql.tup_updated {tup_updated} : rows updated
, s.tup_deleted                                              -- counter postgresql.tup_deleted {tup_deleted} : rows deleted
, s.temp_files                                               -- counter postgresql.temp_files {temp_file} : temporary files made by queries
, s.temp_bytes                                               -- counter postgresql.temp.io By : data written to temporary files
, s.deadlocks                                                -- counter postgresql.deadlocks {deadlock} : deadlocks found
, c.confl_tablespace                                         -- counter postgresql.query.conflicts {query} postgresql.conflict.type=tablespace : queries cancelled by recovery on a standby
, c.confl_lock                                               -- counter postgresql.query.conflicts {query} postgresql.conflict.type=lock
, c.confl_snapshot                                           -- counter postgresql.query.conflicts {query} postgresql.conflict.type=snapshot
, c.confl_bufferpin                                          -- counter postgresql.query.conflicts {query} postgresql.conflict.type=bufferpin
, c.confl_deadlock                                           -- counter postgresql.query.conflicts {query} postgresql.conflict.type=deadlock
, c.confl_active_logicalslot                                 -- counter postgresql.query.conflicts {query} postgresql.conflict.type=active_logicalslot
, s.checksum_failures                                        -- counter postgresql.checksum.failures {failure} : pages whose checksum did not match; absent without data checksums
, s.blk_read_time / 1000                                     -- counter/double postgresql.database.io.time s operation=read : time spent on data blocks (with track_io_timing)
, s.blk_write_time / 1000                                    -- counter/double postgresql.database.io.time s operation=write
, s.session_time / 1000                                      -- counter/double postgresql.database.session.time s : time spent by sessions, told when their state changes
, s.active_time / 1000                                       -- counter/double postgresql.database.active.time s : time spent executing statements
, s.idle_in_transaction_time / 1000                          -- counter/double postgresql.database.idle_in_transaction.time s : time spent idle in a transaction
, s.sessions                                                 -- counter postgresql.database.sessions {session} : sessions established
, s.sessions_abandoned                                       -- counter postgresql.database.sessions.ended {session} reason=abandoned : sessions that ended otherwise than by their client
, s.sessions_fatal                                           -- counter postgresql.database.sessions.ended {session} reason=fatal
, s.sessions_killed                                          -- counter postgresql.database.sessions.ended {session} reason=killed
, s.parallel_workers_to_launch                               -- counter postgresql.database.parallel_workers {worker} postgresql.worker.state=planned : parallel workers planned and launched
, s.parallel_workers_launched                                -- counter postgresql.database.parallel_workers {worker} postgresql.worker.state=launched
, pg_catalog.age(d.datfrozenxid)                             -- gauge postgresql.database.transaction_id.age {transaction} : transactions since the oldest one not frozen; wraparound stops writes near 2^31
, pg_catalog.mxid_age(d.datminmxid)                          -- gauge postgresql.database.multixact_id.age {multixact} : multixacts since the oldest one still needed
FROM pg_catalog.pg_stat_database AS s
JOIN pg_catalog.pg_database AS d ON d.oid = s.datid
LEFT JOIN pg_catalog.pg_stat_database_conflicts AS c ON c.datid = s.datid
