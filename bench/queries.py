"""Queries through weir against DuckDB on the same Parquet files."""

import sys

import duckdb

from processes import PEER, WEIR, Pairs, Ran

QUERIES = {
    "scan": "SELECT category, count(*) AS n, sum(amount) AS total, max(day) AS latest "
            "FROM {rows} WHERE quantity > 50 GROUP BY category",
    "aggregate": "SELECT customer % 100000 AS c, count(*) AS n, sum(amount) AS total FROM {rows} "
                 "GROUP BY customer % 100000 ORDER BY total DESC LIMIT 10",
    "join": "SELECT c.region, count(*) AS n, sum(r.amount) AS total FROM {rows} AS r "
            "JOIN {customers} AS c ON c.customer = r.customer WHERE r.quantity > 10 "
            "GROUP BY c.region",
}
CUSTOMERS = 1_000_000
ROWS_PER_GIGABYTE = 100_000_000  # Of Parquet, roughly.
REPEATS = 2


def make_tables(folder, rows):
    raw = folder / "raw"
    raw.mkdir()
    duckdb.sql(f"""COPY (
        SELECT i AS id, 'category ' || (hash(i) % 100) AS category, (hash(i + 3) % {CUSTOMERS})::INT
               AS customer, (hash(i + 1) % 100000) / 100.0::DOUBLE AS amount,
               (hash(i + 2) % 100)::INT AS quantity, DATE '2020-01-01' + (i % 1000)::INT AS day
        FROM range({rows}) AS t(i)) TO '{raw}/rows.parquet' (FORMAT parquet)""")
    duckdb.sql(f"""COPY (SELECT i::INT AS customer, 'region ' || (hash(i) % 50) AS region
        FROM range({CUSTOMERS}) AS t(i)) TO '{raw}/customers.parquet' (FORMAT parquet)""")
    tables = {}
    for name in ("rows", "customers"):
        home = folder / name
        Ran(WEIR, "--home", folder / "home", "sql", "-e",
            f"CREATE TABLE {name} LOCATION '{home}' AS SELECT * FROM "
            f"read_files('{raw}/{name}.parquet', format => 'parquet')")
        (raw / f"{name}.parquet").unlink()
        files = sorted(str(file) for file in home.glob("*.parquet"))
        if not files:
            sys.exit(f"bench: no data file of the table under {home}")
        tables[name] = "read_parquet([" + ", ".join(f"'{file}'" for file in files) + "])"
    return tables


def measure(folder, options):
    rows = max(1_000_000, int(options.gigabytes * ROWS_PER_GIGABYTE))
    peers = make_tables(folder, rows)
    size = sum(file.stat().st_size for file in (folder / "rows").glob("*.parquet")) / 1e9
    for name, query in QUERIES.items():
        texts = {"weir": query.format(**{table: table for table in peers}),
                 "duckdb": query.format(**peers)}
        for side, text in texts.items():
            for times in (1, 1 + REPEATS):
                (folder / f"{side}-{times}.sql").write_text((text + ";\n") * times)
        Pairs(options.pairs, lambda _: statement(folder, "weir"),
              lambda _: statement(folder, "duckdb")).report(
            f"{name} of {rows:,} rows, {size:.2f} GB of Parquet, one statement", "DuckDB", 1.10)


def statement(folder, side):
    """The time of one statement, without that of starting, and the peak."""
    def once(times):
        script = folder / f"{side}-{times}.sql"
        if side == "weir":
            return Ran(WEIR, "--home", folder / "home", "sql", "--output", "json", "-f", script)
        return Ran(sys.executable, PEER, script)

    short, long = once(1), once(1 + REPEATS)
    return (long.seconds - short.seconds) / REPEATS, long.megabytes


MEASUREMENTS = {"queries": measure}
