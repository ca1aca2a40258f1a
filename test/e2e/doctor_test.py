"""Breaks a home in every way that `weir doctor` looks for, and sees it found and mended.

Usage: doctor_test.py <path of weir>
"""

import csv
import io
import json
import os
import pathlib
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

WEIR = os.path.abspath(sys.argv.pop(1))
DAY = 24 * 3600
RANK = ("ok", "warning", "wrong")


class DoctorTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.home = self.folder / "home"
        self.weir("sql", "-e", "CREATE TABLE t (id INT); INSERT INTO t VALUES (1), (2)")
        (self.folder / "in").mkdir()
        (self.folder / "in" / "1.csv").write_text("id\n1\n")
        (self.folder / "spark-pipeline.yml").write_text(
            "name: p\nlibraries:\n  - glob: {include: '*.sql'}\nstorage: storage\nschema: p\n")
        (self.folder / "flows.sql").write_text(
            "CREATE STREAMING TABLE s AS SELECT id FROM STREAM read_files('in', format => 'csv', "
            "header => true, schema => 'id INT')")
        self.weir("pipeline", "run")

    def run_weir(self, *arguments, **options):
        return subprocess.run([WEIR, "--home", str(self.home), *arguments], cwd=self.folder,
                              text=True, capture_output=True, **options)

    def weir(self, *arguments):
        ran = self.run_weir(*arguments)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        return ran.stdout

    def doctor(self, *arguments, **options):
        """The gravest finding of each check, and the exit code."""
        ran = self.run_weir("doctor", "--output", "json", *arguments, **options)
        findings = {}
        for line in ran.stdout.splitlines():
            one = json.loads(line)
            there = findings.setdefault(one["check"], one)
            if RANK.index(one["verdict"]) > RANK.index(there["verdict"]):
                findings[one["check"]] = one
        self.assertNotEqual(findings, {}, ran.stderr)
        wrong = any(one["verdict"] == "wrong" for one in findings.values())
        self.assertEqual(ran.returncode, 1 if wrong else 0, ran.stdout + ran.stderr)
        return findings, ran.stderr

    def assert_finds(self, check, verdict, *parts, arguments=(), **options):
        findings, _ = self.doctor(*arguments, **options)
        one = findings[check]
        self.assertEqual(one["verdict"], verdict, one)
        for part in parts:
            self.assertIn(part, one["text"] + "\n" + one["hint"])
        if verdict != "ok":
            self.assertNotEqual(one["hint"], "", one)

    def files(self):
        """Everything in the home but what SQLite keeps in shared memory, as bytes."""
        return {path: path.read_bytes() for path in self.home.rglob("*")
                if path.is_file() and path.suffix != ".db-shm"}

    def table(self, name="t"):
        """The folder of a table."""
        with sqlite3.connect(self.home / "weir.db") as state:
            [[location]] = state.execute("SELECT location FROM tables WHERE name = ?", [name])
        return pathlib.Path(location.removeprefix("file://"))

    def age(self, folder):
        for path in [*folder.rglob("*"), folder]:
            os.utime(path, (time.time() - 2 * DAY,) * 2)

    def state(self, statement, *values):
        with sqlite3.connect(self.home / "weir.db") as state:
            state.execute(statement, values)


class GoodHomeTest(DoctorTest):
    def test_a_good_home_is_good_and_nothing_is_written(self):
        before = self.files()
        findings, _ = self.doctor()
        self.assertEqual({name for name, one in findings.items() if one["verdict"] == "wrong"},
                         set())
        self.assertIn("3 examined, ", findings["tables"]["text"])
        self.assertIn("DuckDB v1.", findings["engine"]["text"])
        self.assertEqual(self.files(), before)

    def test_the_picture_has_a_line_for_each_check_and_a_summary(self):
        lines = self.weir("doctor").splitlines()
        self.assertEqual(lines[0], f"home {self.home}")
        self.assertTrue(any(line.startswith("  ok        state: format ") for line in lines), lines)
        self.assertRegex(lines[-1], r"^\d+ checks: 0 wrong, \d+ warnings?$")
        rows = list(csv.DictReader(io.StringIO(self.weir("doctor", "--output", "csv"))))
        self.assertEqual(list(rows[0]), ["check", "verdict", "text", "hint"])

    def test_a_home_that_is_not_there_is_not_made(self):
        self.home = self.folder / "nowhere"
        self.assert_finds("home", "warning", "nowhere is not there yet")
        self.assertFalse(self.home.exists())

    def test_help_has_examples(self):
        self.assertIn("weir doctor --fix", self.weir("doctor", "--help"))


