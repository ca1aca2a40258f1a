#!/usr/bin/env python3
"""Spark and weir write one table in turn, and every version of it reads the same in both.

usage: spark_turns.py    (with the program in WEIR, or build/weir)
"""

import os
import pathlib
import sys

import pyarrow as pa

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import each  # noqa: E402
import rows  # noqa: E402
from delta_interop import (Weir, check, ddl_of, expect_same, select_of, spark,  # noqa: E402
                           sql_literal)

NESTED = pa.struct([("a", pa.int32()), ("in", pa.struct([("z", pa.list_(pa.string()))]))])
SCHEMA = pa.schema([("id", pa.int64()), ("city", pa.string()), ("st", NESTED),
                    ("m", pa.map_(pa.string(), pa.int64()))])
MERGED = SCHEMA.append(pa.field("late", pa.decimal128(10, 2)))


def data(ids, schema=SCHEMA):
    """Rows whose columns follow from their ids; NULL at every depth comes up."""
    columns = {"id": ids, "city": [("Porto", "a b/c=d%", None)[i % 3] for i in ids],
               "st": [None if i % 5 == 4 else
                      {"a": i if i % 2 else None, "in": {"z": [None, str(i)][: i % 3]}}
                      for i in ids],
               "m": [None if i % 4 == 3 else [("k", i), ("n", None)] for i in ids]}
    if "late" in schema.names:
        columns["late"] = [None if i % 2 else i for i in ids]
    return pa.table({name: pa.array(columns[name], schema.field(name).type)
                     for name in schema.names}, schema=schema)


class Both:
    """One table at `path`, called t in weir, and what each of its versions holds."""

    def __init__(self, weir, path):
        self.weir, self.path, self.versions = weir, path, []

    def weir_creates(self):
        self.weir.run(f"CREATE TABLE t ({ddl_of(SCHEMA)}) USING delta PARTITIONED BY (city) "
                      f"LOCATION '{self.path}' TBLPROPERTIES ('delta.checkpointInterval' = '10')")
        self.versions.append(SCHEMA.empty_table())

    def spark_creates(self, table):
        self.frame(table).write.format("delta").partitionBy("city").save(str(self.path))
        self.weir.run(f"CREATE TABLE t USING delta LOCATION '{self.path}'")
        self.versions.append(table)

    def weir_inserts(self, table, overwrite=False):
        self.weir.run(f"INSERT {'OVERWRITE' if overwrite else 'INTO'} t {select_of(table)}")
        self.wrote(table, overwrite)

    def weir_adds_a_column(self):
        self.weir.run("ALTER TABLE t ADD COLUMNS (late DECIMAL(10, 2))")
        self.wrote(MERGED.empty_table(), False)

    def spark_writes(self, table, mode="append", **options):
        writer = self.frame(table).write.format("delta").mode(mode)
        for name, value in options.items():
            writer = writer.option(name, value)
        writer.save(str(self.path))
        self.wrote(table, mode == "overwrite")

    def spark_deletes(self, ids):
        spark().sql(f"DELETE FROM delta.`{self.path}` WHERE id IN ({', '.join(map(str, ids))})")
        before = self.versions[-1]
        self.versions.append(before.filter(pa.array([i not in ids for i in
                                                     before.column("id").to_pylist()])))

    def wrote(self, table, overwrite):
        before = [] if overwrite else [self.versions[-1]]
        self.versions.append(pa.concat_tables([*before, table], promote_options="default"))

    @staticmethod
    def frame(table):
        return spark().createDataFrame(table, ddl_of(table.schema))

    def expect(self):
        """Every version, in both, and the present one by its partitions."""
        for version, table in enumerate(self.versions):
            wanted = rows.of_table(table)
            frame = (spark().read.format("delta").option("versionAsOf", version)
                     .load(str(self.path)).select(*table.schema.names))
            expect_same(rows.of_table(frame.toArrow()), wanted, f"Spark of version {version}")
            text = self.weir.run(f"SELECT * FROM t VERSION AS OF {version}")
            expect_same(rows.of_output(text, table.schema), wanted, f"weir of version {version}")
        now = self.versions[-1]
        for city in {*now.column("city").to_pylist()}:
            where = f"WHERE city <=> {sql_literal(city, pa.string())}"
            wanted = sum(other == city for other in now.column("city").to_pylist())
            text = self.weir.run(f"SELECT count(*) AS n FROM t {where}")
            check(rows.parse_output(text)[0]["n"] == wanted, f"weir {where}: {text}")
            got = spark().sql(f"SELECT * FROM delta.`{self.path}` {where}").count()
            check(got == wanted, f"Spark {where}: {got} rows, not {wanted}")

    def forget_entries_before_checkpoint(self):
        log = self.path / "_delta_log"
        marks = sorted(int(file.name.split(".")[0]) for file in log.glob("*.checkpoint*.parquet"))
        check(marks, "there is no checkpoint")
        for version in range(marks[-1]):
            (log / f"{version:020}.json").unlink(missing_ok=True)


def a_table_of_weir_takes_sparks_writes(weir, folder):
    both = Both(weir, folder / "table")
    both.weir_creates()
    both.weir_inserts(data([1, 2, 3]))
    both.spark_writes(data([4, 5, 6]))
    both.weir_inserts(data([7]))
    both.spark_writes(data([8, 9], MERGED), mergeSchema="true")
    both.weir_inserts(data([10, 11], MERGED))
    both.spark_deletes([2, 8])
    both.weir_inserts(data([12], MERGED))
    both.spark_writes(data([20, 21], MERGED), mode="overwrite")
    both.weir_inserts(data([22], MERGED))
    both.weir_inserts(data([30, 31, 32], MERGED), overwrite=True)
    both.spark_writes(data([33], MERGED))
    both.expect()


def a_table_of_spark_takes_weirs_writes(weir, folder):
    both = Both(weir, folder / "table")
    both.spark_creates(data([1, 2, 3]))
    both.weir_inserts(data([4, 5]))
    both.spark_writes(data([6]))
    both.weir_adds_a_column()
    both.spark_writes(data([7, 8], MERGED))
    both.weir_inserts(data([9], MERGED))
    both.weir_inserts(data([20, 21, 22], MERGED), overwrite=True)
    both.spark_writes(data([23], MERGED))
    both.expect()


def each_goes_on_from_the_others_checkpoint(weir, folder):
    both = Both(weir, folder / "table")
    both.weir_creates()
    for i in range(10):
        both.weir_inserts(data([i]))  # The tenth version is weir's, and so is its checkpoint.
    both.forget_entries_before_checkpoint()
    for i in range(10, 20):
        both.spark_writes(data([i]))
    both.forget_entries_before_checkpoint()
    both.weir_inserts(data([20, 21]))
    now = both.versions[-1]
    frame = spark().read.format("delta").load(str(both.path)).select(*SCHEMA.names)
    expect_same(rows.of_table(frame.toArrow()), rows.of_table(now), "Spark of the last version")
    expect_same(rows.of_output(weir.run("SELECT * FROM t"), SCHEMA), rows.of_table(now),
                "weir of the last version")


def main():
    tests = [a_table_of_weir_takes_sparks_writes, a_table_of_spark_takes_weirs_writes,
             each_goes_on_from_the_others_checkpoint]
    return each.run(tests, lambda test, folder: test(
        Weir(os.environ.get("WEIR", "build/weir"), folder / "home"), folder))


if __name__ == "__main__":
    sys.exit(main())
