"""AUTO CDC: what a table holds follows from the events alone, however they come.

Usage: auto_cdc_test.py <path of weir>

WEIR_SOAK_SECONDS sets how long chance is tried, WEIR_SOAK_SEED what it starts from.
"""

import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time
import unittest

import auto_cdc_model as model

WEIR = os.path.abspath(sys.argv.pop(1))
SECONDS = int(os.environ.get("WEIR_SOAK_SECONDS", "20"))
SEED = int(os.environ.get("WEIR_SOAK_SEED", str(random.SystemRandom().randint(0, 10**9))))
SPEC = "name: p\nlibraries:\n  - glob: {include: '*.sql'}\nstorage: storage\nschema: p\n"
COLUMNS = "id INT, a INT, b STRING, s STRUCT<x: INT, y: STRING>, seq INT, sub INT, op STRING"
EVENTS = ("CREATE STREAMING TABLE events AS SELECT * FROM STREAM read_files('in', "
          f"format => 'json', schema => '{COLUMNS}');\n")


class Project(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "in").mkdir()
        (self.folder / "spark-pipeline.yml").write_text(SPEC)
        self.landed = 0

    def weir(self, *arguments):
        return subprocess.run([WEIR, "--home", str(self.folder / "home"), *arguments],
                              cwd=self.folder, text=True, capture_output=True)

    def rows(self, query):
        ran = self.weir("--output", "json", "sql", "-e", query)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        return [list(json.loads(line).values()) for line in ran.stdout.splitlines()]

    def write(self, text):
        (self.folder / "flows.sql").write_text(EVENTS + text)

    def land(self, events):
        self.landed += 1
        lines = "".join(json.dumps(event) + "\n" for event in events)
        (self.folder / "in" / f"{self.landed:06}.json").write_text(lines)

    def update(self, *arguments):
        ran = self.weir("pipeline", "run", *arguments)
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)

    def refused(self, *arguments):
        ran = self.weir("pipeline", "run", *arguments)
        self.assertNotEqual(ran.returncode, 0, ran.stdout)
        return ran.stdout + ran.stderr

    def event(self, key, a, seq, op="U", **more):
        return {"id": key, "a": a, "b": None, "s": None, "seq": seq, "sub": 1, "op": op, **more}


class FixtureTest(Project):
    """(1, a, 1, I) (2, b, 1, I) (2, d, 5, U) (2, c, 3, U, late) (1, -, 4, D)"""

    CDC = ("FROM STREAM events KEYS (id) APPLY AS DELETE WHEN op = 'D' SEQUENCE BY seq "
           "COLUMNS (id, b) ")

    def apply(self, tables, cuts):
        self.write(tables)
        events = [self.event(1, None, 1, "I", b="a"), self.event(2, None, 1, "I", b="b"),
                  self.event(2, None, 5, b="d"), self.event(2, None, 3, b="c"),
                  self.event(1, None, 4, "D")]
        for begin, end in cuts:
            self.land(events[begin:end])
            self.update()

    def test_types_1_and_2(self):
        self.apply("CREATE STREAMING TABLE one;\n"
                   f"CREATE FLOW f AS AUTO CDC INTO one {self.CDC};\n"
                   "CREATE STREAMING TABLE two;\n"
                   f"APPLY CHANGES INTO LIVE.two {self.CDC} STORED AS SCD TYPE 2;\n"
                   f"CREATE STREAMING TABLE tracked FLOW AUTO CDC {self.CDC} "
                   "STORED AS SCD TYPE 2 TRACK HISTORY ON * EXCEPT (b);",
                   [(0, 3), (3, 5)])
        self.assertEqual(self.rows("SELECT * FROM main.p.one"), [[2, "d"]])
        self.assertEqual(self.rows("SELECT * FROM main.p.two ORDER BY id, __START_AT"),
                         [[1, "a", 1, 4], [2, "b", 1, 3], [2, "c", 3, 5], [2, "d", 5, None]])
        self.assertEqual(self.rows("SELECT * FROM main.p.tracked ORDER BY id"),
                         [[1, "a", 1, 4], [2, "d", 1, None]])