class BrokenFolderTest(DoctorTest):
    def test_a_home_open_to_others_is_closed(self):
        self.home.chmod(0o755)
        self.assert_finds("permissions", "wrong", "mode 0755", "chmod 700")
        _, said = self.doctor("--fix")
        self.assertIn("mended permissions", said)
        self.assertEqual(self.home.stat().st_mode & 0o777, 0o700)
        self.assert_finds("permissions", "ok")

    def test_a_home_that_is_a_file(self):
        self.home = self.folder / "flows.sql"
        self.assert_finds("permissions", "wrong", "is not a folder")

    def test_few_open_files(self):
        limit = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (200, 4096))
        self.assert_finds("open files", "wrong", "200", "ulimit -n", preexec_fn=limit)

    def test_a_folder_for_temporary_files_that_is_not_there(self):
        environment = {**os.environ, "TMPDIR": "/nowhere/at/all"}
        self.assert_finds("space for temporary files", "wrong", "/nowhere/at/all", "TMPDIR",
                          env=environment)

    def test_a_clock_that_was_put_back(self):
        os.utime(self.home / "weir.db", (time.time() + DAY,) * 2)
        self.assert_finds("clock", "wrong", "weir.db was written at", "set the clock")

    @unittest.skipUnless(os.access("/dev/shm", os.W_OK), "needs a place in memory")
    def test_a_home_in_memory(self):
        with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
            self.home = pathlib.Path(folder)
            self.assert_finds("file system", "warning", "tmpfs", "local disk")


class BrokenStateTest(DoctorTest):
    def fold(self):
        with sqlite3.connect(self.home / "weir.db") as state:
            state.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def test_a_state_that_is_gone(self):
        for file in self.home.glob("weir.db*"):
            file.unlink()
        self.assert_finds("state", "wrong", "weir.db is gone", "from a copy")
        self.assertFalse((self.home / "weir.db").exists())

    def test_a_state_that_was_never_begun(self):
        self.home = self.folder / "new"
        self.home.mkdir(mode=0o700)
        (self.home / "weir.db").touch()
        self.assert_finds("state", "warning", "weir.db is empty", "delete the file")
        with sqlite3.connect(self.home / "weir.db") as state:
            state.execute("PRAGMA journal_mode = WAL")
        self.assert_finds("state", "warning", "weir.db is empty", "the next command")
        self.weir("sql", "-e", "SELECT 1")
        self.assert_finds("state", "ok", "whole")
        # With tables it is not as if nothing was lost.
        for file in self.home.glob("weir.db*"):
            file.unlink()
        (self.home / "weir.db").touch()
        (self.home / "data" / "x").mkdir(parents=True)
        self.assert_finds("state", "wrong", "weir.db is empty", "from a copy")

    def test_a_state_that_is_no_database(self):
        self.fold()
        (self.home / "weir.db").write_text("no database at all" * 1000)
        self.assert_finds("state", "wrong", "damaged", "from a copy")

    def test_the_database_of_another_program(self):
        self.fold()
        self.state("PRAGMA application_id = 1")
        self.assert_finds("state", "wrong", "no weir home's database")

    def test_a_state_with_a_damaged_page(self):
        self.fold()
        file = self.home / "weir.db"
        page = 4096
        content = bytearray(file.read_bytes())
        # What the last pages hold: rows and indexes, not the schema.
        content[-2 * page:] = b"\xa5" * (2 * page)
        file.write_bytes(content)
        self.assert_finds("state", "wrong", "from a copy")

    def test_a_state_of_a_newer_weir(self):
        self.state("PRAGMA user_version = 999")
        self.assert_finds("state", "wrong", "format 999", "newer weir")

    def test_a_row_whose_schema_is_gone(self):
        self.state("UPDATE tables SET schema = 99 WHERE name = 't'")
        self.assert_finds("state", "wrong", "that is gone")

    def test_records_of_processes_that_are_gone_are_closed(self):
        self.state("UPDATE statements SET outcome = NULL, finished = NULL, process = 4194305 "
                   "WHERE id = (SELECT min(id) FROM statements)")
        self.assert_finds("statements", "warning", "1 record left open")
        _, said = self.doctor("--fix")
        self.assertIn("closed 1 record", said)
        self.assert_finds("statements", "ok")


