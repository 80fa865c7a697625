-- probe: tables
-- summary: reads, writes, rows and maintenance of tables and materialized views
-- scope: database
-- versions: 13-
-- limit: 5000 by c.relpages DESC, c.oid
-- kept: tables
-- rank: postgresql.blocks_read
-- Functions by oid rather than pg_stat_user_tables, which joins and groups every index of the database.
SELECT
  pg_catalog.current_database() || '|' || n.nspname          -- attribute db.namespace
, c.relname                                                  -- attribute db.collection.name
, (SELECT pg_catalog.pg_stat_get_db_stat_reset_time(d.oid) FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database()) -- start
, pg_catalog.pg_stat_get_live_tuples(c.oid)                  -- updown postgresql.rows {row} state=live : rows, as estimated
, pg_catalog.pg_stat_get_dead_tuples(c.oid)                  -- updown postgresql.rows {row} state=dead
, pg_catalog.pg_stat_get_tuples_inserted(c.oid)              -- counter postgresql.operations {row} operation=ins : rows inserted, updated (hot_upd: within their page) and deleted
, pg_catalog.pg_stat_get_tuples_updated(c.oid)               -- counter postgresql.operations {row} operation=upd
, pg_catalog.pg_stat_get_tuples_deleted(c.oid)               -- counter postgresql.operations {row} operation=del
, pg_catalog.pg_stat_get_tuples_hot_updated(c.oid)           -- counter postgresql.operations {row} operation=hot_upd
, pg_catalog.pg_stat_get_numscans(c.oid)                     -- counter postgresql.sequential_scans {sequential_scan} : sequential scans begun
, pg_catalog.pg_stat_get_tuples_returned(c.oid)              -- counter postgresql.table.sequential_rows {row} : rows read by sequential scans
, pg_catalog.pg_stat_get_blocks_fetched(c.oid) - pg_catalog.pg_stat_get_blocks_hit(c.oid) -- counter postgresql.blocks_read {block} source=heap_read : blocks of the table, its indexes (idx), its TOAST table and that one's index (tidx), read or found in shared buffers (hit)
, pg_catalog.pg_stat_get_blocks_hit(c.oid)                   -- counter postgresql.blocks_read {block} source=heap_hit
, x.idx_read                                                 -- counter postgresql.blocks_read {block} source=idx_read
, x.idx_hit                                                  -- counter postgresql.blocks_read {block} source=idx_hit
, CASE WHEN c.reltoastrelid <> 0 THEN pg_catalog.pg_stat_get_blocks_fetched(c.reltoastrelid) - pg_catalog.pg_stat_get_blocks_hit(c.reltoastrelid) END -- counter postgresql.blocks_read {block} source=toast_read
, CASE WHEN c.reltoastrelid <> 0 THEN pg_catalog.pg_stat_get_blocks_hit(c.reltoastrelid) END -- counter postgresql.blocks_read {block} source=toast_hit
, t.tidx_read                                                -- counter postgresql.blocks_read {block} source=tidx_read
, t.tidx_hit                                                 -- counter postgresql.blocks_read {block} source=tidx_hit
, pg_catalog.pg_stat_get_vacuum_count(c.oid)                 -- counter postgresql.table.vacuum.count {vacuum} : times the table was vacuumed by hand
, pg_catalog.pg_stat_get_autovacuum_count(c.oid)             -- counter postgresql.table.autovacuum.count {vacuum} : times the table was vacuumed by the daemon
, pg_catalog.pg_stat_get_analyze_count(c.oid)                -- counter postgresql.table.analyze.count {analyze} : times the table was analyzed by hand
, pg_catalog.pg_stat_get_autoanalyze_count(c.oid)            -- counter postgresql.table.autoanalyze.count {analyze} : times the table was analyzed by the daemon
, EXTRACT(EPOCH FROM pg_catalog.clock_timestamp() - GREATEST(pg_catalog.pg_stat_get_last_vacuum_time(c.oid), pg_catalog.pg_stat_get_last_autovacuum_time(c.oid)))::int8 -- gauge postgresql.table.vacuum.age s : time since the last vacuum; absent before the first
, EXTRACT(EPOCH FROM pg_catalog.clock_timestamp() - GREATEST(pg_catalog.pg_stat_get_last_analyze_time(c.oid), pg_catalog.pg_stat_get_last_autoanalyze_time(c.oid)))::int8 -- gauge postgresql.table.analyze.age s : time since the last analyze; absent before the first
, pg_catalog.pg_stat_get_mod_since_analyze(c.oid)            -- gauge postgresql.table.modified_since_analyze {row} other=sum : rows changed since the last analyze
, pg_catalog.pg_stat_get_ins_since_vacuum(c.oid)             -- gauge postgresql.table.inserted_since_vacuum {row} other=sum : rows inserted since the last vacuum
, CASE WHEN c.relfrozenxid <> '0' THEN pg_catalog.age(c.relfrozenxid) END -- gauge postgresql.table.transaction_id.age {transaction} : transactions since the oldest one not frozen
, pg_catalog.pg_stat_get_total_vacuum_time(c.oid) / 1000     -- counter/double postgresql.table.maintenance.time s operation=vacuum needs=pg_stat_all_tables.total_vacuum_time : time spent on maintenance
, pg_catalog.pg_stat_get_total_autovacuum_time(c.oid) / 1000 -- counter/double postgresql.table.maintenance.time s operation=autovacuum needs=pg_stat_all_tables.total_autovacuum_time
, pg_catalog.pg_stat_get_total_analyze_time(c.oid) / 1000    -- counter/double postgresql.table.maintenance.time s operation=analyze needs=pg_stat_all_tables.total_analyze_time
, pg_catalog.pg_stat_get_total_autoanalyze_time(c.oid) / 1000 -- counter/double postgresql.table.maintenance.time s operation=autoanalyze needs=pg_stat_all_tables.total_autoanalyze_time
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN LATERAL (SELECT pg_catalog.sum(pg_catalog.pg_stat_get_blocks_fetched(i.indexrelid) - pg_catalog.pg_stat_get_blocks_hit(i.indexrelid))::int8 AS idx_read, pg_catalog.sum(pg_catalog.pg_stat_get_blocks_hit(i.indexrelid))::int8 AS idx_hit FROM pg_catalog.pg_index AS i WHERE i.indrelid = c.oid) AS x ON true
LEFT JOIN LATERAL (SELECT pg_catalog.sum(pg_catalog.pg_stat_get_blocks_fetched(i.indexrelid) - pg_catalog.pg_stat_get_blocks_hit(i.indexrelid))::int8 AS tidx_read, pg_catalog.sum(pg_catalog.pg_stat_get_blocks_hit(i.indexrelid))::int8 AS tidx_hit FROM pg_catalog.pg_index AS i WHERE i.indrelid = c.reltoastrelid) AS t ON true
WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't'
AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_toast'
