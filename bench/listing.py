#!/usr/bin/env python3
"""A folder of many files that were read, and a few that were not: what an update costs.

usage: listing.py [FILES [NEW]]    (with the program in WEIR, or build/weir; default 1,000,000 and 10,000)

The files are of one row. They count as read by `includeExistingFiles => false`, which is the first figure; the second
is an update with nothing new, the third one that reads the new files. Seconds, and the peak of memory of the process.
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import time

WEIR = str(pathlib.Path(os.environ.get("WEIR", "build/weir")).resolve())
FOLDERS = 100


def make(folder, prefix, count):
    """That many files, in folders of their number."""
    for part in range(FOLDERS):
        (folder / f"{part:03}").mkdir(parents=True, exist_ok=True)
    for i in range(count):
        path = f"{folder}/{i % FOLDERS:03}/{prefix}-{i:08}.csv"
        with open(path, "w") as file:
            file.write("1\n")


def update(folder):
    start = time.monotonic()
    child = subprocess.Popen([WEIR, "--home", f"{folder}/home", "pipeline", "run"], cwd=folder,
                             stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    told = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    if status != 0:
        sys.exit(told)
    return time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def show(what, figures):
    seconds, processor, megabytes = figures
    print(f"{what:40} {seconds:8.2f} s  {processor:8.2f} s of processor  {megabytes:7.0f} MB",
          flush=True)


def main():
    files = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    new = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        make(folder / "in", "old", files)
        (folder / "spark-pipeline.yml").write_text(
            "name: p\nlibraries:\n  - glob: {include: '*.sql'}\nstorage: storage\nschema: p\n")
        (folder / "flow.sql").write_text(
            f"CREATE STREAMING TABLE t AS SELECT id FROM STREAM read_files('{folder}/in', "
            "format => 'csv', schema => 'id INT', includeExistingFiles => false);")
        print(f"{files:,} files in {FOLDERS} folders, {new:,} new ones")
        show("the first update: all count as read", update(folder))
        show("an update with nothing new", update(folder))
        make(folder / "in", "new", new)
        show("an update that reads the new ones", update(folder))
        show("an update with nothing new", update(folder))
    return 0


if __name__ == "__main__":
    sys.exit(main())
