-- probe: table_sizes
-- summary: sizes of tables and materialized views
-- scope: database
-- interval: 5m
-- versions: 13-
-- limit: 5000 by c.relpages DESC, c.oid
-- kept: tables
-- rank: postgresql.table.size
-- A size locks its relation: one that is held or waited for exclusively is left out this time.
SELECT
  pg_catalog.current_database() || '|' || n.nspname          -- attribute db.namespace
, c.relname                                                  -- attribute db.collection.name
, pg_catalog.pg_relation_size(c.oid)                         -- updown postgresql.table.size By : size of the rows on disk, without indexes and TOAST
, CASE WHEN c.reltoastrelid <> 0 THEN pg_catalog.pg_relation_size(c.reltoastrelid) END -- updown postgresql.table.toast.size By : size of long values stored beside the table
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't'
AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_toast'
AND c.oid NOT IN (SELECT l.relation FROM pg_catalog.pg_locks AS l WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND l.relation IS NOT NULL AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database()))
