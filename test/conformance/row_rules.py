#!/usr/bin/env python3
"""Rules of rows, both ways: tables of Spark and of deltalake with constraints, generated columns and
defaults are written by weir, which keeps them; those that weir makes are kept by the others.

usage: row_rules.py    (with the program in WEIR, or build/weir)
"""

import json
import os
import pathlib
import subprocess
import sys

import deltalake
import each
import pyarrow as pa

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "oracles"))
import spark  # noqa: E402

WEIR = str(pathlib.Path(os.environ.get("WEIR", "build/weir")).resolve())
SESSION = spark.session("row_rules")


class Home:
    def __init__(self, folder):
        self.folder, self.home = folder, folder / "home"

    def run(self, text):
        return subprocess.run([WEIR, "--home", str(self.home), "--output", "json", "sql", "-e", text],
                              cwd=self.folder, capture_output=True, text=True, timeout=300)

    def ok(self, text):
        done = self.run(text)
        assert done.returncode == 0, f"{text}: {done.stderr}"
        return done.stdout

    def fails(self, text, condition):
        done = self.run(text)
        assert done.returncode != 0 and condition in done.stderr, f"{text}: {done.stderr}"


def called(path):
    """What weir calls a table: by its path only where it has no name in the catalog."""
    return path.name if path.name == "ours" else f"delta.`{path}`"


def spark_fails(text, condition):
    try:
        SESSION.sql(text).collect()
    except Exception as error:  # noqa: BLE001
        assert condition in str(error), f"{text}: {error}"
        return
    raise AssertionError(f"Spark took {text}")


def protocol_of(path):
    found = {}
    for entry in sorted((path / "_delta_log").glob("*.json")):
        for line in entry.read_text().splitlines():
            found = json.loads(line).get("protocol", found)
    return found


def spark_rows(path):
    return sorted(tuple(row) for row in SESSION.sql(f"SELECT * FROM delta.`{path}`").collect())


def test_constraints_of_spark_are_kept_by_weir(folder):
    path = folder / "t"
    SESSION.sql(f"CREATE TABLE delta.`{path}` (id INT, name STRING NOT NULL, "
                "s STRUCT<x: INT>) USING delta")
    SESSION.sql(f"ALTER TABLE delta.`{path}` ADD CONSTRAINT pos CHECK (id > 0)")
    SESSION.sql(f"ALTER TABLE delta.`{path}` ADD CONSTRAINT deep CHECK (s.x < 10)")
    home = Home(folder)
    target = f"delta.`{path}`"
    home.ok(f"INSERT INTO {called(path)} VALUES (1, 'a', named_struct('x', 1))")
    bad = "DELTA_VIOLATE_CONSTRAINT_WITH_VALUES"
    home.fails(f"INSERT INTO {called(path)} VALUES (-1, 'a', named_struct('x', 1))", bad)
    home.fails(f"INSERT INTO {called(path)} VALUES (NULL, 'a', named_struct('x', 1))", bad)
    home.fails(f"INSERT INTO {called(path)} VALUES (1, 'a', named_struct('x', 11))", bad)
    home.fails(f"INSERT INTO {called(path)} VALUES (1, NULL, named_struct('x', 1))",
               "DELTA_NOT_NULL_CONSTRAINT_VIOLATED")
    home.fails(f"UPDATE {called(path)} SET id = -id", bad)
    home.ok(f"UPDATE {called(path)} SET id = id + 1")
    assert [row[0] for row in spark_rows(path)] == [2]


def test_constraints_of_weir_are_kept_by_spark_and_deltalake(folder):
    path, home = folder / "t", Home(folder)
    home.ok(f"CREATE TABLE t (id INT, CHECK (id < 100)) LOCATION '{path}'; "
            "INSERT INTO t VALUES (1); ALTER TABLE t ADD CONSTRAINT pos CHECK (id > 0)")
    assert protocol_of(path) == {"minReaderVersion": 1, "minWriterVersion": 3}
    spark_fails(f"INSERT INTO delta.`{path}` VALUES (-1)", "DELTA_VIOLATE_CONSTRAINT_WITH_VALUES")
    SESSION.sql(f"INSERT INTO delta.`{path}` VALUES (2)")
    try:
        deltalake.write_deltalake(str(path), pa.table({"id": pa.array([-5], pa.int32())}),
                                  mode="append")
        raise AssertionError("deltalake took a row that breaks a constraint")
    except AssertionError:
        raise
    except Exception:  # noqa: BLE001, S110
        pass
    deltalake.write_deltalake(str(path), pa.table({"id": pa.array([3], pa.int32())}), mode="append")
    assert spark_rows(path) == [(1,), (2,), (3,)]
    SESSION.sql(f"ALTER TABLE delta.`{path}` DROP CONSTRAINT pos")
    home.ok("INSERT INTO t VALUES (-1)")


