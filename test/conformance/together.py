#!/usr/bin/env python3
"""deltalake and weir write one local table at the same moment, and every row is there once.

usage: together.py    (with the program in WEIR, or build/weir)
"""

import collections
import json
import os
import pathlib
import subprocess
import sys

import deltalake
import each

WEIR = str(pathlib.Path(os.environ.get("WEIR", "build/weir")).resolve())
WEIRS, LAKES, ROWS = 3, 2, 30
LAKE_WRITER = """
import sys, deltalake, deltalake.exceptions, pyarrow as pa
path, writer, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
for n in range(count):
    row = pa.table({"writer": pa.array([writer], pa.int32()), "n": pa.array([n], pa.int32())})
    # It may take an overwrite of ours for a conflict; nothing of the append is in the table then.
    while True:
        try:
            deltalake.write_deltalake(
                path, row, mode="append",
                commit_properties=deltalake.CommitProperties(max_commit_retries=1000))
            break
        except deltalake.exceptions.CommitFailedError:
            continue
"""


def check(condition, message):
    if not condition:
        raise AssertionError(message)


def weir(home):
    return [WEIR, "--home", str(home), "--output", "json", "sql"]


def run(home, text):
    done = subprocess.run(weir(home) + ["-e", text], capture_output=True, text=True, timeout=300)
    check(done.returncode == 0, f"{text}\n{done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def start_weir(home, script):
    child = subprocess.Popen(weir(home), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                             stderr=subprocess.PIPE, text=True)
    child.stdin.write(script)
    child.stdin.close()
    child.stdin = None
    return child


def start_lake(path, writer):
    return subprocess.Popen([sys.executable, "-c", LAKE_WRITER, str(path), str(writer), str(ROWS)],
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def expect_good(children):
    for child in children:
        _, said = child.communicate(timeout=300)
        check(child.returncode == 0, f"{child.args[:2]} failed: {said}")


def expect_contents(home, path, wanted):
    read = run(home, "SELECT writer, n FROM t")
    ours = collections.Counter((row["writer"], row["n"]) for row in read)
    table = deltalake.DeltaTable(path)
    theirs = collections.Counter(zip(*(table.to_pyarrow_table().column(name).to_pylist()
                                       for name in ("writer", "n"))))
    check(ours == wanted, f"weir: {len(wanted - ours)} missing, {len(ours - wanted)} too many")
    check(theirs == wanted, f"deltalake: {len(wanted - theirs)} missing, {len(theirs - wanted)} "
                            "too many")
    return table


def interleavings(table):
    """How often the writer of a version is another program than that of the version before."""
    by = ["weir" in str(entry.get("engineInfo")) for entry in reversed(table.history())]
    return sum(one != other for one, other in zip(by, by[1:]))


def appends_of_both_arrive_once(home, path):
    run(home, f"CREATE TABLE t (writer INT, n INT) LOCATION '{path}'")
    children = [start_lake(path, 100 + writer) for writer in range(LAKES)]
    children += [start_weir(home, "".join(f"INSERT INTO t VALUES ({writer}, {n});\n"
                                          for n in range(ROWS))) for writer in range(WEIRS)]
    expect_good(children)
    writers = [*range(WEIRS), *range(100, 100 + LAKES)]
    wanted = collections.Counter((writer, n) for writer in writers for n in range(ROWS))
    table = expect_contents(home, path, wanted)
    versions = sorted(entry["version"] for entry in table.history())
    check(versions == list(range(len(wanted) + 1)), f"versions {versions}")
    turns = interleavings(table)
    check(turns > 1, "they did not write at the same time")
    print(f"    {len(versions)} versions, {turns} turns")


def overwrites_from_the_table_lose_no_append_of_deltalake(home, path):
    run(home, f"CREATE TABLE t (writer INT, n INT) LOCATION '{path}'")
    children = [start_lake(path, 100),
                start_weir(home, "INSERT OVERWRITE t SELECT * FROM t;\n" * (ROWS // 2))]
    expect_good(children)
    expect_contents(home, path, collections.Counter((100, n) for n in range(ROWS)))


def main():
    tests = [appends_of_both_arrive_once, overwrites_from_the_table_lose_no_append_of_deltalake]
    return each.run(tests, lambda test, folder: test(folder / "home", folder / "table"))


if __name__ == "__main__":
    sys.exit(main())
