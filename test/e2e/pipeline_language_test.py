"""The pipeline language: what each clause of a definition does, as other programs and later updates see it.

Usage: pipeline_language_test.py <path of weir>
"""

import textwrap
import unittest

from pipeline_project import Project


class PrivateTest(Project):
    RAW = "CREATE OR REFRESH {}STREAMING TABLE raw AS SELECT * FROM STREAM read_files('data', format => 'csv', " \
          "header => true, schema => 'id INT, v INT');\n"

    def project(self, private, more="CREATE MATERIALIZED VIEW total AS SELECT sum(v) AS v FROM raw;"):
        self.define(self.RAW.format("PRIVATE " if private else "") + more)

    def test_a_private_table_is_read_by_its_pipeline_alone(self):
        self.project(True)
        self.land("id,v\n1,10\n2,20\n")
        self.assertIn("raw: 2 rows", self.update())
        self.assertEqual(self.rows("SELECT * FROM s.total"), [(30,)])
        self.assertIn("can't be found", self.refused("SELECT * FROM s.raw"))
        self.assertEqual(self.rows("SELECT table_name FROM information_schema.tables WHERE table_schema = 's' AND "
                                   "table_type <> 'EVENT_LOG'"), [("total",)])
        self.assertEqual(self.rows("SHOW TABLES IN s LIKE 'raw*'"), [])
        self.land("id,v\n3,3\n", "2.csv")
        self.assertIn("raw: 1 row", self.update())
        self.assertEqual(self.rows("SELECT * FROM s.total"), [(33,)])

    def test_no_spelling_of_its_name_reaches_it(self):
        self.project(True)
        self.land("id,v\n1,10\n")
        self.update()
        hidden = f"s.`raw/language@{self.folder}/storage`"
        for statement in (f"SELECT * FROM {hidden}", f"INSERT INTO {hidden} VALUES (1, 2)", f"DROP TABLE {hidden}",
                          f"DESCRIBE TABLE {hidden}", f"DESCRIBE HISTORY {hidden}", f"DELETE FROM {hidden}",
                          f"GRANT SELECT ON TABLE {hidden} TO bob", f"ALTER TABLE {hidden} RENAME TO s.mine"):
            with self.subTest(statement):
                self.assertRegex(self.refused(statement), "NOT_FOUND|can't be found|no table")
        self.assertEqual(self.rows("SELECT * FROM s.total"), [(10,)])

    def test_it_may_be_called_like_a_table_of_the_catalog(self):
        self.sql("CREATE SCHEMA s", "CREATE TABLE s.raw AS SELECT 'mine' AS word")
        self.project(True)
        self.land("id,v\n1,10\n")
        self.update()
        self.assertEqual(self.rows("SELECT * FROM s.total"), [(10,)])
        self.assertEqual(self.rows("SELECT * FROM s.raw"), [("mine",)])
        self.project(False)
        self.assertIn("exists already", self.problems())

    def test_it_becomes_public_and_private_again_with_what_it_has_read(self):
        self.project(True)
        self.land("id,v\n1,10\n2,20\n")
        self.update()
        self.project(False)
        self.assertIn("is private no more", self.weir("pipeline", "dry-run"))
        self.assertNotIn("raw: 2 rows", self.update())
        self.assertEqual(self.rows("SELECT id, v FROM s.raw ORDER BY 1"), [(1, 10), (2, 20)])
        self.land("id,v\n3,3\n", "2.csv")
        self.assertIn("raw: 1 row", self.update())
        self.project(True)
        self.assertIn("becomes private", self.weir("pipeline", "dry-run"))
        self.land("id,v\n4,4\n", "3.csv")
        self.assertIn("raw: 1 row", self.update())
        self.assertIn("can't be found", self.refused("SELECT * FROM s.raw"))
        self.assertEqual(self.rows("SELECT * FROM s.total"), [(37,)])

    def test_views_are_private_too_and_a_full_refresh_empties(self):
        self.project(True, "CREATE PRIVATE MATERIALIZED VIEW hidden AS SELECT sum(v) AS v FROM raw;\n"
                           "CREATE MATERIALIZED VIEW shown AS SELECT * FROM hidden;")
        self.land("id,v\n1,10\n")
        self.update()
        self.assertIn("raw: 1 row", self.update("--full-refresh", "raw"))
        self.assertEqual(self.rows("SELECT * FROM s.shown"), [(10,)])
        self.assertIn("can't be found", self.refused("SELECT * FROM s.hidden"))

    def test_one_that_is_defined_no_more_goes_with_a_full_refresh_of_all(self):
        self.project(True)
        self.land("id,v\n1,10\n")
        self.update()
        self.define("CREATE MATERIALIZED VIEW total AS SELECT 1 AS v;")
        self.assertIn("--full-refresh-all removes it", self.weir("pipeline", "dry-run"))
        folders = lambda: len(list((self.folder / "home" / "data").iterdir()))
        before = folders()
        self.update()
        self.assertEqual(folders(), before)
        self.update("--full-refresh-all")
        self.assertEqual(folders(), before - 1)
        self.assertNotIn("raw", self.weir("pipeline", "dry-run"))

    def test_a_schema_is_dropped_with_its_private_tables(self):
        self.project(True, "CREATE TEMPORARY VIEW nothing AS SELECT 1 AS x;")
        self.land("id,v\n1,10\n")
        self.update()
        self.sql("DROP SCHEMA s")
        self.assertEqual(list((self.folder / "home" / "data").iterdir()), [])

    def test_the_tests_of_a_project_look_into_it(self):
        self.project(True)
        (self.folder / "tests").mkdir()
        (self.folder / "tests" / "raw.yml").write_text(textwrap.dedent("""
            name: one
            given:
              read_files('data'):
                - {id: 1, v: 10}
            expect:
              raw:
                - {id: 1, v: 10}
              total:
                - {v: 10}
            """))
        self.assertIn("1 passed, 0 failed", self.weir("pipeline", "test"))


