-- probe: statements
-- summary: numbers of pg_stat_statements, without the texts
-- family: accumulated
-- interval: statements
-- versions: 13-
-- needs: pg_stat_statements
-- alias: s = pg_stat_statements
-- kept: 50
-- rank: total_exec_time
-- count: calls
-- Columns follow the extension's version, not the server's.
-- Whatever grows does so with a call or a plan; where they are as many again
-- after a reset, the time spent is not. A server that knows toplevel, in a
-- version of the extension that does not, has entries of equal key: no digest.
SELECT
  s.dbid                                                     -- key dbid
, s.userid                                                   -- key userid
, s.queryid                                                  -- key queryid
, s.toplevel                                                 -- key toplevel
, true                                                       -- key toplevel
, s.stats_since                                              -- start
, s.calls                                                    -- counter postgresql.statement.calls {call} : executions
, s.total_exec_time                                          -- counter postgresql.statement.execution.time us as=us : time spent executing
, s.plans                                                    -- counter postgresql.statement.plans {plan} part=plan : times it was planned (with pg_stat_statements.track_planning)
, s.total_plan_time                                          -- counter postgresql.statement.planning.time us as=us part=plan : time spent planning (with pg_stat_statements.track_planning)
, s.rows                                                     -- counter postgresql.statement.rows {row} : rows retrieved or affected
, s.shared_blks_hit                                          -- counter postgresql.statement.blocks {block} postgresql.storage=shared operation=hit : blocks by storage and operation
, s.shared_blks_read                                         -- counter postgresql.statement.blocks {block} postgresql.storage=shared operation=read part=shared
, s.shared_blks_dirtied                                      -- counter postgresql.statement.blocks {block} postgresql.storage=shared operation=dirtied part=shared
, s.shared_blks_written                                      -- counter postgresql.statement.blocks {block} postgresql.storage=shared operation=written part=shared
, s.local_blks_hit                                           -- counter postgresql.statement.blocks {block} postgresql.storage=local operation=hit part=spilled
, s.local_blks_read                                          -- counter postgresql.statement.blocks {block} postgresql.storage=local operation=read part=spilled
, s.local_blks_dirtied                                       -- counter postgresql.statement.blocks {block} postgresql.storage=local operation=dirtied part=spilled
, s.local_blks_written                                       -- counter postgresql.statement.blocks {block} postgresql.storage=local operation=written part=spilled
, s.temp_blks_read                                           -- counter postgresql.statement.blocks {block} postgresql.storage=temp operation=read part=spilled
, s.temp_blks_written                                        -- counter postgresql.statement.blocks {block} postgresql.storage=temp operation=written part=spilled
, s.shared_blk_read_time                                     -- counter postgresql.statement.io.time us postgresql.storage=shared operation=read as=us part=io : time spent on blocks (with track_io_timing); before extension 1.11 shared holds local too
, s.blk_read_time                                            -- counter postgresql.statement.io.time us postgresql.storage=shared operation=read as=us part=io
, s.shared_blk_write_time                                    -- counter postgresql.statement.io.time us postgresql.storage=shared operation=write as=us part=io
, s.blk_write_time                                           -- counter postgresql.statement.io.time us postgresql.storage=shared operation=write as=us part=io
, s.local_blk_read_time                                      -- counter postgresql.statement.io.time us postgresql.storage=local operation=read as=us part=io
, s.local_blk_write_time                                     -- counter postgresql.statement.io.time us postgresql.storage=local operation=write as=us part=io
, s.temp_blk_read_time                                       -- counter postgresql.statement.io.time us postgresql.storage=temp operation=read as=us part=io
, s.temp_blk_write_time                                      -- counter postgresql.statement.io.time us postgresql.storage=temp operation=write as=us part=io
, s.wal_records                                              -- counter postgresql.statement.wal.records {record} part=wal : WAL records generated
, s.wal_fpi                                                  -- counter postgresql.statement.wal.full_page_images {image} part=wal : WAL full page images generated
, s.wal_bytes::int8                                          -- counter postgresql.statement.wal.bytes By part=wal : WAL generated
, s.wal_buffers_full                                         -- counter postgresql.statement.wal.buffers_full {event} part=wal : times the WAL buffers were full
, s.jit_functions                                            -- counter postgresql.statement.jit.functions {function} part=jit : functions compiled just in time
, s.jit_inlining_count                                       -- counter postgresql.statement.jit.runs {run} postgresql.jit.phase=inlining part=jit : times a phase of just-in-time compilation ran
, s.jit_optimization_count                                   -- counter postgresql.statement.jit.runs {run} postgresql.jit.phase=optimization part=jit
, s.jit_emission_count                                       -- counter postgresql.statement.jit.runs {run} postgresql.jit.phase=emission part=jit
, s.jit_deform_count                                         -- counter postgresql.statement.jit.runs {run} postgresql.jit.phase=deform part=jit
, s.jit_generation_time                                      -- counter postgresql.statement.jit.time us postgresql.jit.phase=generation as=us part=jit : time spent on just-in-time compilation
, s.jit_inlining_time                                        -- counter postgresql.statement.jit.time us postgresql.jit.phase=inlining as=us part=jit
, s.jit_optimization_time                                    -- counter postgresql.statement.jit.time us postgresql.jit.phase=optimization as=us part=jit
, s.jit_emission_time                                        -- counter postgresql.statement.jit.time us postgresql.jit.phase=emission as=us part=jit
, s.jit_deform_time                                          -- counter postgresql.statement.jit.time us postgresql.jit.phase=deform as=us part=jit
, s.parallel_workers_to_launch                               -- counter postgresql.statement.parallel_workers {worker} postgresql.worker.state=planned part=parallel : parallel workers planned and launched
, s.parallel_workers_launched                                -- counter postgresql.statement.parallel_workers {worker} postgresql.worker.state=launched part=parallel
, pg_catalog.hashint8extended(s.calls, pg_catalog.hashint8extended(s.plans, pg_catalog.hashfloat8extended(s.total_exec_time, pg_catalog.hashfloat8extended(s.total_plan_time, pg_catalog.timestamp_hash_extended(s.stats_since::timestamp, pg_catalog.hashint4extended(s.toplevel::int4, pg_catalog.hashoidextended(s.userid, pg_catalog.hashoidextended(s.dbid, s.queryid)))))))) -- digest
, pg_catalog.hashint8extended(s.calls, pg_catalog.hashint8extended(s.plans, pg_catalog.hashfloat8extended(s.total_exec_time, pg_catalog.hashfloat8extended(s.total_plan_time, pg_catalog.hashint4extended(s.toplevel::int4, pg_catalog.hashoidextended(s.userid, pg_catalog.hashoidextended(s.dbid, s.queryid))))))) -- digest
, pg_catalog.hashint8extended(s.calls, pg_catalog.hashint8extended(s.plans, pg_catalog.hashfloat8extended(s.total_exec_time, pg_catalog.hashfloat8extended(s.total_plan_time, pg_catalog.hashoidextended(s.userid, pg_catalog.hashoidextended(s.dbid, s.queryid)))))) -- digest needs=!pg_stat_wal
FROM {ext:pg_stat_statements}.pg_stat_statements(false) AS s
