"""A pipeline that goes on and on, killed at random while its files keep coming: in the end its tables are what the files say.

Usage: continuous_kill_test.py <path of weir>

WEIR_SOAK_SECONDS sets how long it goes on, WEIR_SOAK_SEED what the chances start from.
"""

import collections
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import killed_shop

WEIR = os.path.abspath(sys.argv.pop(1))
SECONDS = int(os.environ.get("WEIR_SOAK_SECONDS", "20"))
SEED = int(os.environ.get("WEIR_SOAK_SEED", str(random.SystemRandom().randint(0, 10**9))))
ROUNDS_BETWEEN_CHECKS = 8
LONGEST_ROUND = 30  # Seconds, where it waits for events.


class Update:
    """`weir pipeline run --continuous`, and what it told."""

    def __init__(self, command, folder):
        self.errors = open(folder / "errors", "w+", encoding="utf-8")
        self.process = subprocess.Popen([*command, "--continuous", "--interval", "10ms"], cwd=folder,
                                        text=True, stdout=subprocess.PIPE, stderr=self.errors)
        self.events = []
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.events.append(line)

    def told(self):
        """What of it is whole: a kill may cut the last line."""
        whole = [line for line in self.events if line.endswith("\n")]
        return [json.loads(line) for line in whole]

    def end(self, number):
        self.process.send_signal(number)
        self.process.wait()
        self.reader.join()
        self.process.stdout.close()
        self.errors.seek(0)
        said = self.errors.read()
        self.errors.close()
        return said


class ContinuousKillTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name).resolve()
        self.chance = random.Random(SEED)
        self.shop = killed_shop.Shop(self.folder / "project", self.chance)
        self.ways = collections.Counter()
        self.ended = collections.Counter()
        self.all_made = False  # All tables are there: an update ran to its end.

    def command(self, *arguments):
        return [WEIR, "--home", str(self.folder / "home"), "--output", "json", *arguments]

    def weir(self, *arguments):
        return subprocess.run(self.command(*arguments), cwd=self.shop.folder, text=True,
                              capture_output=True)

    def rows(self, query):
        ran = self.weir("sql", "-e", query)
        self.assertEqual(ran.returncode, 0, query + "\n" + ran.stderr)
        return [list(json.loads(line).values()) for line in ran.stdout.splitlines()]

    def test_its_tables_are_what_the_files_say(self):
        print(f"seed {SEED}, {SECONDS} s", flush=True)
        end = time.monotonic() + SECONDS
        rounds = 0
        while time.monotonic() < end or rounds == 0:
            self.one_round()
            rounds += 1
            if rounds % ROUNDS_BETWEEN_CHECKS == 0:
                self.expect_tables()
        self.expect_tables()
        self.expect_nothing_new()
        print(f"{rounds} rounds, {dict(self.ended)}; {self.shop.files} files; {dict(self.ways)}",
              flush=True)
        self.assertGreater(self.ended["killed"], 0)

    def one_round(self):
        update = Update(self.command("pipeline", "run"), self.shop.folder)
        visitor = self.visit() if self.chance.random() < 0.3 else None
        try:
            self.let_live(update)
        finally:
            kills = self.chance.random() < 0.9
            said = update.end(signal.SIGKILL if kills else signal.SIGINT)
        self.ended["killed" if kills else "stopped"] += 1
        expected = -signal.SIGKILL if kills else 0
        told = update.told()
        for event in told:
            if event.get("status") == "COMPLETED" and event.get("how"):
                self.ways[event["how"]] += 1
            self.assertNotEqual(event.get("status"), "FAILED", event)
        self.assertEqual(update.process.returncode, expected, said)
        if visitor:
            out, err = visitor.communicate()
            too_early = not self.all_made and "_NOT_FOUND] " in err
            self.assertTrue(visitor.returncode == 0 or too_early, f"{visitor.args}\n{out}\n{err}")

    def let_live(self, update):
        """Until some time is over, or until it has told of so many events."""
        events = self.chance.choice([None, self.chance.randint(1, 60)])
        seconds = self.chance.uniform(0.05, 3) if events is None else LONGEST_ROUND
        end = time.monotonic() + seconds
        while time.monotonic() < end and (events is None or len(update.events) < events):
            self.assertIsNone(update.process.poll(), "it ended by itself: " + str(update.events[-3:]))
            if self.chance.random() < 0.4:
                self.shop.land()
            time.sleep(self.chance.uniform(0, 0.1))

    def visit(self):
        """Somebody else, at the same time."""
        table = self.chance.choice(killed_shop.TABLES)
        sql = self.chance.choice([f"SELECT count(*) FROM main.p.{table}", f"OPTIMIZE main.p.{table}",
                                  "SELECT c.b, count(*) FROM main.p.orders o JOIN main.p.customers c "
                                  "ON o.customer = c.id GROUP BY c.b"])
        return subprocess.Popen(self.command("sql", "-e", sql), cwd=self.shop.folder, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def update(self):
        ran = self.weir("pipeline", "run")
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
        return [json.loads(line) for line in ran.stdout.splitlines()]

    def expect_tables(self):
        self.update()
        self.all_made = True
        for table, (query, expected) in self.shop.queries().items():
            found = collections.Counter(map(repr, self.rows(query)))
            wanted = collections.Counter(map(repr, expected))
            missing, added = wanted - found, found - wanted
            self.assertFalse(
                missing or added,
                f"WEIR_SOAK_SEED={SEED}: {table} has {sum(found.values())} rows of "
                f"{sum(wanted.values())}; it lacks {list(missing.items())[:5]} and has "
                f"{list(added.items())[:5]} instead")

    def expect_nothing_new(self):
        busy = [event["dataset"] for event in self.update() if event.get("batches")]
        self.assertEqual(busy, [])
        # What was read has been moved away, and nothing else.
        self.assertEqual(list((self.shop.folder / "in/customers").iterdir()), [])
        # What a kill left half written there is swept away a day later.
        moved = [file.name for file in (self.shop.folder / "archive").rglob("*")
                 if file.is_file() and not file.name.startswith(".weir-tmp-")]
        read = [file.name for file in (self.shop.folder / "in/orders").iterdir()]
        twice = [name for name, count in collections.Counter(moved + read).items() if count > 1]
        self.assertEqual((len(moved) + len(read), twice), (self.shop.files, []))


if __name__ == "__main__":
    unittest.main()