class FlowsTest(Project):
    HEAD = "CREATE STREAMING TABLE kept;\nCREATE FLOW f AS AUTO CDC INTO kept FROM STREAM events "
    ROWS = "APPLY AS DELETE WHEN op = 'D' SEQUENCE BY seq COLUMNS (id, a) "

    def kept(self):
        return self.rows("SELECT * FROM main.p.kept ORDER BY ALL")

    def test_several_flows_keep_one_table(self):
        self.write("CREATE STREAMING TABLE kept;\n"
                   f"CREATE FLOW odd AS AUTO CDC INTO kept FROM STREAM events KEYS (id) {self.ROWS};\n"
                   "CREATE TEMPORARY VIEW old AS SELECT 7 AS id, 70 AS a, 3 AS seq;\n"
                   "CREATE FLOW before AS AUTO CDC ONCE INTO kept FROM old KEYS (id) SEQUENCE BY seq "
                   "COLUMNS (id, a);")
        self.land([self.event(7, 1, 1), self.event(8, 2, 1)])
        self.update()
        self.assertEqual(self.kept(), [[7, 70], [8, 2]])
        self.land([self.event(7, 4, 4)])
        self.update()
        self.assertEqual(self.kept(), [[7, 4], [8, 2]])

    def test_an_event_without_a_place_stops_the_flow_and_loses_nothing(self):
        self.write(self.HEAD + f"KEYS (id) {self.ROWS};")
        self.land([self.event(1, 1, 1), self.event(2, 2, None), self.event(3, 3, None)])
        told = self.refused()
        self.assertIn("whose SEQUENCE BY is NULL", told)
        self.assertIn("not known (2 of them)", told)
        self.assertEqual(self.kept(), [])
        self.write("CREATE TEMPORARY VIEW placed AS SELECT * FROM STREAM events WHERE seq IS NOT NULL;"
                   + self.HEAD.replace("STREAM events", "placed") + f"KEYS (id) {self.ROWS};")
        self.update()
        self.assertEqual(self.kept(), [[1, 1]])
        self.land([self.event(None, 1, 1)])
        told = self.refused()
        self.assertIn("whose key (id) is NULL", told)
        self.assertIn("not known (1 of them)", told)

    def test_expectations_are_asked_of_events_that_become_rows(self):
        self.write("CREATE STREAMING TABLE kept (CONSTRAINT given EXPECT (a IS NOT NULL) ON VIOLATION "
                   f"DROP ROW);\nCREATE FLOW f AS AUTO CDC INTO kept FROM STREAM events KEYS (id) "
                   f"{self.ROWS};")
        self.land([self.event(1, 1, 1), self.event(1, None, 2), self.event(2, 5, 1),
                   self.event(2, None, 2, "D")])
        self.update()
        self.assertEqual(self.kept(), [[1, 1]])
        progress = self.rows("SELECT details:flow_progress FROM event_log('p') WHERE event_type = "
                             "'flow_progress' AND origin.flow_name = 'main.p.f' AND "
                             "details:flow_progress.status = 'COMPLETED'")
        self.assertEqual(len(progress), 1)
        told = progress[0][0] if isinstance(progress[0][0], dict) else json.loads(progress[0][0])
        self.assertEqual(told["metrics"]["num_upserted_rows"], 1)
        self.assertEqual(told["metrics"]["num_deleted_rows"], 0)
        given = told["data_quality"]["expectations"][0]
        self.assertEqual((given["passed_records"], given["failed_records"]), (2, 1))
        kinds = self.rows("SELECT details:flow_definition.flow_type FROM event_log('p') WHERE "
                          "event_type = 'flow_definition' AND origin.flow_name = 'main.p.f'")
        self.assertEqual(kinds, [["CHANGE"]])

    def test_a_full_refresh_forgets_what_was(self):
        self.write(self.HEAD + f"KEYS (id) {self.ROWS};")
        self.land([self.event(1, 1, 1), self.event(1, None, 9, "D")])
        self.update()
        self.land([self.event(1, 2, 5)])
        self.update()
        self.assertEqual(self.kept(), [])
        (self.folder / "in" / "000001.json").unlink()
        self.update("--full-refresh-all")
        self.assertEqual(self.kept(), [[1, 2]])

    def test_what_the_table_is_changes_with_a_full_refresh_alone(self):
        self.write(self.HEAD + f"KEYS (id) {self.ROWS};")
        self.land([self.event(1, 1, 1), self.event(1, 2, 2)])
        self.update()
        for clauses, condition in [
                ("KEYS (id, a) " + self.ROWS, "kept with KEYS = "),
                ("KEYS (id) SEQUENCE BY CAST(seq AS BIGINT) COLUMNS (id, a)",
                 "kept with SEQUENCE BY of type = INT"),
                (f"KEYS (id) {self.ROWS} STORED AS SCD TYPE 2", "kept with SCD TYPE = 1")]:
            self.write(self.HEAD + clauses + ";")
            planned = self.weir("pipeline", "dry-run")
            self.assertEqual(planned.returncode, 1, planned.stdout)
            self.assertIn("[AUTOCDC_INVALID_STATE.", planned.stderr)
            self.assertIn(condition, planned.stderr)
            # Whether there are new events or not.
            self.assertIn(condition, self.refused())
            self.land([self.event(1, 3, 3)])
            self.assertIn(condition, self.refused())
        self.assertEqual(self.weir("pipeline", "dry-run", "--full-refresh", "kept").returncode, 0)
        self.update("--full-refresh", "kept")
        self.assertEqual(self.kept(), [[1, 1, 1, 2], [1, 2, 2, 3], [1, 3, 3, None]])

    def test_new_columns_of_the_source_come(self):
        rows = self.ROWS.replace("COLUMNS (id, a) ", "COLUMNS (id, a) STORED AS SCD TYPE 2")
        self.write(self.HEAD + f"KEYS (id) {rows};")
        self.land([self.event(1, 1, 1)])
        self.update()
        self.write(self.HEAD + f"KEYS (id) {rows};".replace("(id, a)", "(id, a, b)"))
        self.land([self.event(1, 1, 5, b="x")])
        self.update()
        self.assertEqual(self.rows("SELECT id, a, b, __START_AT, __END_AT FROM main.p.kept ORDER BY 4"),
                         [[1, 1, None, 1, 5], [1, 1, "x", 5, None]])

    def test_old_tombstones_go(self):
        self.write("CREATE STREAMING TABLE kept TBLPROPERTIES "
                   "('pipelines.cdc.tombstoneGCThresholdInSeconds' = '0');\nCREATE FLOW f AS AUTO CDC "
                   f"INTO kept FROM STREAM events KEYS (id) {self.ROWS};")
        self.land([self.event(1, 1, 1), self.event(1, None, 9, "D")])
        self.update()
        for other in range(8):
            self.land([self.event(2, other, other)])
            self.update()
        self.land([self.event(1, 5, 5)])
        self.update()
        self.assertEqual(self.kept(), [[1, 5], [2, 7]])

    def test_a_stream_does_not_follow_it_but_its_change_feed_does(self):
        self.write(self.HEAD + f"KEYS (id) {self.ROWS};\n"
                   "CREATE STREAMING TABLE s AS SELECT * FROM STREAM kept;")
        self.land([self.event(1, 1, 1)])
        self.assertIn("DELTA_SOURCE_TABLE_IGNORE_CHANGES", self.refused())
        self.write("CREATE STREAMING TABLE kept TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true');\n"
                   f"CREATE FLOW f AS AUTO CDC INTO kept FROM STREAM events KEYS (id) {self.ROWS};\n"
                   "CREATE STREAMING TABLE s AS SELECT id, a, _change_type FROM STREAM "
                   "table_changes('kept', 0);\nCREATE MATERIALIZED VIEW n AS SELECT count(*) AS n FROM kept;")
        self.update()
        self.land([self.event(1, 2, 2), self.event(2, 1, 1)])
        self.update()
        self.assertEqual(self.rows("SELECT * FROM main.p.s ORDER BY ALL"),
                         [[1, 1, "insert"], [1, 1, "update_preimage"], [1, 2, "update_postimage"],
                          [2, 1, "insert"]])
        self.assertEqual(self.rows("SELECT * FROM main.p.n"), [[2]])

    def test_flows_that_do_not_fit_are_refused(self):
        rows = self.ROWS
        for text, condition in [
                (self.HEAD + f"KEYS (nosuch) {rows};", "AUTOCDC_COLUMNS_NOT_FOUND_IN_SCHEMA"),
                (self.HEAD + f"KEYS (id, id) {rows};", "COLUMN_ALREADY_EXISTS"),
                (self.HEAD + "KEYS (b) SEQUENCE BY seq COLUMNS (id, a);",
                 "AUTOCDC_KEY_NOT_IN_SELECTED_SCHEMA"),
                (self.HEAD + "KEYS (id) SEQUENCE BY map(1, seq);", "NON_ORDERABLE_SEQUENCE"),
                (self.HEAD + "KEYS (id) APPLY AS DELETE WHEN a SEQUENCE BY seq;",
                 "DATATYPE_MISMATCH"),
                (self.HEAD + "KEYS (id) APPLY AS TRUNCATE WHEN op = 'T' SEQUENCE BY seq STORED AS SCD "
                 "TYPE 2;", "AUTOCDC_TRUNCATE_REQUIRES_SCD1"),
                (self.HEAD + f"KEYS (id) {rows} TRACK HISTORY ON (a);",
                 "AUTOCDC_TRACK_HISTORY_REQUIRES_SCD2"),
                (self.HEAD + f"KEYS (id) {rows};\nCREATE FLOW g AS INSERT INTO kept BY NAME SELECT id, a "
                 "FROM STREAM events;", "AUTOCDC_MULTIPLE_FLOWS_TO_TARGET"),
                ("CREATE STREAMING TABLE kept (id INT) FLOW AUTO CDC FROM STREAM events KEYS (id) "
                 f"{rows};", "INCOMPATIBLE_DATA_FOR_TABLE"),
                ("CREATE STREAMING TABLE kept (id INT, a INT) FLOW AUTO CDC FROM STREAM events KEYS "
                 f"(id) {rows} STORED AS SCD TYPE 2;", "declares no column `__START_AT`"),
                (self.HEAD.replace("STREAM events", "events") + f"KEYS (id) {rows};",
                 "INVALID_FLOW_QUERY_TYPE"),
                ("CREATE MATERIALIZED VIEW v AS SELECT * FROM current_snapshot_version();",
                 "UNRESOLVABLE_TABLE_VALUED_FUNCTION")]:
            self.write(text)
            ran = self.weir("pipeline", "dry-run")
            self.assertNotEqual(ran.returncode, 0, text)
            self.assertIn(condition, ran.stdout + ran.stderr, text)


