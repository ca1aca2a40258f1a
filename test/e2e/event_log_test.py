"""Runs pipelines as a program and reads their event logs with SQL.

Usage: event_log_test.py <path of weir>
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

WEIR = os.path.abspath(sys.argv.pop(1))
FLOWS = """
CREATE STREAMING TABLE raw (id INT, n INT, CONSTRAINT few EXPECT (n < 9) ON VIOLATION DROP ROW)
AS SELECT id, n FROM STREAM read_files('data', format => 'csv', header => true);
CREATE MATERIALIZED VIEW sums AS SELECT n, sum(id) AS s FROM raw GROUP BY n;
"""


class EventLogTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.home = self.folder / "home"
        (self.folder / "data").mkdir()
        (self.folder / "data" / "a.csv").write_text(
            "id,n\n" + "".join(f"{i},{i % 10}\n" for i in range(100)))
        (self.folder / "spark-pipeline.yml").write_text(
            "name: told\nstorage: out\nlibraries:\n  - glob: {include: '*.sql'}\n")
        (self.folder / "flows.sql").write_text(FLOWS)

    def weir(self, *arguments, code=0):
        ran = subprocess.run([WEIR, "--home", self.home, *arguments], cwd=self.folder,
                             capture_output=True, text=True)
        self.assertEqual(ran.returncode, code, ran.stderr)
        return ran

    def rows(self, query):
        out = self.weir("--output", "json", "sql", "-e", query).stdout
        return [json.loads(line) for line in out.splitlines()]

    def events(self, where="true"):
        return self.rows("SELECT * FROM event_log('told') WHERE " + where +
                         " ORDER BY timestamp, sequence.data_plane_id.seq_no")

    def test_an_update_tells_what_its_flows_did(self):
        self.weir("pipeline", "run")
        events = self.events()
        self.assertEqual(events[0]["event_type"], "create_update")
        self.assertEqual(events[-1]["event_type"], "update_progress")
        self.assertEqual(json.loads(events[-1]["details"]),
                         {"update_progress": {"state": "COMPLETED"}})
        self.assertEqual(len({event["id"] for event in events}), len(events))
        report = json.loads(next((self.folder / "out" / "updates").iterdir()).read_text())
        self.assertEqual({event["origin"]["update_id"] for event in events},
                         {report["update_id"]})
        states = {}
        for event in self.events("event_type = 'flow_progress'"):
            progress = json.loads(event["details"])["flow_progress"]
            states.setdefault(event["origin"]["flow_name"], []).append(progress["status"])
            if progress["status"] == "COMPLETED" and event["origin"]["flow_name"].endswith("raw"):
                self.assertEqual(progress["metrics"]["num_output_rows"], 90)
                self.assertGreater(progress["metrics"]["num_output_bytes"], 0)
                self.assertEqual(progress["data_quality"], {
                    "dropped_records": 10,
                    "expectations": [{"name": "few", "dataset": "main.default.raw",
                                      "passed_records": 90, "failed_records": 10}]})
        self.assertEqual(states, {"main.default.raw": ["QUEUED", "RUNNING", "COMPLETED"],
                                  "main.default.sums": ["QUEUED", "RUNNING", "COMPLETED"]})
        planned = self.events("event_type = 'planning_information'")
        self.assertEqual([event["message"] for event in planned],
                         ["flow main.default.sums: full recompute, because the first time"])
        defined = self.events("event_type = 'flow_definition'")
        self.assertEqual(json.loads(defined[1]["details"])["flow_definition"]["input_datasets"],
                         ["main.default.raw"])

    def test_counts_ride_in_the_commit_of_the_data(self):
        self.weir("pipeline", "run")
        history = self.rows("DESCRIBE HISTORY raw")
        metrics = history[0]["operationMetrics"]
        self.assertEqual((metrics["numOutputRows"], metrics["numDroppedRows"]), ("90", "10"))
        self.assertEqual(json.loads(metrics["expectations"]),
                         [{"name": "few", "passed_records": 90, "failed_records": 10}])

    def test_a_failure_is_an_error_with_its_condition(self):
        (self.folder / "flows.sql").write_text(
            FLOWS + "CREATE MATERIALIZED VIEW bad AS SELECT 1 / (n - n) AS x FROM raw;\n"
                    "CREATE MATERIALIZED VIEW after_bad AS SELECT x FROM bad;\n")
        self.weir("pipeline", "run", code=1)
        (failed,) = self.events("level = 'ERROR' AND event_type = 'flow_progress'")
        self.assertEqual(failed["origin"]["dataset_name"], "main.default.bad")
        self.assertFalse(failed["error"]["fatal"])
        self.assertEqual(failed["error"]["exceptions"][0]["class_name"], "DIVIDE_BY_ZERO")
        (skipped,) = self.events("level = 'WARN'")
        self.assertEqual(json.loads(skipped["details"])["flow_progress"]["status"], "SKIPPED")
        self.weir("pipeline", "run", "--full-refresh", "sums")
        excluded = self.events("details LIKE '%EXCLUDED%'")
        self.assertEqual({event["origin"]["dataset_name"] for event in excluded},
                         {"main.default.raw", "main.default.bad", "main.default.after_bad"})

    def test_an_update_in_which_nothing_happened_leaves_its_begin_and_end(self):
        self.weir("pipeline", "run")
        before = self.rows("DESCRIBE HISTORY event_log_told")
        count = len(self.events())
        self.weir("pipeline", "run")
        self.assertEqual([event["event_type"] for event in self.events()[count:]],
                         ["create_update", "update_progress", "update_progress"])
        self.assertEqual(len(self.rows("DESCRIBE HISTORY event_log_told")), len(before) + 1)

    def test_the_log_is_found_by_name_by_id_and_by_a_table(self):
        self.weir("pipeline", "run")
        (by_name,) = self.rows("SELECT count(*) AS n FROM event_log('told')")
        (one,) = self.rows("SELECT origin.pipeline_id AS id FROM event_log('told') LIMIT 1")
        self.assertEqual(self.rows(f"SELECT count(*) AS n FROM event_log('{one['id']}')"),
                         [by_name])
        self.assertEqual(self.rows("SELECT count(*) AS n FROM event_log(TABLE(main.default.sums))"),
                         [by_name])
        absent = self.weir("sql", "-e", "SELECT * FROM event_log('untold')", code=1)
        self.assertIn("no event log of a pipeline called untold is here that you may read",
                      absent.stderr)
        self.assertIn("takes the name or id", self.weir("sql", "-e", "SELECT * FROM event_log(1)",
                                                        code=1).stderr)

    def test_only_updates_write_it_and_who_asks_sees_it(self):
        self.weir("pipeline", "run")
        refused = self.weir("sql", "-e",
                            "INSERT INTO event_log_told SELECT * FROM event_log('told')", code=1)
        self.assertIn("only the updates of its pipeline write", refused.stderr)
        self.assertEqual([row["tableName"] for row in self.rows("SHOW TABLES")], ["raw", "sums"])
        self.assertEqual([row["tableName"] for row in self.rows("SHOW TABLES LIKE 'event_log*'")],
                         ["event_log_told"])
        self.assertNotIn("leave", self.weir("pipeline", "dry-run").stdout)
        self.weir("sql", "-e", "DROP TABLE event_log_told")
        self.weir("pipeline", "run")
        self.assertEqual(len(self.events()), 3)

    def test_it_is_of_a_kind_of_its_own_and_goes_with_its_schema(self):
        self.weir("sql", "-e", "CREATE SCHEMA main.told")
        with open(self.folder / "spark-pipeline.yml", "a") as spec:
            spec.write("schema: told\n")
        self.weir("pipeline", "run")
        self.assertEqual(
            self.rows("SELECT table_type, is_insertable_into FROM main.information_schema.tables "
                      "WHERE table_name = 'event_log_told'"),
            [{"table_type": "EVENT_LOG", "is_insertable_into": "NO"}])
        refused = self.weir("sql", "-e",
                            "CREATE OR REPLACE TABLE told.event_log_told AS SELECT 1 AS x", code=1)
        self.assertIn("is an event log, not a table", refused.stderr)
        self.assertIn("SCHEMA_NOT_EMPTY",
                      self.weir("sql", "-e", "DROP SCHEMA told", code=1).stderr)
        self.weir("sql", "-e", "DROP TABLE told.raw; DROP TABLE told.sums; DROP SCHEMA told")
        self.assertEqual(list((self.home / "data").iterdir()), [])
        # The next update begins a new one.
        self.weir("pipeline", "run")
        self.assertEqual(len(self.rows("SHOW TABLES IN told LIKE 'event_log*'")), 1)

    def test_the_home_s_log_names_statements_and_no_text_of_them(self):
        self.weir("pipeline", "run")
        ran = self.weir("--verbose", "sql", "-e", "SELECT 'hunter2' AS password")
        self.weir("sql", "-e", "SELECT 1 / 0 AS hunter2", code=1)
        log = (self.home / "log" / "weir.log").read_text()
        self.assertRegex(log, r"info statement \S+ SUCCEEDED; main.default.raw is at version 1\n")
        self.assertRegex(log, r"warning statement \S+ FAILED: ")
        self.assertNotIn("hunter2", log)
        self.assertRegex(ran.stderr, r"^\S+Z \d+ info statement \S+ SUCCEEDED\n$")

    def test_a_log_that_cannot_be_written_does_not_stop_the_update(self):
        self.weir("pipeline", "run")
        (log,) = [row for row in self.rows("DESCRIBE DETAIL event_log_told")]
        shutil.rmtree(pathlib.Path(log["location"].removeprefix("file://")) / "_delta_log")
        (self.folder / "data" / "b.csv").write_text("id,n\n1000,1\n")
        ran = self.weir("pipeline", "run")
        self.assertIn("but its event log was not written: the table main.default.event_log_told "
                      "can't be read", ran.stderr)
        self.assertEqual(self.rows("SELECT count(*) AS n FROM raw"), [{"n": 91}])


if __name__ == "__main__":
    unittest.main(verbosity=2)