def test_constraints_of_deltalake_are_kept_by_weir(folder):
    path, home = folder / "t", Home(folder)
    deltalake.write_deltalake(str(path), pa.table({"id": pa.array([1], pa.int64())}))
    deltalake.DeltaTable(str(path)).alter.add_constraint({"pos": "id > 0"})
    home.ok(f"INSERT INTO {called(path)} VALUES (2)")
    home.fails(f"INSERT INTO {called(path)} VALUES (0)", "DELTA_VIOLATE_CONSTRAINT_WITH_VALUES")
    assert spark_rows(path) == [(1,), (2,)]


def test_generated_columns_go_both_ways(folder):
    theirs, ours, home = folder / "theirs", folder / "ours", Home(folder)
    columns = "(id INT, d INT GENERATED ALWAYS AS (id * 2), e STRING)"
    SESSION.sql(f"CREATE TABLE delta.`{theirs}` {columns} USING delta")
    home.ok(f"CREATE TABLE ours {columns} LOCATION '{ours}'")
    assert "generatedColumns" in protocol_of(ours)["writerFeatures"]
    for path in (theirs, ours):
        home.ok(f"INSERT INTO {called(path)} (id, e) VALUES (1, 'weir')")
        home.fails(f"INSERT INTO {called(path)} VALUES (2, 5, 'x')",
                   "DELTA_VIOLATE_CONSTRAINT_WITH_VALUES")
        SESSION.sql(f"INSERT INTO delta.`{path}` (id, e) VALUES (2, 'spark')")
        spark_fails(f"INSERT INTO delta.`{path}` VALUES (2, 5, 'x')",
                    "DELTA_VIOLATE_CONSTRAINT_WITH_VALUES")
        home.ok(f"UPDATE {called(path)} SET id = 7 WHERE id = 1")
        assert spark_rows(path) == [(2, 4, "spark"), (7, 14, "weir")]


def test_defaults_go_both_ways(folder):
    theirs, ours, home = folder / "theirs", folder / "ours", Home(folder)
    columns = "(id INT, n INT DEFAULT 5, s STRING DEFAULT concat('a', 'b'))"
    SESSION.sql(f"CREATE TABLE delta.`{theirs}` {columns} USING delta "
                "TBLPROPERTIES ('delta.feature.allowColumnDefaults' = 'supported')")
    home.ok(f"CREATE TABLE ours {columns} LOCATION '{ours}'")
    assert "allowColumnDefaults" in protocol_of(ours)["writerFeatures"]
    for path in (theirs, ours):
        home.ok(f"INSERT INTO {called(path)} (id, s) VALUES (1, DEFAULT)")
        SESSION.sql(f"INSERT INTO delta.`{path}` (id) VALUES (2)")
        assert spark_rows(path) == [(1, 5, "ab"), (2, 5, "ab")]


def numbers(path):
    return sorted(row[0] for row in spark_rows(path))


def mark_of(path):
    found = None
    for entry in sorted((path / "_delta_log").glob("*.json")):
        for line in entry.read_text().splitlines():
            metadata = json.loads(line).get("metaData")
            if metadata is None:
                continue
            for field in json.loads(metadata["schemaString"])["fields"]:
                found = field["metadata"].get("delta.identity.highWaterMark", found)
    return found


