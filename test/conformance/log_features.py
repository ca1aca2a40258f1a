#!/usr/bin/env python3
"""What weir, Spark and deltalake keep beside a log's entries is understood by each other: v2 checkpoints, checksums,
compacted entries, in-commit timestamps, row ids, and logs that were cleaned up.

usage: log_features.py    (with the program in WEIR, or build/weir)
"""

import datetime
import json
import os
import pathlib
import sys
import time

import deltalake
import pyarrow as pa

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import each  # noqa: E402
import rows  # noqa: E402
from delta_interop import Weir, check, expect_same, spark, spark_rows  # noqa: E402

SCHEMA = pa.schema([("id", pa.int64()), ("name", pa.string())])
DAY = 24 * 3600


def data(ids):
    return pa.table({"id": ids, "name": [f"n{i}" for i in ids]}, schema=SCHEMA)


def log_of(path):
    return pathlib.Path(path) / "_delta_log"


def create(weir, path, properties):
    texts = ", ".join(f"'{name}' = '{value}'" for name, value in properties.items())
    weir.run(f"CREATE TABLE t (id BIGINT, name STRING) USING delta LOCATION '{path}' TBLPROPERTIES ({texts})")


def insert(weir, ids):
    weir.run(*[f"INSERT INTO t VALUES ({i}, 'n{i}')" for i in ids])


def spark_creates(path, properties, ids, **options):
    for name, value in options.items():
        spark().conf.set(name.replace("_", "."), value)
    texts = ", ".join(f"'{name}' = '{value}'" for name, value in properties.items())
    spark().sql(f"CREATE TABLE delta.`{path}` (id BIGINT, name STRING) USING delta"
                + (f" TBLPROPERTIES ({texts})" if texts else ""))
    spark_appends(path, ids)


def spark_appends(path, ids):
    for i in ids:
        spark().sql(f"INSERT INTO delta.`{path}` VALUES ({i}, 'n{i}')")


def drop_entries_before_checkpoint(path):
    """Leaves readers nothing but the newest checkpoint, and the entry of its version, which Spark wants."""
    log = log_of(path)
    newest = max(int(file.name[:20]) for file in log.glob("[0-9]*.checkpoint.*"))
    for file in log.glob("[0-9]*.json"):
        if len(file.name) == 25 and int(file.name[:20]) < newest:
            file.unlink()
    for file in log.glob(".*.crc"):
        file.unlink()  # Hadoop's own, of files that are gone.
    spark().sql("CLEAR CACHE")
    return newest


def everybody_reads(weir, path, ids, what):
    expected = rows.of_table(data(ids))
    expect_same(weir.read(path, SCHEMA), expected, f"weir of {what}")
    expect_same(spark_rows(path, SCHEMA), expected, f"Spark of {what}")
    # Its other way, by pyarrow, refuses a table whose reader features name v2Checkpoint.
    builder = deltalake.QueryBuilder().register("t", deltalake.DeltaTable(path))
    read = pa.table(builder.execute("SELECT * FROM t").read_all()).cast(SCHEMA)
    expect_same(rows.of_table(read), expected, f"deltalake of {what}")


def v2_checkpoints_of_spark(weir, folder):
    for form in ("json", "parquet"):
        path = folder / form
        spark_creates(path, {"delta.checkpointPolicy": "v2", "delta.checkpointInterval": "4"}, range(9),
                      spark_databricks_delta_checkpointV2_topLevelFileFormat=form)
        check(list(log_of(path).glob("_sidecars/*.parquet")), f"Spark wrote no sidecars as {form}")
        drop_entries_before_checkpoint(path)
        expect_same(weir.read(path, SCHEMA), rows.of_table(data(range(9))), f"weir of {form}")


def v2_checkpoints_of_weir(weir, folder):
    path = folder / "t"
    create(weir, path, {"delta.checkpointPolicy": "v2", "delta.checkpointInterval": "5",
                        "weir.checkpointPartSize": "2"})
    insert(weir, range(12))
    check(len(list(log_of(path).glob("_sidecars/*.parquet"))) > 3, "there are few sidecars")
    drop_entries_before_checkpoint(path)
    everybody_reads(weir, path, range(12), "weir's v2 checkpoint")
    last = json.loads((log_of(path) / "_last_checkpoint").read_text())
    check(last["v2Checkpoint"]["sidecarFiles"], "_last_checkpoint names no sidecars")


def checkpoints_keep_what_others_wrote(weir, folder):
    path = folder / "t"
    spark_creates(path, {"delta.enableRowTracking": "true", "delta.checkpointInterval": "1000"}, range(3))
    weir.run(f"CREATE TABLE t USING delta LOCATION '{path}'",
             "ALTER TABLE t SET TBLPROPERTIES ('delta.checkpointInterval' = '1')")
    insert(weir, [3])
    drop_entries_before_checkpoint(path)
    found = spark().sql(f"SELECT id, _metadata.row_id AS r FROM delta.`{path}`").toArrow().to_pydict()
    check(len(set(found["r"])) == 4, f"row ids are {found}")
    check(None not in found["r"], f"row ids are {found}")