class ReplaceTest(Project):
    def setUp(self):
        super().setUp()
        self.sql("CREATE SCHEMA s", "CREATE TABLE s.facts (day INT, city STRING, n INT)",
                 "INSERT INTO s.facts VALUES (1, 'Rome', 1), (2, 'Rome', 2), (3, 'Oslo', 3)")

    def by_day(self):
        return self.rows("SELECT day, city, n FROM s.t ORDER BY 1, 2, 3")

    def test_rows_of_the_predicate_are_computed_anew_and_the_others_stay(self):
        self.define("CREATE STREAMING TABLE t FLOW REPLACE WHERE day >= 2 BY NAME SELECT * FROM facts;")
        self.assertIn("replaced where", self.update())
        self.assertEqual(self.by_day(), [(2, "Rome", 2), (3, "Oslo", 3)])
        self.assertIn("nothing new", self.update())
        self.sql("DELETE FROM s.facts WHERE day = 1", "UPDATE s.facts SET n = 33 WHERE day = 3",
                 "INSERT INTO s.facts VALUES (4, 'Bonn', 4)")
        self.update()
        self.assertEqual(self.by_day(), [(2, "Rome", 2), (3, "Oslo", 33), (4, "Bonn", 4)])
        # What the predicate does not pick any more stays as it was.
        self.define("CREATE STREAMING TABLE t FLOW REPLACE WHERE day >= 4 BY NAME SELECT * FROM facts;")
        self.sql("DELETE FROM s.facts")
        self.update()
        self.assertEqual(self.by_day(), [(2, "Rome", 2), (3, "Oslo", 33)])

    def test_a_flow_apart_may_do_it_beside_one_that_adds(self):
        self.define("""
            CREATE STREAMING TABLE t (day INT, city STRING, n BIGINT, CONSTRAINT known EXPECT (n < 100) ON VIOLATION DROP ROW);
            CREATE FLOW first AS INSERT ONCE INTO t BY NAME SELECT 9 AS day, 'Ur' AS city, 9 AS n;
            CREATE FLOW again AS INSERT INTO t BY NAME REPLACE WHERE day < 9
            SELECT day, max(city) AS city, sum(n) AS n FROM facts GROUP BY day;
            """)
        self.update()
        self.assertEqual(self.by_day(), [(1, "Rome", 1), (2, "Rome", 2), (3, "Oslo", 3), (9, "Ur", 9)])
        self.sql("INSERT INTO s.facts VALUES (3, 'Paris', 4), (5, 'Rome', 500)")
        self.update()
        self.assertEqual(self.by_day(), [(1, "Rome", 1), (2, "Rome", 2), (3, "Paris", 7), (9, "Ur", 9)])
        self.update("--full-refresh", "t")
        self.assertEqual(len(self.by_day()), 4)

    def test_a_predicate_that_goes_by_the_clock_is_asked_by_each_update(self):
        self.sql("CREATE TABLE s.dated (d DATE, n INT)", "INSERT INTO s.dated VALUES (DATE'2000-01-01', 1), (current_date(), 2)")
        self.define("CREATE STREAMING TABLE t FLOW REPLACE WHERE d >= date_add(current_date(), -7) BY NAME SELECT * FROM dated;")
        self.update()
        self.assertEqual(self.rows("SELECT n FROM s.t"), [(2,)])
        self.assertIn("not deterministic", self.update())
        self.assertEqual(self.rows("SELECT n FROM s.t"), [(2,)])

    def test_streams_can_not_follow_it(self):
        self.define("CREATE STREAMING TABLE t FLOW REPLACE WHERE day >= 2 BY NAME SELECT * FROM facts;\n"
                    "CREATE STREAMING TABLE u AS SELECT * FROM STREAM t;")
        self.assertIn("kept by REPLACE WHERE", self.problems())
        self.define("CREATE STREAMING TABLE t FLOW REPLACE WHERE day >= 2 BY NAME SELECT * FROM STREAM facts;")
        self.assertIn("leave STREAM out", self.problems())

    def events(self, text, name):
        self.land("region,device,seq\n" + text, name)

    def using(self, more=""):
        self.define("CREATE STREAMING TABLE t" + more + " FLOW REPLACE USING (region) SEQUENCE BY seq BY NAME SELECT * "
                    "FROM STREAM read_files('data', format => 'csv', header => true, schema => 'region INT, device STRING, "
                    "seq INT');")

    def devices(self):
        return self.rows("SELECT region, device, seq FROM s.t ORDER BY 1, 2, 3")

    def test_the_newest_rows_of_a_key_take_the_place_of_older_ones(self):
        self.using()
        self.events("1,ios,1\n1,android,1\n2,ios,1\n2,desktop,1\n", "1.csv")
        self.update()
        self.events("1,ios,2\n1,android,2\n1,desktop,2\n3,ios,1\n3,desktop,2\n", "2.csv")
        self.assertIn("replaced by key", self.update())
        expected = [(1, "android", 2), (1, "desktop", 2), (1, "ios", 2), (2, "desktop", 1), (2, "ios", 1),
                    (3, "desktop", 2)]
        self.assertEqual(self.devices(), expected)
        # What is late changes nothing; the same place in the order comes beside.
        self.events("1,old,1\n2,tv,1\n,nowhere,1\n", "3.csv")
        self.update()
        self.assertEqual(self.devices(), [(None, "nowhere", 1), *expected[:5], (2, "tv", 1), expected[5]])
        self.events(",somewhere,2\n", "4.csv")
        self.update()
        self.assertEqual(self.devices()[0], (None, "somewhere", 2))
        self.assertEqual(len(self.devices()), 8)
        self.assertIn("nothing new", self.update())

    def test_no_order_of_files_changes_the_result(self):
        parts = ["1,a,1\n2,a,5\n", "1,b,3\n2,b,4\n", "1,c,2\n2,c,6\n"]
        self.using()
        for number, part in enumerate(parts):
            self.events(part, f"{number}.csv")
            self.update()
        one = self.devices()
        self.update("--full-refresh", "t")
        self.assertEqual(self.devices(), one)
        self.assertEqual(one, [(1, "b", 3), (2, "c", 6)])

    def test_what_has_no_place_in_the_order_stops_the_flow(self):
        self.using()
        self.events("1,a,1\n1,b,\n", "1.csv")
        said = self.weir("pipeline", "run", code=1)
        self.assertIn("rows whose SEQUENCE BY is NULL, so which rows are newer is not known (1 of them)", said)
        self.assertEqual(self.devices(), [])

    def test_columns_have_to_be_there(self):
        self.define("CREATE STREAMING TABLE t FLOW REPLACE USING (city, nope) SEQUENCE BY also BY NAME SELECT * FROM STREAM facts;")
        said = self.problems()
        self.assertIn("REPLACE USING names `nope`", said)
        self.assertIn("SEQUENCE BY names `also`", said)
        self.define("CREATE STREAMING TABLE t FLOW REPLACE USING (city) BY NAME SELECT * FROM STREAM facts;")
        self.assertIn("SEQUENCE BY column follows", self.problems())

    def test_python_says_it_too(self):
        self.define("""
            from pyspark import pipelines as dp
            from pyspark.sql import SparkSession
            from pyspark.sql.functions import col

            spark = SparkSession.active()

            @dp.table(replace_where=col("day") >= 2)
            def t():
                return spark.read.table("facts")

            dp.create_streaming_table("u")

            @dp.replace_flow(target="u", replace_using=["city"], sequence_by="day")
            def newest():
                return spark.readStream.table("facts")
            """, "a.py")
        self.update()
        self.assertEqual(self.by_day(), [(2, "Rome", 2), (3, "Oslo", 3)])
        self.assertEqual(self.rows("SELECT day, city FROM s.u ORDER BY 1"), [(2, "Rome"), (3, "Oslo")])

    def test_a_table_of_no_pipeline_has_such_flows(self):
        self.sql("CREATE OR REFRESH STREAMING TABLE s.t FLOW REPLACE WHERE day >= 2 BY NAME SELECT * FROM main.s.facts",
                 "DELETE FROM s.facts WHERE day = 3", "REFRESH STREAMING TABLE s.t")
        self.assertEqual(self.by_day(), [(2, "Rome", 2)])
        self.assertIn("REPLACE WHERE day >= 2 BY NAME", self.sql("SHOW CREATE TABLE s.t")[0])


