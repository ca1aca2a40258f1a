"""Sinks of pipelines: tables elsewhere to which flows add rows.

Usage: pipeline_sinks_test.py <path of weir>
"""

import textwrap
import unittest

from pipeline_project import Project


class SinkTest(Project):
    HEAD = """
from pyspark import pipelines as dp
from pyspark.sql import SparkSession

spark = SparkSession.active()

@dp.table
def raw():
    return (spark.readStream.format("cloudFiles").option("cloudFiles.format", "csv").option("header", "true")
            .schema("id INT, v INT").load("data"))
"""

    def sink(self, text):
        (self.folder / "transformations" / "a.py").write_text(self.HEAD + textwrap.dedent(text))

    def to(self, options, more=""):
        self.sink(f"""
            dp.create_sink("out", "delta", {options})

            @dp.append_flow(target="out")
            def send():
                return spark.readStream.table("raw").select("id", "v"{more})
            """)

    def test_each_row_goes_there_once_and_stays(self):
        self.to({"tableName": "main.other.sent"})
        self.land("id,v\n1,10\n2,20\n")
        self.update()
        self.land("id,v\n3,30\n", "2.csv")
        self.update()
        self.update()
        three = [(1, 10), (2, 20), (3, 30)]
        self.assertEqual(self.rows("SELECT * FROM other.sent ORDER BY 1"), three)
        self.assertEqual(self.rows("SELECT table_type FROM information_schema.tables WHERE table_name = 'sent'"),
                         [("MANAGED",)])
        # Others write to it as well, and a full refresh takes nothing away.
        self.sql("INSERT INTO other.sent VALUES (9, 9)")
        self.assertIn("keeps the rows", self.weir("pipeline", "dry-run", "--full-refresh-all"))
        self.update("--full-refresh-all")
        self.assertEqual(self.rows("SELECT * FROM other.sent ORDER BY 1"), sorted(three * 2 + [(9, 9)]))
        self.update()
        self.assertEqual(self.rows("SELECT count(*) FROM other.sent"), [(7,)])

    def test_a_folder_and_columns_that_the_table_makes_itself(self):
        self.sql("CREATE SCHEMA s", "CREATE TABLE s.made (id INT, v BIGINT, twice BIGINT GENERATED ALWAYS AS (v * 2))")
        self.to({"tableName": "s.made"})
        self.land("id,v\n1,10\n")
        self.update()
        self.assertEqual(self.rows("SELECT * FROM s.made"), [(1, 10, 20)])
        # The flow that wrote to another table is not known in the folder.
        self.to({"path": str(self.folder / "new")})
        self.update()
        self.update()
        self.assertEqual(self.rows(f"SELECT * FROM delta.`{self.folder}/new`"), [(1, 10)])

    def test_new_columns_want_mergeSchema(self):
        self.to({"tableName": "s.sent"})
        self.land("id,v\n1,10\n")
        self.update()
        wider = """
            dp.create_sink("out", "delta", {options})

            @dp.append_flow(target="out")
            def send():
                return spark.sql("SELECT id, v, id + 1 AS more FROM STREAM raw")
            """
        self.sink(wider.replace("{options}", "{'tableName': 's.sent'}"))
        self.assertIn("more", self.problems())
        self.sink(wider.replace("{options}", "{'tableName': 's.sent', 'mergeSchema': 'true'}"))
        self.land("id,v\n2,20\n", "2.csv")
        self.update()
        self.assertEqual(self.rows("SELECT * FROM s.sent ORDER BY 1"), [(1, 10, None), (2, 20, 3)])

    def test_two_pipelines_write_to_one_table(self):
        self.to({"tableName": "s.sent"})
        self.land("id,v\n1,10\n")
        self.update()
        self.configure("second")
        self.sink("""
            dp.create_sink("out", "delta", {"tableName": "main.s.sent"})

            @dp.append_flow(target="out")
            def send():
                return spark.sql("SELECT id + 100 AS id, v FROM STREAM again")
            """)
        text = (self.folder / "transformations" / "a.py").read_text().replace("def raw()", "def again()")
        (self.folder / "transformations" / "a.py").write_text(text)
        self.update()
        self.update()
        self.assertEqual(self.rows("SELECT id FROM s.sent ORDER BY 1"), [(1,), (101,)])

    def test_what_a_sink_is_not(self):
        self.land("id,v\n1,10\n")
        for format_name in ("kafka", "noop"):
            self.sink(f'dp.create_sink("out", "{format_name}", {{}})')
            said = self.problems()
            self.assertIn(f"a sink of format {format_name}", said)
            self.assertRegex(said, r"a\.py:\d+")
        self.sink('dp.create_sink("out", "delta", {"path": "x", "partitionBy": "id"})')
        self.assertIn("the option partitionBy", self.problems())
        self.sink('dp.create_sink("out", "delta", {"path": "x", "tableName": "t"})')
        self.assertIn("one place", self.problems())
        self.sink('@dp.foreach_batch_sink(name="out")\ndef write(df, batch_id):\n    pass\n')
        self.assertIn("foreach_batch_sink", self.problems())
        self.sink("""
            dp.create_sink("out", "delta", {"tableName": "s.raw"})

            @dp.append_flow(target="out")
            def send():
                return spark.readStream.table("raw")
            """)
        self.assertIn("its own definition fills", self.weir("pipeline", "run", code=1))
        self.sink("""
            dp.create_sink("out", "delta", {"tableName": "s.x"})
            dp.create_auto_cdc_flow("out", "raw", ["id"], "v")
            """)
        self.assertIn("a sink takes rows that are added", self.problems())


    def test_tests_write_to_no_sink(self):
        self.to({"tableName": "s.sent"})
        (self.folder / "tests").mkdir()
        (self.folder / "tests" / "a.yml").write_text("name: one\nexpect:\n  out: []\n")
        self.assertIn("is a sink", self.weir("pipeline", "test", code=1))


if __name__ == "__main__":
    unittest.main()
