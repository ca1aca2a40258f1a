"""Clauses of streaming tables and materialised views: how tables are kept, what columns hold, keys; when the table is
made, and when another definition meets a table that is there.

Usage: dataset_clauses_test.py <path of weir>
"""

import json
import unittest

from pipeline_project import Project

RAW = "read_files('data', format => 'csv', header => true, schema => 'id INT, amount INT')"


class Clauses(Project):
    def entries(self, table):
        """All actions of the table's log."""
        for folder in (self.folder / "home" / "data").iterdir():
            lines = [json.loads(line) for entry in sorted((folder / "_delta_log").glob("*.json"))
                     for line in entry.read_text().splitlines()]
            if self.location(table).endswith(folder.name):
                return lines
        raise AssertionError(f"no folder of {table}")

    def location(self, table):
        names = [row for row in self.rows(f"DESCRIBE DETAIL {table}")]
        return next(value for value in names[0] if isinstance(value, str) and "/data/" in value).rstrip("/")

    def clustering(self, table):
        """What the log last says of it."""
        found = None
        for line in self.entries(table):
            domain = line.get("domainMetadata")
            if domain and domain["domain"] == "delta.clustering":
                columns = json.loads(domain["configuration"])["clusteringColumns"]
                found = None if domain.get("removed") else [".".join(path) for path in columns]
        return found

    def dry_run(self):
        return self.weir("pipeline", "dry-run")

    def created(self, table):
        return self.rows(f"SHOW CREATE TABLE {table}")[0][0]


class ClusteringTest(Clauses):
    def define_both(self, clause, query="SELECT id, amount FROM raw", more=""):
        self.define(f"CREATE STREAMING TABLE raw {clause} AS SELECT * FROM STREAM {RAW};\n"
                    f"CREATE MATERIALIZED VIEW v {clause} {more} AS {query};")

    def test_it_is_told_to_the_log_and_evolves_in_place(self):
        self.define_both("CLUSTER BY (ID)")
        self.land("id,amount\n1,10\n2,20\n")
        self.update()
        for table in ("s.raw", "s.v"):
            self.assertEqual(self.clustering(table), ["id"])
            self.assertIn("CLUSTER BY (id)", self.created(table))
        self.assertIn("CREATE STREAMING TABLE main.s.raw (", self.created("s.raw"))
        self.assertIn("CREATE MATERIALIZED VIEW main.s.v (", self.created("s.v"))
        self.assertNotIn("clustered", self.dry_run())
        self.define_both("CLUSTER BY (amount, id)")
        self.assertEqual(self.dry_run().count("it is clustered by (amount, id)"), 2)
        ran = self.update()
        self.assertNotIn("2 rows", ran)
        self.assertIn("it is clustered by (amount, id)", ran)
        for table in ("s.raw", "s.v"):
            self.assertEqual(self.clustering(table), ["amount", "id"])
        self.sql("OPTIMIZE s.raw", "OPTIMIZE s.v FULL")
        self.land("id,amount\n3,30\n", "2.csv")
        self.assertIn("raw: 1 row", self.update())
        for clause in ("CLUSTER BY NONE", ""):
            self.define_both(clause)
            self.assertEqual(self.update().count("it is not clustered by (amount, id) any more"), 2 if clause else 0)
            self.assertFalse(self.clustering("s.raw"))
            self.assertNotIn("CLUSTER BY", self.created("s.v"))
        self.assertEqual(self.rows("SELECT sum(amount) FROM s.v"), [(60,)])

    def test_a_view_is_clustered_by_columns_that_come_with_its_query(self):
        self.define_both("CLUSTER BY (id)")
        self.land("id,amount\n1,10\n")
        self.update()
        self.define(f"CREATE STREAMING TABLE raw AS SELECT * FROM STREAM {RAW};\n"
                    "CREATE MATERIALIZED VIEW v CLUSTER BY (twice) AS SELECT 2 * amount AS twice FROM raw;")
        self.update()
        self.assertEqual(self.clustering("s.v"), ["twice"])
        self.assertEqual(self.rows("SELECT * FROM s.v"), [(20,)])

    def test_from_partitions_and_back(self):
        self.define_both("PARTITIONED BY (id)")
        self.land("id,amount\n1,10\n")
        self.update()
        self.define_both("CLUSTER BY (id)")
        self.define("CREATE MATERIALIZED VIEW w AS SELECT 1 AS one;", "b.sql")
        self.assertNotIn("main.s.raw", self.weir("pipeline", "dry-run", "--refresh", "w"))
        self.assertIn("no table of this pipeline", self.weir("pipeline", "dry-run", "--refresh", "x", code=1))
        told = self.problems()
        self.assertIn("--full-refresh raw rebuilds the table that way", told)
        self.assertIn("create    materialized view main.s.w (", told)
        self.update("--full-refresh", "raw")
        self.update()
        self.assertEqual(self.clustering("s.raw"), ["id"])
        self.assertEqual(self.clustering("s.v"), ["id"])
        self.assertNotIn("PARTITIONED", self.created("s.v"))
        self.assertEqual(self.rows("SELECT * FROM s.v"), [(1, 10)])

    def test_what_cannot_be_is_found_before_anything_runs(self):
        self.define_both("CLUSTER BY (x)")
        self.assertIn("DELTA_COLUMN_NOT_FOUND_IN_SCHEMA", self.problems())
        self.define("CREATE MATERIALIZED VIEW v CLUSTER BY (a) AS SELECT array(1) AS a;")
        self.assertIn("ARRAY", self.problems())
        self.define_both("CLUSTER BY AUTO")
        self.assertIn("name the columns", self.problems())

    def test_the_definition_alone_says_it(self):
        self.define_both("CLUSTER BY (id)")
        self.land("id,amount\n1,10\n")
        self.update()
        self.assertIn("write CLUSTER BY there", self.refused("ALTER TABLE s.raw CLUSTER BY (amount)"))

    def test_python_names_the_columns(self):
        self.define("""
            from pyspark import pipelines as dp
            from pyspark.sql import SparkSession

            @dp.materialized_view(cluster_by=["x"])
            def v():
                return SparkSession.active().sql("SELECT 1 AS x, 2 AS y")
            """, "a.py")
        self.update()
        self.assertEqual(self.clustering("s.v"), ["x"])


