#!/usr/bin/env python3
"""Change feeds of weir are what Spark and deltalake read from its tables, and the other way round;
applied to one version they give another.

usage: change_feed.py [SEED...]    (with the program in WEIR, or build/weir)
"""

import collections
import json
import os
import pathlib
import random
import sys

import deltalake
import pyarrow as pa

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import each  # noqa: E402
from delta_interop import Weir, check, spark  # noqa: E402

SEEDS = (1,)  # make soak gives more.
COLUMNS = ("id", "grp", "v", "_change_type", "_commit_version")
COMES = ("insert", "update_postimage")


class Table:
    """A table that weir, or Spark, changes, with a change feed."""

    def __init__(self, weir, folder, vectors, partitioned, with_spark=False, mapping="none"):
        self.weir, self.path = weir, folder / "table"
        self.plain = not vectors and not partitioned and mapping == "none"
        properties = ["'delta.enableChangeDataFeed' = 'true'",
                      f"'delta.columnMapping.mode' = '{mapping}'"]
        if vectors:
            properties.append("'delta.enableDeletionVectors' = 'true'")
        text = ("CREATE TABLE {} (id BIGINT, grp STRING, v BIGINT) USING delta "
                + ("PARTITIONED BY (grp) " if partitioned else "") + "{}"
                + f"TBLPROPERTIES ({', '.join(properties)})")
        if with_spark:
            spark().sql(text.format(f"delta.`{self.path}`", ""))
            self.weir.run(f"CREATE TABLE t USING delta LOCATION '{self.path}'")
        else:
            self.weir.run(text.format("t", f"LOCATION '{self.path}' "))

    def run(self, statement, with_spark=False):
        if with_spark:
            spark().sql(statement.format(f"delta.`{self.path}`")).collect()
        else:
            self.weir.run(statement.format("t"))

    def version(self):
        return max(int(entry.stem) for entry in (self.path / "_delta_log").glob("*[0-9].json")
                   if entry.stem.isdigit())

    # Readers ------------------------------------------------------------------------------------

    def feed_of_weir(self, first, last):
        lines = self.weir.run(f"SELECT {', '.join(COLUMNS)}, _commit_timestamp IS NULL AS untimed "
                              f"FROM table_changes('t', {first}, {last})").splitlines()
        read = [json.loads(line) for line in lines]
        check(not any(row["untimed"] for row in read), "weir gives rows without a time")
        return collections.Counter(tuple(row[name] for name in COLUMNS) for row in read)

    def feed_of_spark(self, first, last):
        frame = (spark().read.format("delta").option("readChangeFeed", "true")
                 .option("startingVersion", first).option("endingVersion", last)
                 .load(str(self.path)).select(*COLUMNS))
        return collections.Counter(tuple(row) for row in frame.collect())

    def feed_of_lake(self, first, last):
        read = pa.table(deltalake.DeltaTable(str(self.path)).load_cdf(
            starting_version=first, ending_version=last).read_all())
        columns = [read.column(name).to_pylist() for name in COLUMNS]
        return collections.Counter(zip(*columns))

    def rows_at(self, version):
        lines = self.weir.run(
            f"SELECT id, grp, v FROM t VERSION AS OF {version}").splitlines()
        return collections.Counter(
            (row["id"], row["grp"], row["v"]) for row in map(json.loads, lines))

    # Judges -------------------------------------------------------------------------------------

    def expect_same_feeds(self, first=0, last=None):
        last = self.version() if last is None else last
        ours = self.feed_of_weir(first, last)
        readers = {"Spark": self.feed_of_spark}
        # deltalake's feed knows no deletion vectors and no mapped columns, and fails where a
        # partition is of NULL.
        if self.plain:
            readers["deltalake"] = self.feed_of_lake
        for who, reader in readers.items():
            theirs = reader(first, last)
            check(ours == theirs, f"versions {first} to {last}: only weir {+(ours - theirs)}, "
                                  f"only {who} {+(theirs - ours)}")

    def expect_it_leads(self, first, last):
        """The feed of the versions after `first` to `last`, applied to `first`, gives `last`."""
        rows = self.rows_at(first)
        for (*row, kind, _), count in self.feed_of_weir(first + 1, last).items():
            rows[tuple(row)] += count if kind in COMES else -count
        check(min(rows.values(), default=0) >= 0, f"rows went that were not there: {-rows}")
        check(+rows == self.rows_at(last), f"from {first} to {last}: {+rows}")

    def expect_only_what_changed(self):
        """No row of one version is deleted and inserted as it was, unless it was overwritten."""
        feed = self.feed_of_weir(0, self.version())
        for (*row, kind, version), count in feed.items():
            if kind == "delete":
                again = feed[(*row, "insert", version)]
                check(not again, f"{row} of version {version} went and came")


