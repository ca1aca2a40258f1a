#!/usr/bin/env python3
"""Spark and weir rename, drop and widen columns of one table in turn, and read the same in each of its
versions; deltalake reads what it supports.

usage: mapped_columns.py    (with the program in WEIR, or build/weir)
"""

import json
import os
import pathlib
import sys

import deltalake
import pyarrow as pa
import pyarrow.parquet as pq

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import each  # noqa: E402
import rows  # noqa: E402
from delta_interop import Weir, check, expect_same, spark  # noqa: E402

COLUMNS = ("id INT, `a b` STRING, s STRUCT<x: INT, y: STRING>, l ARRAY<STRUCT<x: INT>>, "
           "m MAP<STRING, STRUCT<v: INT>>, day DATE")
VALUES = ("({0}, 'text {0}', named_struct('x', {0}, 'y', 'y{0}'), array(named_struct('x', {0}), NULL), "
          "map('k', named_struct('v', {0})), DATE '2026-01-0{0}')")


def properties(**more):
    entries = {"delta.columnMapping.mode": "name", **{k.replace("_", "."): v for k, v in more.items()}}
    return "TBLPROPERTIES (" + ", ".join(f"'{k}' = '{v}'" for k, v in entries.items()) + ")"


class Both:
    """One table at `path`, called t in weir; statements of either that mean the same to both."""

    def __init__(self, weir, path):
        self.weir, self.path = weir, path
        self.compared = 0  # Versions.

    def weir_runs(self, *statements):
        self.weir.run(*(text.replace("{t}", "t") for text in statements))

    def spark_runs(self, *statements):
        for text in statements:
            spark().sql(text.replace("{t}", f"delta.`{self.path}`"))

    def weir_creates(self, columns, clauses):
        self.weir.run(f"CREATE TABLE t ({columns}) USING delta {clauses.replace('LOCATION', '')} "
                      f"LOCATION '{self.path}'")

    def spark_creates(self, columns, clauses):
        self.spark_runs(f"CREATE TABLE {{t}} ({columns}) USING delta {clauses}")
        self.weir.run(f"CREATE TABLE t USING delta LOCATION '{self.path}'")

    def versions(self):
        return len(list((self.path / "_delta_log").glob("*.json")))

    def expect(self, *conditions):
        """Every new version reads the same in both; so does what `conditions` pick of the last."""
        first, self.compared = self.compared, self.versions()
        for version in range(first, self.compared):
            frame = (spark().read.format("delta").option("versionAsOf", version).load(str(self.path)))
            self.same(frame, f"SELECT * FROM t VERSION AS OF {version}", f"version {version}")
        for condition in conditions:
            frame = spark().sql(f"SELECT * FROM delta.`{self.path}` WHERE {condition}")
            check(frame.count() > 0, f"nothing is picked by {condition}")
            self.same(frame, f"SELECT * FROM t WHERE {condition}", condition)

    def same(self, frame, query, what):
        table = frame.toArrow()
        names = [row["col_name"] for row in rows.parse_output(self.weir.run("DESCRIBE t"))]
        if "VERSION" not in query:
            check(names[:len(table.schema.names)] == table.schema.names, f"{what}: columns {names}")
        text = self.weir.run(query)
        expect_same(rows.of_output(text, table.schema), rows.of_table(table), what)

    def expect_same_types(self):
        own = {row["col_name"]: row["data_type"]
               for row in rows.parse_output(self.weir.run("DESCRIBE t"))}
        for field in spark().read.format("delta").load(str(self.path)).schema:
            check(own[field.name] == field.dataType.simpleString(),
                  f"{field.name} is {own[field.name]}, and {field.dataType.simpleString()} in Spark")

    def last(self, action):
        """The last action of that name in the log."""
        found = None
        for file in sorted((self.path / "_delta_log").glob("*.json")):
            for line in file.read_text().splitlines():
                found = json.loads(line).get(action, found)
        return found