class CdcTest(Project):
    """What auto_cdc_test.py has of SQL, said in other ways."""

    EVENTS = "id,op,n,v\n1,I,1,a\n2,I,1,b\n2,U,5,d\n2,U,3,c\n1,D,4,\n"
    READ = "STREAM read_files('data', format => 'csv', header => true, schema => 'id INT, op STRING, n INT, v STRING')"

    def test_python_flows(self):
        self.define(f"CREATE STREAMING TABLE events AS SELECT * FROM {self.READ};\n"
                    "CREATE MATERIALIZED VIEW people AS SELECT id, max(v) AS v FROM events GROUP BY id;")
        self.define("""
            from pyspark import pipelines as dp
            from pyspark.sql.functions import col, expr, struct

            dp.create_streaming_table("newest")
            dp.create_auto_cdc_flow(target="newest", source="events", keys=["id"], sequence_by=col("n"),
                                    apply_as_deletes=expr("op = 'D'"), except_column_list=["op", "n"])
            dp.create_streaming_table("history")
            dp.create_auto_cdc_flow(target="history", source="events", keys=["id"], sequence_by=struct("n", "op"),
                                    apply_as_deletes="op = 'D'", column_list=["id", "v"], stored_as_scd_type="2",
                                    name="history_of_events")
            dp.create_streaming_table("snapshots")
            dp.create_auto_cdc_from_snapshot_flow(target="snapshots", source="people", keys=["id"], stored_as_scd_type=2)
            """, "a.py")
        self.land(self.EVENTS)
        self.update()
        self.assertEqual(self.rows("SELECT * FROM s.newest"), [(2, "d")])
        self.assertEqual(self.rows("SELECT id, v, __START_AT.n AS since, __END_AT.n AS until FROM s.history ORDER BY 1, 3"),
                         [(1, "a", 1, 4), (2, "b", 1, 3), (2, "c", 3, 5), (2, "d", 5, None)])
        self.assertEqual(self.rows("SELECT id, v FROM s.snapshots WHERE __END_AT IS NULL ORDER BY 1"),
                         [(1, "a"), (2, "d")])

    def test_a_function_that_gives_snapshots_is_refused_with_the_way_out(self):
        self.define("""
            from pyspark import pipelines as dp

            dp.create_streaming_table("t")
            dp.create_auto_cdc_from_snapshot_flow(target="t", source=lambda last: None, keys=["id"])
            """, "a.py")
        said = self.problems()
        self.assertIn("a function as the source of snapshots", said)
        self.assertIn("FROM SNAPSHOT", said)

    def test_a_table_of_no_pipeline_is_kept_by_one_statement(self):
        self.land(self.EVENTS)
        self.sql("CREATE SCHEMA s", "CREATE OR REFRESH STREAMING TABLE s.events AS SELECT * FROM " +
                 self.READ.replace("'data'", f"'{self.folder}/data'"),
                 "CREATE OR REFRESH STREAMING TABLE s.kept FLOW AUTO CDC FROM STREAM main.s.events KEYS (id) "
                 "APPLY AS DELETE WHEN op = 'D' SEQUENCE BY n COLUMNS * EXCEPT (op) STORED AS SCD TYPE 1")
        self.assertEqual(self.rows("SELECT id, n, v FROM s.kept"), [(2, 5, "d")])
        self.land("id,op,n,v\n3,I,1,x\n", "2.csv")
        self.sql("REFRESH STREAMING TABLE s.events", "REFRESH STREAMING TABLE s.kept")
        self.assertEqual(self.rows("SELECT id FROM s.kept ORDER BY 1"), [(2,), (3,)])
        self.sql("CREATE OR REFRESH STREAMING TABLE s.seen FLOW AUTO CDC FROM SNAPSHOT (SELECT id, v FROM main.s.kept) "
                 "KEYS (id) STORED AS SCD TYPE 2")
        self.assertEqual(self.rows("SELECT id FROM s.seen WHERE __END_AT IS NULL ORDER BY 1"), [(2,), (3,)])

    def test_projects_are_tested_with_their_events(self):
        self.define(f"CREATE STREAMING TABLE kept FLOW AUTO CDC FROM {self.READ} KEYS (id) APPLY AS DELETE WHEN op = 'D' "
                    "SEQUENCE BY n COLUMNS (id, v);\nCREATE STREAMING TABLE history FLOW AUTO CDC FROM "
                    f"{self.READ} KEYS (id) APPLY AS DELETE WHEN op = 'D' SEQUENCE BY n COLUMNS (id, v) STORED AS SCD TYPE 2;")
        (self.folder / "tests").mkdir()
        (self.folder / "tests" / "a.yml").write_text(textwrap.dedent("""
            name: late and deleted
            given:
              read_files('data'):
                - {id: 1, op: I, n: 1, v: a}
                - {id: 2, op: I, n: 5, v: d}
            expect:
              kept:
                - {id: 1, v: a}
                - {id: 2, v: d}
            then:
              - given:
                  read_files('data'):
                    - {id: 2, op: U, n: 3, v: c}
                    - {id: 1, op: D, n: 4, v: null}
                expect:
                  kept:
                    - {id: 2, v: d}
                  history:
                    - {id: 1, v: a, __START_AT: 1, __END_AT: 4}
                    - {id: 2, v: c, __START_AT: 3, __END_AT: 5}
                    - {id: 2, v: d, __START_AT: 5, __END_AT: null}
            """))
        self.assertIn("1 passed, 0 failed", self.weir("pipeline", "test"))


