"""What the pipeline commands say: mistakes in their order, sources, reasons, failing rows.

Usage: project_texts_test.py <path of weir>
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

WEIR = os.path.abspath(sys.argv.pop(1))


class ProjectTextsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "in").mkdir()
        (self.folder / "in" / "1.csv").write_text("id,name\n1,one\n2,\n3,\n")
        (self.folder / "spark-pipeline.yml").write_text(
            "name: p\nlibraries:\n  - glob: {include: '*.sql'}\nstorage: storage\nschema: p\n"
            "configuration:\n  known: '1'\n")

    def write(self, **files):
        for name, text in files.items():
            (self.folder / f"{name}.sql").write_text(text)

    def pipeline(self, *arguments, output="table"):
        return subprocess.run([WEIR, "--home", str(self.folder / "home"), "--output", output,
                               "pipeline", *arguments],
                              cwd=self.folder, text=True, capture_output=True)

    def mistakes(self):
        """(file, line, condition) of each, as they are told."""
        ran = self.pipeline("dry-run")
        self.assertEqual(ran.returncode, 1, ran.stderr)
        return [(name, int(line), condition) for name, line, condition in re.findall(
            r"^\S*/(\w+)\.sql:(\d+):\d+: \[([A-Z_]+)", ran.stderr, re.MULTILINE)]


class FilesTest(ProjectTextsTest):
    def test_globs_find_files_in_the_folders_that_they_mean(self):
        files = ("a", "sub/b", "sub/deep/c", "other/d", "other/deep/e", "other/deep/deeper/f", ".hidden/g", "later/x/h")
        for file in files:
            path = self.folder / f"{file}.sql"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"CREATE MATERIALIZED VIEW {path.stem} AS SELECT 1 AS x;\n")
        (self.folder / "notes.sql").mkdir()
        (self.folder / "link").symlink_to(self.folder / "sub")
        for includes, found in ((["*.sql"], "a"), (["**"], "abcdefgh"), (["**/*.sql"], "abcdefgh"), (["sub/**"], "bc"),
                                (["sub/*.sql", "other/*/*.sql"], "be"), (["*/deep/*.sql"], "ce"),
                                (["other/**/f.sql"], "f"), (["[so]*/[!x]eep/*.sql"], "ce"), (["a.sql", "later/**"], "ah")):
            with self.subTest(includes):
                globs = ", ".join(f"{{glob: {{include: '{include}'}}}}" for include in includes)
                (self.folder / "spark-pipeline.yml").write_text(
                    f"name: p\nlibraries: [{globs}]\nstorage: storage\nschema: p\n")
                told = self.pipeline("dry-run").stdout
                self.assertEqual("".join(sorted(re.findall(r"main\.p\.(\w)\b", told))), found, told)


class MistakesTest(ProjectTextsTest):
    def test_a_parameter_without_a_value_hides_no_other_mistake(self):
        self.write(a="CREATE MATERIALIZED VIEW one AS SELECT ${unknown.key} AS x, missing;\n"
                     "CREATE MATERIALIZED VIEW two AS SELECT x FROM one;\n"
                     "CREATE MATERIALIZED VIEW three AS SELECT missing;\n"
                     "CREATE MATERIALIZED VIEW four AS SELEC 1;\n"
                     "CREATE MATERIALIZED VIEW five AS SELECT ${known} AS x;\n"
                     "CREATE MATERIALIZED VIEW six AS SELECT x + ${other} FROM five;\n")
        self.assertEqual(self.mistakes(), [("a", 1, "UNRESOLVED_PIPELINE_PARAMETER"),
                                           ("a", 3, "UNRESOLVED_COLUMN"),
                                           ("a", 4, "PARSE_SYNTAX_ERROR"),
                                           ("a", 6, "UNRESOLVED_PIPELINE_PARAMETER")])

    def test_a_parameter_in_the_place_of_syntax_is_told_once(self):
        self.write(a="CREATE MATERIALIZED VIEW one AS SELECT 1 AS x ${clause} 2;\n"
                     "CREATE MATERIALIZED VIEW two AS SELECT missing;\n")
        self.assertEqual(self.mistakes(), [("a", 1, "UNRESOLVED_PIPELINE_PARAMETER"),
                                           ("a", 2, "UNRESOLVED_COLUMN")])

    def test_mistakes_are_told_in_the_order_of_files_and_lines(self):
        self.write(b="CREATE MATERIALIZED VIEW z AS SELECT missing;\n"
                     "CREATE MATERIALIZED VIEW y AS SELECT missing;\n",
                   a="CREATE MATERIALIZED VIEW x AS SELECT missing;\n"
                     "CREATE MATERIALIZED VIEW w AS SELEC 1;\n"
                     "CREATE MATERIALIZED VIEW v AS SELECT ${unknown};\n"
                     "CREATE FLOW f AS INSERT INTO nowhere BY NAME SELECT 1 AS x;\n")
        self.assertEqual([place[:2] for place in self.mistakes()],
                         [("a", 1), ("a", 2), ("a", 3), ("a", 4), ("b", 1), ("b", 2)])


class BeforeItRunsTest(ProjectTextsTest):
    """What `dry-run` refuses `run` refuses, before anything is made."""

    GOOD = "CREATE MATERIALIZED VIEW good AS SELECT 1 AS x;\n"

    def refused_by_both(self, text, *conditions):
        self.write(a=self.GOOD + text)
        for command in ("dry-run", "run"):
            ran = self.pipeline(command)
            self.assertEqual(ran.returncode, 1, ran.stdout + ran.stderr)
            self.assertEqual(re.findall(r"^\S*/a\.sql:\d+:\d+: \[([A-Z_.]+)", ran.stderr, re.MULTILINE),
                             list(conditions), ran.stderr)
            self.assertNotIn("main.p.good", ran.stderr)
        self.assertEqual(self.sql("SHOW SCHEMAS LIKE 'p'"), [])

    def sql(self, text):
        ran = subprocess.run([WEIR, "--home", str(self.folder / "home"), "--output", "json", "sql", "-e", text],
                             cwd=self.folder, text=True, capture_output=True)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        return [json.loads(line) for line in ran.stdout.splitlines()]

    def runs_but_for(self, text, condition):
        self.write(a=self.GOOD + text)
        self.assertIn(condition, self.pipeline("dry-run").stderr)
        ran = self.pipeline("run")
        self.assertEqual(ran.returncode, 1, ran.stdout + ran.stderr)
        self.assertIn("done      main.p.good: 1 row", ran.stderr)
        self.assertRegex(ran.stderr, r"FAILED    (\S+ -> )?main\.p\.t: .*" + condition)

    def test_names_that_nothing_can_be_called(self):
        self.refused_by_both("CREATE MATERIALIZED VIEW `my view` AS SELECT 1 AS x;\n"
                             "CREATE PRIVATE MATERIALIZED VIEW `a/b` AS SELECT 1 AS x;\n"
                             "CREATE VIEW `v v` AS SELECT 1 AS x;\n"
                             "CREATE MATERIALIZED VIEW `s c`.t AS SELECT 1 AS x;\n",
                             *["INVALID_SCHEMA_OR_RELATION_NAME"] * 4)
        self.refused_by_both("CREATE MATERIALIZED VIEW nowhere.s.t AS SELECT 1 AS x;\n", "CATALOG_NOT_FOUND")
        # Nothing is called like a view of the pipeline's own.
        self.write(a="CREATE TEMPORARY VIEW `my view` AS SELECT 1 AS x;\n"
                     "CREATE MATERIALIZED VIEW t AS SELECT * FROM `my view`;\n")
        self.assertEqual(self.pipeline("run").returncode, 0)

    def test_columns_that_no_table_can_have(self):
        self.refused_by_both("CREATE MATERIALIZED VIEW t AS SELECT 1 AS `a b`;\n",
                             "DELTA_INVALID_CHARACTERS_IN_COLUMN_NAMES")
        self.refused_by_both("CREATE STREAMING TABLE t AS SELECT id AS `a b` FROM STREAM read_files('in', "
                             "format => 'csv', header => true);\n", "DELTA_INVALID_CHARACTERS_IN_COLUMN_NAMES")
        self.refused_by_both("CREATE STREAMING TABLE t AS SELECT * FROM STREAM read_files('in', format => 'csv', "
                             "schema => '`a b` INT');\n", "DELTA_INVALID_CHARACTERS_IN_COLUMN_NAMES")
        self.write(a="CREATE MATERIALIZED VIEW t TBLPROPERTIES ('delta.columnMapping.mode' = 'name') "
                     "AS SELECT 1 AS `a b`;\n")
        self.assertEqual(self.pipeline("run").returncode, 0)
        self.assertEqual(self.sql("SELECT `a b` FROM main.p.t"), [{"a b": 1}])

    def test_clauses_that_no_table_can_have(self):
        self.refused_by_both("CREATE MATERIALIZED VIEW t USING parquet AS SELECT 1 AS x;\n",
                             "UNSUPPORTED_DATASOURCE_FOR_DIRECT_QUERY")

    def test_flows_whose_types_do_not_fit_each_other(self):
        flows = ("CREATE STREAMING TABLE t;\n"
                 "CREATE FLOW f AS INSERT INTO t BY NAME SELECT {} FROM STREAM read_files('in', format => 'csv', "
                 "header => true{});\n"
                 "CREATE FLOW g AS INSERT INTO t BY NAME SELECT {} FROM STREAM read_files('more', format => 'csv', "
                 "header => true{});\n")
        (self.folder / "more").mkdir()
        (self.folder / "more" / "1.csv").write_text("id\ntext\n")
        self.refused_by_both(flows.format("CAST(id AS INT) AS id", "", "CAST(id AS BIGINT) AS id", ""),
                             "DELTA_FAILED_TO_MERGE_FIELDS")
        self.refused_by_both(flows.format("id", ", schema => 'id INT'", "id", ", schema => 'id BIGINT'"),
                             "DELTA_FAILED_TO_MERGE_FIELDS")
        through = ("CREATE STREAMING TABLE one AS SELECT CAST(id AS INT) AS id FROM STREAM read_files('in', "
                   "format => 'csv', header => true);\n"
                   "CREATE STREAMING TABLE two AS SELECT CAST(id AS BIGINT) AS id FROM STREAM read_files('in', "
                   "format => 'csv', header => true);\n"
                   "CREATE STREAMING TABLE t;\n"
                   "CREATE FLOW f AS INSERT INTO t BY NAME SELECT * FROM STREAM one;\n"
                   "CREATE FLOW g AS INSERT INTO t BY NAME SELECT * FROM STREAM two;\n")
        self.refused_by_both(through, "DELTA_FAILED_TO_MERGE_FIELDS")
        # What files hold is no mistake of the project's text.
        self.runs_but_for(flows.format("id", "", "id", ""), "DELTA_FAILED_TO_MERGE_FIELDS")

    def test_files_stop_only_what_reads_them(self):
        (self.folder / "in" / "1.csv").write_text("id,a b\n1,one\n")
        self.runs_but_for("CREATE STREAMING TABLE t AS SELECT *, 1 AS one FROM STREAM read_files('in', format => "
                          "'csv', header => true);\n", "DELTA_INVALID_CHARACTERS_IN_COLUMN_NAMES")

    def test_a_full_refresh_that_is_not_allowed(self):
        text = ("CREATE MATERIALIZED VIEW t TBLPROPERTIES ('pipelines.reset.allowed' = 'false') AS "
                "SELECT 1 AS x;\n")
        self.write(a=text)
        self.assertEqual(self.pipeline("run").returncode, 0)
        for command in ("dry-run", "run"):
            ran = self.pipeline(command, "--full-refresh", "t")
            self.assertEqual(ran.returncode, 1, ran.stdout + ran.stderr)
            self.assertIn("pipelines.reset.allowed = false", ran.stderr)

    def test_a_table_that_nothing_was_put_into_may_become_any_other(self):
        self.write(a="CREATE STREAMING TABLE t (CONSTRAINT c EXPECT (id > 100) ON VIOLATION FAIL UPDATE) AS SELECT "
                     "CAST(id AS INT) AS id, name FROM STREAM read_files('in', format => 'csv', header => true);\n")
        self.assertIn("EXPECTATION_VIOLATED", self.pipeline("run", output="json").stdout)
        self.write(a="CREATE STREAMING TABLE t PARTITIONED BY (name) AS SELECT CAST(id AS STRING) AS id, name FROM "
                     "STREAM read_files('in', format => 'csv', header => true);\n")
        self.assertEqual(self.pipeline("dry-run").returncode, 0)
        ran = self.pipeline("run")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertEqual(self.sql("SELECT count(*) AS n, typeof(min(id)) AS t FROM main.p.t"), [{"n": 3, "t": "string"}])
        # Now there are rows.
        self.write(a="CREATE STREAMING TABLE t PARTITIONED BY (name) AS SELECT CAST(id AS INT) AS id, name FROM "
                     "STREAM read_files('in', format => 'csv', header => true);\n")
        self.assertIn("DELTA_FAILED_TO_MERGE_FIELDS", self.pipeline("dry-run").stderr)

    def test_a_damaged_file_is_named(self):
        (self.folder / "bad").mkdir()
        (self.folder / "bad" / "1.parquet").write_bytes(b"PAR1 nothing of the kind PAR1")
        self.write(a="CREATE STREAMING TABLE t AS SELECT * FROM STREAM read_files('bad', format => 'parquet', "
                     "schema => 'id INT');\n")
        ran = self.pipeline("run")
        self.assertIn("bad/1.parquet", ran.stdout + ran.stderr)

    def test_a_damaged_file_of_a_table_is_named(self):
        self.write(a=self.GOOD)
        self.assertEqual(self.pipeline("run").returncode, 0)
        (location,) = self.sql("DESCRIBE DETAIL main.p.good")
        (file,) = pathlib.Path(location["location"].removeprefix("file://")).glob("part-*.parquet")
        data = bytearray(file.read_bytes())
        # What says where its columns are; its length and the mark behind it stay.
        for at in range(len(data) - 150, len(data) - 8):
            data[at] = 0xff
        file.write_bytes(data)
        self.write(a=self.GOOD + "CREATE MATERIALIZED VIEW t AS SELECT x + 1 AS y FROM good;\n")
        ran = self.pipeline("run")
        self.assertEqual(ran.returncode, 1)
        self.assertRegex(ran.stderr, rf"FAILED    main\.p\.t: .*a Parquet file can't be read: .*{file.name}")


class GraphTest(ProjectTextsTest):
    def test_sources_are_named_by_their_paths(self):
        self.write(a="CREATE STREAMING TABLE t AS SELECT * FROM STREAM read_files('in', format => "
                     "'csv', header => true);\n"
                     "CREATE MATERIALIZED VIEW v AS SELECT * FROM read_files('say \"in\" #1');\n")
        text = self.pipeline("graph").stdout
        self.assertIn("streaming table main.p.t\n  <- read_files('in', ...)\n", text.lower())
        self.assertIn("  <- read_files('say \"in\" #1')\n", text)
        mermaid = self.pipeline("graph", "--format", "mermaid").stdout
        self.assertIn("[/\"read_files('in', ...)\"/]", mermaid)
        self.assertIn("[/\"read_files('say #quot;in#quot; #35;1')\"/]", mermaid)


class UpdateTest(ProjectTextsTest):
    FLOWS = ("CREATE STREAMING TABLE t AS SELECT id, name FROM STREAM read_files('in', format => "
             "'csv', header => true, schema => 'id INT, name STRING');\n"
             "CREATE VIEW seen AS SELECT id FROM t;\n"
             "CREATE MATERIALIZED VIEW sums AS SELECT sum(id) AS s FROM seen;\n")

    def test_a_view_says_that_it_is_one(self):
        self.write(a=self.FLOWS)
        self.assertIn("main.p.seen: a view, computed when it is read (",
                      self.pipeline("run").stderr)

    def test_a_full_refresh_is_told_from_the_first_time(self):
        self.write(a=self.FLOWS)
        self.assertIn("full recompute (the first time)", self.pipeline("run").stderr)
        again = self.pipeline("run", "--full-refresh", "sums").stderr
        self.assertIn("full recompute (a full refresh was asked for)", again)
        self.assertNotIn("the first time", again)

    def test_columns_that_a_full_refresh_changes_are_told(self):
        self.write(a="CREATE STREAMING TABLE t AS SELECT id, name AS n FROM STREAM read_files("
                     "'in', format => 'csv', header => true);\n")
        self.pipeline("run")
        (self.folder / "in" / "2.csv").write_text("id,name\nx,four\n")
        self.assertNotIn("becomes", self.pipeline("run").stderr)
        self.write(a="CREATE STREAMING TABLE t AS SELECT id, name FROM STREAM read_files("
                     "'in', format => 'csv', header => true);\n")
        changes = ["the column id becomes STRING (it was INT)", "adds the column name STRING",
                   "the column n is not in the definition any more; it goes"]
        planned = self.pipeline("dry-run", "--full-refresh", "t").stdout
        ran = self.pipeline("run", "--full-refresh", "t").stderr
        for change in changes:
            self.assertIn(f"            {change}\n", planned)
            self.assertIn(f"            {change}\n", ran)
        self.assertNotIn("column", self.pipeline("run", "--full-refresh", "t").stderr)
        # A column more is told without one, too.
        self.write(a="CREATE STREAMING TABLE t AS SELECT id, name, 1 AS one FROM STREAM "
                     "read_files('in', format => 'csv', header => true);\n")
        ran = self.pipeline("run", output="json")
        (told,) = [event for event in map(json.loads, ran.stdout.splitlines())
                   if event.get("status") == "COMPLETED"]
        self.assertEqual(told["column_changes"], ["adds the column one INT"])

    def test_an_expectation_that_fails_shows_a_row(self):
        self.write(a=self.FLOWS.replace(
            "STREAMING TABLE t AS", "STREAMING TABLE t (CONSTRAINT named EXPECT (name IS NOT NULL) "
                                    "ON VIOLATION FAIL UPDATE, CONSTRAINT low EXPECT (id < 9)) AS"))
        ran = self.pipeline("run")
        self.assertEqual(ran.returncode, 1)
        self.assertRegex(ran.stderr, r"FAILED +main\.p\.t: .*at least 2 rows do not meet the "
                                     r"expectation `named`.*row: \{'id': [23], 'name': NULL\}")

    def test_a_long_row_is_cut(self):
        self.write(a="CREATE MATERIALIZED VIEW v (CONSTRAINT short EXPECT (length(x) < 9) ON "
                     "VIOLATION FAIL UPDATE) AS SELECT repeat('é', 1000) AS x;\n")
        said = self.pipeline("run").stderr
        self.assertIn("at least 1 row does not meet the expectation `short`", said)
        self.assertIn("é...", said)
        self.assertLess(len(said), 1200)


if __name__ == "__main__":
    unittest.main()
