#!/usr/bin/env python3
"""What streams with watermarks put into a table in weir is what Spark's put there, in append mode: the
same files, one a batch, rows out of order, late, twice and without a time.

usage: streams.py [SEED...]    (with the program in WEIR, or build/weir)
"""

import collections
import datetime
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "test" / "oracles"))
import spark as oracle  # noqa: E402
from pyspark.sql.functions import count, window  # noqa: E402

WEIR = os.environ.get("WEIR", str(ROOT / "build" / "weir"))
SEEDS = (1,)
FILES = 4
COLUMNS = "id INT, v INT, ts TIMESTAMP"
POLICY = "spark.sql.streaming.multipleWatermarkPolicy"
DELAYS = {"a": "5 minutes", "b": "2 minutes 30 seconds"}

MET = "SELECT a.id AS id, b.id AS other, a.v AS av, b.v AS bv, a.ts AS a_ts, b.ts AS b_ts FROM {a} AS a "
NEAR = ("JOIN {b} AS b ON a.id = b.id AND b.ts >= a.ts - INTERVAL 1 MINUTE "
        "AND b.ts < a.ts + INTERVAL 6 MINUTES")
# Streams of one, which are read in two updates, and of both, in one: Spark forgets at a start how
# late it was in each of several.
OF_ONE = {
    "tumbling": "SELECT window.start AS s, window.end AS e, id, count(*) AS n, sum(v) AS total, "
                "min(v) AS least, max(v) AS most, avg(v) AS mean FROM {a} "
                "GROUP BY window(ts, '10 minutes'), id",
    "filtered": "SELECT window.end AS e, count(v) AS n FROM {a} WHERE v > 4 "
                "GROUP BY window(ts, '10 minutes') HAVING count(v) > 1",
    "sliding": "SELECT window.start AS s, id, sum(v) AS total FROM {a} "
               "GROUP BY window(ts, '10 minutes', '4 minutes', '1 minute'), id",
    "moments": "SELECT ts, id % 2 AS odd, count(*) AS n FROM {a} GROUP BY ts, id % 2",
    "sessions": "SELECT session_window.start AS s, session_window.end AS e, id, count(*) AS n, "
                "sum(v) AS total FROM {a} GROUP BY session_window(ts, '3 minutes'), id",
    "distinct_rows": "SELECT DISTINCT id, ts FROM {a}",
    "windows_of_windows": "SELECT window(w, '30 minutes').start AS s, sum(n) AS n FROM (SELECT "
                          "window AS w, id, count(*) AS n FROM {a} GROUP BY window(ts, "
                          "'10 minutes'), id) GROUP BY window(w, '30 minutes')",
}
OF_BOTH = {
    "met": MET + NEAR,
    "met_left": MET + "LEFT " + NEAR,
    "met_right": MET + "RIGHT " + NEAR,
    "met_full": MET + "FULL " + NEAR,
    # Not a.v > 3, which Spark takes for a bound of times: then it never lets go of the left rows.
    "met_some": MET + "LEFT " + NEAR + " AND a.v % 2 = 0",
    # What is asked of one side alone is asked before its rows say how late it is.
    "met_if": MET + "LEFT " + NEAR + " AND b.v <> 4",
    "met_where": MET + NEAR + " WHERE b.v <> 4",
    "met_counted_where": "SELECT window.start AS s, count(*) AS n FROM (" + MET + "LEFT " + NEAR
                         + ") WHERE av <> 3 GROUP BY window(a_ts, '10 minutes')",
    "met_first": "SELECT a.id AS id, a.v AS av, a.ts AS a_ts FROM {a} AS a LEFT SEMI " + NEAR,
    "met_windows": "SELECT l.w.start AS s, l.id AS id, l.n AS ln, r.n AS rn FROM "
                   "(SELECT window AS w, id, count(*) AS n FROM {a} GROUP BY window(ts, "
                   "'10 minutes'), id) AS l LEFT JOIN (SELECT window AS w, id, count(*) AS n FROM "
                   "{b} GROUP BY window(ts, '10 minutes'), id) AS r ON l.w = r.w AND l.id = r.id",
    # Groups and joins of what joins give, which is late by as much as its rows waited.
    "met_counted": "SELECT window.start AS s, id, count(*) AS n, sum(bv) AS total FROM (" + MET + NEAR
                   + ") GROUP BY window(a_ts, '10 minutes'), id",
    "met_left_counted": "SELECT window.start AS s, count(*) AS n, count(other) AS met FROM (" + MET
                        + "LEFT " + NEAR + ") GROUP BY window(a_ts, '10 minutes')",
    "met_right_sessions": "SELECT session_window.start AS s, session_window.end AS e, id, count(*) AS "
                          "n FROM (" + MET + "RIGHT " + NEAR + ") GROUP BY session_window(b_ts, "
                          "'3 minutes'), id",
    "met_first_distinct": "SELECT DISTINCT id, a_ts FROM (SELECT a.id AS id, a.v AS av, a.ts AS a_ts "
                          "FROM {a} AS a LEFT SEMI " + NEAR + ")",
    "met_again": "SELECT m.id AS id, m.a_ts AS a_ts, c.ts AS c_ts FROM (" + MET + NEAR + ") AS m JOIN "
                 "{b} AS c ON m.id = c.id AND c.ts BETWEEN m.a_ts AND m.a_ts + INTERVAL 4 MINUTES",
    "met_left_again": "SELECT m.id AS id, m.other AS other, m.a_ts AS a_ts, c.ts AS c_ts FROM (" + MET
                      + "LEFT " + NEAR + ") AS m LEFT JOIN {b} AS c ON m.id = c.id AND c.ts BETWEEN "
                      "m.a_ts AND m.a_ts + INTERVAL 4 MINUTES",
    "met_again_counted": "SELECT window.start AS s, count(*) AS n, count(c_ts) AS met FROM (SELECT "
                         "m.id AS id, m.a_ts AS a_ts, c.ts AS c_ts FROM (" + MET + NEAR + ") AS m "
                         "LEFT JOIN {b} AS c ON m.id = c.id AND c.ts BETWEEN m.a_ts AND m.a_ts + "
                         "INTERVAL 4 MINUTES) GROUP BY window(a_ts, '10 minutes')",
    "both": "SELECT window.start AS s, count(*) AS n FROM (SELECT * FROM {a} UNION ALL "
            "SELECT * FROM {b}) GROUP BY window(ts, '10 minutes')",
}
# What only Spark's DataFrames say, which SQL has not.
DEDUP = {
    "first_of_key": ("SELECT DISTINCT ON (id, v) id, v FROM {a}",
                     lambda a: a.dropDuplicates(["id", "v"]).select("id", "v")),
    "first_of_time": ("SELECT DISTINCT ON (id, ts) id, ts FROM {a}",
                      lambda a: a.dropDuplicates(["id", "ts"]).select("id", "ts")),
    "first_in_time": ("SELECT id, v FROM (SELECT DISTINCT ON (id, v) WITHIN WATERMARK * FROM {a})",
                      lambda a: a.dropDuplicatesWithinWatermark(["id", "v"]).select("id", "v")),
    "first_counted": ("SELECT window.start AS s, count(*) AS n FROM (SELECT DISTINCT ON (id, ts) * FROM "
                      "{a}) GROUP BY window(ts, '10 minutes')",
                      lambda a: a.dropDuplicates(["id", "ts"]).groupBy(window("ts", "10 minutes"))
                      .agg(count("*").alias("n")).selectExpr("window.start AS s", "n")),
}
LATEST = {name: OF_BOTH[name] for name in ("met_left", "met_counted", "both")}


