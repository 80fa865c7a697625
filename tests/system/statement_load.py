"""The databases of the test of statements' sums, and what is run in them."""
import random

DATABASES = ("shop", "ledger")
USERS = ("app_a", "app_b")

INSTANCE_SETUP = """
CREATE EXTENSION pg_stat_statements;
CREATE ROLE pgmuster LOGIN IN ROLE pg_monitor;
CREATE ROLE watcher LOGIN;
-- So that pg_stat_statements counts the load and nothing else.
ALTER ROLE pgmuster SET pg_stat_statements.track = 'none';
ALTER ROLE watcher SET pg_stat_statements.track = 'none';
CREATE ROLE app_a LOGIN; CREATE ROLE app_b LOGIN;
CREATE TABLE tick AS SELECT 0 AS n;
GRANT SELECT ON tick TO public;
"""

TWINS = """
CREATE TABLE {schema}.twins AS SELECT i AS id, i AS v FROM generate_series(1, 50) i;
GRANT SELECT ON {schema}.twins TO public;
"""

SETUP = """
CREATE SCHEMA one; CREATE SCHEMA two;
CREATE TABLE items AS SELECT i AS id, 'item ' || i AS name
  FROM generate_series(1, 2000) i;
CREATE TABLE notes (id int, note text);
CREATE FUNCTION nested(rounds int) RETURNS bigint LANGUAGE plpgsql AS $$
  DECLARE found bigint; total bigint := 0;
  BEGIN
    FOR i IN 1..rounds LOOP
      SELECT count(*) INTO found FROM items WHERE id % 10 = i;
      total := total + found;
    END LOOP;
    INSERT INTO notes VALUES (rounds, 'nested');
    RETURN total;
  END $$;
GRANT ALL ON ALL TABLES IN SCHEMA public TO public;
GRANT CREATE ON SCHEMA public TO public;
GRANT USAGE ON SCHEMA one, two TO public;
""" + TWINS.format(schema="one") + TWINS.format(schema="two")

# The table of one schema is another one afterwards.
NEW_TWINS = "DROP TABLE one.twins;" + TWINS.format(schema="one")


def mixed(seed, rounds):
    """About `rounds` statements of every kind, slowly: reads fall among them."""
    pick = random.Random(seed)
    lines = ["SET work_mem = '64kB';",
             "PREPARE by_id AS SELECT name FROM items WHERE id = $1;"]
    for round_ in range(rounds):
        some = pick.randint(1, 2000)
        lines.append(pick.choice((
            f"SELECT name FROM items WHERE id = {some};",
            f"SELECT count(*) FROM items WHERE name LIKE 'item {some}%';",
            f"SELECT sum({' + '.join(['id'] * pick.randint(2, 9))}) FROM items;",
            f"EXECUTE by_id({some});",
            f"UPDATE items SET name = 'item {some}' WHERE id = {some};",
            f"INSERT INTO notes VALUES ({some}, 'note {some}');",
            f"BEGIN; DELETE FROM notes WHERE id < {some}; ROLLBACK;",
            f"SELECT nested({pick.randint(1, 5)});",
            "SELECT name FROM items ORDER BY name DESC, id LIMIT 1 OFFSET 1900;",
            "BEGIN; DECLARE c CURSOR FOR SELECT id FROM items; FETCH 10 FROM c; END;",
            f"CREATE TEMP TABLE scratch AS SELECT {some} AS n FROM items;"
            " DROP TABLE scratch;",
            "COPY (SELECT id FROM items LIMIT 5) TO STDOUT;",
            f"SET statement_timeout = {1000 * pick.randint(50, 54)};",
            "DO $$ BEGIN PERFORM count(*) FROM items; END $$;",
            f"WITH gone AS (DELETE FROM notes WHERE id = {some} RETURNING id)"
            " SELECT count(*) FROM gone;",
        )))
        if round_ % 8 == 0:
            lines.append("\\! sleep 0.1")
    return "\n".join(lines)


def queries_only(seed, rounds):
    """What a standby runs as well as a primary."""
    pick = random.Random(seed)
    return "\n".join(
        pick.choice((f"SELECT name FROM items WHERE id = {pick.randint(1, 2000)};",
                     f"SELECT sum({' + '.join(['id'] * pick.randint(2, 9))})"
                     " FROM items;"))
        for _ in range(rounds))


TWIN_SUMMARY = "SELECT twins"
TWIN_WORDS = "FROM twins"


def twins(rounds):
    """One shape in many ways: two tables of one name, lists of all lengths,
    literals of other types."""
    lines = []
    for schema in ("one", "two"):
        lines.append(f"SET search_path = {schema};")
        for length in (1, 2, 3) * rounds:
            among = ", ".join(str(n + 1) for n in range(length))
            for most in ("100", "10000000000", "99.5"):
                lines.append(
                    "SELECT max(md5(v::text || g)) FROM twins, "
                    "generate_series(1, 150) g "
                    f"WHERE id IN ({among}) AND v <= {most};")
    return "\n".join(lines)


def distinct(number):
    """A shape of its own for each number: its binary digits as operators."""
    signs = (" - " if number >> bit & 1 else " + " for bit in range(12))
    return "id" + "".join(sign + "id" for sign in signs)


def dear(numbers, weight):
    """What each of these shapes costs grows with `weight`."""
    return "\n".join(
        f"SELECT max(md5(({distinct(number)})::text || g)) FROM items, "
        f"generate_series(1, {400 * weight}) g WHERE id < 4;"
        for number in numbers)


def many(numbers, rounds=1):
    """Cheap ones; those with more calls are evicted later."""
    return "\n".join(f"SELECT {distinct(number)} FROM items WHERE id = 1;"
                     for number in numbers for _ in range(rounds))