class BrokenTableTest(DoctorTest):
    def data_file(self, name="t"):
        return next(self.table(name).glob("*.parquet"))

    def test_a_data_file_that_is_gone(self):
        file = self.data_file()
        file.unlink()
        self.assert_finds("tables", "wrong", "main.default.t", file.name + " is gone", "DROP TABLE")

    def test_a_data_file_that_lost_its_end(self):
        file = self.data_file("s")
        size = file.stat().st_size
        os.truncate(file, size - 1)
        self.assert_finds("tables", "wrong", "main.p.s", f"has {size - 1} bytes instead of {size}",
                          "--full-refresh main.p.s")

    def test_a_log_entry_that_is_damaged(self):
        (self.table() / "_delta_log" / f"{1:020}.json").write_text("{")
        self.assert_finds("tables", "wrong", f"{1:020}.json")

    def test_a_table_whose_folder_is_gone(self):
        shutil.rmtree(self.table())
        self.assert_finds("tables", "wrong", "main.default.t", "DROP TABLE")

    def test_a_table_that_needs_a_newer_reader(self):
        (self.table() / "_delta_log" / f"{2:020}.json").write_text(
            '{"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":'
            '["teleportation"],"writerFeatures":["teleportation"]}}\n')
        self.assert_finds("tables", "wrong", "teleportation")

    def test_a_table_that_needs_a_newer_writer(self):
        (self.table() / "_delta_log" / f"{2:020}.json").write_text(
            '{"protocol":{"minReaderVersion":1,"minWriterVersion":7,"writerFeatures":'
            '["teleportation"]}}\n')
        self.assert_finds("tables", "warning", "teleportation", "read only")

    def test_a_plan_of_a_flow_that_is_damaged(self):
        [plan] = (self.table("s") / "_weir" / "flows").rglob("*.json")
        plan.write_text("{}")
        self.assert_finds("tables", "wrong", "main.p.s", plan.name, "--full-refresh")

    def test_one_table_that_is_not_well_does_not_hide_another(self):
        self.data_file().unlink()
        self.data_file("s").unlink()
        picture = self.run_weir("doctor").stdout
        self.assertIn("wrong     tables: main.default.t", picture)
        self.assertIn("wrong     tables: main.p.s", picture)