def test_identity_columns_go_both_ways(folder):
    theirs, ours, home = folder / "theirs", folder / "ours", Home(folder)
    columns = "(id BIGINT GENERATED ALWAYS AS IDENTITY (START WITH 100 INCREMENT BY 10), e STRING)"
    SESSION.sql(f"CREATE TABLE delta.`{theirs}` {columns} USING delta")
    home.ok(f"CREATE TABLE ours {columns} LOCATION '{ours}'")
    assert "identityColumns" in protocol_of(ours)["writerFeatures"]
    for path in (theirs, ours):
        target = f"delta.`{path}`"
        home.ok(f"INSERT INTO {called(path)} (e) VALUES ('weir'), ('weir')")
        assert mark_of(path) == 110, path
        SESSION.sql(f"INSERT INTO {target} (e) VALUES ('spark')")
        home.ok(f"INSERT INTO {called(path)} (e) VALUES ('weir')")
        found = numbers(path)
        assert len(set(found)) == 4 and found[:2] == [100, 110], found
        assert all(number % 10 == 0 for number in found) and mark_of(path) == max(found), found
        home.ok(f"MERGE INTO {called(path)} USING (SELECT 'new' AS k) AS s ON e = k "
                "WHEN NOT MATCHED THEN INSERT (e) VALUES (k)")
        home.ok(f"UPDATE {called(path)} SET e = 'changed' WHERE e = 'spark'")
        assert numbers(path)[:4] == found and len(set(numbers(path))) == 5
        home.fails(f"INSERT INTO {called(path)} VALUES (1, 'x')",
                   "DELTA_IDENTITY_COLUMNS_EXPLICIT_INSERT_NOT_SUPPORTED")
        spark_fails(f"INSERT INTO {target} VALUES (1, 'x')",
                    "DELTA_IDENTITY_COLUMNS_EXPLICIT_INSERT_NOT_SUPPORTED")
        home.fails(f"UPDATE {called(path)} SET id = 1", "DELTA_IDENTITY_COLUMNS_UPDATE_NOT_SUPPORTED")


def test_identity_columns_that_rows_may_bring_are_synced(folder):
    theirs, ours, home = folder / "theirs", folder / "ours", Home(folder)
    columns = "(id BIGINT GENERATED BY DEFAULT AS IDENTITY (START WITH 1 INCREMENT BY 3), e STRING)"
    SESSION.sql(f"CREATE TABLE delta.`{theirs}` {columns} USING delta")
    home.ok(f"CREATE TABLE ours {columns} LOCATION '{ours}'")
    for path in (theirs, ours):
        target = f"delta.`{path}`"
        SESSION.sql(f"INSERT INTO {target} VALUES (50, 'spark')")
        home.ok(f"INSERT INTO {called(path)} VALUES (60, 'weir')")
        assert mark_of(path) is None
    home.ok("ALTER TABLE ours ALTER COLUMN id SYNC IDENTITY")
    assert mark_of(ours) == 61
    SESSION.sql(f"INSERT INTO delta.`{ours}` (e) VALUES ('spark')")
    assert min(number for number in numbers(ours) if number > 61) % 3 == 1
    home.ok(f"INSERT INTO delta.`{theirs}` (e) VALUES ('weir')")
    assert numbers(theirs) == [1, 50, 60]


def test_streaming_tables_with_rules_are_read_and_grow_on(folder):
    home = Home(folder)
    home.ok("CREATE TABLE source (e STRING)")
    home.ok("INSERT INTO source VALUES ('a'), ('b')")
    define = ("CREATE OR REFRESH STREAMING TABLE ours (id BIGINT GENERATED ALWAYS AS IDENTITY, e STRING, up STRING "
              "GENERATED ALWAYS AS (upper(e)), kind STRING DEFAULT 'x') CLUSTER BY ({}) AS SELECT * FROM STREAM source")
    home.ok(define.format("id"))
    home.ok("INSERT INTO source VALUES ('c')")
    home.ok(define.format("e, id"))
    [path] = [log.parent for log in (folder / "home").rglob("_delta_log") if "clustering" in "".join(
        entry.read_text() for entry in log.glob("*.json"))]
    expected = [(1, "a", "A", "x"), (2, "b", "B", "x"), (3, "c", "C", "x")]
    found = sorted(tuple(row) for row in SESSION.sql(f"SELECT id, e, up, kind FROM delta.`{path}`").collect())
    assert [row[1:] for row in found] == [row[1:] for row in expected], found
    assert len(set(numbers(path))) == 3 and mark_of(path) == max(numbers(path))
    table = deltalake.DeltaTable(str(path)).to_pyarrow_table()
    assert sorted(table["up"].to_pylist()) == ["A", "B", "C"], table
    detail = SESSION.sql(f"DESCRIBE DETAIL delta.`{path}`").collect()[0]
    assert detail.clusteringColumns == ["e", "id"], detail
    SESSION.sql(f"OPTIMIZE delta.`{path}`")
    home.ok("INSERT INTO source VALUES ('d')")
    home.ok("REFRESH STREAMING TABLE ours")
    assert len(set(numbers(path))) == 4


if __name__ == "__main__":
    TESTS = [test for name, test in list(globals().items()) if name.startswith("test_")]
    sys.exit(each.run(TESTS, lambda test, folder: test(folder)))
