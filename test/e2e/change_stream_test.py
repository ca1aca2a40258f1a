"""Streams of what changed in a table.

Usage: change_stream_test.py <path of weir>
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

WEIR = os.path.abspath(sys.argv.pop(1))
SPEC = ("name: p\nlibraries:\n  - glob: {include: '*.sql'}\nstorage: storage\nschema: p\n")
FEED = "TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true')"


class ChangeStreamTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "spark-pipeline.yml").write_text(SPEC)
        self.sql(f"CREATE TABLE main.default.t (id INT, v STRING) {FEED}",
                 "INSERT INTO main.default.t VALUES (1, 'a'), (2, 'b')")

    def weir(self, *arguments):
        return subprocess.run([WEIR, "--home", str(self.folder / "home"), *arguments],
                              cwd=self.folder, text=True, capture_output=True)

    def sql(self, *statements):
        ran = self.weir("--output", "json", "sql", "-e", ";\n".join(statements))
        self.assertEqual(ran.returncode, 0, ran.stderr)
        return [list(json.loads(line).values()) for line in ran.stdout.splitlines()]

    def update(self, text):
        (self.folder / "flows.sql").write_text(text)
        ran = self.weir("pipeline", "run")
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)

    def changes(self):
        return self.sql("SELECT id, v, _change_type, _commit_version FROM main.p.changes "
                        "ORDER BY _commit_version, id, _change_type DESC")

    def test_each_change_comes_once(self):
        text = ("CREATE STREAMING TABLE changes AS SELECT id, v, _change_type, _commit_version "
                "FROM STREAM table_changes('main.default.t', 1);")
        self.update(text)
        first = [[1, "a", "insert", 1], [2, "b", "insert", 1]]
        self.assertEqual(self.changes(), first)
        self.update(text)
        self.assertEqual(self.changes(), first)
        self.sql("UPDATE main.default.t SET v = 'B' WHERE id = 2",
                 "DELETE FROM main.default.t WHERE id = 1")
        self.update(text)
        more = [[2, "b", "update_preimage", 2], [2, "B", "update_postimage", 2],
                [1, "a", "delete", 3]]
        self.assertEqual(self.changes(), first + more)
        # It goes on where it was, wherever it is said to start.
        self.sql("INSERT INTO main.default.t VALUES (3, 'c')")
        self.update(text.replace("t', 1", "t', 0"))
        self.assertEqual(self.changes(), first + more + [[3, "c", "insert", 4]])

    def test_it_starts_where_it_is_said_to(self):
        self.sql("DELETE FROM main.default.t WHERE id = 1")
        self.update("CREATE STREAMING TABLE changes AS SELECT id, v, _change_type, _commit_version "
                    "FROM STREAM table_changes('main.default.t', 2);")
        self.assertEqual(self.changes(), [[1, "a", "delete", 2]])

    def test_a_dataset_of_the_pipeline_comes_first(self):
        self.update(
            "CREATE STREAMING TABLE changes AS SELECT id, v, _change_type, _commit_version "
            "FROM STREAM table_changes('base', 0);\n"
            f"CREATE STREAMING TABLE base {FEED} AS SELECT * FROM STREAM main.default.t;")
        self.assertEqual([row[:3] for row in self.changes()],
                         [[1, "a", "insert"], [2, "b", "insert"]])

    def test_a_materialized_view_follows_the_feed(self):
        text = ("CREATE MATERIALIZED VIEW changes AS SELECT id, v, _change_type, _commit_version "
                "FROM table_changes('main.default.t', 0) WHERE _change_type = 'delete';")
        self.update(text)
        self.assertEqual(self.changes(), [])
        self.sql("DELETE FROM main.default.t")
        self.update(text)
        self.assertEqual(self.changes(), [[1, "a", "delete", 2], [2, "b", "delete", 2]])

    def test_an_end_has_no_place_in_a_stream(self):
        (self.folder / "flows.sql").write_text(
            "CREATE STREAMING TABLE changes AS SELECT id FROM "
            "STREAM table_changes('main.default.t', 0, 1);")
        ran = self.weir("pipeline", "run")
        self.assertNotEqual(ran.returncode, 0)
        self.assertIn("a stream of changes has no end", ran.stdout + ran.stderr)


if __name__ == "__main__":
    unittest.main()
