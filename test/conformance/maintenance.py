#!/usr/bin/env python3
"""What VACUUM, OPTIMIZE, CLONE and CONVERT TO DELTA leave reads the same in deltalake and Spark, and
tables of theirs are vacuumed without a row lost.

usage: maintenance.py    (with the program in WEIR, or build/weir)
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
from delta_interop import Weir, check, spark  # noqa: E402

NOW = ("SET spark.databricks.delta.retentionDurationCheck.enabled = false",)


def data_files(path):
    return {str(file.relative_to(path)) for file in path.rglob("*.parquet")
            if "_delta_log" not in file.parts}


def live_files(path):
    return set(deltalake.DeltaTable(str(path)).file_uris())


def numbers(rows, base=0):
    return pa.table({"id": pa.array(range(base, base + rows), pa.int64()),
                     "city": pa.array([f"c {i % 5}" for i in range(rows)]),
                     "amount": pa.array([float((i * 7919) % 1000) for i in range(rows)])})


def expect_rows(weir, path, wanted, what):
    """The ids, in all three. `path` is a table of the catalog, t."""
    ours = sorted(json.loads(line)["id"] for line in weir.run("SELECT id FROM t").splitlines()
                  if line.strip())
    check(ours == wanted, f"{what}: weir reads {len(ours)} rows, not {len(wanted)}")
    lake = sorted(deltalake.DeltaTable(str(path)).to_pyarrow_table().column("id").to_pylist())
    check(lake == wanted, f"{what}: deltalake reads {len(lake)} rows, not {len(wanted)}")
    sparks = sorted(row.id for row in spark().read.format("delta").load(str(path)).collect())
    check(sparks == wanted, f"{what}: Spark reads {len(sparks)} rows, not {len(wanted)}")


def expect_only_live(path, what):
    live = {uri.rsplit("/", 1)[-1] for uri in live_files(path)}
    there = {name.rsplit("/", 1)[-1] for name in data_files(path)}
    check(there == live, f"{what}: {len(there)} files are there, {len(live)} are the table's")


def of_spark(weir, folder):
    path = folder / "t"
    frame = spark().createDataFrame(numbers(300))
    frame.repartition(6).write.format("delta").partitionBy("city").save(str(path))
    spark().sql(f"DELETE FROM delta.`{path}` WHERE id < 100")
    (path / "city=c 1" / "unfinished.parquet").write_bytes(b"x")
    (path / "_not_ours.parquet").write_bytes(b"x")
    weir.run(f"CREATE TABLE t USING delta LOCATION '{path}'")
    weir.run(*NOW, "VACUUM t RETAIN 0 HOURS")
    expect_rows(weir, path, list(range(100, 300)), "a table of Spark's")
    check((path / "_not_ours.parquet").exists(), "a hidden file was deleted")
    (path / "_not_ours.parquet").unlink()
    expect_only_live(path, "a table of Spark's")
    operations = [row.operation for row in
                  spark().sql(f"DESCRIBE HISTORY delta.`{path}`").collect()]
    check(operations[:2] == ["VACUUM END", "VACUUM START"], f"the history has {operations}")


def of_deltalake(weir, folder):
    path = folder / "t"
    deltalake.write_deltalake(str(path), numbers(200), partition_by=["city"])
    deltalake.DeltaTable(str(path)).delete("id >= 150")
    weir.run(f"CREATE TABLE t USING delta LOCATION '{path}'")
    weir.run(*NOW, "VACUUM t LITE RETAIN 0 HOURS")
    expect_rows(weir, path, list(range(150)), "a table of deltalake's")
    weir.run(*NOW, "VACUUM t RETAIN 0 HOURS")
    expect_only_live(path, "a table of deltalake's")


def vacuumed_alike(weir, folder):
    """What weir would delete is what deltalake would."""
    path = folder / "t"
    weir.run(f"CREATE TABLE t (id BIGINT) LOCATION '{path}'", "INSERT INTO t VALUES (1), (2)",
             "DELETE FROM t WHERE id = 1", "INSERT INTO t VALUES (3)", "OPTIMIZE t")
    text = weir.run(*NOW, "VACUUM t RETAIN 0 HOURS DRY RUN")
    ours = {json.loads(line)["path"].rsplit("/", 1)[-1] for line in text.splitlines()
            if '"path"' in line}
    theirs = {name.rsplit("/", 1)[-1] for name in deltalake.DeltaTable(str(path)).vacuum(
        retention_hours=0, dry_run=True, enforce_retention_duration=False)}
    check(ours and ours == theirs, f"weir would delete {ours}, deltalake {theirs}")


def ordered(weir, folder):
    path = folder / "t"
    weir.run(f"CREATE TABLE t (id BIGINT, city STRING, amount DOUBLE) LOCATION '{path}' "
             "TBLPROPERTIES ('delta.targetFileSize' = '100kb')")
    weir.run(*["INSERT INTO t SELECT id, concat('c ', id % 5), CAST(id * 7919 % 1000 AS DOUBLE) "
               f"FROM range({5000 * i}, {5000 * (i + 1)}) AS r(id)" for i in range(4)])
    weir.run("OPTIMIZE t ZORDER BY (amount, id)")
    expect_rows(weir, path, list(range(20000)), "ZORDER BY")
    weir.run("ALTER TABLE t CLUSTER BY (amount)", "OPTIMIZE t FULL",
             "ALTER TABLE t CLUSTER BY (id, amount)", "OPTIMIZE t")
    sparks = sorted(row.id for row in spark().read.format("delta").load(str(path)).collect())
    check(sparks == list(range(20000)), "Spark reads other rows of a clustered table")
    detail = spark().sql(f"DESCRIBE DETAIL delta.`{path}`").collect()[0]
    check(detail.clusteringColumns == ["id", "amount"], f"Spark sees {detail.clusteringColumns}")
    spark().sql(f"OPTIMIZE delta.`{path}`")
    text = weir.run("SELECT count(*) AS n FROM t")
    check(json.loads(text.strip().splitlines()[-1])["n"] == 20000, "after OPTIMIZE by Spark")


def cloned(weir, folder):
    source, path = folder / "s", folder / "t"
    spark().createDataFrame(numbers(100)).write.format("delta").partitionBy("city").save(
        str(source))
    weir.run(f"CREATE TABLE s USING delta LOCATION '{source}'",
             f"CREATE TABLE t DEEP CLONE s LOCATION '{path}'", "DROP TABLE s")
    expect_rows(weir, path, list(range(100)), "a clone")
    check({name.rsplit('/', 1)[-1] for name in data_files(path)} ==
          {name.rsplit('/', 1)[-1] for name in data_files(source)}, "a clone has other files")


def converted(weir, folder):
    path = folder / "t"
    pq.write_to_dataset(numbers(100), str(path), partition_cols=["city"])
    weir.run(f"CONVERT TO DELTA parquet.`{path}` PARTITIONED BY (city STRING)",
             f"CREATE TABLE t LOCATION '{path}'")
    expect_rows(weir, path, list(range(100)), "a folder of Parquet files")
    adds = deltalake.DeltaTable(str(path)).get_add_actions(flatten=True)
    counts = pa.table(adds).column("num_records").to_pylist()
    check(sum(counts) == 100, f"the statistics count {counts}")


def with_vectors(weir, folder):
    """Deletion vectors of Spark's are kept by VACUUM, come along with clones, and are purged."""
    path, copy = folder / "t", folder / "c"
    spark().createDataFrame(numbers(5000)).coalesce(1).write.format("delta").option(
        "delta.enableDeletionVectors", "true").save(str(path))
    spark().sql(f"DELETE FROM delta.`{path}` WHERE id % 10 = 3")
    check(list(path.rglob("deletion_vector_*.bin")), "Spark wrote no deletion vector")
    weir.run(f"CREATE TABLE t LOCATION '{path}'", f"CREATE TABLE c CLONE t LOCATION '{copy}'")
    wanted = [number for number in range(5000) if number % 10 != 3]

    def expect(where, table, what):
        sparks = sorted(row.id for row in spark().read.format("delta").load(str(where)).collect())
        check(sparks == wanted, f"{what}: Spark reads {len(sparks)} rows, not {len(wanted)}")
        count = json.loads(weir.run(f"SELECT count(*) AS n FROM {table}").strip().splitlines()[-1])
        check(count["n"] == len(wanted), f"{what}: weir counts {count['n']} rows")

    for where, table in ((path, "t"), (copy, "c")):
        weir.run(*NOW, f"VACUUM {table} RETAIN 0 HOURS")
        expect(where, table, f"after VACUUM of {table}")
    weir.run("REORG TABLE c APPLY (PURGE)")
    weir.run(*NOW, "VACUUM c RETAIN 0 HOURS")
    expect(copy, "c", "after REORG")
    check(not list(copy.rglob("deletion_vector_*.bin")), "a vector that nothing names is left")


TESTS = [of_spark, of_deltalake, vacuumed_alike, ordered, cloned, converted, with_vectors]


def main():
    binary = os.environ.get("WEIR", "build/weir")
    return each.run(TESTS, lambda test, folder: test(Weir(binary, folder / "home"), folder))


if __name__ == "__main__":
    sys.exit(main())
