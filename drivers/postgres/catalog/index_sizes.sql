-- probe: index_sizes
-- summary: sizes of indexes
-- scope: database
-- interval: 5m
-- versions: 13-
-- limit: 10000 by x.relpages DESC, x.oid
-- kept: indexes
-- rank: postgresql.index.size
-- A size locks its relation: one that is held or waited for exclusively is left out this time.
SELECT
  pg_catalog.current_database() || '|' || n.nspname          -- attribute db.namespace
, c.relname                                                  -- attribute db.collection.name
, x.relname                                                  -- attribute postgresql.index.name
, pg_catalog.pg_relation_size(x.oid)                         -- gauge postgresql.index.size By other=sum : size on disk
FROM pg_catalog.pg_index AS i
JOIN pg_catalog.pg_class AS x ON x.oid = i.indexrelid
JOIN pg_catalog.pg_class AS c ON c.oid = i.indrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE x.relkind = 'i' AND c.relkind IN ('r', 'm') AND c.relpersistence <> 't'
AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_toast'
AND x.oid NOT IN (SELECT l.relation FROM pg_catalog.pg_locks AS l WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND l.relation IS NOT NULL AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database()))
AND c.oid NOT IN (SELECT l.relation FROM pg_catalog.pg_locks AS l WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND l.relation IS NOT NULL AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database()))