def in_turn(both, creates):
    creates(both)(COLUMNS, f"PARTITIONED BY (day) {properties()}")
    both.weir_runs(f"INSERT INTO {{t}} VALUES {VALUES.format(1)}, {VALUES.format(2)}")
    both.spark_runs(f"INSERT INTO {{t}} VALUES {VALUES.format(3)}, {VALUES.format(4)}")
    both.expect("day = DATE '2026-01-02'", "id > 2", "s.x = 1")
    both.weir_runs("ALTER TABLE {t} RENAME COLUMN `a b` TO text",
                   "ALTER TABLE {t} RENAME COLUMN s.x TO z")
    both.spark_runs("ALTER TABLE {t} RENAME COLUMN day TO date",
                    "ALTER TABLE {t} RENAME COLUMN l.element.x TO deep")
    both.weir_runs(f"INSERT INTO {{t}} VALUES {VALUES.format(5)}")
    both.spark_runs(f"INSERT INTO {{t}} VALUES {VALUES.format(6)}")
    both.expect("date = DATE '2026-01-02'", "text = 'text 3'", "s.z IN (1, 5)")
    both.weir_runs("ALTER TABLE {t} DROP COLUMN text", "ALTER TABLE {t} ADD COLUMNS (text STRING)")
    both.spark_runs("ALTER TABLE {t} DROP COLUMN s.y", "ALTER TABLE {t} ADD COLUMNS (more INT)",
                    "UPDATE {t} SET more = id WHERE id % 2 = 0")
    both.weir_runs("UPDATE {t} SET text = 'again' WHERE more = 4", "DELETE FROM {t} WHERE id = 1",
                   "OPTIMIZE {t}", "ALTER TABLE {t} ALTER COLUMN text FIRST")
    both.expect("text IS NULL", "more = 2", "date > DATE '2026-01-04'")
    both.expect_same_types()


def a_mapped_table_of_weir_is_altered_in_turn(weir, folder):
    in_turn(Both(weir, folder / "table"), lambda both: both.weir_creates)


def a_mapped_table_of_spark_is_altered_in_turn(weir, folder):
    in_turn(Both(weir, folder / "table"), lambda both: both.spark_creates)


def columns_are_added_and_replaced_in_turn(weir, folder):
    for mode in ("none", "name"):
        for first in ("weir", "spark"):
            both = Both(weir, folder / f"{mode}-{first}")
            both.weir.run("DROP TABLE IF EXISTS t")
            both.weir.names.clear()
            clauses = f"PARTITIONED BY (p) TBLPROPERTIES ('delta.columnMapping.mode' = '{mode}')"
            columns = "id INT, s STRUCT<x: INT, y: STRING>, l ARRAY<STRUCT<x: INT>>, m MAP<STRING, STRUCT<v: INT>>, p INT"
            (both.weir_creates if first == "weir" else both.spark_creates)(columns, clauses)
            runs = [both.weir_runs, both.spark_runs] if first == "weir" else [both.spark_runs, both.weir_runs]
            values = ("({0}, named_struct('x', {0}, 'y', 'y'), array(named_struct('x', {0})), "
                      "map('k', named_struct('v', {0})), {0})")
            runs[0](f"INSERT INTO {{t}} VALUES {values.format(1)}")
            runs[1]("ALTER TABLE {t} ADD COLUMNS (s.z INT FIRST, n DATE AFTER id)")
            runs[0]("ALTER TABLE {t} ADD COLUMNS (l.element.y STRING FIRST, m.value.u INT COMMENT 'u', f INT FIRST)",
                    "INSERT INTO {t} (id, s, p) VALUES (2, named_struct('z', 2, 'x', 3, 'y', 'z'), 2)")
            runs[1]("INSERT INTO {t} (id, l, p) VALUES (3, array(named_struct('y', 'l', 'x', 3)), 3)")
            both.expect("s.z = 2", "n IS NULL", "f IS NULL AND id = 1")
            runs[0]("ALTER TABLE {t} REPLACE COLUMNS (p INT, id INT COMMENT 'key', f INT, n DATE, "
                    "s STRUCT<y: STRING, w: INT, x: INT, z: INT>, l ARRAY<STRUCT<x: INT, y: STRING>>, "
                    "m MAP<STRING, STRUCT<u: INT, v: INT>>)")
            runs[1]("INSERT INTO {t} (id, s, p) VALUES (4, named_struct('y', 'q', 'w', 4, 'x', 5, 'z', 6), 4)")
            both.expect("s.w = 4", "s.x = 3", "p = 1")
            if mode == "name":
                runs[1]("ALTER TABLE {t} REPLACE COLUMNS (id INT, s STRUCT<x: INT, w: INT>, p INT)")
                runs[0]("ALTER TABLE {t} ADD COLUMN s.z INT")
                both.expect("s.w = 4", "s.z IS NULL")
            both.expect_same_types()


