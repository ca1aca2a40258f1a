"""What Apache Spark's guide to declarative pipelines teaches, each lesson as a project of its own.

Usage: spark_guide_test.py <path of weir>
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
PYTHON = """
from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import col

spark = SparkSession.active()
"""


class Lesson(unittest.TestCase):
    """The tables that stand outside of the projects are those of catalog `town`."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "transformations").mkdir()
        # As the guide's own spec: a URI, `database`, a setting of Spark's.
        (self.folder / "spark-pipeline.yml").write_text(textwrap.dedent(f"""
            name: lesson
            libraries:
              - glob:
                  include: transformations/**
            storage: file://{self.folder}/storage
            catalog: school
            database: room
            configuration:
              spark.sql.shuffle.partitions: "1000"
            """))
        self.environment = {**os.environ, "WEIR_HOME": str(self.folder / "home")}
        self.sql("CREATE CATALOG town", "CREATE CATALOG school", "CREATE SCHEMA town.bikes",
                 "CREATE TABLE town.bikes.rides (id INT, minutes INT)",
                 "INSERT INTO town.bikes.rides VALUES (1, 10), (2, 25)")

    def define(self, text, name="a.sql"):
        head = PYTHON if name.endswith(".py") else ""
        (self.folder / "transformations" / name).write_text(head + textwrap.dedent(text))

    def weir(self, *arguments):
        ran = subprocess.run([WEIR, *arguments], cwd=self.folder, env=self.environment, capture_output=True,
                             text=True, timeout=120)
        self.assertEqual(ran.returncode, 0, ran.stderr + ran.stdout)
        return ran.stdout

    def sql(self, *statements):
        for statement in statements:
            self.weir("sql", "-e", statement)

    def rows(self, query):
        said = self.weir("sql", "--output", "json", "-e", query)
        return [tuple(json.loads(line).values()) for line in said.splitlines()]

    def update(self):
        self.weir("pipeline", "dry-run")
        self.weir("pipeline", "run")


class SqlLessons(Lesson):
    def test_a_view_that_is_kept_a_view_for_the_run_and_a_streaming_table(self):
        self.define("""
            CREATE MATERIALIZED VIEW kept
            AS SELECT * FROM town.bikes.rides;

            CREATE TEMPORARY VIEW passing
            AS SELECT * FROM town.bikes.rides;

            CREATE STREAMING TABLE flowing
            AS SELECT * FROM STREAM town.bikes.rides;

            CREATE MATERIALIZED VIEW of_passing AS SELECT count(*) AS n FROM passing;
            """)
        self.update()
        self.sql("INSERT INTO town.bikes.rides VALUES (3, 5)")
        self.update()
        for table in ("kept", "flowing"):
            self.assertEqual(self.rows(f"SELECT count(*) FROM school.room.{table}"), [(3,)])
        self.assertEqual(self.rows("SELECT n FROM school.room.of_passing"), [(3,)])
        self.assertEqual(self.rows("SELECT table_name, table_type FROM school.information_schema.tables WHERE "
                                   "table_schema = 'room' AND table_type <> 'EVENT_LOG' ORDER BY 1"),
                         [("flowing", "STREAMING_TABLE"), ("kept", "MATERIALIZED_VIEW"),
                          ("of_passing", "MATERIALIZED_VIEW")])

    def test_datasets_read_each_other_by_name(self):
        self.sql("CREATE SCHEMA school.room", "CREATE TABLE school.room.sold (number INT, buyer INT, at STRING)",
                 "INSERT INTO school.room.sold VALUES (1, 7, '0'), (2, 7, '86400'), (3, 8, '86401')",
                 "CREATE TABLE school.room.people (buyer INT, land STRING)",
                 "INSERT INTO school.room.people VALUES (7, 'NO'), (8, 'IT')")
        self.define("""
            CREATE MATERIALIZED VIEW sales_by_day
            AS SELECT land, day, count(*) sales
            FROM sales_of_people
            GROUP BY land, day;

            CREATE MATERIALIZED VIEW sales_of_people
            AS SELECT p.buyer, s.number, p.land, date(timestamp(int(s.at))) day
            FROM sales s
            INNER JOIN buyers p
            ON s.buyer = p.buyer;

            CREATE STREAMING TABLE sales AS SELECT * FROM STREAM sold;
            CREATE MATERIALIZED VIEW buyers AS SELECT * FROM people;
            """)
        self.update()
        self.assertEqual(self.rows("SELECT * FROM school.room.sales_by_day ORDER BY 1, 2"),
                         [("IT", "1970-01-02", 1), ("NO", "1970-01-01", 1), ("NO", "1970-01-02", 1)])

    def test_several_flows_into_one_table(self):
        self.sql("CREATE SCHEMA school.room", "CREATE TABLE school.room.north AS SELECT 1 AS id",
                 "CREATE TABLE school.room.south AS SELECT 2 AS id")
        self.define("""
            CREATE STREAMING TABLE everywhere;

            -- Flows by position, which have no BY NAME.
            CREATE FLOW from_north
            AS INSERT INTO everywhere
            SELECT * FROM STREAM(north);

            CREATE FLOW from_south
            AS INSERT INTO everywhere
            SELECT * FROM STREAM(south);
            """)
        self.update()
        self.sql("INSERT INTO school.room.south VALUES (3)")
        self.update()
        self.assertEqual(self.rows("SELECT id FROM school.room.everywhere ORDER BY 1"), [(1,), (2,), (3,)])