class SnapshotTest(Project):
    def source(self, rows):
        values = ", ".join(f"({key}, '{value}', {day})" for key, value, day in rows)
        drop = "DROP TABLE IF EXISTS main.default.dumps; "
        ran = self.weir("sql", "-e", f"{drop}CREATE TABLE main.default.dumps (id INT, v STRING, day INT); "
                        f"INSERT INTO main.default.dumps VALUES {values}")
        self.assertEqual(ran.returncode, 0, ran.stderr)

    def test_versions_that_lie_side_by_side(self):
        self.source([(1, "a", 1), (2, "b", 1), (1, "a", 2), (3, "c", 2), (1, "x", 3), (3, "c", 3)])
        flow = ("CREATE STREAMING TABLE {0};\nCREATE FLOW f{0} AS AUTO CDC INTO {0} FROM SNAPSHOT "
                "(SELECT id, v FROM main.default.dumps WHERE day = (SELECT version FROM "
                "current_snapshot_version())) WITH VERSION (SELECT min(day) FROM main.default.dumps WHERE "
                "day > coalesce((SELECT version FROM last_snapshot_version()), 0)) KEYS (id) STORED AS "
                "SCD TYPE {1};\n")
        self.write(flow.format("one", 1) + flow.format("two", 2))
        self.update()
        self.assertEqual(self.rows("SELECT * FROM main.p.one ORDER BY id"), [[1, "x"], [3, "c"]])
        history = [[1, "a", 1, 3], [1, "x", 3, None], [2, "b", 1, 2], [3, "c", 2, None]]
        self.assertEqual(self.rows("SELECT * FROM main.p.two ORDER BY id, __START_AT"), history)
        self.update()
        self.assertEqual(self.rows("SELECT * FROM main.p.two ORDER BY id, __START_AT"), history)
        kinds = self.rows("SELECT DISTINCT details:flow_definition.flow_type FROM event_log('p') WHERE "
                          "event_type = 'flow_definition' AND origin.flow_name = 'main.p.fone'")
        self.assertEqual(kinds, [["SNAPSHOT_CHANGE"]])

    def test_the_snapshot_of_now(self):
        self.write("CREATE STREAMING TABLE one FLOW AUTO CDC FROM SNAPSHOT (SELECT id, v FROM "
                   "main.default.dumps) KEYS (id);\n"
                   "CREATE STREAMING TABLE two FLOW AUTO CDC FROM SNAPSHOT (SELECT * FROM "
                   "main.default.dumps) KEYS (id) STORED AS SCD TYPE 2 TRACK HISTORY ON (v);")
        self.source([(1, "a", 1), (2, "b", 1)])
        self.update()
        self.update()
        self.source([(1, "a", 2), (3, "c", 2)])
        self.update()
        self.assertEqual(self.rows("SELECT * FROM main.p.one ORDER BY id"), [[1, "a"], [3, "c"]])
        self.assertEqual(self.rows("SELECT id, v, day, __END_AT IS NULL FROM main.p.two ORDER BY id"),
                         [[1, "a", 2, True], [2, "b", 1, False], [3, "c", 2, True]])
        self.source([(1, "a", 1), (1, "b", 1)])
        self.assertIn("several rows for 1 key", self.refused())


