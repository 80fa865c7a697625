-- probe: instance
-- summary: uptime, room for connections and the number of databases
-- versions: 13-
SELECT
  EXTRACT(EPOCH FROM pg_catalog.clock_timestamp() - pg_catalog.pg_postmaster_start_time())::float8 -- gauge/double postgresql.uptime s : time since the postmaster started
, pg_catalog.current_setting('max_connections')::int8        -- gauge postgresql.connection.max {connections} : setting max_connections
, (SELECT pg_catalog.count(*) FROM pg_catalog.pg_database AS d WHERE NOT d.datistemplate) -- updown postgresql.database.count {databases} : databases that are no templates
