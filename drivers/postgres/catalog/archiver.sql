-- probe: archiver
-- summary: WAL segments archived and refused, and the age of the last one
-- versions: 13-
-- alias: a = pg_stat_archiver
SELECT
  a.stats_reset                                              -- start
, a.archived_count                                           -- counter postgresql.archiver.archived {segment} : WAL segments archived
, a.failed_count                                             -- counter postgresql.archiver.failures {failure} : attempts to archive that failed
, EXTRACT(EPOCH FROM pg_catalog.clock_timestamp() - a.last_archived_time)::int8 -- gauge postgresql.wal.age s : time since the last WAL segment was archived
FROM pg_catalog.pg_stat_archiver AS a
