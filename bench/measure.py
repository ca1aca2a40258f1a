"""What `make bench` prints: weir against its targets, side by side with others where there is a peer.

usage: measure.py [--gigabytes G] [--rows N] [--pairs N] [MEASUREMENT...]

Both sides of a comparison run as whole processes on the same files, in turn. Times are the median of
the runs with its quartiles; memory is the largest of the processes.
"""

import argparse
import os
import pathlib
import platform
import subprocess
import tempfile

import change_events
import commits
import compaction
import loading
import incremental
import many_files
import opening
import partitioning
import queries
import s3_reads
import spark_pipelines
import starting
import statements
import table_changes
import table_reads
from processes import ROOT

MEASUREMENTS = {**starting.MEASUREMENTS, **statements.MEASUREMENTS, **queries.MEASUREMENTS,
                **loading.MEASUREMENTS, **partitioning.MEASUREMENTS, **commits.MEASUREMENTS,
                **opening.MEASUREMENTS, **table_changes.MEASUREMENTS, **compaction.MEASUREMENTS,
                **table_reads.MEASUREMENTS, **many_files.MEASUREMENTS, **s3_reads.MEASUREMENTS, **spark_pipelines.MEASUREMENTS,
                **incremental.MEASUREMENTS, **change_events.MEASUREMENTS}


def where():
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, text=True,
                            capture_output=True).stdout.strip()
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo")
                if line.startswith("model name")), platform.machine())
    return (f"commit {commit or 'unknown'}, {os.cpu_count()} x {cpu}, {platform.system()} "
            f"{platform.release()}, load {os.getloadavg()[0]:.1f}")


def arguments():
    parser = argparse.ArgumentParser(description="Measures weir against its targets.")
    parser.add_argument("--gigabytes", type=float, default=1.0,
                        help="size of what is loaded and scanned (1)")
    parser.add_argument("--rows", type=int, default=10_000_000,
                        help="rows of the tables that are changed and read beside deltalake and Spark (10,000,000)")
    parser.add_argument("--pairs", type=int, default=3, help="runs of each side (3)")
    parser.add_argument("measurement", nargs="*", help=f"of {', '.join(MEASUREMENTS)}; all")
    options = parser.parse_args()
    unknown = [name for name in options.measurement if name not in MEASUREMENTS]
    if unknown:
        parser.error(f"no measurement {', '.join(unknown)}; there are {', '.join(MEASUREMENTS)}")
    if options.gigabytes <= 0 or options.rows < 10_000 or options.pairs < 2:
        parser.error("--gigabytes is more than 0, --rows at least 10,000, --pairs at least 2")
    return options


def main():
    options = arguments()
    print(where())
    for name in options.measurement or MEASUREMENTS:
        with tempfile.TemporaryDirectory(prefix="weir-bench-") as folder:
            MEASUREMENTS[name](pathlib.Path(folder), options)


if __name__ == "__main__":
    main()
