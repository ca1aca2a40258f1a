#!/usr/bin/env python3
"""Shallow clones of weir's are read and changed by Spark, Spark's by weir; and tables from which one of them dropped a
feature are read and written by the other.

usage: clones_features.py    (with the program in WEIR, or build/weir)
"""

import json
import os
import pathlib
import sys

import deltalake

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import each  # noqa: E402
from delta_interop import Weir, check, spark  # noqa: E402

NOW = ("SET spark.databricks.delta.retentionDurationCheck.enabled = false",)


def of_weir(weir, query):
    return sorted(tuple(json.loads(line).values()) for line in weir.run(query).splitlines() if line.strip())


def of_spark(path, query="SELECT *"):
    return sorted(tuple(row) for row in spark().sql(f"{query} FROM delta.`{path}`").collect())


def expect_alike(weir, path, name, wanted, what):
    ours, theirs = of_weir(weir, f"SELECT * FROM {name}"), of_spark(path)
    check(ours == wanted, f"{what}: weir reads {len(ours)} rows, not {len(wanted)}: {ours[:5]}")
    check(theirs == wanted, f"{what}: Spark reads {len(theirs)} rows, not {len(wanted)}: {theirs[:5]}")


def protocol_of(path):
    found = None
    for entry in sorted((path / "_delta_log").glob("*.json")):
        for line in entry.read_text().splitlines():
            found = json.loads(line).get("protocol", found)
    return found


def metrics_of(path):
    return spark().sql(f"DESCRIBE HISTORY delta.`{path}`").collect()[-1]


def spark_reads_clones_of_weir(weir, folder):
    source, path = folder / "the source", folder / "c"
    weir.run(f"CREATE TABLE s (id BIGINT, p STRING) PARTITIONED BY (p) LOCATION '{source}' TBLPROPERTIES "
             "('delta.enableDeletionVectors' = 'true')",
             "INSERT INTO s SELECT id, concat('a b', id % 3) FROM range(3000) AS r(id)",
             "DELETE FROM s WHERE id % 7 = 0 OR id = 1",
             f"CREATE TABLE c SHALLOW CLONE s LOCATION '{path}'")
    wanted = [(i, f"a b{i % 3}") for i in range(3000) if i % 7 and i != 1]
    expect_alike(weir, path, "c", wanted, "a clone")
    entry = metrics_of(path)
    check(entry.operation == "CLONE", f"the history has {entry.operation}")
    check(entry.operationMetrics["numCopiedFiles"] == "0" and entry.operationMetrics["sourceNumOfFiles"] == "3",
          f"the metrics are {entry.operationMetrics}")
    # What both of them change in the clone stays there.
    spark().sql(f"DELETE FROM delta.`{path}` WHERE id % 7 = 1")
    weir.run("UPDATE c SET id = id + 10000 WHERE id % 7 = 2", "DELETE FROM c WHERE id % 7 = 3")
    spark().sql(f"UPDATE delta.`{path}` SET p = 'x' WHERE id % 7 = 4")
    changed = sorted((i + 10000, p) if i % 7 == 2 else (i, "x") if i % 7 == 4 else (i, p)
                     for i, p in wanted if i % 7 not in (1, 3))
    expect_alike(weir, path, "c", changed, "a clone that both changed")
    check(of_weir(weir, "SELECT * FROM s") == wanted, "the source changed with its clone")
    weir.run("DELETE FROM s", *NOW, "VACUUM s RETAIN 0 HOURS")
    expect_alike(weir, path, "c", changed, "a clone of what was vacuumed")
    weir.run("REORG TABLE c APPLY (PURGE)", *NOW, "VACUUM c RETAIN 0 HOURS")
    expect_alike(weir, path, "c", changed, "a clone after VACUUM")


def weir_reads_clones_of_spark(weir, folder):
    source, path, again = folder / "s a", folder / "c", folder / "c2"
    spark().sql(f"CREATE TABLE delta.`{source}` (id BIGINT, p STRING) USING delta PARTITIONED BY (p) "
                "TBLPROPERTIES ('delta.enableDeletionVectors' = 'true')")
    spark().sql(f"INSERT INTO delta.`{source}` SELECT id, concat('a b', id % 2) FROM range(2000)")
    spark().sql(f"DELETE FROM delta.`{source}` WHERE id % 3 = 0")
    spark().sql(f"CREATE TABLE delta.`{path}` SHALLOW CLONE delta.`{source}`")
    spark().sql(f"DELETE FROM delta.`{path}` WHERE id = 1")
    spark().sql(f"CREATE TABLE delta.`{again}` SHALLOW CLONE delta.`{path}`")
    wanted = [(i, f"a b{i % 2}") for i in range(2000) if i % 3 and i != 1]
    for where in (path, again):
        ours = of_weir(weir, f"SELECT * FROM delta.`{where}`")
        check(ours == wanted, f"weir reads {len(ours)} rows of {where}, not {len(wanted)}")
    weir.run(f"CREATE TABLE c LOCATION '{path}'", "DELETE FROM c WHERE id = 2",
             "INSERT INTO c VALUES (-1, 'new')")
    wanted = sorted([row for row in wanted if row[0] != 2] + [(-1, "new")])
    expect_alike(weir, path, "c", wanted, "a clone of Spark's that weir changed")
    # Spark knows no catalog; weir does, and leaves what the clone needs.
    spark().sql(f"DELETE FROM delta.`{source}`")
    weir.run(*NOW, f"VACUUM delta.`{source}` RETAIN 0 HOURS")
    expect_alike(weir, path, "c", wanted, "a clone of Spark's after VACUUM of its source")