def feed(chance):
    """Files of rows: time goes on from one to the next; some rows are of long ago, some have none."""
    files = []
    for number in range(FILES):
        rows = []
        for _ in range(chance.randint(6, 14)):
            minute = number * 8 + chance.choice([0, 1, 2, 3, 5, 8, -3, -6, -12, -30])
            at = datetime.datetime(2024, 1, 1) + datetime.timedelta(
                minutes=minute, seconds=chance.choice([0, 0, 15, 30]),
                microseconds=chance.choice([0, 0, 999, 1500]))
            rows.append({"id": chance.randint(1, 4), "v": chance.choice([None, *range(1, 9)]),
                         "ts": None if chance.random() < 0.05 else at.isoformat(" ")})
        rows.extend(chance.sample(rows, 2))
        files.append(rows)
    return files


def land(folder, number, rows):
    path = folder / f"{number:03}.json"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    moment = 1_700_000_000 + 60 * number
    os.utime(path, (moment, moment))


def text_of(query):
    return query if isinstance(query, str) else query[0]


class WeirSide:
    def __init__(self, folder, queries, policy):
        self.folder = folder / "weir"
        self.folder.mkdir()
        (self.folder / "spark-pipeline.yml").write_text(
            "name: p\nlibraries:\n  - glob: {include: '*.sql'}\nstorage: storage\nschema: p\n"
            f"configuration: {{{POLICY}: {policy}}}\n")
        names = {side: f"STREAM({side})" for side in DELAYS}
        text = "".join(
            f"CREATE TEMPORARY VIEW {side} AS SELECT * FROM STREAM read_files('{folder / side}', "
            f"format => 'json', schema => '{COLUMNS}', maxFilesPerTrigger => 1) "
            f"WATERMARK ts DELAY OF INTERVAL '{delay}';\n" for side, delay in DELAYS.items())
        (self.folder / "flows.sql").write_text(text + "".join(
            f"CREATE STREAMING TABLE {name} AS {text_of(query).format(**names)};\n"
            for name, query in queries.items()))

    def run(self, *arguments):
        ran = subprocess.run([WEIR, "--home", self.folder / "home", *arguments], cwd=self.folder,
                             text=True, capture_output=True)
        if ran.returncode:
            sys.exit(f"weir {arguments}: {ran.stdout}{ran.stderr}")
        return ran.stdout

    def update(self):
        self.run("pipeline", "run")

    def rows(self, table, columns):
        items = ", ".join(f"CAST({column} AS STRING)" for column in columns)
        out = self.run("--output", "json", "sql", "-e", f"SELECT {items} FROM main.p.{table}")
        return [tuple(json.loads(line).values()) for line in out.splitlines()]


