"""Projects whose datasets are Python: what runs, and what is refused with file and line.

Usage: python_definitions_test.py <path of weir>
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import textwrap
import unittest

WEIR = os.path.abspath(sys.argv.pop(1))
HEAD = """
from pyspark import pipelines as dp
from pyspark.sql import SparkSession
from pyspark.sql.functions import col, expr

spark = SparkSession.active()
"""


class PythonProject(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "transformations").mkdir()
        (self.folder / "data").mkdir()
        (self.folder / "spark-pipeline.yml").write_text(
            "name: py\nlibraries: [{glob: {include: transformations/**}}]\nstorage: storage\nschema: s\n"
            "configuration: {least: '5'}\n")
        self.environment = {**os.environ, "WEIR_HOME": str(self.folder / "home")}

    def define(self, text, name="a.py", head=HEAD):
        (self.folder / "transformations" / name).write_text(head + textwrap.dedent(text))

    def land(self, text, name="1.csv"):
        (self.folder / "data" / name).write_text(text)

    def weir(self, *arguments):
        return subprocess.run([WEIR, *arguments], cwd=self.folder, env=self.environment, capture_output=True,
                              text=True, timeout=120)

    def update(self):
        ran = self.weir("pipeline", "run")
        self.assertEqual(ran.returncode, 0, ran.stderr + ran.stdout)
        return ran.stdout + ran.stderr

    def rows(self, query):
        ran = self.weir("sql", "--output", "json", "-e", query)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        return [tuple(json.loads(line).values()) for line in ran.stdout.splitlines()]

    def refusal(self):
        ran = self.weir("pipeline", "dry-run")
        self.assertNotEqual(ran.returncode, 0, ran.stdout)
        return ran.stderr + ran.stdout


class DefinitionsTest(PythonProject):
    def test_files_become_a_stream_become_a_view(self):
        self.define("""
            @dp.table(comment="it's raw", table_properties={"a.b": "c"})
            def bronze():
                print("what a file prints is not in the way")
                return (spark.readStream.format("cloudFiles").option("cloudFiles.format", "csv")
                        .option("header", "true").option("cloudFiles.schemaHints", "id INT, v INT").load("data")
                        .where(col("v") != 7).selectExpr("*", "_metadata.file_name AS file"))

            @dp.table(name="silver")
            @dp.expect_or_drop("positive", "v > 0")
            @dp.expect("small", "v < 15")
            def clean():
                return spark.readStream.table("bronze").select("id", "v", "file")

            @dp.materialized_view
            def gold():
                return spark.sql(f"SELECT count(*) AS n, sum(v) AS total FROM silver WHERE v > {spark.conf.get('least')}")
            """)
        self.land("id,v\n1,10\n2,20\n3,-1\n4,3\n5,7\n")
        said = self.update()
        self.assertIn("expectation positive: 1 failed, 3 passed", said)
        self.assertEqual(self.rows("SELECT * FROM s.gold"), [(2, 30)])
        self.assertEqual(self.rows("SELECT DISTINCT file FROM s.silver"), [("1.csv",)])
        self.land("id,v\n6,12\n", "2.csv")
        self.assertIn("bronze: 1 row", self.update())
        self.assertEqual(self.rows("SELECT * FROM s.gold"), [(3, 42)])

    def test_a_table_whose_query_reads_no_stream_is_a_view(self):
        self.define("""
            import dlt

            @dlt.table
            def by_query():
                return spark.sql("SELECT id FROM range(3)")

            @dlt.table
            def streamed():
                return spark.sql("SELECT id FROM STREAM(by_query)")
            """)
        self.update()
        self.assertEqual(self.rows("SELECT count(*) FROM s.streamed"), [(3,)])
        self.assertEqual(self.rows("SELECT table_name, table_type FROM information_schema.tables "
                                   "WHERE table_schema = 's' AND table_type <> 'EVENT_LOG' ORDER BY 1"),
                         [("by_query", "MATERIALIZED_VIEW"), ("streamed", "STREAMING_TABLE")])

    def test_rows_of_a_stream_come_late_and_twice(self):
        self.define("""
            def rows():
                return (spark.readStream.schema("id INT, ts TIMESTAMP").option("header", "true").csv("data")
                        .withWatermark("ts", "5 minutes"))

            @dp.table
            def once():
                return rows().dropDuplicatesWithinWatermark(["id"])

            @dp.table
            def whole():
                return rows().where("id > 1").dropDuplicates().select("id")

            @dp.table
            def different():
                return rows().distinct()
            """)
        self.land("id,ts\n1,2024-01-01 00:01:00\n1,2024-01-01 00:02:00\n2,2024-01-01 00:02:00\n"
                  "2,2024-01-01 00:02:00\n")
        self.update()
        self.assertEqual(self.rows("SELECT id FROM main.s.once ORDER BY ALL"), [(1,), (2,)])
        self.assertEqual(self.rows("SELECT id FROM main.s.whole"), [(2,)])
        self.assertEqual(self.rows("SELECT count(*) FROM main.s.different"), [(3,)])

    def test_flows_are_made_in_a_loop(self):
        self.define("""
            dp.create_streaming_table("target", schema="id BIGINT, part STRING",
                                      expect_all_or_drop={"known": "id IS NOT NULL"})

            @dp.materialized_view
            def numbers():
                return spark.range(4)

            for name in ["a", "b"]:
                @dp.append_flow(target="target", name=f"flow_{name}", once=name == "b")
                def flow(name=name):
                    return spark.sql(f"SELECT id, '{name}' AS part FROM STREAM(numbers)")
            """)
        self.update()
        self.assertEqual(self.rows("SELECT part, count(*) FROM s.target GROUP BY part ORDER BY part"),
                         [("a", 4), ("b", 4)])

    def test_a_schema_may_be_a_struct_type(self):
        self.define("""
            from pyspark.sql.types import *

            SCHEMA = StructType([StructField("id", IntegerType(), False),
                                 StructField("tags", ArrayType(StringType())),
                                 StructField("at", StructType().add("x", "double"))])

            @dp.materialized_view(schema=SCHEMA)
            def typed():
                return spark.sql("SELECT 1 AS id, array('a') AS tags, named_struct('x', 1.5D) AS at")
            """)
        self.update()
        self.assertEqual([row[:2] for row in self.rows("DESCRIBE s.typed")],
                         [("id", "int"), ("tags", "array<string>"), ("at", "struct<x:double>")])

    def test_sql_and_python_files_see_each_other(self):
        self.define("""
            @dp.temporary_view
            def doubled():
                return spark.table("numbers").selectExpr("id * 2 AS id")
            """)
        self.define("CREATE MATERIALIZED VIEW numbers AS SELECT id FROM range(3);\n"
                    "CREATE MATERIALIZED VIEW total AS SELECT sum(id) AS total FROM doubled;\n", "b.sql", "")
        self.update()
        self.assertEqual(self.rows("SELECT * FROM s.total"), [(6,)])

    def test_a_module_beside_the_spec_can_be_imported(self):
        (self.folder / "shared_names.py").write_text("NAME = 'imported'\n")
        self.define("""
            from shared_names import NAME

            @dp.materialized_view(name=NAME)
            def one():
                return spark.range(1)
            """)
        self.update()
        self.assertEqual(self.rows("SELECT * FROM s.imported"), [(0,)])


class ColumnsTest(PythonProject):
    def test_conditions_powers_and_parts(self):
        self.define("""
            from pyspark.sql import functions as F

            @dp.materialized_view
            def t():
                size = F.when(F.col("id") == 0, "none").when(F.col("id") < 2, "few").otherwise("many")
                pair = F.struct(F.col("id"), (F.col("id") ** 2).alias("square"))
                return spark.range(3).select("id", size.alias("size"), F.when(F.col("id") == 1, 5).alias("five"),
                                             (2 ** F.col("id")).alias("power"), pair["square"].alias("square"))
            """)
        self.update()
        self.assertEqual(self.rows("SELECT * FROM s.t ORDER BY id"),
                         [(0, "none", None, 1, 0), (1, "few", 5, 2, 1), (2, "many", None, 4, 4)])


class RefusalsTest(PythonProject):
    def assert_refused(self, text, *expected, head=HEAD):
        self.define(text, head=head)
        said = self.refusal()
        for part in expected:
            self.assertIn(part, said)

    def test_all_mistakes_come_at_once_each_with_its_line(self):
        self.assert_refused("""
            @dp.materialized_view
            def wrong_name():
                return spark.sql(\"\"\"
                    SELECT id
                    FROM range(3)
                    WHERE nothere > 1
                \"\"\")

            @dp.materialized_view
            def grouped():
                return spark.range(3).groupBy("id").count()

            @dp.materialized_view
            def counted():
                return spark.range(3).count()

            @dp.materialized_view
            def number():
                return 5

            @dp.materialized_view
            def undefined():
                return not_defined

            dp.create_sink("k", "kafka", {})
            """,
            "a.py:13:15: [UNRESOLVED_COLUMN",
            "a.py:18:5: [UNSUPPORTED_FEATURE] DataFrame.groupBy is not supported",
            "a.py:22:5: [ATTEMPT_ANALYSIS_IN_PIPELINE_QUERY_FUNCTION] DataFrame.count",
            "a.py:24:1: [INVALID_PIPELINE_DEFINITION] number gives int, not a DataFrame",
            "a.py:30:5: [PYTHON_EXCEPTION] NameError: name 'not_defined' is not defined",
            "a.py:32:1: [UNSUPPORTED_FEATURE] a sink of format kafka is not supported",
            "run this project with Apache Spark")

    def test_arguments_and_modules_that_are_not_there(self):
        self.assert_refused("@dp.table(colour='red')\ndef t():\n    return spark.range(1)\n",
                            "the argument colour of table is not supported")
        self.assert_refused("from pyspark.ml import Pipeline\n", "a.py:7:1", "the module pyspark.ml is not supported")
        self.assert_refused("from pyspark.sql.functions import udf\n", "pyspark.sql.functions.udf is not supported")
        self.assert_refused("import no_such_module\n", "No module named 'no_such_module'")

    def test_what_python_would_answer_with_an_error_of_its_own(self):
        for written, told in {"F.col('id') // 2": "the operator // on a column",
                              "F.col('id') ^ 2": "the operator ^ on a column",
                              "round(F.col('id'))": "round() of a column",
                              "F.col('id')(1)": "a call of a column",
                              "[one for one in F.col('id')][0]": "a loop over a column",
                              "F.when(True, 1)": "a condition of when() that is a bool and no column",
                              "F.col('id')[1.5]": "a part of a column by float"}.items():
            with self.subTest(written):
                self.assert_refused(f"""
                    from pyspark.sql import functions as F

                    @dp.materialized_view
                    def t():
                        return spark.range(3).select({written})
                    """, f"a.py:12:5: [UNSUPPORTED_FEATURE] {told} is not supported")

    def test_python_that_is_none(self):
        self.assert_refused("def f(:\n", "a.py:7:1: [PARSE_SYNTAX_ERROR] Python: invalid syntax")

    def test_a_file_that_ends_the_process(self):
        self.assert_refused("import os\nos._exit(3)\n", "ended with exit code 3")
        self.assert_refused("import sys\nsys.exit(3)\n", "a.py:8:1: [PYTHON_EXCEPTION] SystemExit: 3")

    def test_a_name_defined_twice(self):
        self.assert_refused("""
            @dp.materialized_view
            def t():
                return spark.range(1)

            @dp.materialized_view(name="t")
            def other():
                return spark.range(2)
            """, "dataset main.s.t is defined twice")

    def test_without_python(self):
        self.define("")
        self.environment["WEIR_PYTHON"] = "no-such-python"
        said = self.refusal()
        self.assertIn("can't run no-such-python", said)
        self.assertIn("WEIR_PYTHON", said)


if __name__ == "__main__":
    unittest.main()
