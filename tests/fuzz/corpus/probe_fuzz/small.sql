-- probe: p
-- summary: s
-- scope: database
-- family: raw
-- interval: 5m
-- versions: 13-16
-- needs: t, !u, f()
-- alias: a = pg_stat_x
SELECT
  a.b -- attribute a.key
, b -- start
, a.c -- counter x.c By : c
, d -- gauge/double x.d s state=on needs=v.w : d
, e -- counter x.e us as=us : e
FROM {ext:pg_stat_statements}.t a -- needs=t.x
