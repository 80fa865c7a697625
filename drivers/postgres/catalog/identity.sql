-- probe: identity
-- summary: who the server is and which incarnation of it answers; read in each cycle
-- family: internal
-- versions: 13-
SELECT
  (SELECT c.system_identifier FROM pg_catalog.pg_control_system() AS c) -- field system_identifier needs=pg_control_system()
, 0::int8                                                    -- field system_identifier
, pg_catalog.pg_postmaster_start_time()                      -- field postmaster_start
, pg_catalog.pg_is_in_recovery()                             -- field in_recovery
, (SELECT c.timeline_id FROM pg_catalog.pg_control_checkpoint() AS c) -- field timeline needs=pg_control_checkpoint()
, 0                                                          -- field timeline
, pg_catalog.current_setting('server_version')               -- field server_version
, pg_catalog.current_setting('server_version_num')::int8     -- field server_version_num
, pg_catalog.current_setting('max_connections')::int8        -- field max_connections
, pg_catalog.pg_has_role('pg_monitor', 'USAGE')              -- field has_pg_monitor
, pg_catalog.current_database()                              -- field current_database
