-- probe: wal
-- summary: WAL generated and, up to version 17, written
-- versions: 14-
-- needs: pg_stat_wal
-- alias: w = pg_stat_wal
-- From version 18 on writes and syncs are in postgresql.io.* with postgresql.io.object=wal.
SELECT
  w.stats_reset                                              -- start
, w.wal_records                                              -- counter postgresql.wal.records {record} : WAL records generated
, w.wal_fpi                                                  -- counter postgresql.wal.full_page_images {image} : full page images generated
, w.wal_bytes::int8                                          -- counter postgresql.wal.bytes By : WAL generated
, w.wal_buffers_full                                         -- counter postgresql.wal.buffers_full {event} : times WAL was written because its buffers were full
, w.wal_write                                                -- counter postgresql.wal.writes {operation} needs=!pg_stat_io.read_bytes : times WAL buffers were written out
, w.wal_sync                                                 -- counter postgresql.wal.syncs {operation} needs=!pg_stat_io.read_bytes : times WAL files were synced
, w.wal_write_time / 1000                                    -- counter/double postgresql.wal.write.time s needs=!pg_stat_io.read_bytes : time spent writing WAL (with track_wal_io_timing)
, w.wal_sync_time / 1000                                     -- counter/double postgresql.wal.sync.time s needs=!pg_stat_io.read_bytes : time spent syncing WAL (with track_wal_io_timing)
FROM pg_catalog.pg_stat_wal AS w