def features_dropped_by_weir(weir, folder):
    path = folder / "t"
    weir.run(f"CREATE TABLE t (k INT, p STRING, s STRUCT<x: INT>) PARTITIONED BY (p) LOCATION '{path}' TBLPROPERTIES ("
             "'delta.enableDeletionVectors' = 'true', 'delta.columnMapping.mode' = 'name', "
             "'delta.enableTypeWidening' = 'true', 'delta.checkpointPolicy' = 'v2', "
             "'delta.enableRowTracking' = 'true', 'delta.enableInCommitTimestamps' = 'true')",
             "INSERT INTO t SELECT CAST(id AS INT), concat('p ', id % 2), named_struct('x', 1) FROM range(100) AS r(id)",
             "ALTER TABLE t RENAME COLUMN k TO id", "ALTER TABLE t ALTER COLUMN id TYPE BIGINT",
             "DELETE FROM t WHERE id < 10")
    wanted = [(i, f"p {i % 2}") for i in range(10, 100)]
    for feature in ("deletionVectors", "typeWidening", "columnMapping", "v2Checkpoint", "rowTracking",
                    "domainMetadata", "inCommitTimestamp"):
        weir.run(f"ALTER TABLE t DROP FEATURE {feature}")
        theirs = of_spark(path, "SELECT id, p")
        check(theirs == wanted, f"without {feature} Spark reads {len(theirs)} rows")
    found = protocol_of(path)
    check(found["minReaderVersion"] == 1, f"the protocol is {found}")
    check(found["writerFeatures"].count("checkpointProtection") == 1 and "readerFeatures" not in found,
          f"the protocol is {found}")
    lake = sorted(zip(*[deltalake.DeltaTable(str(path)).to_pyarrow_table().column(name).to_pylist()
                        for name in ("id", "p")]))
    check(lake == wanted, f"deltalake reads {len(lake)} rows")
    spark().sql(f"INSERT INTO delta.`{path}` VALUES (1000, 'p 0', NULL)")
    spark().sql(f"ALTER TABLE delta.`{path}` SET TBLPROPERTIES ('delta.checkpointInterval' = '2')")
    for i in range(4):
        spark().sql(f"INSERT INTO delta.`{path}` VALUES ({1001 + i}, 'p 1', NULL)")
    count = json.loads(weir.run("SELECT count(*) AS n FROM t").strip().splitlines()[-1])
    check(count["n"] == 95, f"weir counts {count} after Spark")


def features_dropped_by_spark(weir, folder):
    path = folder / "t"
    spark().sql(f"CREATE TABLE delta.`{path}` (id BIGINT, name STRING) USING delta TBLPROPERTIES ("
                "'delta.enableDeletionVectors' = 'true', 'delta.columnMapping.mode' = 'name')")
    spark().sql(f"INSERT INTO delta.`{path}` SELECT id, 'x' FROM range(100)")
    spark().sql(f"DELETE FROM delta.`{path}` WHERE id < 10")
    for feature in ("deletionVectors", "columnMapping"):
        spark().sql(f"ALTER TABLE delta.`{path}` DROP FEATURE {feature}")
    check("checkpointProtection" in protocol_of(path)["writerFeatures"], "Spark protects nothing")
    weir.run(f"CREATE TABLE t LOCATION '{path}'", "INSERT INTO t VALUES (1000, 'y')",
             "DELETE FROM t WHERE id = 50",
             "ALTER TABLE t SET TBLPROPERTIES ('delta.checkpointInterval' = '2')",
             *[f"INSERT INTO t VALUES ({1001 + i}, 'z')" for i in range(4)])
    wanted = sorted([(i, "x") for i in range(10, 100) if i != 50] + [(1000, "y")] + [(1001 + i, "z") for i in range(4)])
    expect_alike(weir, path, "t", wanted, "a table from which Spark dropped features")
    oldest = min(path.glob("_delta_log/*.json"))
    check(oldest.name.startswith("0" * 20), "weir cleaned up what is protected")
    # Its own way out: the history goes, and the protection with it.
    weir.run("ALTER TABLE t SET TBLPROPERTIES ('delta.dropFeatureTruncateHistory.retentionDuration' = '0 seconds')",
             "ALTER TABLE t DROP FEATURE checkpointProtection TRUNCATE HISTORY")
    expect_alike(weir, path, "t", wanted, "a table without its protection")
    check("writerFeatures" not in protocol_of(path), f"the protocol is {protocol_of(path)}")


TESTS = [spark_reads_clones_of_weir, weir_reads_clones_of_spark, features_dropped_by_weir, features_dropped_by_spark]


def main():
    binary = os.environ.get("WEIR", "build/weir")
    return each.run(TESTS, lambda test, folder: test(Weir(binary, folder / "home"), folder))


if __name__ == "__main__":
    sys.exit(main())