class LeftoversTest(DoctorTest):
    def orphan(self):
        folder = self.home / "data" / "0f0e0d0c-0000-4000-8000-000000000000"
        shutil.copytree(self.table(), folder)
        return folder

    def test_a_folder_that_no_table_names_is_removed(self):
        folder = self.orphan()
        self.age(folder)
        self.assert_finds("orphan folders", "warning", folder.name, "--fix")
        self.assertTrue(folder.exists())
        before = self.files()
        _, said = self.doctor("--fix")
        self.assertIn("mended orphan folders: removed", said)
        self.assertFalse(folder.exists())
        # Nothing else is gone, and it is on record.
        gone = {path for path in before.keys() - self.files().keys() if folder not in path.parents}
        self.assertEqual(gone, set())
        with sqlite3.connect(self.home / "weir.db") as state:
            [[writes, outcome]] = state.execute(
                "SELECT writes, outcome FROM statements WHERE text = 'weir doctor --fix'")
        self.assertEqual((json.loads(writes), outcome), ([f"file://{folder}"], "SUCCEEDED"))

    def test_the_folder_of_a_volume_stays(self):
        self.weir("sql", "-e", "CREATE VOLUME v; "
                  "PUT 'in/1.csv' INTO '/Volumes/main/default/v/deep/1.csv'")
        with sqlite3.connect(self.home / "weir.db") as state:
            [[location]] = state.execute("SELECT location FROM volumes")
        self.age(pathlib.Path(location.removeprefix("file://")))
        self.assert_finds("orphan folders", "ok", "none")
        self.doctor("--fix", "--grace", "0ms")
        self.assertIn("1.csv", self.weir("sql", "-e", "LIST '/Volumes/main/default/v/deep'"))

    def test_a_folder_that_changed_lately_may_be_a_table_being_made(self):
        folder = self.orphan()
        self.assert_finds("orphan folders", "ok", "left alone")
        self.doctor("--fix")
        self.assertTrue(folder.exists())
        self.doctor("--fix", "--grace", "0ms")
        self.assertFalse(folder.exists())

    def test_a_folder_that_a_running_statement_may_be_making_stays(self):
        folder = self.orphan()
        self.age(folder)
        # A record of this process, which runs, from before the folder changed.
        stat = pathlib.Path("/proc/self/stat").read_text()
        boot = pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        self.state("UPDATE statements SET outcome = NULL, finished = NULL, process = ?, "
                   "process_start = ?, boot = ?, begun = 0 WHERE id = (SELECT min(id) FROM "
                   "statements)", os.getpid(), int(stat.rsplit(")", 1)[1].split()[19]),
                   f"{boot} {os.readlink('/proc/self/ns/pid')}")
        self.assert_finds("orphan folders", "ok", f"process {os.getpid()} was running")
        self.assert_finds("statements", "ok", "1 statement running")
        self.doctor("--fix")
        self.assertTrue(folder.exists())

    def test_a_link_out_of_the_home_is_left_alone(self):
        outside = self.folder / "outside"
        outside.mkdir()
        (outside / "precious").write_text("x")
        (self.home / "data" / "link").symlink_to(outside)
        self.age(outside)
        self.doctor("--fix", "--grace", "0ms")
        self.assertTrue((outside / "precious").exists())

    def test_unfinished_files_and_spilled_rows_are_removed(self):
        unfinished = self.table() / ".weir-tmp-1"
        unfinished.write_text("half")
        (self.home / "tmp").mkdir(exist_ok=True)
        spilled = self.home / "tmp" / "duckdb_temp_storage_DEFAULT-0.tmp"
        spilled.write_text("rows")
        self.assert_finds("leftovers", "ok")
        for file in (unfinished, spilled):
            os.utime(file, (time.time() - 2 * DAY,) * 2)
        self.assert_finds("leftovers", "warning", "2 files", "--fix")
        _, said = self.doctor("--fix")
        self.assertIn("removed 2 unfinished files", said)
        self.assertFalse(unfinished.exists() or spilled.exists())
        self.assert_finds("leftovers", "ok")


class UpdateTest(DoctorTest):
    def test_an_update_that_runs_is_seen_and_not_disturbed(self):
        with subprocess.Popen([WEIR, "--home", str(self.home), "pipeline", "run", "--continuous"],
                              cwd=self.folder, stderr=subprocess.PIPE, text=True) as update:
            while "completed" not in update.stderr.readline():
                pass
            findings, _ = self.doctor("--fix")
            self.assertEqual(findings["updates"]["verdict"], "ok")
            self.assertIn(f"process {update.pid} of", findings["updates"]["text"])
            self.assertIsNone(update.poll())
            update.send_signal(signal.SIGINT)
            update.communicate()
        self.assert_finds("updates", "ok", "no pipeline is being updated")


if __name__ == "__main__":
    unittest.main()
