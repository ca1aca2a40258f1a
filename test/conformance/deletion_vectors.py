#!/usr/bin/env python3
"""Rows that weir, or Spark, deleted by deletion vectors are gone for the other one and for deltalake,
in every version.

usage: deletion_vectors.py [SEED...]    (with the program in WEIR, or build/weir)
"""

import json
import os
import pathlib
import random
import sys

import deltalake

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import each  # noqa: E402
from delta_interop import Weir, check, spark  # noqa: E402

PROPERTIES = "TBLPROPERTIES ('delta.enableDeletionVectors' = 'true', 'delta.checkpointInterval' = '4')"
SEEDS = (1,)  # make soak gives more.


class Table:
    """One table of ids and what they hold, in a file of ids or several, and a model of its rows in
    each version."""

    def __init__(self, weir, folder):
        self.weir, self.path = weir, folder / "table"
        self.rows, self.versions = {}, []

    def create(self, with_spark):
        columns = "(id BIGINT, v BIGINT)"
        if with_spark:
            spark().sql(f"CREATE TABLE delta.`{self.path}` {columns} USING delta {PROPERTIES}")
            self.weir.run(f"CREATE TABLE t USING delta LOCATION '{self.path}'")
        else:
            self.weir.run(f"CREATE TABLE t {columns} USING delta LOCATION '{self.path}' {PROPERTIES}")
        self.keep()

    def keep(self):
        self.versions.append(dict(self.rows))

    def run(self, statement, with_spark):
        """Whether it made a version."""
        before = deltalake.DeltaTable(str(self.path)).version()
        if with_spark:
            spark().sql(statement.format(f"delta.`{self.path}`")).collect()
        else:
            self.weir.run(statement.format("t"))
        return deltalake.DeltaTable(str(self.path)).version() != before

    def insert(self, first, count, with_spark):
        hint = "/*+ COALESCE(1) */ " if with_spark else ""
        self.run(f"INSERT INTO {{}} SELECT {hint}id, id * 2 FROM range({first}, {first + count})",
                 with_spark)
        self.rows.update({i: i * 2 for i in range(first, first + count)})
        self.keep()

    def delete(self, ids, with_spark):
        ids = [i for i in ids if i in self.rows]
        if ids and self.run(f"DELETE FROM {{}} WHERE id IN ({', '.join(map(str, ids))})", with_spark):
            for i in ids:
                del self.rows[i]
            self.keep()

    def delete_each(self, n, rest, below, with_spark):
        gone = [i for i in self.rows if i % n == rest and i < below]
        if self.run(f"DELETE FROM {{}} WHERE id % {n} = {rest} AND id < {below}", with_spark):
            for i in gone:
                del self.rows[i]
            self.keep()
        else:
            check(not gone, "a DELETE that picks rows made no version")

    def update(self, n, rest, below, with_spark):
        if self.run(f"UPDATE {{}} SET v = v + 1 WHERE id % {n} = {rest} AND id < {below}", with_spark):
            for i in self.rows:
                if i % n == rest and i < below:
                    self.rows[i] += 1
            self.keep()

    def merge(self, first, count, step, with_spark):
        source = f"(SELECT id * {step} AS id FROM range({first}, {first + count}))"
        made = self.run(
            f"MERGE INTO {{}} AS t USING {source} AS s ON t.id = s.id "
            "WHEN MATCHED AND s.id % 3 = 0 THEN DELETE "
            "WHEN MATCHED AND s.id % 3 = 1 THEN UPDATE SET v = -s.id "
            "WHEN NOT MATCHED THEN INSERT (id, v) VALUES (s.id, 0)", with_spark)
        for i in range(first * step, (first + count) * step, step):
            if i not in self.rows:
                self.rows[i] = 0
            elif i % 3 == 0:
                del self.rows[i]
            elif i % 3 == 1:
                self.rows[i] = -i
        if made:
            self.keep()

    # Readers -------------------------------------------------------------------------------------

    def lake_rows(self):
        engine = deltalake.QueryBuilder().register("t", deltalake.DeltaTable(str(self.path)))
        read = engine.execute("SELECT id, v FROM t").read_all()
        return dict(zip(read["id"].to_pylist(), read["v"].to_pylist())), read.num_rows

    def weir_rows(self, version):
        lines = self.weir.run(f"SELECT id, v FROM t VERSION AS OF {version}").splitlines()
        read = [json.loads(line) for line in lines]
        return {row["id"]: row["v"] for row in read}, len(read)

    def spark_rows(self, version):
        read = (spark().read.format("delta").option("versionAsOf", version).load(str(self.path))
                .select("id", "v").collect())
        return {row["id"]: row["v"] for row in read}, len(read)

    @staticmethod
    def same(who, got, wanted):
        found, count = got
        check(count == len(found), f"{who} gives {count} rows of {len(found)} ids")
        if found != wanted:
            more = sorted(found.keys() - wanted.keys())[:5]
            less = sorted(wanted.keys() - found.keys())[:5]
            other = [i for i in wanted if i in found and found[i] != wanted[i]][:5]
            raise AssertionError(f"{who}: too many {more}, too few {less}, other values {other}")

    def expect_now(self):
        last = len(self.versions) - 1
        check(deltalake.DeltaTable(str(self.path)).version() == last, "the versions are not counted")
        self.same("deltalake", self.lake_rows(), self.rows)
        self.same("weir", self.weir_rows(last), self.rows)
        text = self.weir.run("SELECT count(*) AS n, min(id) AS low, max(id) AS high FROM t")
        wanted = {"n": len(self.rows), "low": min(self.rows, default=None),
                  "high": max(self.rows, default=None)}
        check(json.loads(text) == wanted, f"weir counts {text}, not {wanted}")

    def expect_versions(self):
        for version, wanted in enumerate(self.versions):
            self.same(f"weir of version {version}", self.weir_rows(version), wanted)
            self.same(f"Spark of version {version}", self.spark_rows(version), wanted)

    def vectors(self):
        """The storage types of the vectors that the log has."""
        kinds = set()
        for entry in sorted((self.path / "_delta_log").glob("*.json")):
            for line in entry.read_text().splitlines():
                vector = json.loads(line).get("add", {}).get("deletionVector")
                if vector:
                    kinds.add(vector["storageType"])
        return kinds


