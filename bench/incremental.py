"""Materialised views after a small change of their inputs: brought up to date by weir, computed anew by weir, and
computed anew by Spark."""

import deltalake
import duckdb

from lake_tables import enable_vectors, write_table
from processes import WEIR, Ran, Rounds, report
from results import check_tables
from sides import Spark
from view_projects import Project, SparkViews

SHARES = (0.1, 1, 10)  # Of a hundred rows, those that change.
MONEY = "CAST({} AS DECIMAL(12,2))".format
AGGREGATE = [("by_customer", f"""SELECT customer, count(*) AS orders, sum(quantity) AS quantity,
    sum({MONEY('amount')}) AS amount FROM {{orders}} GROUP BY customer""")]
JOIN = [("joined", f"""SELECT o.id, o.quantity, {MONEY('o.amount')} AS amount, o.note, c.city, c.name
    FROM {{orders}} o JOIN {{customers}} c ON o.customer = c.customer""")]
CASCADE = [
    ("large", f"SELECT id, customer, {MONEY('amount')} AS amount, quantity, day FROM {{orders}} WHERE quantity < 90"),
    ("placed", """SELECT l.id, l.customer, l.amount, l.quantity, l.day, c.city
        FROM {large} l JOIN {customers} c ON l.customer = c.customer"""),
    ("priced", "SELECT id, customer, city, day, CAST(amount * quantity AS DECIMAL(18,2)) AS total FROM {placed}"),
    ("by_customer", """SELECT customer, city, count(*) AS orders, sum(total) AS total
        FROM {priced} GROUP BY customer, city"""),
    ("by_city", "SELECT city, count(*) AS customers, sum(orders) AS orders, sum(total) AS total "
                "FROM {by_customer} GROUP BY city"),
    ("means", "SELECT city, customers, total / orders AS mean FROM {by_city}"),
    ("by_day", "SELECT day, count(*) AS orders, sum(total) AS total FROM {priced} GROUP BY day"),
    ("by_month", """SELECT year(day) AS year, month(day) AS month, count(*) AS days, sum(total) AS total
        FROM {by_day} GROUP BY year(day), month(day)"""),
    ("best_days", "SELECT year(day) AS year, max(total) AS best FROM {by_day} GROUP BY year(day)"),
    ("named", """SELECT b.customer, c.name, b.orders, b.total
        FROM {by_customer} b JOIN {customers} c ON b.customer = c.customer"""),
    ("good", "SELECT customer, name, total FROM {named} WHERE total > 10000"),
    ("letters", "SELECT customer, upper(name) AS name, total FROM {good}"),
    ("good_in_cities", """SELECT b.city, count(*) AS customers
        FROM {good} g JOIN {by_customer} b ON g.customer = b.customer GROUP BY b.city"""),
    ("city_days", "SELECT city, day, count(*) AS orders, sum(total) AS total FROM {priced} GROUP BY city, day"),
    ("summary", """SELECT m.city, m.mean, g.customers AS good
        FROM {means} m LEFT JOIN {good_in_cities} g ON m.city = g.city"""),
]


class Shop:
    """Orders and customers, and the sides that keep the same views of them."""

    def __init__(self, folder, rows, views, spark):
        self.folder, self.rows, self.home = folder, rows, folder / "changes"
        self.orders, self.customers = folder / "orders", folder / "customers"
        write_table(self.orders, rows)
        enable_vectors(self.orders, self.home)
        # As Databricks advises for what such views read.
        Ran(WEIR, "--home", self.home, "sql", "-e",
            "ALTER TABLE with_vectors SET TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true')")
        write_customers(self.customers)
        tables = {"orders": self.orders, "customers": self.customers}
        self.sides = {"weir": Project(folder / "kept", views, tables, "AUTO"),
                      "weir anew": Project(folder / "anew", views, tables, "FULL"),
                      "Spark anew": SparkViews(folder / "spark", views, tables, spark)}
        self.views, self.changed = [name for name, _ in views], None
        for side in self.sides.values():
            side.update()

    def change(self, turn, each):
        """Other amounts for one order in `each`, other ones in each round; once for all sides."""
        if self.changed == (turn, each):
            return
        self.changed = (turn, each)
        Ran(WEIR, "--home", self.home, "sql", "-e", f"""UPDATE with_vectors SET amount = amount + 1,
            quantity = (quantity + 1) % 100 WHERE id % {each} = {(turn + 1) * 7 % each}""")

    def measure(self, work, rounds, each, most):
        def update(name):
            def run(turn):
                self.change(turn, each)
                return self.sides[name].update()
            return run

        done = Rounds(rounds, {name: update(name) for name in self.sides}, lambda _: self.check(work))
        done.report(work, most)
        return done

    def check(self, work):
        for view in self.views:
            check_tables(f"{work}, view {view}", {name: side.path(view) for name, side in self.sides.items()})


def write_customers(path):
    """All that rows_of gives orders to."""
    deltalake.write_deltalake(path, duckdb.sql(
        """SELECT i::INT AS customer, 'city ' || (hash(i) % 1000) AS city, 'name ' || i AS name
        FROM range(1000000) AS t(i)""").to_arrow_reader(1_000_000))


def by_shares(folder, options, views, work, most):
    with Spark(folder) as spark:
        shop = Shop(folder, options.rows, views, spark)
        for share in SHARES:
            shop.measure(f"{work} of {options.rows:,} rows, {share} % of them changed", options.pairs,
                         round(100 / share), most[share])


def aggregate(folder, options):
    by_shares(folder, options, AGGREGATE, "an aggregate", {0.1: 0.50, 1: 1.00, 10: 1.00})


def join(folder, options):
    by_shares(folder, options, JOIN, "a join", {0.1: 0.10, 1: 0.50, 10: 1.00})


def cascade(folder, options):
    with Spark(folder) as spark:
        shop = Shop(folder, options.rows, CASCADE, spark)
        changed = min(5_000, options.rows // 100)
        work = f"{len(CASCADE)} views in a cascade over {options.rows:,} rows"
        done = shop.measure(f"{work}, {changed:,} changed", options.pairs, options.rows // changed, 1.00)
        seconds = done.times["weir"].median / 1000
        report(f"{work}, {changed:,} changed: the whole process", f"{seconds:.2f} s", "under 1 s", seconds < 1)
        one = shop.measure(f"{work}, one changed", options.pairs, options.rows, 1.00)
        nothing = [shop.sides["weir"].update().seconds for _ in range(options.pairs)]
        a_view = (one.times["weir"].median - 1000 * min(nothing)) / len(CASCADE)
        report(f"{work}, one changed: what a view takes more than with nothing changed", f"{a_view:.1f} ms",
               "under 10 ms", a_view < 10)


MEASUREMENTS = {"incremental-aggregate": aggregate, "incremental-join": join, "cascade": cascade}