class SparkSide:
    def __init__(self, session, folder, queries, policy):
        self.session, self.folder, self.queries = session, folder, queries
        session.conf.set(POLICY, policy)

    def frame(self, query):
        if isinstance(query, str):
            return self.session.sql(query.format(**{side: side for side in DELAYS}))
        return query[1](self.session.table("a"))

    def update(self):
        for side, delay in DELAYS.items():
            stream = (self.session.readStream.schema(COLUMNS).option("maxFilesPerTrigger", 1)
                      .json(str(self.folder / side)))
            stream.withWatermark("ts", delay).createOrReplaceTempView(side)
        running = [self.frame(query).writeStream.format("parquet")
                   .option("checkpointLocation", str(self.folder / "spark" / name / "checkpoint"))
                   .outputMode("append").trigger(availableNow=True)
                   .start(str(self.folder / "spark" / name / "rows"))
                   for name, query in self.queries.items()]
        for query in running:
            query.awaitTermination()

    def rows(self, table):
        rows = self.session.read.parquet(str(self.folder / "spark" / table / "rows"))
        texts = rows.select([rows[column].cast("string") for column in rows.columns])
        return rows.columns, [tuple(row) for row in texts.collect()]


def compare(seed, ours, theirs, queries):
    good = True
    for name in queries:
        columns, wanted = theirs.rows(name)
        found = collections.Counter(ours.rows(name, columns))
        wanted = collections.Counter(wanted)
        if found == wanted:
            continue
        good = False
        print(f"seed {seed}, {name}: {found.total()} rows, Spark has {wanted.total()}")
        for what, rows in (("missing", wanted - found), ("too many", found - wanted)):
            for row, count in sorted(rows.items(), key=str)[:8]:
                print(f"  {what}: {count} x {row}")
    return good


def play(session, seed, folder, queries, updates, policy):
    chance = random.Random(seed)
    feeds = {side: feed(chance) for side in DELAYS}
    for side in DELAYS:
        (folder / side).mkdir(parents=True)
    sides = WeirSide(folder, queries, policy), SparkSide(session, folder, queries, policy)
    good = True
    for update in range(updates):
        for number in range(update * FILES // updates, (update + 1) * FILES // updates):
            for side in DELAYS:
                land(folder / side, number, feeds[side][number])
        for side in sides:
            side.update()
        good = compare(seed, *sides, queries) and good
    return good


def main():
    seeds = [int(seed) for seed in sys.argv[1:]] or SEEDS
    # Batches are small: compiling code for them is most of the time.
    session = oracle.session(spark_sql_shuffle_partitions=1, spark_sql_codegen_wholeStage=False,
                             spark_ui_showConsoleProgress=False)
    good = []
    with tempfile.TemporaryDirectory() as scratch:
        for seed in seeds:
            plays = ({**OF_ONE, **DEDUP}, 2, "min"), (OF_BOTH, 1, "min"), (LATEST, 1, "max")
            for number, (queries, updates, policy) in enumerate(plays):
                folder = pathlib.Path(scratch) / f"{seed}.{number}"
                good.append(play(session, seed, folder, queries, updates, policy))
    print(f"{sum(good)} of {len(good)} feeds: the tables of weir and of Spark are equal")
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