def ids_in_files_are_those_of_the_schema(weir, folder):
    for mode in ("name", "id"):
        both = Both(weir, folder / mode)
        both.weir.run("DROP TABLE IF EXISTS t")
        both.weir.names.clear()
        both.weir_creates(COLUMNS, properties(delta_columnMapping_mode=mode))
        both.weir_runs(f"INSERT INTO {{t}} VALUES {VALUES.format(1)}")
        both.spark_runs(f"INSERT INTO {{t}} VALUES {VALUES.format(2)}")
        schema = json.loads(both.last("metaData")["schemaString"])
        wanted = {field["metadata"]["delta.columnMapping.physicalName"]:
                  field["metadata"]["delta.columnMapping.id"] for field in schema["fields"]}
        for file in both.path.rglob("*.parquet"):
            if "_delta_log" in file.parts:
                continue
            got = {field.name: int(field.metadata[b"PARQUET:field_id"])
                   for field in pq.read_schema(file)}
            check(got == wanted, f"{file.name}: {got}, not {wanted}")
        both.expect("id = 2", "s.x = 1")


def a_table_that_is_mapped_later_keeps_its_files(weir, folder):
    for upgrade in ("weir", "spark"):
        both = Both(weir, folder / upgrade)
        both.weir.run("DROP TABLE IF EXISTS t")
        both.weir.names.clear()
        both.weir_creates("id BIGINT, v STRING", "")
        both.weir_runs("INSERT INTO {t} VALUES (1, 'a')")
        text = ("ALTER TABLE {t} SET TBLPROPERTIES ('delta.columnMapping.mode' = 'name', "
                "'delta.minReaderVersion' = '2', 'delta.minWriterVersion' = '5')")
        (both.weir_runs if upgrade == "weir" else both.spark_runs)(text)
        both.spark_runs("ALTER TABLE {t} RENAME COLUMN v TO w", "INSERT INTO {t} VALUES (2, 'b')")
        both.weir_runs("ALTER TABLE {t} ADD COLUMNS (v INT)", "INSERT INTO {t} VALUES (3, 'c', 33)")
        both.spark_runs("INSERT INTO {t} VALUES (4, 'd', 44)")
        both.expect("w = 'a'", "v = 33", "id = 2")


def widened_types_are_read_in_turn(weir, folder):
    columns = ("b TINYINT, i INT, f FLOAT, d DECIMAL(5,2), day DATE, s STRUCT<x: SMALLINT>, "
               "l ARRAY<INT>, p SMALLINT")
    narrow = ("INSERT INTO {t} VALUES (1Y, 10, 0.1F, 1.25, DATE '2026-01-01', "
              "named_struct('x', 7S), array(1, 2), 1S)")
    wide = ("INSERT INTO {t} VALUES (1000, 3000000000, 0.1D, 12345.6789, "
            "TIMESTAMP_NTZ '2026-01-02 12:00:00', named_struct('x', 70000), array(3000000000), 100000)")
    changes = ["b TYPE INT", "i TYPE BIGINT", "f TYPE DOUBLE", "d TYPE DECIMAL(10,4)",
               "day TYPE TIMESTAMP_NTZ", "s.x TYPE INT", "l.element TYPE BIGINT", "p TYPE INT"]
    for first in ("weir", "spark"):
        both = Both(weir, folder / first)
        both.weir.run("DROP TABLE IF EXISTS t")
        both.weir.names.clear()
        clauses = ("PARTITIONED BY (p) TBLPROPERTIES ('delta.enableTypeWidening' = 'true', "
                   "'delta.feature.timestampNtz' = 'supported')")
        (both.weir_creates if first == "weir" else both.spark_creates)(columns, clauses)
        both.weir_runs(narrow)
        both.spark_runs(narrow)
        for number, change in enumerate(changes):
            by_weir = (number % 2 == 0) == (first == "weir")
            (both.weir_runs if by_weir else both.spark_runs)(f"ALTER TABLE {{t}} ALTER COLUMN {change}")
        both.weir_runs(wide)
        both.spark_runs(wide)
        both.expect_same_types()
        # Not f > 0.1D: Spark skips the file whose FLOAT 0.1 is more than that.
        both.expect("i > 2147483648", "i = 10", "f = 0.1D", "d = 1.25", "s.x = 7",
                    "day = TIMESTAMP_NTZ '2026-01-01 00:00:00'", "p = 1", "p = 100000")
        both.weir_runs("UPDATE {t} SET i = i + 1 WHERE b = 1", "OPTIMIZE {t}")
        both.expect("i = 11")