def small_and_large_vectors_of_weir_are_read_by_all(weir, folder):
    table = Table(weir, folder)
    table.create(with_spark=False)
    table.insert(0, 20_000, with_spark=False)
    table.delete([5, 6, 19_999], with_spark=False)
    table.expect_now()
    table.delete_each(7, 3, 15_000, with_spark=False)
    table.expect_now()
    table.delete_each(1, 0, 3_000, with_spark=False)  # A run of rows.
    table.expect_now()
    table.update(11, 4, 20_000, with_spark=False)
    table.expect_now()
    table.merge(1_000, 3_000, 6, with_spark=False)
    table.expect_now()
    check(table.vectors() == {"i", "u"}, f"the vectors are of {table.vectors()}")
    table.expect_versions()


def weir_reads_the_vectors_of_spark(weir, folder):
    table = Table(weir, folder)
    table.create(with_spark=True)
    table.insert(0, 10_000, with_spark=True)
    table.delete([5, 6, 9_999], with_spark=True)
    table.delete_each(7, 3, 8_000, with_spark=True)
    table.update(11, 4, 10_000, with_spark=True)
    table.merge(1_000, 1_500, 6, with_spark=True)
    table.expect_now()
    check("u" in table.vectors(), "Spark wrote no vectors")
    table.expect_versions()


def each_adds_to_the_others_vectors(weir, folder):
    table = Table(weir, folder)
    table.create(with_spark=False)
    table.insert(0, 10_000, with_spark=False)
    for i in range(5):
        table.delete_each(97, 3 * i, 10_000, with_spark=False)
        table.delete_each(97, 3 * i + 1, 10_000, with_spark=True)
        table.update(97, 3 * i + 2, 5_000, with_spark=i % 2 == 0)
    table.expect_now()
    table.expect_versions()


def what_was_purged_is_without_vectors(weir, folder):
    table = Table(weir, folder)
    table.create(with_spark=False)
    table.insert(0, 5_000, with_spark=False)
    table.delete_each(9, 4, 5_000, with_spark=False)
    table.run("REORG TABLE {} APPLY (PURGE)", with_spark=False)
    table.keep()
    table.expect_now()
    table.delete([7], with_spark=True)
    table.run("OPTIMIZE {}", with_spark=False)
    table.expect_versions()


def chance(seed):
    def test(weir, folder):
        by = random.Random(seed)
        table = Table(weir, folder)
        table.create(with_spark=False)
        next_id = 0
        for _ in range(25):
            count = by.randint(1, 400)
            step = by.randrange(5)
            if step == 0 or not table.rows:
                table.insert(next_id, count, with_spark=False)
                next_id += count
            elif step == 1:
                table.delete(by.sample(range(next_id), min(next_id, by.randint(1, 30))), False)
            elif step == 2:
                n = by.randint(1, 9)
                table.delete_each(n, by.randrange(n), by.randint(0, next_id), with_spark=False)
            elif step == 3:
                n = by.randint(1, 9)
                table.update(n, by.randrange(n), by.randint(0, next_id), with_spark=False)
            else:
                table.merge(by.randint(0, 200), by.randint(1, 100), by.randint(1, 5), False)
                next_id = max(next_id, max(table.rows, default=0) + 1)
            table.expect_now()
        table.expect_versions()

    test.__name__ = f"by_chance_{seed}"
    return test


def main():
    seeds = [int(seed) for seed in sys.argv[1:]]
    tests = [chance(seed) for seed in seeds or SEEDS]
    if not seeds:
        tests += [small_and_large_vectors_of_weir_are_read_by_all, weir_reads_the_vectors_of_spark,
                  each_adds_to_the_others_vectors, what_was_purged_is_without_vectors]
    return each.run(tests, lambda test, folder: test(
        Weir(os.environ.get("WEIR", "build/weir"), folder / "home"), folder))


if __name__ == "__main__":
    sys.exit(main())
