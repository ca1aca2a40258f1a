"""What `make bench` prints: weir against its targets, side by side with DuckDB where there is a peer.

Both sides of a comparison run as whole processes on the same files, in turn (A B, B A, ...), so that what
disturbs the machine disturbs both. Times are the median of the runs with its quartiles; memory is the
largest of the processes.
"""

import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

import duckdb

ROOT = pathlib.Path(__file__).resolve().parent.parent
WEIR = pathlib.Path(os.environ.get("WEIR", ROOT / "build" / "weir"))
PEER = ROOT / "bench" / "duckdb_peer.py"
PAIRS = 15


class Ran:
    """One finished process: seconds and peak memory in MB."""

    def __init__(self, *command):
        command = [str(part) for part in command]
        with tempfile.TemporaryFile("w+") as said:
            start = time.monotonic()
            child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
            _, status, usage = os.wait4(child.pid, 0)
            self.seconds = time.monotonic() - start
            child.returncode = os.waitstatus_to_exitcode(status)
            self.megabytes = usage.ru_maxrss / 1024
            if child.returncode != 0:
                said.seek(0)
                sys.exit(f"bench: exit code {child.returncode} of {' '.join(command)}\n{said.read()}")


class Times:
    def __init__(self, seconds):
        self.low, self.median, self.high = (1000 * q for q in statistics.quantiles(seconds, n=4))

    def __str__(self):
        return f"{self.median:.1f} ms ({self.low:.1f} to {self.high:.1f})"


def report(work, measured, target, met):
    print(f"{work}\n    {measured}\n    target {target}: {'met' if met else 'MISSED'}", flush=True)


def startup(folder):
    runs = [Ran(WEIR, "--home", folder / "home", "sql", "-e", "select 1") for _ in range(32)][1:]
    took = Times([run.seconds for run in runs])
    peak = max(run.megabytes for run in runs)
    report("build/weir sql -e 'select 1', the whole process", f"{took}, {peak:.0f} MB",
           "under 100 ms", took.median < 100)


PROJECT = """name: idle
libraries:
  - glob:
      include: transformations/**
storage: storage
catalog: main
schema: idle
"""
FLOWS = """
CREATE OR REFRESH STREAMING TABLE bronze
AS SELECT * FROM STREAM read_files('{landing}', format => 'csv', header => true);
CREATE OR REFRESH STREAMING TABLE silver
AS SELECT id, upper(name) AS name FROM STREAM(bronze);
CREATE OR REFRESH MATERIALIZED VIEW gold AS SELECT name, count(*) AS n FROM silver GROUP BY name;
"""


def idle_update(folder):
    project, landing = folder / "idle", folder / "landing"
    (project / "transformations").mkdir(parents=True)
    landing.mkdir()
    (project / "spark-pipeline.yml").write_text(PROJECT)
    (project / "transformations" / "flows.sql").write_text(FLOWS.format(landing=landing))
    for file in range(20):
        lines = "".join(f"{file * 1000 + row},name{row % 7}\n" for row in range(1000))
        (landing / f"{file:02}.csv").write_text("id,name\n" + lines)
    command = (WEIR, "--home", folder / "home", "pipeline", "run", "--spec",
               project / "spark-pipeline.yml")
    Ran(*command)
    took = Times([Ran(*command).seconds for _ in range(PAIRS)])
    a_flow = took.median / 3
    report("an update of three flows with nothing new, the whole process",
           f"{took}, so {a_flow:.1f} ms a flow", "under 50 ms a flow", a_flow < 50)


QUERY = ("SELECT category, count(*) AS n, sum(amount) AS total, max(day) AS latest "
         "FROM {table} WHERE quantity > 50 GROUP BY category")
ROWS = 10_000_000
REPEATS = 20


def scan(folder):
    raw, home = folder / "raw", folder / "home"
    raw.mkdir()
    duckdb.sql(f"""COPY (
        SELECT i AS id, 'category ' || (hash(i) % 100) AS category,
               (hash(i + 1) % 100000) / 100.0::DOUBLE AS amount, (hash(i + 2) % 100)::INT AS quantity,
               DATE '2020-01-01' + (i % 1000)::INT AS day
        FROM range({ROWS}) AS t(i)) TO '{raw}/rows.parquet' (FORMAT parquet)""")
    Ran(WEIR, "--home", home, "sql", "-e",
        f"CREATE TABLE main.default.bench AS SELECT id, category, amount, quantity, day "
        f"FROM read_files('{raw}', format => 'parquet')")
    files = sorted(str(file) for file in home.rglob("*.parquet") if "_delta_log" not in file.parts)
    if not files:
        sys.exit(f"bench: no data file of the table under {home}")
    table = "read_parquet([" + ", ".join(f"'{file}'" for file in files) + "])"
    scripts = {}
    for side, name in (("weir", "main.default.bench"), ("duckdb", table)):
        for repeats in (1, 1 + REPEATS):
            scripts[side, repeats] = folder / f"{side}-{repeats}.sql"
            scripts[side, repeats].write_text((QUERY.format(table=name) + ";\n") * repeats)

    def once(side, repeats):
        script = scripts[side, repeats]
        if side == "weir":
            return Ran(WEIR, "--home", home, "sql", "--output", "json", "-f", script)
        return Ran(sys.executable, PEER, script)

    took, peak = {"weir": [], "duckdb": []}, {"weir": 0.0, "duckdb": 0.0}
    for pair in range(-1, PAIRS):
        for side in sorted(took, reverse=bool(pair % 2)):
            short, long = once(side, 1), once(side, 1 + REPEATS)
            peak[side] = max(peak[side], long.megabytes)
            if pair >= 0:  # The first pair warms the page cache.
                took[side].append((long.seconds - short.seconds) / REPEATS)
    ours, theirs = Times(took["weir"]), Times(took["duckdb"])
    ratio = statistics.median(a / b for a, b in zip(took["weir"], took["duckdb"]))
    report(f"scan, filter, aggregate of {ROWS:,} rows in {len(files)} Parquet file(s), one statement",
           f"weir {ours}, {peak['weir']:.0f} MB; DuckDB {theirs}, {peak['duckdb']:.0f} MB; "
           f"{ratio:.2f}x", "1.10x", ratio <= 1.10)


MEASUREMENTS = {"startup": startup, "idle-update": idle_update, "scan": scan}


def where():
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, text=True,
                            capture_output=True).stdout.strip()
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo")
                if line.startswith("model name")), platform.machine())
    return f"commit {commit or 'unknown'}, {os.cpu_count()} x {cpu}, {platform.system()} {platform.release()}"


def main():
    chosen = sys.argv[1:] or list(MEASUREMENTS)
    unknown = [name for name in chosen if name not in MEASUREMENTS]
    if unknown:
        sys.exit(f"bench: no measurement {', '.join(unknown)}; there are {', '.join(MEASUREMENTS)}")
    print(where())
    for name in chosen:
        with tempfile.TemporaryDirectory(prefix="weir-bench-") as folder:
            MEASUREMENTS[name](pathlib.Path(folder))


if __name__ == "__main__":
    main()