def chance(seed):
    def test(weir, folder):
        by = random.Random(seed)
        table = Table(weir, folder, vectors=seed % 2 == 0, partitioned=seed % 4 >= 2,
                      mapping=("none", "name", "id")[seed % 3])
        next_id = 0

        def condition():
            n = by.randint(1, 6)
            return by.choice((f"id % {n} = {by.randrange(n)}", f"v > {by.randint(-5, 30)}",
                              f"grp = '{by.choice('abc')}'", "grp IS NULL",
                              f"id BETWEEN {by.randrange(200)} AND {by.randrange(200)}"))

        for _ in range(22):
            step = by.randrange(8)
            if step < 2 or next_id == 0:
                values = ", ".join(
                    f"({next_id + i}, {by.choice(['NULL', *map(repr, 'abc')])}, {by.randint(-9, 30)})"
                    for i in range(by.randint(1, 40)))
                next_id += values.count("(")
                table.run(f"INSERT INTO {{}} VALUES {values}")
            elif step == 2:
                table.run(f"DELETE FROM {{}} WHERE {condition()}")
            elif step == 3:
                table.run(f"UPDATE {{}} SET v = v + 1 WHERE {condition()}")
            elif step == 4:
                table.run(f"UPDATE {{}} SET grp = '{by.choice('abd')}' WHERE {condition()}")
            elif step == 5:
                table.run("MERGE INTO {} AS t USING (SELECT id, 'm' AS grp FROM range("
                          f"{by.randrange(100)}, {by.randrange(100, 220)})) AS s ON t.id = s.id "
                          f"WHEN MATCHED AND t.v > {by.randint(-5, 30)} THEN DELETE "
                          "WHEN MATCHED THEN UPDATE SET v = -t.v "
                          "WHEN NOT MATCHED AND s.id % 5 = 0 THEN INSERT (id, grp, v) "
                          "VALUES (s.id, s.grp, 7)")
                next_id = max(next_id, 221)
            elif step == 6:
                table.run("OPTIMIZE {}")
            else:
                table.run("MERGE INTO {} AS t USING (SELECT 1 AS id) AS s ON t.id = s.id "
                          "WHEN NOT MATCHED BY SOURCE AND t.v > 25 THEN DELETE "
                          "WHEN NOT MATCHED BY SOURCE AND t.v < -7 THEN UPDATE SET v = 0")
        last = table.version()
        for _ in range(4):
            first = by.randint(0, last - 1)
            table.expect_it_leads(first, by.randint(first + 1, last))
        table.expect_it_leads(0, last)
        table.expect_only_what_changed()
        table.expect_same_feeds()

    test.__name__ = f"by_chance_{seed}"
    return test


def weir_reads_the_feeds_of_spark(weir, folder):
    for vectors in (False, True):
        for partitioned, mapping in ((False, "none"), (True, "none"), (True, "name"),
                                     (False, "id")):
            here = folder / f"{vectors}{partitioned}{mapping}"
            here.mkdir()
            table = Table(Weir(os.environ.get("WEIR", "build/weir"), here / "home"), here, vectors,
                          partitioned, with_spark=True, mapping=mapping)
            table.run("INSERT INTO {} SELECT /*+ COALESCE(1) */ id, CASE WHEN id % 3 = 0 THEN 'a' "
                      "WHEN id % 3 = 1 THEN 'b c' END, id FROM range(100)", with_spark=True)
            table.run("DELETE FROM {} WHERE id % 10 = 3", with_spark=True)
            table.run("UPDATE {} SET v = -v WHERE id < 20", with_spark=True)
            table.run("MERGE INTO {} AS t USING (SELECT id + 90 AS id FROM range(20)) AS s "
                      "ON t.id = s.id WHEN MATCHED AND t.id % 2 = 0 THEN DELETE "
                      "WHEN MATCHED THEN UPDATE SET v = 0 "
                      "WHEN NOT MATCHED THEN INSERT (id, grp, v) VALUES (s.id, 'a', 1)",
                      with_spark=True)
            table.run("OPTIMIZE {}", with_spark=True)
            table.run("DELETE FROM {} WHERE id < 50", with_spark=True)
            table.run("RESTORE TABLE {} TO VERSION AS OF 2", with_spark=True)
            table.run("INSERT OVERWRITE {} VALUES (1, 'a', 1)", with_spark=True)
            table.expect_same_feeds()
            for version in range(table.version()):
                table.expect_it_leads(version, version + 1)


def each_changes_the_others_table(weir, folder):
    table = Table(weir, folder, vectors=False, partitioned=False)
    table.run("INSERT INTO {} SELECT id, 'a', id FROM range(50)")
    for i in range(3):
        table.run(f"UPDATE {{}} SET v = v + 1 WHERE id % 7 = {i}", with_spark=False)
        table.run(f"DELETE FROM {{}} WHERE id % 11 = {i}", with_spark=True)
        table.run(f"UPDATE {{}} SET grp = 'b' WHERE id % 5 = {i}", with_spark=True)
    table.expect_same_feeds()
    table.expect_it_leads(0, table.version())


def rows_that_were_copied_by_replace_where_did_not_change(weir, folder):
    table = Table(weir, folder, vectors=False, partitioned=False)
    table.run("INSERT INTO {} SELECT id, 'a', id FROM range(50)")
    table.run("INSERT INTO {} REPLACE WHERE id >= 40 SELECT id, 'b', 0 FROM range(40, 60)")
    table.expect_only_what_changed()
    table.expect_it_leads(1, 2)
    table.expect_same_feeds()


def main():
    seeds = [int(seed) for seed in sys.argv[1:]]
    tests = [chance(seed) for seed in seeds or SEEDS]
    if not seeds:
        tests += [weir_reads_the_feeds_of_spark, each_changes_the_others_table,
                  rows_that_were_copied_by_replace_where_did_not_change]
    return each.run(tests, lambda test, folder: test(
        Weir(os.environ.get("WEIR", "build/weir"), folder / "home"), folder))


if __name__ == "__main__":
    sys.exit(main())
