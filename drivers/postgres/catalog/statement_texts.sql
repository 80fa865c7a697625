-- probe: statement_texts
-- summary: texts of statements with the names of their database and role, read seldom
-- family: internal
-- interval: 5m
-- versions: 13-
-- needs: pg_stat_statements
-- alias: s = pg_stat_statements
-- The costliest first; past the bound a text is NULL.
SELECT
  s.dbid                                                     -- key dbid
, s.userid                                                   -- key userid
, s.queryid                                                  -- key queryid
, s.toplevel                                                 -- key toplevel
, true                                                       -- key toplevel
, d.datname                                                  -- field datname
, r.rolname                                                  -- field rolname
, pg_catalog.left(s.query, 4096)                             -- field query
FROM (
  SELECT t.dbid, t.userid, t.queryid,
    t.toplevel,                                              -- needs=pg_stat_statements.toplevel
    CASE WHEN pg_catalog.sum(pg_catalog.octet_length(pg_catalog.left(t.query, 4096)))
      OVER (ORDER BY t.total_exec_time DESC, t.queryid ROWS UNBOUNDED PRECEDING) <= {text_bytes}
      THEN t.query END AS query
  FROM {ext:pg_stat_statements}.pg_stat_statements(true) AS t
  WHERE t.queryid IS NOT NULL AND t.query IS NOT NULL) AS s
LEFT JOIN pg_catalog.pg_database AS d ON d.oid = s.dbid
LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = s.userid
