-- probe: statement_texts
-- summary: texts of statements with the names of their database and role, read seldom
-- family: internal
-- interval: 5m
-- versions: 13-
-- needs: pg_stat_statements
-- alias: s = pg_stat_statements
SELECT
  s.dbid                                                     -- key dbid
, s.userid                                                   -- key userid
, s.queryid                                                  -- key queryid
, s.toplevel                                                 -- key toplevel
, true                                                       -- key toplevel
, d.datname                                                  -- field datname
, r.rolname                                                  -- field rolname
, pg_catalog.left(s.query, 4096)                             -- field query
FROM {ext:pg_stat_statements}.pg_stat_statements(true) AS s
LEFT JOIN pg_catalog.pg_database AS d ON d.oid = s.dbid
LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = s.userid
WHERE s.queryid IS NOT NULL AND s.query IS NOT NULL