class PythonLessons(Lesson):
    def test_datasets_as_functions(self):
        (self.folder / "orders").mkdir()
        (self.folder / "orders" / "1.json").write_text('{"id": 1, "amount": 2.5}\n')
        self.define(f"""
            @dp.materialized_view
            def kept() -> DataFrame:
                return spark.table("town.bikes.rides")

            @dp.materialized_view(name="named_otherwise")
            def of_a_view() -> DataFrame:
                return spark.table("passing").select("id", col("minutes").cast("double").alias("minutes"))

            @dp.temporary_view
            def passing() -> DataFrame:
                return spark.table("town.bikes.rides")

            @dp.table
            def flowing() -> DataFrame:
                return spark.readStream.table("town.bikes.rides")

            @dp.materialized_view
            def of_files() -> DataFrame:
                return spark.read.format("json").load("{self.folder}/orders")
            """, "a.py")
        self.update()
        self.assertEqual(self.rows("SELECT count(*) FROM school.room.kept"), [(2,)])
        self.assertEqual(self.rows("SELECT sum(minutes) FROM school.room.named_otherwise"), [(35.0,)])
        self.assertEqual(self.rows("SELECT count(*) FROM school.room.flowing"), [(2,)])
        self.assertEqual(self.rows("SELECT amount FROM school.room.of_files"), [(2.5,)])

    def test_tables_in_a_loop_and_flows_into_one(self):
        self.define("""
            for name, least in {"short": 0, "long": 20}.items():
                @dp.table(name=f"{name}_rides")
                def some(least=least) -> DataFrame:
                    return spark.readStream.table("town.bikes.rides").filter(f"minutes > {least}")

            dp.create_streaming_table("all_rides")

            @dp.append_flow(target = "all_rides")
            def append_short() -> DataFrame:
                return spark.readStream.table("short_rides")

            @dp.append_flow(target = "all_rides")
            def append_long() -> DataFrame:
                return spark.readStream.table("long_rides")
            """, "a.py")
        self.update()
        self.assertEqual(self.rows("SELECT id FROM school.room.all_rides ORDER BY 1"), [(1,), (2,), (2,)])

    def test_sql_says_what_is_no_clause_here(self):
        """Joins and groups of DataFrames are refused by name; spark.sql has them."""
        self.define("""
            @dp.materialized_view
            def by_length() -> DataFrame:
                return spark.table("town.bikes.rides").groupBy("minutes").count()
            """, "a.py")
        ran = subprocess.run([WEIR, "pipeline", "dry-run"], cwd=self.folder, env=self.environment,
                             capture_output=True, text=True, timeout=120)
        self.assertEqual(ran.returncode, 1)
        self.assertIn("DataFrame.groupBy", ran.stderr + ran.stdout)
        self.define("""
            @dp.materialized_view
            def by_length() -> DataFrame:
                return spark.sql("SELECT minutes, count(*) AS count FROM town.bikes.rides GROUP BY minutes")
            """, "a.py")
        self.update()
        self.assertEqual(self.rows("SELECT count(*) FROM school.room.by_length"), [(2,)])


if __name__ == "__main__":
    unittest.main()