class StandaloneTest(Project):
    READ = "FROM STREAM read_files('{}/data', format => 'csv', header => true, schema => '{}')"

    def setUp(self):
        super().setUp()
        self.sql("CREATE SCHEMA s")

    def read(self, columns):
        return self.READ.format(self.folder, columns)

    def test_one_that_fails_to_be_made_is_not_there(self):
        self.land("id,v\n1,10\n")
        fails = "(CONSTRAINT c EXPECT (v > 100) ON VIOLATION FAIL UPDATE)"
        for kind, query in (("STREAMING TABLE", "SELECT * " + self.read("id INT, v INT")),
                            ("MATERIALIZED VIEW", "SELECT 1 AS v")):
            self.assertIn("not meet the expectation", self.refused(f"CREATE {kind} s.t {fails} AS {query}"))
            self.assertEqual(self.rows("SHOW TABLES IN s"), [])
            folders = [path for path in (self.folder / "home" / "data").glob("**/_delta_log")]
            self.assertEqual(folders, [])
        self.sql("CREATE STREAMING TABLE s.t AS SELECT v " + self.read("id INT, v STRING"))
        self.assertEqual(self.rows("SELECT * FROM s.t"), [("10",)])
        # One that was there is, whatever becomes of another definition.
        self.land("id,v\n1,x\n", "2.csv")
        self.refused("CREATE OR REFRESH STREAMING TABLE s.t (CONSTRAINT c EXPECT (v > 5) ON VIOLATION FAIL UPDATE) AS "
                     "SELECT v " + self.read("id INT, v STRING"))
        self.assertEqual(self.rows("SELECT * FROM s.t"), [("10",)])

    def test_the_way_out_is_a_statement(self):
        self.land("id,v\n1,10\n")
        self.sql("CREATE STREAMING TABLE s.kept FLOW AUTO CDC " + self.read("id INT, v INT") + " KEYS (id) SEQUENCE BY v",
                 "CREATE TABLE s.sales AS SELECT 1 AS id", "CREATE STREAMING TABLE s.t AS SELECT * FROM STREAM s.sales")
        again = ", and then this statement again, "
        self.assertIn(f"DROP TABLE main.s.kept{again}applies that to all events", self.refused(
            "CREATE OR REFRESH STREAMING TABLE s.kept FLOW AUTO CDC " + self.read("id INT, v INT") +
            " KEYS (v) SEQUENCE BY v"))
        self.assertIn(f"DROP TABLE main.s.t{again}rebuilds the table", self.refused(
            "CREATE OR REFRESH STREAMING TABLE s.t AS SELECT CAST(id AS STRING) AS id FROM STREAM s.sales"))
        self.sql("DELETE FROM s.sales WHERE true")
        said = self.refused("REFRESH STREAMING TABLE s.t")
        self.assertIn("REFRESH STREAMING TABLE main.s.t FULL reads it anew", said)
        self.assertNotIn("--full-refresh", said)

    def test_what_keeps_rows_goes_on_under_another_name(self):
        self.land("id,v\n1,10\n2,20\n")
        self.time("2024-01-01 00:00:10", "1.csv")
        self.sql("CREATE STREAMING TABLE s.kept FLOW AUTO CDC " + self.read("id INT, v INT") + " KEYS (id) SEQUENCE BY v",
                 "CREATE STREAMING TABLE s.sums AS SELECT window.start AS at, count(*) AS n " +
                 self.read("ts TIMESTAMP, n INT").replace("/data'", "/times'") +
                 " WATERMARK ts DELAY OF INTERVAL 1 MINUTE GROUP BY window(ts, '1 minute')")
        self.sql("ALTER STREAMING TABLE s.kept RENAME TO s.k2", "ALTER TABLE s.sums RENAME TO s.s2")
        self.land("id,v\n1,5\n2,30\n", "2.csv")
        self.time("2024-01-01 00:00:20", "2.csv")
        self.time("2024-01-01 00:10:00", "3.csv")
        self.sql("REFRESH STREAMING TABLE s.k2", "REFRESH STREAMING TABLE s.s2")
        self.assertEqual(self.rows("SELECT * FROM s.k2 ORDER BY id"), [(1, 10), (2, 30)])
        self.assertEqual(self.rows("SELECT n FROM s.s2"), [(2,)])
        self.assertIn("UNSUPPORTED_FEATURE", self.refused("ALTER TABLE s.k2 RENAME COLUMN v TO w"))

    def time(self, moment, name):
        (self.folder / "times").mkdir(exist_ok=True)
        (self.folder / "times" / name).write_text(f"ts,n\n{moment},1\n")

    def test_statements_are_called_by_their_names(self):
        self.sql("CREATE MATERIALIZED VIEW s.v AS SELECT 1 AS x")
        self.assertIn("which TRUNCATE can't write", self.refused("TRUNCATE TABLE s.v"))
        self.assertIn("which DELETE can't write", self.refused("DELETE FROM s.v"))

    def test_a_row_of_auto_cdc_that_fails_is_one_of_the_table(self):
        self.land("id,v\n1,10\n")
        said = self.refused("CREATE STREAMING TABLE s.t (CONSTRAINT c EXPECT (v > 100) ON VIOLATION FAIL UPDATE) FLOW "
                            "AUTO CDC " + self.read("id INT, v INT") + " KEYS (id) SEQUENCE BY v")
        self.assertIn("One such row: {'id': 1, 'v': 10}", said)

    def test_a_sequence_of_which_a_part_is_null_has_no_place(self):
        self.land("id,v\n1,10\n1,\n")
        said = self.refused("CREATE STREAMING TABLE s.t FLOW AUTO CDC " + self.read("id INT, v INT") +
                            " KEYS (id) SEQUENCE BY struct(id, v)")
        self.assertIn("flow main.s.t into main.s.t read events", said)
        self.assertIn("SEQUENCE BY is NULL, or a member of it", said)


