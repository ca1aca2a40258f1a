"""Whole processes, timed; and what a measurement says."""

import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
WEIR = pathlib.Path(os.environ.get("WEIR", ROOT / "build" / "weir"))
PEER = ROOT / "bench" / "duckdb_peer.py"


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
        unit, by = ("s", 1000) if self.median >= 10_000 else ("ms", 1)
        return (f"{self.median / by:.1f} {unit} "
                f"({self.low / by:.1f} to {self.high / by:.1f})")


class Pairs:
    """Two sides in turn (A B, B A, ...), so that what disturbs the machine disturbs both. A side is
    called with the number of the pair and gives seconds and megabytes (0: not measured); the pair
    before the first only warms up."""

    def __init__(self, count, ours, theirs):
        sides = [("ours", ours), ("theirs", theirs)]
        taken, self.peak = {"ours": [], "theirs": []}, {"ours": 0.0, "theirs": 0.0}
        for pair in range(-1, count):
            for name, side in sides if pair % 2 else reversed(sides):
                seconds, megabytes = side(pair)
                self.peak[name] = max(self.peak[name], megabytes)
                if pair >= 0:
                    taken[name].append(seconds)
        self.ours, self.theirs = Times(taken["ours"]), Times(taken["theirs"])
        self.ratio = statistics.median(a / b for a, b in zip(taken["ours"], taken["theirs"]))

    def report(self, work, peer, most):
        ours, theirs = (f", {peak:.0f} MB" if peak else "" for peak in self.peak.values())
        report(work, f"weir {self.ours}{ours}; {peer} {self.theirs}{theirs}; {self.ratio:.2f}x",
               f"at most {most:.2f}x", self.ratio <= most)


def report(work, measured, target, met):
    print(f"{work}\n    {measured}\n    target {target}: {'met' if met else 'MISSED'}", flush=True)
