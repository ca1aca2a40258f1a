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
