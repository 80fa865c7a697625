"""The databases of the end-to-end test and the load that it puts on them."""
import random

COLLECTED = ("shop", "ledger")

SETUP = """
CREATE SCHEMA stock;
CREATE TABLE orders (id int PRIMARY KEY, customer int, paid boolean, note text);
CREATE INDEX orders_by_customer ON orders (customer) WHERE paid;
CREATE INDEX orders_broken ON orders (left(note, 20));
CREATE TABLE stock.items (id int, name text);
CREATE TABLE "Odd name" (id int);
CREATE TABLE by_year (year int, amount int) PARTITION BY RANGE (year);
CREATE TABLE by_year_2025 PARTITION OF by_year FOR VALUES FROM (2025) TO (2026);
INSERT INTO orders SELECT i, i % 50, i % 3 = 0, 'note ' || i
  FROM generate_series(1, 2000) i;
INSERT INTO orders VALUES (0, 0, true, (SELECT string_agg(md5(i::text), '')
  FROM generate_series(1, 2000) i));
INSERT INTO stock.items SELECT i, 'item ' || i FROM generate_series(1, 500) i;
CREATE MATERIALIZED VIEW paid AS SELECT customer, count(*) FROM orders
  WHERE paid GROUP BY customer;
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'orders_broken'::regclass;
ANALYZE orders;
"""

# More of them than a database keeps as series of their own.
SHAPES = 80


def load(seed, rounds):
    """A script of about `rounds` statements, 2 ms apart and more."""
    pick = random.Random(seed)
    lines = ["SET work_mem = '64kB';"]
    for _ in range(rounds):
        terms = " + ".join(["id"] * pick.randint(2, SHAPES))
        lines.append(pick.choice((
            f"SELECT sum({terms}) FROM stock.items WHERE id < {pick.randint(1, 99)};",
            f"SELECT {terms} FROM orders WHERE id = {pick.randint(1, 2000)};",
            f"UPDATE orders SET paid = NOT paid WHERE id = {pick.randint(1, 2000)};",
            f"INSERT INTO by_year VALUES (2025, {pick.randint(1, 9)});",
            "BEGIN; DELETE FROM stock.items WHERE id % 7 = 1; ROLLBACK;",
            "SELECT count(*) FROM (SELECT note FROM orders ORDER BY note OFFSET 0) a;",
            "SELECT length(note) FROM orders WHERE id = 0;",
        )))
        lines.append("SELECT pg_sleep(0.002);")
    return "\n".join(lines)
