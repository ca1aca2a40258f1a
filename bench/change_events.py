"""A feed of changes that is applied to a table: AUTO CDC beside MERGE of Spark and of deltalake; and rows that
expectations judge on their way in."""

import json
import os
import statistics
import subprocess
import sys

import deltalake
import duckdb
import pyarrow.parquet

from lake_tables import FILES, copy_table, rows_of, write_table
from processes import WEIR, Ran, Rounds, report
from results import check_rows
from sides import Done, Lake, Spark
from view_projects import SPEC

COLUMNS = ("id", "customer", "amount", "quantity", "day", "note")
MERGE_ROUNDS = 2  # At most: it is what takes longest.
EACH_KEY_TWICE = 0.1  # The share of events that a newer one of the same key follows.
HELD = """SELECT count(*) AS n, sum(id) AS ids, sum(customer) AS customers, sum(quantity) AS quantities,
    sum(CAST(round(amount * 100) AS BIGINT)) AS amounts FROM {table}"""
FLOWS = """CREATE STREAMING TABLE kept;
CREATE FLOW changes AS AUTO CDC INTO kept FROM STREAM(main.default.events) KEYS (id)
    APPLY AS DELETE WHEN op = 'D' SEQUENCE BY seq COLUMNS * EXCEPT (op, seq) STORED AS SCD TYPE 1;
"""
# The newest event of each key, which is what a foreachBatch of such a stream merges.
MERGE = """MERGE INTO delta.`{path}` AS t USING (SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY id
    ORDER BY seq DESC) AS n FROM parquet.`{events}`) WHERE n = 1) AS s ON t.id = s.id
    WHEN MATCHED AND s.op = 'D' THEN DELETE
    WHEN MATCHED THEN UPDATE SET customer = s.customer, amount = s.amount, quantity = s.quantity, day = s.day,
        note = s.note
    WHEN NOT MATCHED AND s.op <> 'D' THEN INSERT (id, customer, amount, quantity, day, note)
        VALUES (s.id, s.customer, s.amount, s.quantity, s.day, s.note)"""
VALUES = "{{" + ", ".join(f"'{name}': 's.{name}'" for name in COLUMNS) + "}}"
LAKE_MERGE = f"""table('{{path}}').merge(parquet('{{newest}}'), 't.id = s.id', source_alias='s', target_alias='t') \\
    .when_matched_delete("s.op = 'D'").when_matched_update({VALUES}) \\
    .when_not_matched_insert({VALUES}, "s.op <> 'D'").execute()"""
INGEST = """CREATE STREAMING TABLE judged (
    CONSTRAINT has_customer EXPECT (customer IS NOT NULL) ON VIOLATION DROP ROW,
    CONSTRAINT has_quantity EXPECT (quantity > 0) ON VIOLATION DROP ROW,
    CONSTRAINT is_recent EXPECT (day >= DATE '2000-01-01'))
AS SELECT * FROM STREAM read_files('{files}', format => 'parquet');
"""


class Feed:
    """A table of `rows` rows, and on each side one like it that batches of events are applied to. weir's reads them
    from a Delta table that they are appended to, Spark and deltalake from a file."""

    def __init__(self, folder, rows, count, spark):
        self.folder, self.rows, self.count = folder, rows, count
        self.spark, self.lake, self.written = spark, Lake(folder), None
        self.source = folder / "events"
        self.paths = {"deltalake": folder / "deltalake", "Spark": folder / "Spark"}
        write_table(self.paths["deltalake"], rows)
        copy_table(self.paths["deltalake"], self.paths["Spark"])
        deltalake.write_deltalake(self.source, duckdb.sql(
            f"SELECT *, 0::BIGINT AS seq, 'I' AS op FROM ({rows_of(0, rows)})").to_arrow_reader(1_000_000))
        self.project = Project(folder / "weir", f"CREATE TABLE events USING delta LOCATION '{self.source}'", FLOWS)
        self.project.update()

    def batch(self, turn):
        """The events of a round, written once for all sides: as they come, and of each key the newest."""
        files = {name: self.folder / f"{name}-{turn}.parquet" for name in ("events", "newest")}
        if self.written != turn:
            self.written = turn
            write_events(files["events"], turn, self.rows, self.count)
            duckdb.sql(f"""COPY (FROM '{files['events']}' QUALIFY row_number() OVER (PARTITION BY id
                ORDER BY seq DESC) = 1) TO '{files['newest']}' (FORMAT parquet)""")
            deltalake.write_deltalake(self.source, pyarrow.parquet.read_table(files["events"]), mode="append")
        return files

    def ours(self, turn):
        self.batch(turn)
        return self.project.update()

    def sparks(self, turn):
        return self.spark.run(MERGE.format(path=self.paths["Spark"], events=self.batch(turn)["events"]))

    def lakes(self, turn):
        return self.lake.run(LAKE_MERGE.format(path=self.paths["deltalake"], newest=self.batch(turn)["newest"]))

    def check(self, work):
        held = {"weir": Done(0, 0, self.project.rows(HELD.format(table="views.kept")))}
        for name, path in self.paths.items():
            held[name] = self.lake.run(f"query('{path}', '{HELD.format(table='t')}')".replace("\n", " "))
        check_rows(work, held)


