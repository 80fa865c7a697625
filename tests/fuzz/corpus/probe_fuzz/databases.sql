ÿ-- probe: databases
-- summary: the databases of the instance, and which of them our role may connect to
-- family: internal
-- versions: 13-
-- A drop that was interrupted leaves a limit of -2: nobody can connect.
SELECT
  d.oid                                                      -- field oid
, d.datname                                                  -- field datname
, (d.datallowconn AND d.datconnlimit <> -2)                  -- field datallowconn
, d.datistemplate                                            -- field datistemplate
, pg_catalog.has_database_privilege(d.oid, 'CONNECT')        -- field may_connect
FROM pg_catalog.pg_database AS d
ORDER BY d.oid