class RulesOfColumnsTest(Clauses):
    def table(self, columns, select="id, amount"):
        self.define(f"CREATE STREAMING TABLE t ({columns}) AS SELECT {select} FROM STREAM {RAW};")

    def test_the_table_gives_values_that_the_query_does_not(self):
        self.table("nr BIGINT GENERATED ALWAYS AS IDENTITY (START WITH 100 INCREMENT BY 10), id INT, amount INT, "
                   "twice INT GENERATED ALWAYS AS (amount * 2) COMMENT 'two of it', kind STRING DEFAULT 'new', "
                   "CONSTRAINT little EXPECT (twice < 100) ON VIOLATION DROP ROW")
        self.land("id,amount\n1,10\n2,20\n3,99\n")
        self.dry_run()
        self.assertIn("t: 2 rows", self.update())
        self.assertNotIn("changed", self.dry_run())
        self.land("id,amount\n4,40\n", "2.csv")
        self.update()
        self.assertEqual(self.rows("SELECT id, amount, twice, kind FROM s.t ORDER BY id"),
                         [(1, 10, 20, "new"), (2, 20, 40, "new"), (4, 40, 80, "new")])
        numbers = [nr for (nr,) in self.rows("SELECT nr FROM s.t ORDER BY id")]
        self.assertEqual(sorted(set(numbers)), sorted(numbers))
        self.assertTrue(all(nr % 10 == 0 and nr >= 100 for nr in numbers), numbers)
        self.assertIn("keep", self.dry_run())
        text = self.created("s.t")
        for clause in ("GENERATED ALWAYS AS IDENTITY (START WITH 100 INCREMENT BY 10)",
                       "GENERATED ALWAYS AS (amount * 2) COMMENT 'two of it'", "DEFAULT 'new'"):
            self.assertIn(clause, text)

    def test_what_reads_the_table_has_none_of_its_rules(self):
        self.define(f"""
            CREATE STREAMING TABLE t (nr BIGINT GENERATED BY DEFAULT AS IDENTITY, id INT, kind STRING DEFAULT 'x')
            AS SELECT id FROM STREAM {RAW};
            CREATE STREAMING TABLE u AS SELECT * FROM STREAM t;
            """)
        for day in range(3):
            self.land(f"id,amount\n{day},1\n", f"{day}.csv")
            self.update()
        self.assertEqual(self.rows("SELECT count(DISTINCT nr), max(kind) FROM s.u"), [(3, "x")])
        self.assertNotIn("DEFAULT", self.created("s.u"))

    def test_values_of_its_own_are_refused_or_checked(self):
        self.table("id BIGINT GENERATED ALWAYS AS IDENTITY, amount INT")
        self.land("id,amount\n1,10\n")
        self.assertIn("DELTA_IDENTITY_COLUMNS_EXPLICIT_INSERT_NOT_SUPPORTED", self.problems())
        self.table("id INT, amount INT GENERATED ALWAYS AS (id * 10)")
        self.update()
        self.land("id,amount\n2,21\n", "2.csv")
        self.assertIn("violated by row with values", self.weir("pipeline", "run", code=1))
        self.assertEqual(self.rows("SELECT * FROM s.t"), [(1, 10)])

    def test_rules_that_are_none_are_found_before_anything_runs(self):
        for columns, condition in (
                ("id INT, amount INT, x INT GENERATED ALWAYS AS (id || 'a')", "DELTA_GENERATED_COLUMNS_EXPR_TYPE"),
                ("id INT, amount INT, x INT DEFAULT id", "INVALID_DEFAULT_VALUE"),
                ("id INT, amount INT, x STRING GENERATED ALWAYS AS IDENTITY", "IDENTITY_COLUMNS_UNSUPPORTED_DATA_TYPE"),
                ("id INT, amount INT, x GENERATED ALWAYS AS (id)", "has no type"),
                ("id INT CHECK (id > 0), amount INT", "CONSTRAINT name EXPECT (id > 0)")):
            with self.subTest(columns):
                self.table(columns)
                self.assertIn(condition, self.problems())

    def test_columns_without_a_type_have_that_of_the_query(self):
        self.table("amount COMMENT 'money', id, double BIGINT GENERATED ALWAYS AS (CAST(amount AS BIGINT) * 2)")
        self.land("id,amount\n1,10\n")
        self.update()
        self.assertEqual(self.rows("SELECT * FROM s.t"), [(10, 1, 20)])

    def test_a_definition_changes_what_can_be_in_place(self):
        self.table("id INT, amount INT COMMENT 'a', kind STRING DEFAULT 'x'")
        self.land("id,amount\n1,10\n")
        self.update()
        self.table("id INT NOT NULL, amount INT COMMENT 'b', kind STRING DEFAULT 'y', more STRING DEFAULT 'z'")
        told = self.dry_run()
        for note in ("the column kind has the DEFAULT 'y' in rows to come", "the column id becomes NOT NULL", "adds the column",
                     "the comment of column amount changes"):
            self.assertIn(note, told)
        self.update()
        self.land("id,amount\n2,20\n", "2.csv")
        self.update()
        self.assertEqual(self.rows("SELECT id, kind, more FROM s.t ORDER BY id"), [(1, "x", None), (2, "y", "z")])
        self.assertIn("COMMENT 'b'", self.created("s.t"))
        self.assertIn("keep", self.dry_run())
        self.table("id INT, amount INT, kind STRING, more STRING")
        self.assertIn("the column kind has no DEFAULT any more", self.dry_run())
        self.update()
        self.assertNotIn("DEFAULT", self.created("s.t"))
        self.assertNotIn("NOT NULL", self.created("s.t"))

    def test_rows_that_break_a_new_rule_keep_it_out(self):
        self.table("id INT, amount INT")
        self.land("id,amount\n1,\n")
        self.update()
        self.table("id INT, amount INT NOT NULL")
        self.assertIn("so it can't be declared NOT NULL", self.weir("pipeline", "run", code=1))

    def test_rows_that_are_there_have_to_be_computed_anew(self):
        self.table("id INT, amount INT")
        self.land("id,amount\n1,10\n")
        self.update()
        for columns in ("id INT, amount INT, nr BIGINT GENERATED ALWAYS AS IDENTITY",
                        "id INT, amount INT, twice INT GENERATED ALWAYS AS (id * 2)",
                        "id INT, amount INT, must INT NOT NULL DEFAULT 1"):
            with self.subTest(columns):
                self.table(columns)
                self.assertIn("--full-refresh t rebuilds the table that way", self.problems())
        self.update("--full-refresh", "t")
        self.assertEqual(self.rows("SELECT * FROM s.t"), [(1, 10, 1)])

    def test_numbers_go_on_as_long_as_the_rule_stays(self):
        self.table("id INT, amount INT, nr BIGINT GENERATED ALWAYS AS IDENTITY")
        self.land("id,amount\n1,10\n")
        self.update()
        self.table("id INT COMMENT 'c', amount INT, nr BIGINT GENERATED BY DEFAULT AS IDENTITY")
        self.assertIn("becomes GENERATED BY DEFAULT AS IDENTITY", self.dry_run())
        self.land("id,amount\n2,20\n", "2.csv")
        self.update()
        self.assertEqual(self.rows("SELECT count(DISTINCT nr) FROM s.t"), [(2,)])
        self.table("id INT, amount INT, nr BIGINT GENERATED ALWAYS AS IDENTITY (START WITH 7)")
        self.assertIn("--full-refresh", self.problems())
        self.update("--full-refresh", "t")
        self.assertEqual(self.rows("SELECT min(nr) FROM s.t"), [(7,)])

    def test_flows_that_keep_or_replace_rows(self):
        self.land("id,amount\n1,10\n")
        cdc = f"FLOW AUTO CDC FROM STREAM {RAW} KEYS (id) {{}} SEQUENCE BY amount"
        columns = "(id INT, amount INT, twice INT GENERATED ALWAYS AS (amount * 2), kind STRING DEFAULT 'x')"
        self.define(f"CREATE STREAMING TABLE t {columns} {cdc.format('IGNORE NULL UPDATES')};\n"
                    f"CREATE STREAMING TABLE u {columns} FLOW REPLACE USING (id) SEQUENCE BY amount BY NAME "
                    f"SELECT * FROM STREAM {RAW};\n"
                    f"CREATE STREAMING TABLE w {columns} FLOW REPLACE WHERE id > 0 BY NAME SELECT * FROM {RAW};")
        self.update()
        self.land("id,amount\n1,20\n2,30\n", "2.csv")
        self.update()
        for table in ("s.t", "s.u"):
            self.assertEqual(self.rows(f"SELECT * FROM {table} ORDER BY id"), [(1, 20, 40, "x"), (2, 30, 60, "x")])
        self.assertEqual(self.rows("SELECT count(*), max(twice) FROM s.w"), [(3, 60)])
        for flow in (cdc.format(""), f"FLOW REPLACE WHERE id > 0 BY NAME SELECT * FROM {RAW}"):
            self.define(f"CREATE STREAMING TABLE x (nr BIGINT GENERATED ALWAYS AS IDENTITY, id INT, amount INT) {flow};")
            self.assertIn("identity columns of a table that is kept by", self.problems())

    def test_views_are_what_their_queries_give(self):
        for column in ("y INT DEFAULT 1", "y INT GENERATED ALWAYS AS (x)", "y BIGINT GENERATED ALWAYS AS IDENTITY"):
            self.define(f"CREATE MATERIALIZED VIEW v (x INT, {column}) AS SELECT 1 AS x;")
            self.assertIn("of a materialized view", self.problems())

    def test_what_a_view_may_hold_changes_with_its_definition(self):
        self.define("CREATE MATERIALIZED VIEW v (x INT COMMENT 'a') AS SELECT 1 AS x;")
        self.update()
        self.define("CREATE MATERIALIZED VIEW v (x INT NOT NULL COMMENT 'b') AS SELECT 1 AS x;")
        self.assertIn("becomes NOT NULL", self.dry_run())
        self.update()
        self.assertIn("x INT NOT NULL COMMENT 'b'", self.created("s.v"))
        self.define("CREATE MATERIALIZED VIEW v (x INT COMMENT 'c') AS SELECT 1 AS x;")
        self.update()
        self.assertIn("x INT COMMENT 'c'", self.created("s.v"))
        self.assertNotIn("may hold", self.dry_run())


