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
SPEC = "name: p\nlibraries:\n  - glob: {include: '*.sql'}\nschema: p\n"
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