# Name, clauses behind KEYS (id), the columns of the table, what it holds.
BOTH = "APPLY AS DELETE WHEN op = 'D' APPLY AS TRUNCATE WHEN op = 'T' SEQUENCE BY seq"
# A stream of events that truncate is for SCD TYPE 1 alone.
ROWS = "APPLY AS DELETE WHEN op = 'D' SEQUENCE BY seq"
WIDE = "APPLY AS DELETE WHEN op = 'D' SEQUENCE BY STRUCT(seq, sub)"
KEPT = "COLUMNS * EXCEPT (seq, sub, op)"
VARIANTS = [
    ("newest", f"{ROWS} {KEPT}", model.newest),
    ("wide", f"{WIDE} {KEPT}", lambda e: model.newest(e, wide=True)),
    ("emptied", f"{BOTH} {KEPT}", lambda e: model.newest(e, truncates=True)),
    ("given", f"IGNORE NULL UPDATES {ROWS} {KEPT}", model.newest_values),
    ("given_emptied", f"IGNORE NULL UPDATES {BOTH} {KEPT}",
     lambda e: model.newest_values(e, truncates=True)),
    ("history", f"{ROWS} {KEPT} STORED AS SCD TYPE 2", model.history),
    ("history_wide", f"{WIDE} {KEPT} STORED AS SCD TYPE 2",
     lambda e: model.history(e, wide=True)),
    ("history_of_a", f"{ROWS} {KEPT} STORED AS SCD TYPE 2 TRACK HISTORY ON (a)",
     lambda e: model.history(e, tracked=(0,))),
    ("history_given", f"IGNORE NULL UPDATES {ROWS} {KEPT} STORED AS SCD TYPE 2",
     lambda e: model.history(e, ignores_nulls=True)),
    ("history_given_but_b",
     f"IGNORE NULL UPDATES {ROWS} {KEPT} STORED AS SCD TYPE 2 TRACK HISTORY ON * EXCEPT (b)",
     lambda e: model.history(e, ignores_nulls=True, tracked=(0, 2))),
]