def both_refuse_the_same(weir, folder):
    """By the same conditions, as far as both have one."""
    both = Both(weir, folder / "table")
    both.weir_creates("id INT, day DATE, s STRUCT<x: INT>", "PARTITIONED BY (day)")
    both.weir_runs("INSERT INTO {t} VALUES (1, DATE '2026-01-01', NULL)")
    mapped = "ALTER TABLE {t} SET TBLPROPERTIES ('delta.columnMapping.mode' = 'name')"
    for text in ["ALTER TABLE {t} RENAME COLUMN id TO x", "ALTER TABLE {t} DROP COLUMN id",
                 "ALTER TABLE {t} ALTER COLUMN id TYPE BIGINT",
                 "ALTER TABLE {t} SET TBLPROPERTIES ('delta.columnMapping.maxColumnId' = '7')",
                 "ALTER TABLE {t} ADD COLUMN s.x INT", "ALTER TABLE {t} ADD COLUMN id.x INT",
                 "ALTER TABLE {t} ADD COLUMN no.x INT", "ALTER TABLE {t} ADD COLUMN n INT AFTER no",
                 "ALTER TABLE {t} ADD COLUMNS (n INT, N INT)", "ALTER TABLE {t} ADD COLUMN s.n INT NOT NULL",
                 "ALTER TABLE {t} ADD COLUMN n INT FIRST AFTER id", "ALTER TABLE {t} ADD COLUMN n INT DEFAULT 1",
                 "ALTER TABLE {t} REPLACE COLUMNS (id INT, day DATE)",
                 "ALTER TABLE {t} REPLACE COLUMNS (id BIGINT, day DATE, s STRUCT<x: INT>)",
                 "ALTER TABLE {t} REPLACE COLUMNS (id INT, day DATE, s STRUCT<y: INT>)",
                 "ALTER TABLE {t} REPLACE COLUMNS (id INT DEFAULT 1, day DATE, s STRUCT<x: INT>)",
                 "ALTER TABLE {t} REPLACE COLUMNS id INT",
                 "ALTER TABLE {t} ALTER COLUMN s COMMENT 'a', s.x COMMENT 'b'",
                 mapped, "ALTER TABLE {t} REPLACE COLUMNS (id INT, day DATE, t INT)",
                 "ALTER TABLE {t} DROP COLUMN day", "ALTER TABLE {t} DROP COLUMN s.x",
                 "ALTER TABLE {t} SET TBLPROPERTIES ('delta.columnMapping.mode' = 'id')"]:
        if text == mapped:
            both.spark_runs(mapped)
            continue
        try:
            both.spark_runs(text)
        except Exception as error:  # Whatever it throws, its text names the condition.
            said = str(error)
        else:
            raise AssertionError(f"Spark does it: {text}")
        try:
            both.weir_runs(text)
        except AssertionError as error:
            condition = str(error).split("[", 1)[-1].split("]", 1)[0]
            check(f"[{condition}]" in said, f"{text}: weir says {condition}, Spark {said[:300]}")
        else:
            raise AssertionError(f"weir does it: {text}")


def deltalake_reads_mapped_tables(weir, folder):
    both = Both(weir, folder / "table")
    both.weir_creates("id BIGINT, v STRING", properties())
    both.weir_runs("INSERT INTO {t} VALUES (1, 'a'), (2, NULL)",
                   "ALTER TABLE {t} RENAME COLUMN v TO w", "INSERT INTO {t} VALUES (3, 'c')")
    # Its other way, by pyarrow, goes by the columns' names and finds none.
    builder = deltalake.QueryBuilder().register("t", deltalake.DeltaTable(both.path))
    table = pa.table(builder.execute("SELECT id, CAST(w AS VARCHAR) AS w FROM t").read_all())
    table = table.cast(pa.schema([("id", pa.int64()), ("w", pa.string())]))
    wanted = pa.table({"id": [1, 2, 3], "w": ["a", None, "c"]},
                      schema=pa.schema([("id", pa.int64()), ("w", pa.string())]))
    expect_same(rows.of_table(table.select(["id", "w"])), rows.of_table(wanted), "deltalake")


def main():
    tests = [a_mapped_table_of_weir_is_altered_in_turn, a_mapped_table_of_spark_is_altered_in_turn,
             columns_are_added_and_replaced_in_turn,
             ids_in_files_are_those_of_the_schema, a_table_that_is_mapped_later_keeps_its_files,
             widened_types_are_read_in_turn, both_refuse_the_same, deltalake_reads_mapped_tables]
    binary = os.environ.get("WEIR", "build/weir")
    return each.run(tests, lambda test, folder: test(Weir(binary, folder / "home"), folder))


if __name__ == "__main__":
    sys.exit(main())
