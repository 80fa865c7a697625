-- probe: locks
-- summary: locks by database, mode and whether they are held
-- versions: 13-
-- alias: l = pg_locks
-- Locks on transactions belong to no database. Ours are not counted.
SELECT
  d.datname                                                  -- attribute db.namespace
, l.mode                                                     -- attribute mode
, l.granted::text                                            -- attribute granted
, pg_catalog.count(*)                                        -- gauge postgresql.database.locks {lock} : locks held (granted=true) or waited for
, EXTRACT(EPOCH FROM pg_catalog.max(pg_catalog.clock_timestamp() - l.waitstart))::float8 -- gauge/double postgresql.lock.wait.age.max s : how long the longest wait has lasted
FROM pg_catalog.pg_locks AS l
LEFT JOIN pg_catalog.pg_database AS d ON d.oid = l.database
WHERE l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
GROUP BY d.datname, l.mode, l.granted
