-- probe: db_size
-- summary: the size of each database
-- interval: 5m
-- versions: 13-
-- A size needs the right to connect, or that of pg_read_all_stats.
SELECT
  d.datname                                                  -- attribute db.namespace
, pg_catalog.pg_database_size(d.oid)                         -- updown postgresql.db_size By : size on disk
FROM pg_catalog.pg_database AS d
WHERE d.datconnlimit <> -2
AND (pg_catalog.has_database_privilege(d.oid, 'CONNECT') OR pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE'))