class KeysTest(Clauses):
    def keys(self):
        return self.rows("SELECT table_name, constraint_type FROM information_schema.table_constraints "
                         "WHERE table_schema = 's' ORDER BY 1, 2")

    def shop(self, people="id INT PRIMARY KEY, name STRING", pets="id INT, owner INT REFERENCES people"):
        self.define(f"""
            CREATE MATERIALIZED VIEW pets ({pets}) AS SELECT 1 AS id, 7 AS owner;
            CREATE MATERIALIZED VIEW people ({people}) AS SELECT 7 AS id, 'Ann' AS name;
            """)

    def test_they_are_in_the_catalog_whichever_table_comes_first(self):
        self.shop()
        self.update()
        self.assertEqual(self.keys(), [("people", "PRIMARY KEY"), ("pets", "FOREIGN KEY")])
        self.assertIn("FOREIGN KEY (owner) REFERENCES main.s.people (id)", self.created("s.pets"))
        self.assertIn("id INT NOT NULL", self.created("s.people"))
        self.assertNotIn("key", self.dry_run())
        self.shop(people="id INT, name STRING, CONSTRAINT of_people PRIMARY KEY (id) RELY", pets="id INT, owner INT")
        told = self.dry_run()
        self.assertIn("the key of_people is added: PRIMARY KEY (id) RELY", told)
        self.assertIn("the key pets_people_fk goes", told)
        self.update()
        self.assertEqual(self.keys(), [("people", "PRIMARY KEY")])
        self.shop(people="id INT, name STRING, CONSTRAINT of_people PRIMARY KEY (id) RELY")
        self.update()
        self.assertEqual(self.keys(), [("people", "PRIMARY KEY"), ("pets", "FOREIGN KEY")])
        self.shop(people="id INT, name STRING", pets="id INT, owner INT")
        self.update()
        self.assertEqual(self.keys(), [])

    def test_one_that_fits_nothing_is_found_before_anything_runs(self):
        for people, pets, message in (
                ("id INT PRIMARY KEY, name STRING", "id INT, owner STRING REFERENCES people", "DATATYPE_MISMATCH"),
                ("id INT, name STRING", "id INT, owner INT REFERENCES people", "has no primary key"),
                ("id INT, name STRING", "id INT, owner INT REFERENCES nobody", "nobody"),
                ("id INT, name STRING, PRIMARY KEY (nr)", "id INT, owner INT", "has no column `nr`")):
            with self.subTest(message):
                self.shop(people, pets)
                self.assertIn(message, self.problems())

    def test_a_streaming_table_refers_to_a_table_of_the_catalog(self):
        self.sql("CREATE SCHEMA s", "CREATE TABLE s.kinds (id INT PRIMARY KEY)")
        self.define(f"CREATE STREAMING TABLE t (id INT, amount INT, FOREIGN KEY (amount) REFERENCES kinds) "
                    f"AS SELECT * FROM STREAM {RAW};")
        self.land("id,amount\n1,10\n")
        self.update()
        self.assertEqual(self.keys(), [("kinds", "PRIMARY KEY"), ("t", "FOREIGN KEY")])
        self.assertIn("whose definition says its keys", self.refused("ALTER TABLE s.t ADD PRIMARY KEY (id)"))

    def test_a_private_table_has_none(self):
        self.define("CREATE PRIVATE MATERIALIZED VIEW v (x INT PRIMARY KEY) AS SELECT 1 AS x;")
        self.assertIn("keys of a PRIVATE dataset", self.problems())


