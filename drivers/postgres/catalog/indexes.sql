-- probe: indexes
-- summary: scans and blocks of each index
-- scope: database
-- versions: 13-
-- limit: 10000 by x.relpages DESC, x.oid
-- kept: indexes
-- rank: postgresql.index.blocks
SELECT
  pg_catalog.current_database() || '|' || n.nspname          -- attribute db.namespace
, c.relname                                                  -- attribute db.collection.name
, x.relname                                                  -- attribute postgresql.index.name
, (SELECT pg_catalog.pg_stat_get_db_stat_reset_time(d.oid) FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database()) -- start
, pg_catalog.pg_stat_get_numscans(x.oid)                     -- counter postgresql.index.scans {scans} : scans begun
, pg_catalog.pg_stat_get_tuples_returned(x.oid)              -- counter postgresql.index.rows {row} operation=read : entries that scans returned, and live rows fetched by simple scans
, pg_catalog.pg_stat_get_tuples_fetched(x.oid)               -- counter postgresql.index.rows {row} operation=fetched
, pg_catalog.pg_stat_get_blocks_fetched(x.oid) - pg_catalog.pg_stat_get_blocks_hit(x.oid) -- counter postgresql.index.blocks {block} source=read : blocks read, or found in shared buffers
, pg_catalog.pg_stat_get_blocks_hit(x.oid)                   -- counter postgresql.index.blocks {block} source=hit
, CASE WHEN NOT i.indisvalid THEN 1 END                      -- gauge postgresql.index.invalid {index} other=sum : 1 for an index that queries cannot use, as a failed concurrent build leaves it
FROM pg_catalog.pg_index AS i
JOIN pg_catalog.pg_class AS x ON x.oid = i.indexrelid
JOIN pg_catalog.pg_class AS c ON c.oid = i.indrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE x.relkind = 'i' AND c.relkind IN ('r', 'm') AND c.relpersistence <> 't'
AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_toast'
