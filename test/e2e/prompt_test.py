"""Drives the interactive prompt of `weir sql` in a pseudo-terminal, as somebody who types would.

Usage: prompt_test.py <path of weir>
"""

import fcntl
import os
import pathlib
import pty
import re
import select
import signal
import stat
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unittest

WEIR = os.path.abspath(sys.argv.pop(1))
PATIENCE = 60  # Seconds until what is expected is given up; nothing is judged by time.
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]")
UP, CTRL_C, CTRL_D = "\x1b[A", "\x03", "\x04"
LONG = ("SELECT count(*) FROM (SELECT explode(sequence(1, 100000)) a) x JOIN "
        "(SELECT explode(sequence(1, 1000000)) b) y ON hash(x.a, y.b) % 1000003 = 7 "
        "JOIN (SELECT explode(sequence(1, 1000000)) c) z ON hash(x.a, z.c) % 1000003 = 8;")


class Prompt:
    """`weir sql` at a terminal of its own."""

    def __init__(self, home, folder, columns=80, environment=None, stdout=None):
        self.raw = ""
        self.seen = 0  # How much of the plain text was expected already.
        leader, follower = pty.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        variables = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "WEIR_HOME")}
        variables.update({"TERM": "xterm", "HOME": str(folder)}, **(environment or {}))
        self.leader = leader
        self.process = subprocess.Popen(
            [WEIR, "--home", str(home), "sql"], cwd=folder, env=variables, stdin=follower,
            stdout=follower if stdout is None else stdout, stderr=follower,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(follower)
        self.expect("main.default> ")

    @property
    def plain(self):
        return ESCAPES.sub("", self.raw).replace("\r\n", "\n")

    def send(self, text):
        os.write(self.leader, text.encode())

    def receive(self):
        """Whether something came."""
        if not select.select([self.leader], [], [], 0.1)[0]:
            return self.process.poll() is None
        try:
            data = os.read(self.leader, 65536)
        except OSError:
            return False
        self.raw += data.decode("utf-8", "replace")
        return bool(data)

    def expect(self, *texts):
        """Waits until each of the texts came, in this order, behind what was expected before."""
        end = time.monotonic() + PATIENCE
        for text in texts:
            while self.plain.find(text, self.seen) < 0:
                if not self.receive() or time.monotonic() > end:
                    raise AssertionError(f"no {text!r} in {self.plain[self.seen:]!r}")
            self.seen = self.plain.find(text, self.seen) + len(text)

    def type(self, text):
        """Types it and waits for the terminal to show it; it has to fit on the line."""
        self.send(text)
        self.expect(text)

    def run(self, statement, *expected):
        self.type(statement)
        self.send("\n")
        self.expect(*expected)

    def tab(self, *expected):
        self.send("\t")
        self.expect(*expected)

    def leave(self, keys=CTRL_D):
        end = time.monotonic() + PATIENCE
        # What is typed while a statement runs is the terminal's.
        while not self.plain.endswith("> ") and self.receive() and time.monotonic() < end:
            pass
        self.send(keys)
        while self.receive():
            if time.monotonic() > end:
                raise AssertionError(f"it goes on: {self.plain[self.seen:]!r}")
        return self.process.wait(PATIENCE)

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        os.close(self.leader)


class PromptTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.home = self.folder / "home"

    def prompt(self, **options):
        prompt = Prompt(self.home, self.folder, **options)
        self.addCleanup(prompt.close)
        return prompt

    def sql(self, statement):
        ran = subprocess.run([WEIR, "--home", self.home, "sql", "-e", statement], cwd=self.folder,
                             check=True, capture_output=True, text=True)
        return ran.stdout

    def test_a_statement_over_lines_runs_and_is_timed(self):
        prompt = self.prompt()
        prompt.run("SELECT 6 * 7 AS answer,", "-> ")
        prompt.run("'a;", "'> ")
        prompt.run("b' AS text;", "answer | text", "42 | a;  +", "| b", "(1 row)")
        prompt.expect(" s\n", "main.default> ")
        self.assertEqual(prompt.leave(), 0)

    def test_an_error_shows_where_and_the_prompt_goes_on(self):
        prompt = self.prompt()
        prompt.run("SELECT nothing FROM VALUES (1) t(a);", "<prompt>:1:8: [UNRESOLVED_COLUMN",
                   "  SELECT nothing FROM", "\n         ^^^^^^^\n", "main.default> ")
        prompt.run("SELECT 1 / 0;", "[DIVIDE_BY_ZERO]", "main.default> ")
        prompt.run("SELECT 40 + 2 AS answer;", "42")
        self.assertEqual(prompt.leave(), 0)

    def test_tab_completes_keywords_tables_and_columns(self):
        self.sql("CREATE TABLE trips (id INT, destination STRING);"
                 "CREATE TABLE trips_by_city (n INT); INSERT INTO trips VALUES (7, 'Faro')")
        prompt = self.prompt()
        prompt.type("SEL")
        prompt.tab("ECT ")
        prompt.type("dest FROM tri")
        prompt.tab("ps")
        prompt.tab("trips", "trips_by_city", "FROM trips")
        for _ in range(len(" FROM trips")):
            prompt.send("\x02")  # Back to the column.
        prompt.tab("ination")
        prompt.send("\x05;\n")
        prompt.expect("destination\n", "Faro", "(1 row)")
        self.assertEqual(prompt.leave(), 0)

    def test_history_survives_a_restart_without_secrets(self):
        prompt = self.prompt()
        prompt.run("SELECT 'first' AS kept;", "(1 row)", "> ")
        prompt.run("CREATE TABLE t (a INT) TBLPROPERTIES (", "-> ")
        prompt.run("'password' = 'hunter2');", "done", "> ")
        prompt.run("SELECT", "-> ")
        prompt.run("'second' AS kept;", "(1 row)", "> ")
        self.assertEqual(prompt.leave("\\q\n"), 0)
        file = self.home / "sql_history"
        self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600)
        self.assertEqual(file.read_text(),
                         "SELECT 'first' AS kept;\nSELECT\\n'second' AS kept;\n\\\\q\n")
        prompt = self.prompt()
        prompt.send(UP)
        prompt.expect("\\q")
        prompt.send(UP)
        prompt.expect("'second' AS kept;")
        prompt.send(UP + "\n")  # The screen shows only what differs.
        prompt.expect("first\n(1 row)")
        self.assertEqual(prompt.leave(), 0)

    def test_ctrl_c_cancels_the_statement_and_drops_the_line(self):
        prompt = self.prompt()
        prompt.type(LONG[:40])
        prompt.send(CTRL_C)
        prompt.expect("^C\n", "main.default> ")
        for part in LONG.split(" JOIN ")[:-1]:
            prompt.send(part + " JOIN\n")
            prompt.expect("-> ")
        prompt.send(LONG.split(" JOIN ")[-1] + "\n")
        prompt.expect(" s", "(Ctrl-C cancels)")
        prompt.send(CTRL_C)
        prompt.expect("the statement was cancelled\n", "main.default> ")
        prompt.run("SELECT 40 + 2 AS answer;", "42")
        self.assertEqual(prompt.leave(), 0)
        record = self.sql("SELECT 1 AS works")
        self.assertIn("(1 row)", record)

    def test_commands_change_what_is_shown(self):
        self.sql("CREATE SCHEMA sales; CREATE TABLE sales.orders (id INT)")
        (self.folder / "two.sql").write_text("SELECT 'one' AS a; SELECT 'two' AS b;")
        prompt = self.prompt()
        prompt.run("USE sales;", "main.sales> ")
        prompt.run("\\d", "orders", "(1 row)", "main.sales> ")
        prompt.run("\\d orders", "id", "int", "main.sales> ")
        prompt.run("\\x", "a column a line", "main.sales> ")
        prompt.run("SELECT 1 AS a, 2 AS b;", "-[ row 1 ]-", " a | 1\n b | 2\n", "main.sales> ")
        prompt.run("\\x auto", "where they fit", "main.sales> ")
        prompt.run("\\timing", "times are not shown", "main.sales> ")
        prompt.run("SELECT 1 AS a;", "(1 row)\nmain.sales> ")
        prompt.run("\\rows 2", "at most 2 rows", "main.sales> ")
        prompt.run("SELECT explode(sequence(1, 5)) AS n;", "(2 of 5 rows shown; \\rows all")
        prompt.run("source two.sql", "one\n(1 row)", "two\n(1 row)", "main.sales> ")
        prompt.run("\\i absent.sql", "absent.sql", "main.sales> ")
        prompt.run("\\sideways", "no command \\sideways", "main.sales> ")
        prompt.run("\\h", "\\timing", "main.sales> ")
        self.assertEqual(prompt.leave("exit\n"), 0)

    def test_wide_results_fit_the_terminal(self):
        prompt = self.prompt(columns=60)
        prompt.run("SELECT repeat('x', 200) AS a, 123456789 AS b;", "… | 123456789\n", "\\x on shows")
        prompt.run("SELECT 'a', 'b', NULL, repeat('d', 90);", "(1 row)")
        self.assertEqual(prompt.leave(), 0)
        table = [line for line in prompt.plain.splitlines() if "|" in line or "-+-" in line]
        self.assertLessEqual(max(len(line) for line in table), 60)

    def test_colour_is_for_terminals_that_want_it(self):
        coloured = self.prompt()
        coloured.run("SELECT NULL AS a;", "NULL", "(1 row)")
        self.assertIn("\x1b[2mNULL\x1b[0m", coloured.raw)
        self.assertEqual(coloured.leave(), 0)
        plain = self.prompt(environment={"NO_COLOR": "1"})
        plain.run("SELECT NULL AS a;", "<null>", "(1 row)")
        self.assertNotRegex(plain.raw, r"\x1b\[[0-9;]*m")
        self.assertEqual(plain.leave(), 0)

    def test_rows_that_go_to_a_file_look_as_ever(self):
        path = self.folder / "rows"
        with path.open("w") as file:
            prompt = self.prompt(stdout=file)
        prompt.run("SELECT NULL AS a, repeat('x', 100) AS b;", " s\n", "main.default> ")
        self.assertEqual(prompt.leave(), 0)
        self.assertEqual(path.read_text(), self.sql("SELECT NULL AS a, repeat('x', 100) AS b"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
