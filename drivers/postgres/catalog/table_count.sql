-- probe: table_count
-- summary: the number of tables of each database
-- scope: database
-- versions: 13-
SELECT
  pg_catalog.current_database()                              -- attribute db.namespace
, pg_catalog.count(*)                                        -- updown postgresql.table.count {table} : tables and partitioned tables of users
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_toast'