class RefusedTest(Clauses):
    def test_each_says_the_way_out(self):
        for clause, hint in (("SCHEDULE REFRESH EVERY 2 HOURS", "weir pipeline run --continuous"),
                             ("SCHEDULE CRON '0 0 * * * ?' AT TIME ZONE 'UTC'", "weir pipeline run --continuous"),
                             ("TRIGGER ON UPDATE AT MOST EVERY INTERVAL 5 MINUTES", "REFRESH TABLE"),
                             ("WITH ROW FILTER f ON (x)", "grant SELECT on a view"),
                             ("LOCATION '/tmp/x'", "MANAGED LOCATION")):
            with self.subTest(clause):
                self.define(f"CREATE MATERIALIZED VIEW v {clause} AS SELECT 1 AS x;")
                self.assertIn(hint, self.problems())
        self.define("CREATE MATERIALIZED VIEW v (x INT MASK f) SCHEDULE EVERY 1 DAY CLUSTER BY AUTO AS SELECT 1 AS x;")
        found = self.problems()
        for hint in ("grant SELECT on a view", "cron", "name the columns"):
            self.assertIn(hint, found)

    def test_the_oldest_spelling_of_a_streaming_table(self):
        self.define(f"CREATE INCREMENTAL LIVE TABLE t AS SELECT * FROM STREAM {RAW};")
        self.land("id,amount\n1,10\n")
        self.assertIn("t: 1 row", self.update())


if __name__ == "__main__":
    unittest.main()
