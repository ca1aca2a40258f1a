"""weir, deltalake and Spark with Delta, each given statements of its own for the same work.

What is timed is the statements alone, in a process that has started and, where `before` says so, has already run
others. weir and deltalake are a new process each time, which has opened nothing; Spark is one session that runs on."""

import dataclasses
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

from processes import WEIR, forget_peaks, launch, outcome, peaks

HERE = pathlib.Path(__file__).resolve().parent
SPARK_MEMORY = "4g"


@dataclasses.dataclass
class Done:
    seconds: float
    megabytes: float
    rows: list


class Weir:
    """Its home is new each time, too. The peak is the process's: `weir sql` starts no others."""

    def __init__(self, folder, environment=None):
        self.folder, self.environment = folder, environment

    def run(self, *statements, before=()):
        with tempfile.TemporaryDirectory(dir=self.folder, prefix="weir-") as home:
            script = pathlib.Path(home) / "work.sql"
            script.write_text(";\n".join([*before, "SELECT 'begin' AS bench", *statements,
                                          "SELECT 'end' AS bench"]))
            return between_marks([WEIR, "--home", f"{home}/home", "sql", "--output", "json", "-f", script],
                                 self.environment)


class Lake:
    """Statements are Python, with what deltalake_peer.py has. The peak is the process's, with Python and
    pyarrow."""

    def __init__(self, folder, environment=None):
        self.folder, self.environment = folder, environment

    def run(self, *statements, before=()):
        with tempfile.NamedTemporaryFile("w", dir=self.folder, suffix=".json") as work:
            json.dump({"before": before, "statements": statements}, work)
            work.flush()
            return between_marks([sys.executable, HERE / "deltalake_peer.py", work.name], self.environment)


def between_marks(command, environment):
    """Runs a process to its end; times it from its line {"bench": "begin"} to its line {"bench": "end"}."""
    command = [str(part) for part in command]
    with tempfile.TemporaryFile("w+") as said:
        launcher, told = launch(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said,
                                text=True, env=environment)
        at, rows = {}, []
        for line in launcher.stdout:
            row = json.loads(line)
            if "bench" in row:
                at[row["bench"]] = time.monotonic()
            elif "begin" in at:
                rows.append(row)
        launcher.stdout.close()
        _, megabytes, code = outcome(launcher, told)
        if code != 0 or "end" not in at:
            said.seek(0)
            sys.exit(f"bench: exit code {code} of {' '.join(command)}\n{said.read()}")
    return Done(at["end"] - at["begin"], megabytes, rows)


class Spark:
    """A session for as long as the context lasts. The peak is that of the JVM and of Python while the statements
    ran, but a heap that has grown before stays as large."""

    def __init__(self, folder, environment=None, **settings):
        self.folder, self.environment = folder, environment
        self.settings = {"spark_driver_memory": SPARK_MEMORY, "spark_ui_showConsoleProgress": "false",
                         "spark_sql_shuffle_partitions": os.cpu_count(), **settings}

    def __enter__(self):
        self.scratch = pathlib.Path(tempfile.mkdtemp(dir=self.folder, prefix="spark-"))
        self.said = open(self.scratch / "session.log", "w+")
        self.session = subprocess.Popen(
            [sys.executable, HERE / "spark_peer.py", json.dumps(self.settings)], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=self.said, text=True,
            env={**(self.environment or os.environ), "TMPDIR": str(self.scratch), "SPARK_LOCAL_IP": "127.0.0.1",
                 "SPARK_LOCAL_DIRS": str(self.scratch), "JAVA_TOOL_OPTIONS": f"-Djava.io.tmpdir={self.scratch}"})
        self.answer()
        return self

    def __exit__(self, *_):
        self.session.stdin.close()
        self.session.wait()
        self.session.stdout.close()
        self.said.close()
        shutil.rmtree(self.scratch, ignore_errors=True)

    def run(self, *statements, before=()):
        forget_peaks([self.session.pid])
        print(json.dumps({"before": before, "statements": statements}), file=self.session.stdin, flush=True)
        answer = self.answer()
        return Done(answer["seconds"], peaks([self.session.pid]), answer["rows"])

    def answer(self):
        line = self.session.stdout.readline()
        if not line:
            self.said.seek(0)
            sys.exit(f"bench: the Spark session ended\n{self.said.read()[-10_000:]}")
        return json.loads(line)
