"""The oracles themselves: Spark with Delta, deltalake and DuckDB agree on tables that each wrote."""

import json
import pathlib
import tempfile
import unittest

import deltalake
import duckdb
import pyarrow as pa
import pyspark

import spark

ROWS = [(1, "one", None), (2, None, 2.5), (3, "drei", float(2**53))]


def rows_of(table):
    return sorted(tuple(row[c] for c in ("id", "name", "x")) for row in table.to_pylist())


class OraclesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.spark = spark.session("smoke")
        cls.addClassCleanup(cls.spark.stop)

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.table = f"{folder.name}/table"

    def read_by_spark(self):
        frame = self.spark.read.format("delta").load(self.table)
        return sorted(tuple(row) for row in frame.select("id", "name", "x").collect())

    def read_by_deltalake(self):
        return rows_of(pa.table(deltalake.DeltaTable(self.table).to_pyarrow_table()))

    def test_the_versions_are_the_pinned_ones(self):
        lock = pathlib.Path(__file__).resolve().parents[2] / "tools" / "oracles.lock"
        for module, name in ((pyspark, "pyspark"), (deltalake, "deltalake"), (duckdb, "duckdb"),
                             (pa, "pyarrow")):
            self.assertIn(f"{name}=={module.__version__} ", lock.read_text())

    def test_what_spark_wrote_all_read(self):
        frame = self.spark.createDataFrame(ROWS, "id BIGINT, name STRING, x DOUBLE")
        frame.write.format("delta").partitionBy("name").save(self.table)
        self.assertEqual(self.read_by_spark(), sorted(ROWS))
        self.assertEqual(self.read_by_deltalake(), sorted(ROWS))

    def test_what_deltalake_wrote_all_read(self):
        columns = list(zip(*ROWS))
        batch = pa.table({"id": pa.array(columns[0], pa.int64()),
                          "name": pa.array(columns[1], pa.string()),
                          "x": pa.array(columns[2], pa.float64())})
        deltalake.write_deltalake(self.table, batch)
        deltalake.write_deltalake(self.table, batch.slice(0, 1), mode="append")
        expected = sorted(ROWS + ROWS[:1])
        self.assertEqual(self.read_by_deltalake(), expected)
        self.assertEqual(self.read_by_spark(), expected)
        history = self.spark.sql(f"DESCRIBE HISTORY delta.`{self.table}`").collect()
        self.assertEqual([row.version for row in history], [1, 0])

    def test_spark_writes_deletion_vectors_and_checkpoints(self):
        self.spark.sql(f"CREATE TABLE delta.`{self.table}` (id BIGINT) USING delta TBLPROPERTIES "
                       "(delta.enableDeletionVectors = true, delta.checkpointInterval = 3)")
        self.spark.range(0, 10, 1, 1).write.format("delta").mode("append").save(self.table)
        for value in (3, 7):
            self.spark.sql(f"DELETE FROM delta.`{self.table}` WHERE id = {value}")
        log = pathlib.Path(self.table, "_delta_log")
        actions = [json.loads(line) for line in (log / f"{2:020}.json").read_text().splitlines()]
        self.assertTrue(any("deletionVector" in action.get("add", {}) for action in actions))
        self.assertTrue((log / "_last_checkpoint").exists())
        self.assertEqual(self.spark.read.format("delta").load(self.table).count(), 8)


if __name__ == "__main__":
    unittest.main()
