-- probe: statements_info
-- summary: how often pg_stat_statements ran out of room
-- interval: statements
-- versions: 14-
-- needs: pg_stat_statements_info
-- alias: i = pg_stat_statements_info
-- Read with the numbers: a reset that is known later than they are would make
-- whole histories growth.
SELECT
  i.stats_reset                                              -- start
, i.dealloc                                                  -- counter postgresql.statement.evictions {eviction} : times the server dropped its least executed entries
FROM {ext:pg_stat_statements}.pg_stat_statements_info AS i
