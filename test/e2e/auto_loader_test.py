"""Streams of files in pipelines: batches, columns that come, clean-up, events of the disk, and what is known of it.

Usage: auto_loader_test.py <path of weir>
"""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest

WEIR = os.path.abspath(sys.argv.pop(1))
SPEC = ("name: p\nlibraries:\n  - glob: {include: '*.sql'}\nstorage: storage\nschema: p\n")


class AutoLoaderTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name).resolve()
        (self.folder / "spark-pipeline.yml").write_text(SPEC)
        (self.folder / "in").mkdir()

    def weir(self, *arguments):
        return subprocess.run([WEIR, "--home", str(self.folder / "home"), *arguments],
                              cwd=self.folder, text=True, capture_output=True)

    def sql(self, *statements):
        ran = self.weir("--output", "json", "sql", "-e", ";\n".join(statements))
        self.assertEqual(ran.returncode, 0, ran.stderr)
        return [list(json.loads(line).values()) for line in ran.stdout.splitlines()]

    def define(self, options, columns="*", table=""):
        (self.folder / "flows.sql").write_text(
            f"CREATE STREAMING TABLE t {table} AS SELECT {columns} FROM STREAM read_files("
            f"'{self.folder}/in', format => 'csv', header => true{options});")

    def update(self, fails=False):
        ran = self.weir("--output", "json", "pipeline", "run")
        self.assertEqual(ran.returncode != 0, fails, ran.stdout + ran.stderr)
        return ran.stdout + ran.stderr

    def put(self, name, text):
        path = self.folder / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def versions(self):
        return [row[0] for row in self.sql("DESCRIBE HISTORY main.p.t")]

    def test_one_update_cuts_what_is_there_into_batches(self):
        for i in range(5):
            self.put(f"{i}.csv", f"id\n{i}\n")
        self.define(", `cloudFiles.maxFilesPerTrigger` => 2")
        self.update()
        self.assertEqual(self.sql("SELECT count(*), sum(id) FROM main.p.t"), [[5, 10]])
        self.assertEqual(len(self.versions()), 1 + 3)
        self.define(", maxBytesPerTrigger => '6b'")
        for i in range(5, 8):
            self.put(f"{i}.csv", f"id\n{i}\n")
        self.update()
        self.assertEqual(len(self.versions()), 4 + 2)

    def test_a_column_that_comes_is_added_within_the_update(self):
        self.put("a.csv", "id\n1\n")
        self.define(", maxFilesPerTrigger => 1")
        self.update()
        self.put("b.csv", "id\n2\n")
        self.put("c.csv", "id,name\n3,c\n")
        self.update()
        self.assertEqual(self.sql("SELECT id, name FROM main.p.t ORDER BY id"),
                         [[1, None], [2, None], [3, "c"]])

    def test_a_file_that_changed_takes_the_place_of_what_it_was(self):
        self.put("a.csv", "id\n1\n2\n")
        self.put("b.csv", "id\n3\n")
        source = "id, _metadata.file_path AS source"
        self.define(", allowOverwrites => 'replace'", source,
                    "TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true')")
        self.update()
        self.put("a.csv", "id\n1\n20\n21\n")
        self.put("c.csv", "id\n4\n")
        self.assertIn("1 file that changed: rows of what they were go", self.update())
        rows = "SELECT id, regexp_extract(source, '[a-z]+.csv', 0) FROM main.p.t ORDER BY id"
        self.assertEqual(self.sql(rows), [[1, "a.csv"], [3, "b.csv"], [4, "c.csv"],
                                          [20, "a.csv"], [21, "a.csv"]])
        changes = self.sql("SELECT id, _change_type FROM table_changes('main.p.t', 2) ORDER BY ALL")
        self.assertEqual(changes, [[1, "delete"], [1, "insert"], [2, "delete"], [4, "insert"],
                                   [20, "insert"], [21, "insert"]])
        # One version for what goes and what comes.
        self.assertEqual(len(self.versions()), 1 + 2)
        self.put("a.csv", "id\n")
        self.update()
        self.assertEqual(self.sql("SELECT id FROM main.p.t ORDER BY id"), [[3], [4]])
        versions = self.versions()
        self.update()
        self.assertEqual(self.versions(), versions)

    def test_files_can_only_be_replaced_where_rows_tell_which_is_theirs(self):
        self.put("a.csv", "id\n1\n")
        replace = f"STREAM read_files('{self.folder}/in', format => 'csv', allowOverwrites => 'replace')"
        table = "CREATE STREAMING TABLE t"
        for text, part in [
                (f"{table} AS SELECT * FROM {replace};", "gives none"),
                (f"{table} AS SELECT upper(_metadata.file_path) AS p FROM {replace};", "gives none"),
                (f"{table} AS SELECT _metadata.file_name AS p FROM {replace};", "gives none"),
                (f"{table}; CREATE FLOW a AS INSERT INTO t BY NAME SELECT _metadata.file_path AS p FROM "
                 f"{replace}; CREATE FLOW b AS INSERT INTO t BY NAME SELECT _metadata.file_path AS p FROM "
                 f"{replace.replace('/in', '/other')};", "several flows"),
                (f"{table} FLOW AUTO CDC FROM {replace} KEYS (_c0) SEQUENCE BY _c0;", "AUTO CDC"),
                (f"CREATE MATERIALIZED VIEW t AS SELECT * FROM {replace[7:]};", "this is none")]:
            (self.folder / "other").mkdir(exist_ok=True)
            (self.folder / "other/a.csv").write_text("1\n")
            (self.folder / "flows.sql").write_text(text)
            ran = self.weir("pipeline", "dry-run")
            self.assertNotEqual(ran.returncode, 0, text)
            self.assertIn(part, ran.stdout + ran.stderr)
        for query in ["SELECT id, p FROM named WHERE id > 0",
                      "SELECT n.p AS where_from, n.id FROM named AS n LEFT JOIN main.default.k USING (id)"]:
            (self.folder / "flows.sql").write_text(
                "CREATE TEMPORARY VIEW named AS SELECT *, _metadata.file_path AS p FROM "
                f"{replace[:-1]}, header => true);\n{table} AS {query};")
            self.sql("CREATE TABLE IF NOT EXISTS main.default.k (id INT)")
            ran = self.weir("pipeline", "dry-run")
            self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)

    def test_folders_are_columns(self):
        self.put("year=2024/kind=a%2Fb/a.csv", "id\n1\n")
        self.put("year=2025/kind=__HIVE_DEFAULT_PARTITION__/b.csv", "id\n2\n")
        self.define("")
        self.update()
        self.assertEqual(self.sql("SELECT id, year, kind FROM main.p.t ORDER BY id"),
                         [[1, 2024, "a/b"], [2, 2025, None]])
        whole = (f"SELECT id, year, kind FROM read_files('{self.folder}/in', format => 'csv', "
                 "header => true) WHERE year = 2024")
        self.assertEqual(self.sql(whole), [[1, 2024, "a/b"]])

    def test_columns_of_folders_stand_beside_parquet(self):
        self.sql("CREATE TABLE main.default.source AS SELECT 7 AS id, 'x' AS name")
        files = list((self.folder / "home").rglob("*.parquet"))
        target = self.folder / "in" / "day=2024-01-31"
        target.mkdir(parents=True)
        (target / "a.parquet").write_bytes(files[0].read_bytes())
        rows = self.sql(f"SELECT id, name, day, _metadata.file_name FROM "
                        f"read_files('{self.folder}/in', format => 'parquet')")
        self.assertEqual(rows, [[7, "x", "2024-01-31", "a.parquet"]])
        self.assertEqual(self.sql(f"SELECT count(*) FROM read_files('{self.folder}/in', "
                                  "format => 'parquet') WHERE day = DATE '2024-02-01'"), [[0]])

    def test_new_columns_can_fail_the_flow_and_widen_the_table(self):
        self.put("a.csv", "id\n1\n")
        self.define(", schemaEvolutionMode => 'failOnNewColumns'")
        self.update()
        self.put("b.csv", "id,more\n2,x\n")
        told = self.update(fails=True)
        self.assertIn("UNKNOWN_FIELD_EXCEPTION.NEW_FIELDS_IN_FILE", told)
        self.assertIn("b.csv", told)
        self.define(", schemaEvolutionMode => 'addNewColumnsWithTypeWidening'",
                    table="TBLPROPERTIES ('delta.enableTypeWidening' = 'true')")
        self.put("c.csv", "id,more\n3000000000,y\n")
        self.update()
        self.assertEqual(self.sql("SELECT id, more FROM main.p.t ORDER BY id"),
                         [[1, None], [2, "x"], [3000000000, "y"]])

    def test_files_are_moved_away_once_they_are_in_the_table(self):
        self.put("sub/a.csv", "id\n1\n")
        self.put("b.csv", "id\n2\n")
        moving = (f", cleanSource => 'MOVE', `cleanSource.moveDestination` => '{self.folder}/done', "
                  "`cleanSource.retentionDuration` => '0 seconds'")
        self.define(moving)
        self.update()
        left = [path for path in (self.folder / "in").rglob("*") if path.is_file()]
        self.assertEqual(left, [])
        self.assertEqual((self.folder / "done/sub/a.csv").read_text(), "id\n1\n")
        self.assertEqual(self.sql("SELECT sum(id) FROM main.p.t"), [[3]])
        state = self.sql("SELECT path, size, discovery_time <= commit_time, "
                         "commit_time <= archive_time, archive_mode, move_location, flow_name "
                         "FROM cloud_files_state(TABLE(main.p.t)) ORDER BY path")
        self.assertEqual(state, [
            [f"file://{self.folder}/in/b.csv", 5, True, True, "MOVE",
             f"file://{self.folder}/done/b.csv", "main.p.t"],
            [f"file://{self.folder}/in/sub/a.csv", 5, True, True, "MOVE",
             f"file://{self.folder}/done/sub/a.csv", "main.p.t"]])
        self.update()
        self.assertEqual(self.sql("SELECT count(*) FROM main.p.t"), [[2]])

    def test_nothing_is_moved_while_the_update_fails(self):
        self.put("a.csv", "id\n1\n")
        (self.folder / "flows.sql").write_text(
            "CREATE STREAMING TABLE t (CONSTRAINT c EXPECT (id > 1) ON VIOLATION FAIL UPDATE) AS "
            f"SELECT * FROM STREAM read_files('{self.folder}/in', format => 'csv', header => true, "
            f"cleanSource => 'MOVE', `cleanSource.moveDestination` => '{self.folder}/done', "
            "`cleanSource.retentionDuration` => '0 seconds');")
        self.update(fails=True)
        self.assertTrue((self.folder / "in/a.csv").exists())

    def test_many_batches_are_remembered_through_compactions(self):
        for i in range(70):
            self.put(f"{i:03}.csv", f"id\n{i}\n")
        self.define(", maxFilesPerTrigger => 1", columns="id")
        self.update()
        self.put("later.csv", "id\n1000\n")
        self.update()
        self.assertEqual(self.sql("SELECT count(*), sum(id) FROM main.p.t"), [[71, 3415]])
        self.assertEqual(self.sql("SELECT count(*), count(commit_time) FROM "
                                  "cloud_files_state(TABLE(main.p.t))"), [[71, 71]])

    def test_an_update_that_goes_on_hears_of_files(self):
        self.put("a.csv", "id\n1\n")
        self.define(", useNotifications => true", columns="id")
        command = [WEIR, "--home", str(self.folder / "home"), "--output", "json", "pipeline", "run",
                   "--continuous", "--interval", "20ms"]
        with subprocess.Popen(command, cwd=self.folder, stdout=subprocess.PIPE, text=True) as child:
            self.read_until_rows(child)
            self.put("new/b.csv", "id\n2\n")
            self.read_until_rows(child)
            (self.folder / "outside.csv").write_text("id\n3\n")
            os.link(self.folder / "outside.csv", self.folder / "in/c.csv")
            self.read_until_rows(child)
            child.send_signal(signal.SIGINT)
            child.stdout.read()
        self.assertEqual(child.returncode, 0)
        self.assertEqual(self.sql("SELECT id FROM main.p.t ORDER BY id"), [[1], [2], [3]])

    def read_until_rows(self, child):
        for line in child.stdout:
            event = json.loads(line)
            if event.get("status") == "COMPLETED" and event.get("num_output_rows"):
                return
        self.fail("the update ended")

    def test_what_is_wrong_is_told(self):
        for options, part in [
                (", useNotifications => true, queueUrl => 'https://evil.example/q'", "queue"),
                (", backfillInterval => '1 day'", "means nothing without useNotifications"),
                (f", cleanSource => 'MOVE', `cleanSource.moveDestination` => '{self.folder}/in/x'",
                 "lies in the place that files are read from")]:
            self.define(options)
            ran = self.weir("pipeline", "dry-run")
            self.assertNotEqual(ran.returncode, 0, options)
            self.assertIn(part, ran.stdout + ran.stderr)
        ran = self.weir("sql", "-e", f"SELECT * FROM read_files('{self.folder}/in', format => 'orc')")
        self.assertIn("ORC files are not supported", ran.stderr)
        self.assertIn("spark.read.orc", ran.stderr)
        ran = self.weir("sql", "-e", "SELECT * FROM cloud_files_state('/checkpoint')")
        self.assertIn("takes TABLE(", ran.stderr)


if __name__ == "__main__":
    unittest.main()