def compacted_entries(weir, folder):
    path = folder / "t"
    create(weir, path, {"delta.checkpointInterval": "1000"})
    insert(weir, range(105))
    check(list(log_of(path).glob("*.compacted.json")), "there is no compacted file")
    everybody_reads(weir, path, range(105), "a log with a compacted file")


def in_commit_timestamps(weir, folder):
    path = folder / "t"
    spark_creates(path, {}, [0])
    spark().sql(f"ALTER TABLE delta.`{path}` SET TBLPROPERTIES ('delta.enableInCommitTimestamps' = 'true')")
    weir.run(f"CREATE TABLE t USING delta LOCATION '{path}'")
    insert(weir, [1, 2])
    spark_appends(path, [3])
    ours = {row["version"]: row["timestamp"] for row in rows.parse_output(weir.run("DESCRIBE HISTORY t"))}
    theirs = spark().sql(f"DESCRIBE HISTORY delta.`{path}`").collect()
    check(len(ours) == len(theirs), f"weir tells {len(ours)} versions, Spark {len(theirs)}")
    for row in theirs:
        told = datetime.datetime.fromisoformat(str(ours[row.version])).replace(tzinfo=None)
        check(told == row.timestamp.replace(microsecond=row.timestamp.microsecond // 1000 * 1000),
              f"version {row.version} is of {ours[row.version]} in weir, {row.timestamp} in Spark")
    everybody_reads(weir, path, range(4), "a table with in-commit timestamps")


def row_ids(weir, folder):
    path = folder / "t"
    create(weir, path, {"delta.enableRowTracking": "true"})
    insert(weir, [0, 1])
    spark_appends(path, [2])
    insert(weir, [3])
    found = spark().sql(f"SELECT id, _metadata.row_id AS r, _metadata.row_commit_version AS v "
                        f"FROM delta.`{path}` ORDER BY id").collect()
    check([row.r for row in found] == [0, 1, 2, 3], f"row ids are {found}")
    check([row.v for row in found] == [1, 2, 3, 4], f"row versions are {found}")
    ours = rows.parse_output(weir.run("SELECT id, _metadata.row_id AS r, _metadata.row_commit_version AS v "
                                      "FROM t ORDER BY id"))
    check([(row["r"], row["v"]) for row in ours] == [(row.r, row.v) for row in found],
          f"weir tells {ours}, Spark {found}")


def row_ids_of_rows_that_moved(weir, folder):
    """Spark keeps them in a column of the files; weir reads that."""
    path = folder / "t"
    spark_creates(path, {"delta.enableRowTracking": "true"}, range(4))
    spark().sql(f"UPDATE delta.`{path}` SET name = 'changed' WHERE id = 2")
    spark().sql(f"OPTIMIZE delta.`{path}`")
    query = "SELECT id, _metadata.row_id AS r, _metadata.row_commit_version AS v FROM {} ORDER BY id"
    theirs = spark().sql(query.format(f"delta.`{path}`")).collect()
    ours = rows.parse_output(weir.run(query.format(f"delta.`{path}`")))
    check([(row["id"], row["r"], row["v"]) for row in ours] == [(row.id, row.r, row.v) for row in theirs],
          f"weir tells {ours}, Spark {theirs}")


def logs_that_were_cleaned_up(weir, folder):
    path = folder / "t"
    create(weir, path, {"delta.checkpointInterval": "5", "delta.logRetentionDuration": "interval 2 days"})
    insert(weir, range(7))
    old = time.time() - 10 * DAY
    for file in log_of(path).iterdir():
        os.utime(file, (old, old))
    insert(weir, range(7, 11))
    check(not (log_of(path) / f"{0:020}.json").exists(), "nothing was cleaned up")
    check((log_of(path) / f"{5:020}.json").exists(), "more was cleaned up than may be")
    everybody_reads(weir, path, range(11), "a log that was cleaned up")
    table = deltalake.DeltaTable(path, version=6)
    check(table.to_pyarrow_table().num_rows == 6, "version 6 is not whole")


TESTS = [v2_checkpoints_of_spark, v2_checkpoints_of_weir, checkpoints_keep_what_others_wrote, compacted_entries,
         in_commit_timestamps, row_ids, row_ids_of_rows_that_moved, logs_that_were_cleaned_up]


def main():
    binary = os.environ.get("WEIR", "build/weir")
    return each.run(TESTS, lambda test, folder: test(Weir(binary, folder / "home"), folder))


if __name__ == "__main__":
    sys.exit(main())