class StreamTest(Project):
    def test_versions_that_change_rows_are_passed_over_where_that_is_said(self):
        self.sql("CREATE SCHEMA s", "CREATE TABLE s.source (id INT)", "INSERT INTO s.source VALUES (1), (2)")
        self.define("CREATE STREAMING TABLE t AS SELECT * FROM read_stream('source', skipChangeCommits => true);\n"
                    "CREATE STREAMING TABLE u AS SELECT * FROM STREAM read_stream('main.s.source');")
        self.update()
        self.sql("DELETE FROM s.source WHERE id = 1", "INSERT INTO s.source VALUES (3)")
        said = self.weir("pipeline", "run", code=1)
        self.assertIn("skipChangeCommits => true", said)
        self.assertEqual(self.rows("SELECT id FROM s.t ORDER BY 1"), [(1,), (2,), (3,)])
        self.assertEqual(self.rows("SELECT id FROM s.u ORDER BY 1"), [(1,), (2,)])

    def test_a_table_that_auto_cdc_keeps_can_be_followed_that_way(self):
        self.sql("CREATE SCHEMA s", "CREATE TABLE s.events (id INT, n INT)", "INSERT INTO s.events VALUES (1, 1)")
        self.define("CREATE STREAMING TABLE kept FLOW AUTO CDC FROM STREAM events KEYS (id) SEQUENCE BY n;\n"
                    "CREATE STREAMING TABLE t AS SELECT * FROM read_stream('kept', skipChangeCommits => true);")
        self.update()
        self.assertEqual(self.rows("SELECT * FROM s.t"), [(1, 1)])
        self.sql("INSERT INTO s.events VALUES (1, 2)")
        self.update()
        self.assertEqual(self.rows("SELECT * FROM s.t"), [(1, 1)])

    def test_what_is_no_table_and_other_options(self):
        self.define("CREATE TEMPORARY VIEW v AS SELECT 1 AS x;\n"
                    "CREATE STREAMING TABLE t AS SELECT * FROM read_stream('v', skipChangeCommits => true);")
        self.assertIn("v is a view", self.problems())
        self.define("CREATE STREAMING TABLE t AS SELECT * FROM read_stream('v', ignoreDeletes => true);")
        self.assertIn("the option ignoredeletes of read_stream", self.problems())

    def test_python_readers_have_the_option(self):
        self.sql("CREATE SCHEMA s", "CREATE TABLE s.source (id INT)", "INSERT INTO s.source VALUES (1), (2)")
        self.define("""
            from pyspark import pipelines as dp
            from pyspark.sql import SparkSession

            @dp.table
            def t():
                return SparkSession.active().readStream.option("skipChangeCommits", "true").table("source")
            """, "a.py")
        self.update()
        self.sql("DELETE FROM s.source WHERE id = 1")
        self.update()
        self.assertEqual(self.rows("SELECT count(*) FROM s.t"), [(2,)])


