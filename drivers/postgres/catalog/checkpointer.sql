-- probe: checkpointer
-- summary: checkpoints and restartpoints, under the names they have up to version 16
-- versions: 17-
-- needs: pg_stat_checkpointer
-- alias: c = pg_stat_checkpointer
SELECT
  c.stats_reset                                              -- start
, c.num_timed                                                -- counter postgresql.bgwriter.checkpoint.count {checkpoints} type=scheduled : checkpoints by reason; from version 17 on those that were skipped are among the scheduled
, c.num_requested                                            -- counter postgresql.bgwriter.checkpoint.count {checkpoints} type=requested
, c.num_done                                                 -- counter postgresql.checkpointer.checkpoints.done {checkpoint} : checkpoints that were carried out
, c.restartpoints_timed                                      -- counter postgresql.checkpointer.restartpoints {restartpoint} type=scheduled : restartpoints of a standby by reason
, c.restartpoints_req                                        -- counter postgresql.checkpointer.restartpoints {restartpoint} type=requested
, c.restartpoints_done                                       -- counter postgresql.checkpointer.restartpoints.done {restartpoint} : restartpoints that were carried out
, c.write_time                                               -- counter/double postgresql.bgwriter.duration ms type=write : time checkpoints spent writing and syncing
, c.sync_time                                                -- counter/double postgresql.bgwriter.duration ms type=sync
, c.buffers_written                                          -- counter postgresql.bgwriter.buffers.writes {buffers} source=checkpoints : buffers written
, c.slru_written                                             -- counter postgresql.checkpointer.slru.writes {buffers} : SLRU buffers written
FROM pg_catalog.pg_stat_checkpointer AS c
