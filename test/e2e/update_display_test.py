"""Runs a pipeline in a pseudo-terminal and looks at what somebody there sees.

Usage: update_display_test.py <path of weir>
"""

import fcntl
import os
import pathlib
import pty
import re
import select
import struct
import subprocess
import sys
import tempfile
import termios
import unittest

WEIR = os.path.abspath(sys.argv.pop(1))


def at_terminal(arguments, folder, home, term="xterm"):
    """Exit code and what came on standard error, which is the terminal."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 120, 0, 0))
    variables = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "WEIR_HOME")}
    variables.update({"TERM": term, "HOME": str(folder)})
    process = subprocess.Popen([WEIR, "--home", str(home), *arguments], cwd=folder, env=variables,
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=follower, start_new_session=True)
    os.close(follower)
    raw = b""
    while True:
        select.select([leader], [], [], 60)
        try:
            data = os.read(leader, 65536)
        except OSError:  # The other end is closed.
            break
        if not data:
            break
        raw += data
    os.close(leader)
    return process.wait(60), raw.decode()


def screen(raw):
    """What stays on the screen."""
    lines, at, column = [""], 0, 0
    for token in re.findall(r"\x1b\[[0-9;?]*[A-Za-z]|[\r\n]|[^\x1b\r\n]+", raw):
        if token == "\n":
            at += 1
            if at == len(lines):
                lines.append("")
        elif token == "\r":
            column = 0
        elif token.startswith("\x1b"):
            number = int(token[2:-1] or 1) if token[2:-1].isdigit() or not token[2:-1] else 1
            if token[-1] == "A":
                at -= number
            elif token[-1] == "K":
                lines[at] = lines[at][:column]
            elif token[-1] == "J":
                lines[at:] = [lines[at][:column]]
        else:
            lines[at] = lines[at][:column].ljust(column) + token + lines[at][column + len(token):]
            column += len(token)
    return lines


class UpdateDisplayTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.home = self.folder / "home"
        (self.folder / "data").mkdir()
        (self.folder / "data" / "a.csv").write_text(
            "id,n\n" + "".join(f"{i},{i % 10}\n" for i in range(1000)))
        (self.folder / "spark-pipeline.yml").write_text(
            "name: shown\nstorage: out\nlibraries:\n  - glob: {include: '*.sql'}\n")
        (self.folder / "flows.sql").write_text(
            "CREATE STREAMING TABLE raw (id INT, n INT,\n"
            "  CONSTRAINT few EXPECT (n < 9) ON VIOLATION DROP ROW)\n"
            "AS SELECT id, n FROM STREAM read_files('data', format => 'csv', header => true);\n"
            "CREATE MATERIALIZED VIEW sums AS SELECT n, sum(id) AS s FROM raw GROUP BY n;\n"
            "CREATE MATERIALIZED VIEW bad AS SELECT 1 / (n - n) AS x FROM raw;\n"
            "CREATE MATERIALIZED VIEW after_bad AS SELECT x FROM bad;\n")

    def test_every_flow_has_one_line_that_shows_how_it_ended(self):
        code, raw = at_terminal(["pipeline", "run"], self.folder, self.home)
        self.assertEqual(code, 1, raw)
        lines = screen(raw)
        self.assertEqual(lines[0], "pipeline shown")
        self.assertRegex(lines[1], r"^  state +flow +rows +rows/s +dropped +failed +time$")
        of = {name: [line for line in lines if re.match(rf"  \w+ +main.default.{name} ", line)]
              for name in ("raw", "sums", "bad", "after_bad")}
        self.assertTrue(all(len(found) == 1 for found in of.values()), lines)
        self.assertRegex(of["raw"][0], r"^  done .* 900 +[\d,]+ +100 +100 +[\d.]+ s  append")
        self.assertRegex(of["sums"][0], r"^  done .* 9 .*full recompute \(the first time\)$")
        self.assertRegex(of["bad"][0], r"^  FAILED ")
        self.assertRegex(of["after_bad"][0], r"^  skipped .* main.default.bad failed$")
        self.assertTrue(any("DIVIDE_BY_ZERO" in line for line in lines), lines)
        self.assertTrue(any("expectation few: 100 failed, 900 passed" in line for line in lines))
        self.assertRegex(lines[-2], r"^FAILED: 2 updated, 0 with nothing new, 1 failed, 1 skipped")
        # It was drawn over and over, each flow waiting at first.
        self.assertIn("running", raw)
        self.assertRegex(raw, r"waiting.*after_bad")
        self.assertRegex(raw, "\x1b\\[32m  done")

    def test_a_dumb_terminal_and_a_file_get_plain_lines(self):
        (self.folder / "flows.sql").write_text(
            "CREATE MATERIALIZED VIEW one AS SELECT 1 AS x;\n")
        code, raw = at_terminal(["pipeline", "run"], self.folder, self.home, term="dumb")
        self.assertEqual(code, 0, raw)
        self.assertNotIn("\x1b", raw)
        self.assertRegex(raw.replace("\r\n", "\n"),
                         r"^pipeline shown\n  done      main.default.one: 1 row, full recompute "
                         r"\(the first time\), version 1 \([\d.]+ s\)\ncompleted: 1 updated.*\n$")
        ran = subprocess.run([WEIR, "--home", str(self.home), "pipeline", "run"], cwd=self.folder,
                             capture_output=True, text=True, check=True)
        self.assertEqual(ran.stdout, "")
        self.assertRegex(ran.stderr, r"^pipeline shown\n  done      main.default.one: nothing new")


if __name__ == "__main__":
    unittest.main(verbosity=2)