class OlderSpellingsTest(Project):
    def test_live_tables_and_views(self):
        self.configure(more="configuration: {least: '2'}\n")
        self.define("""
            CREATE OR REFRESH STREAMING LIVE TABLE raw COMMENT 'as it came' AS
            SELECT * FROM STREAM read_files('data', format => 'csv', header => true, schema => 'id INT, op STRING, n INT');
            CREATE TEMPORARY LIVE TABLE hidden AS SELECT * FROM LIVE.raw;
            CREATE STREAMING LIVE VIEW some AS SELECT * FROM STREAM(LIVE.raw) WHERE id >= ${least};
            CREATE STREAMING LIVE TABLE kept;
            APPLY CHANGES INTO LIVE.kept FROM STREAM(LIVE.some) KEYS (id) APPLY AS DELETE WHEN op = 'D' SEQUENCE BY n
            COLUMNS * EXCEPT (op);
            CREATE LIVE VIEW counted AS SELECT count(*) AS n FROM LIVE.hidden;
            CREATE OR REFRESH LIVE TABLE total (CONSTRAINT some EXPECT (n > 0)) AS SELECT * FROM LIVE.counted;
            """)
        self.land("id,op,n\n1,I,1\n2,I,1\n2,U,5\n3,I,2\n3,D,3\n")
        self.update()
        self.assertEqual(self.rows("SELECT * FROM s.total"), [(5,)])
        self.assertEqual(self.rows("SELECT id, n FROM s.kept"), [(2, 5)])
        self.assertIn("can't be found", self.refused("SELECT * FROM s.hidden"))

    def test_flows_that_run_once_and_several_catalogs_and_schemas(self):
        self.sql("CREATE CATALOG second")
        self.define("""
            CREATE STREAMING TABLE second.there.t (id INT, word STRING);
            CREATE FLOW a AS INSERT INTO ONCE second.there.t BY NAME SELECT 1 AS id, 'a' AS word;
            CREATE FLOW b AS INSERT ONCE INTO second.there.t BY NAME SELECT 'b' AS word, 2 AS id;
            CREATE MATERIALIZED VIEW here.v AS SELECT * FROM second.there.t;
            CREATE VIEW here.w AS SELECT id FROM here.v WHERE id > 1;
            """)
        self.update()
        self.update()
        self.assertEqual(self.rows("SELECT * FROM here.v ORDER BY 1"), [(1, "a"), (2, "b")])
        self.assertEqual(self.rows("SELECT * FROM main.here.w"), [(2,)])


if __name__ == "__main__":
    unittest.main()