class Project:
    """A pipeline of weir's, in a home where `tables` was run."""

    def __init__(self, folder, tables, flows):
        self.folder = folder
        folder.mkdir(parents=True)
        (folder / "flows.sql").write_text(flows)
        (folder / "spark-pipeline.yml").write_text(SPEC)
        if tables:
            Ran(WEIR, "--home", folder / "home", "sql", "-e", tables)

    def update(self):
        return Ran(WEIR, "--home", self.folder / "home", "pipeline", "run", "--spec", self.folder / "spark-pipeline.yml")

    def rows(self, query):
        said = subprocess.run([str(WEIR), "--home", str(self.folder / "home"), "sql", "--output", "json", "-e", query],
                              check=True, text=True, stdout=subprocess.PIPE).stdout
        return [json.loads(line) for line in said.splitlines()]


def write_events(file, turn, rows, count):
    """For random keys, one in ten of them new; a tenth of the events are of a key that has another, one in twenty
    deletes."""
    begin = (turn + 2) * count
    keys = f"(hash({begin} + i % {round(count * (1 - EACH_KEY_TWICE))}) % {rows + rows // 10})::BIGINT"
    duckdb.sql(f"""COPY (SELECT {keys} AS id, (hash(i + 3) % 1000000)::INT AS customer,
            (hash(i + 1) % 100000) / 100.0::DOUBLE AS amount, (hash(i + 2) % 100)::INT AS quantity,
            DATE '2020-01-01' AS day, 'event' AS note, {begin}::BIGINT + i AS seq,
            CASE WHEN i % 20 = 0 THEN 'D' ELSE 'U' END AS op
        FROM range({count}) AS t(i)) TO '{file}' (FORMAT parquet)""")


def change_events(folder, options):
    with Spark(folder) as spark:
        feed = Feed(folder, options.rows, options.rows // 10, spark)
        work = f"AUTO CDC of {feed.count:,} events into {feed.rows:,} keys"
        Rounds(min(options.pairs, MERGE_ROUNDS), {"weir": feed.ours, "Spark": feed.sparks, "deltalake": feed.lakes},
               lambda _: feed.check(work)).report(work)
    ingest(folder / "ingest", options)


def ingest(folder, options):
    """Rows a second and core, from files that are there when the update begins."""
    landing = folder / "landing"
    landing.mkdir(parents=True)
    for file in range(FILES):
        query = rows_of(file * options.rows // FILES, (file + 1) * options.rows // FILES)
        duckdb.sql(f"COPY ({query}) TO '{landing}/{file}.parquet' (FORMAT parquet)")
    rates = []
    for turn in range(options.pairs):
        project = Project(folder / str(turn), None, INGEST.format(files=landing))
        seconds = project.update().seconds
        kept = project.rows("SELECT count(*) AS n FROM views.judged")[0]["n"]
        expected = duckdb.sql(f"SELECT count(*) FROM '{landing}/*.parquet' WHERE quantity > 0").fetchone()[0]
        if kept != expected:
            sys.exit(f"bench: three expectations kept {kept:,} rows and not {expected:,}")
        rates.append(options.rows / seconds / os.cpu_count())
    rate = statistics.median(rates)
    report(f"{options.rows:,} rows with three expectations, the whole process", f"{rate:,.0f} rows a second and core",
           "at least 500,000", rate >= 500_000)


MEASUREMENTS = {"cdc": change_events}