def as_printed(row):
    """Places of two parts are structs."""
    return [{"seq": v[0], "sub": v[1]} if isinstance(v, tuple) else v for v in row]


class OrderTest(Project):
    def views(self):
        # Truncations are no events of tables that do not know them.
        text = "CREATE TEMPORARY VIEW rows AS SELECT * FROM STREAM events WHERE op <> 'T';\n"
        for name, clauses, _ in VARIANTS:
            source = "STREAM events" if "TRUNCATE" in clauses else "rows"
            text += (f"CREATE STREAMING TABLE {name};\nCREATE FLOW f_{name} AS AUTO CDC INTO {name} "
                     f"FROM {source} KEYS (id) {clauses};\n")
        return text

    def expect(self, events):
        for name, _, tell in VARIANTS:
            wanted = sorted((as_printed(row) for row in tell(events)), key=json.dumps)
            found = sorted(self.rows(f"SELECT * FROM main.p.{name}"), key=json.dumps)
            self.assertEqual(found, wanted, name)

    def test_whatever_order_and_cuts(self):
        print(f"WEIR_SOAK_SEED={SEED}", file=sys.stderr)
        chance = random.Random(SEED)
        end = time.monotonic() + SECONDS
        rounds = 0
        while rounds == 0 or time.monotonic() < end:
            rounds += 1
            self.setUp()
            self.write(self.views())
            events = model.random_events(chance, chance.randint(1, 60))
            chance.shuffle(events)
            done = 0
            while done < len(events):
                batch = chance.randint(1, max(1, len(events) // 2))
                self.land(events[done:done + batch])
                done = min(done + batch, len(events))
                self.update()
                with self.subTest(seed=SEED, round=rounds, done=done):
                    self.expect(events[:done])
            self.doCleanups()
        print(f"{rounds} rounds", file=sys.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
