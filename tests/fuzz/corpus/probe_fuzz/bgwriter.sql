ÿ-- probe: bgwriter
-- summary: the background writer, and up to version 16 the checkpointer
-- versions: 13-
-- alias: b = pg_stat_bgwriter
-- What backends wrote themselves is in postgresql.io.* from version 17 on.
SELECT
  b.stats_reset                                              -- start
, b.buffers_alloc                                            -- counter postgresql.bgwriter.buffers.allocated {buffers} : buffers allocated
, b.buffers_clean                                            -- counter postgresql.bgwriter.buffers.writes {buffers} source=bgwriter : buffers written
, b.buffers_checkpoint                                       -- counter postgresql.bgwriter.buffers.writes {buffers} source=checkpoints needs=!pg_stat_checkpointer
, b.buffers_backend                                          -- counter postgresql.bgwriter.buffers.writes {buffers} source=backend needs=!pg_stat_checkpointer
, b.buffers_backend_fsync                                    -- counter postgresql.bgwriter.buffers.writes {buffers} source=backend_fsync needs=!pg_stat_checkpointer
, b.maxwritten_clean                                         -- counter postgresql.bgwriter.maxwritten {stop} : scans that the background writer stopped because it had written its share
, b.checkpoints_timed                                        -- counter postgresql.bgwriter.checkpoint.count {checkpoints} type=scheduled needs=!pg_stat_checkpointer : checkpoints by reason; from version 17 on those that were skipped are among the scheduled
, b.checkpoints_req                                          -- counter postgresql.bgwriter.checkpoint.count {checkpoints} type=requested needs=!pg_stat_checkpointer
, b.checkpoint_write_time                                    -- counter/double postgresql.bgwriter.duration ms type=write needs=!pg_stat_checkpointer : time checkpoints spent writing and syncing
, b.checkpoint_sync_time                                     -- counter/double postgresql.bgwriter.duration ms type=sync needs=!pg_stat_checkpointer
FROM pg_catalog.pg_stat_bgwriter AS b
