"""Small commits a second, by one writer and by four, against deltalake."""

import subprocess
import sys
import time

from processes import WEIR, Pairs, Ran

COMMITS = 100
LAKE = """
import sys, deltalake, pyarrow as pa
row = pa.table({"n": pa.array([1], pa.int32())})
for _ in range(int(sys.argv[2])):
    deltalake.write_deltalake(sys.argv[1], row, mode="append",
        commit_properties=deltalake.CommitProperties(max_commit_retries=1000))
"""


def together(commands):
    start = time.monotonic()
    children = [subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL,
                                 stdout=subprocess.DEVNULL) for command in commands]
    for child in children:
        if child.wait() != 0:
            sys.exit(f"bench: exit code {child.returncode} of {child.args[:2]}")
    return time.monotonic() - start


def measure(folder, options, writers):
    scripts = {count: folder / f"{count}.sql" for count in (1, 1 + COMMITS)}
    for count, script in scripts.items():
        script.write_text("INSERT INTO t VALUES (1);\n" * count)

    def table(side, pair):
        home, path = folder / f"home-{side}-{pair}", folder / f"{side}-{pair}"
        Ran(WEIR, "--home", home, "sql", "-e", f"CREATE TABLE t (n INT) LOCATION '{path}'")
        return home, path

    def seconds(commands_of):
        return together(commands_of(1 + COMMITS)) - together(commands_of(1))

    def ours(pair):
        home, _ = table("weir", pair)
        return seconds(lambda count: [[WEIR, "--home", home, "sql", "-f", scripts[count]]] *
                       writers) / (COMMITS * writers), 0.0

    def theirs(pair):
        _, path = table("lake", pair)
        return seconds(lambda count: [[sys.executable, "-c", LAKE, path, count]] *
                       writers) / (COMMITS * writers), 0.0

    pairs = Pairs(options.pairs, ours, theirs)
    pairs.report(f"a commit of one row, {writers} writer(s): weir {1000 / pairs.ours.median:.0f} a "
                 f"second, deltalake {1000 / pairs.theirs.median:.0f} a second", "deltalake", 1.00)


MEASUREMENTS = {"commits-1": lambda folder, options: measure(folder, options, 1),
                "commits-4": lambda folder, options: measure(folder, options, 4)}
