-- probe: session_samples
-- summary: what each client session at work is doing, and for whom it waits
-- family: sampled
-- versions: 13-
-- alias: a = pg_stat_activity
-- kept: 100
-- limit: 1000 by a.xact_start, a.pid
-- Blockers are asked for only where there is a wait for a lock, since that
-- stops the lock manager for a moment. Other sessions of ours are told by the
-- comment in what they run, since a pooler hides whose they are.
SELECT
  a.datname                                                  -- attribute db.namespace
, a.usename                                                  -- attribute user.name
, a.state                                                    -- attribute postgresql.state
, a.wait_event_type                                          -- attribute postgresql.wait_event_type
, a.wait_event                                               -- attribute postgresql.wait_event
, 1                                                          -- counter postgresql.session.time us : time that client sessions spent at work or in a transaction, by what they waited for
, a.datid                                                    -- key dbid
, a.usesysid                                                 -- key userid
, a.query_id                                                 -- key queryid
, 0::int8                                                    -- key queryid
, a.pid                                                      -- field pid
, a.application_name                                         -- field application_name
, pg_catalog.host(a.client_addr)                             -- field client_address
, a.client_port                                              -- field client_port
, a.xact_start                                               -- field xact_start
, a.query_start                                              -- field query_start
, a.state_change                                             -- field state_change
, pg_catalog.clock_timestamp()                               -- field now
, pg_catalog.age(a.backend_xmin)                             -- field xmin_age
, CASE WHEN a.wait_event_type = 'Lock' THEN pg_catalog.left(pg_catalog.pg_blocking_pids(a.pid)::text, 1024) END -- field blocked_by
, pg_catalog.left(a.query, 1024)                             -- field query
FROM pg_catalog.pg_stat_activity AS a
WHERE a.backend_type = 'client backend' AND a.state <> 'idle'
AND a.pid <> pg_catalog.pg_backend_pid() AND a.query NOT LIKE '/* pgmuster:%'
