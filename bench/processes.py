"""Whole processes, timed; and what a measurement says."""

import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
WEIR = pathlib.Path(os.environ.get("WEIR", ROOT / "build" / "weir"))
PEER = ROOT / "bench" / "duckdb_peer.py"


# A process's peak, as the kernel counts it, is at least what the process held that started it. So one is
# started by this, which is small, times it and tells seconds, kB and exit code.
LAUNCHER = """
import os, sys, time
tell = int(sys.argv[1])
os.set_inheritable(tell, False)
start = time.monotonic()
child = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(child, 0)
took = time.monotonic() - start
os.write(tell, f"{took} {usage.ru_maxrss} {os.waitstatus_to_exitcode(status)}".encode())
"""


def launch(command, **started):
    """The launcher of a process, and where it tells of it once it has ended."""
    listen, tell = os.pipe()
    try:
        launcher = subprocess.Popen([sys.executable, "-I", "-S", "-c", LAUNCHER, str(tell), *command],
                                    pass_fds=[tell], **started)
    finally:
        os.close(tell)
    return launcher, os.fdopen(listen)


def outcome(launcher, told):
    """Waits for a launched process: seconds, MB at its peak, exit code."""
    with told:
        seconds, kilobytes, code = told.read().split() or (0, 0, launcher.wait())
    launcher.wait()
    return float(seconds), int(kilobytes) / 1024, int(code)


class Ran:
    """One finished process: seconds and peak memory in MB. `started` is for Popen."""

    def __init__(self, *command, **started):
        command = [str(part) for part in command]
        with tempfile.TemporaryFile("w+") as said:
            code = self.run(command, {**started, "stdin": subprocess.DEVNULL, "stdout": said,
                                      "stderr": said})
            if code != 0:
                said.seek(0)
                sys.exit(f"bench: exit code {code} of {' '.join(command)}\n{said.read()}")

    def run(self, command, started):
        launcher, told = launch(command, **started)
        self.seconds, self.megabytes, code = outcome(launcher, told)
        return code


class RanTree(Ran):
    """One finished process with all that it started: memory is the most that they, and the processes
    `beside` with theirs, were seen to hold together. Pages that processes share count once."""

    def __init__(self, *command, beside=(), **started):
        self.beside = list(beside)
        super().__init__(*command, **started)

    def run(self, command, started):
        start = time.monotonic()
        child = subprocess.Popen(command, **started)
        self.megabytes, ended = 0.0, threading.Event()

        def look():
            while not ended.wait(0.2):
                self.megabytes = max(self.megabytes, held([child.pid, *self.beside]))

        looking = threading.Thread(target=look)
        looking.start()
        code = child.wait()
        self.seconds = time.monotonic() - start
        ended.set()
        looking.join()
        return code


def held(roots):
    """MB of memory of these processes and all below them."""
    return sum(proportional_set(process) for process in with_all_below(roots)) / 1024


def with_all_below(roots):
    children = {}
    for entry in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(entry.read_text().rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue  # It has ended.
        children.setdefault(parent, []).append(int(entry.parent.name))
    found, ahead = set(), list(roots)
    while ahead:
        process = ahead.pop()
        if process not in found:
            found.add(process)
            ahead += children.get(process, [])
    return found


def proportional_set(process):
    """kB; 0 for one that has ended."""
    try:
        for line in pathlib.Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    except (FileNotFoundError, ProcessLookupError):
        pass
    return 0


def forget_peaks(roots):
    """From here on the peaks of these processes and of all below them are new ones."""
    for process in with_all_below(roots):
        pathlib.Path(f"/proc/{process}/clear_refs").write_text("5")


def peaks(roots):
    """MB: what these processes and all below them that are still there held at most, each at its peak."""
    return sum(peak(process) for process in with_all_below(roots)) / 1024


def peak(process):
    """kB; 0 for one that has ended."""
    try:
        for line in pathlib.Path(f"/proc/{process}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    except (FileNotFoundError, ProcessLookupError):
        pass
    return 0


class Times:
    def __init__(self, seconds):
        self.low, self.median, self.high = (1000 * q for q in statistics.quantiles(
            seconds, n=4, method="inclusive"))  # Never outside of what was measured.

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


class Rounds:
    """Several sides by name, weir's first, each once a round; who begins changes from round to round. A side
    is called with the number of the round and gives what has `seconds` and `megabytes`. The round before the
    first only warms up; what each side gave in it goes to `check` before anything is timed."""

    def __init__(self, count, sides, check):
        names = list(sides)
        taken, self.peak = {name: [] for name in names}, dict.fromkeys(names, 0.0)
        for turn in range(-1, count):
            first = turn % len(names)
            done = {name: sides[name](turn) for name in names[first:] + names[:first]}
            if turn < 0:
                check(done)
            for name in names:
                self.peak[name] = max(self.peak[name], done[name].megabytes)
                if turn >= 0:
                    taken[name].append(done[name].seconds)
        self.times = {name: Times(seconds) for name, seconds in taken.items()}
        self.ours, *self.others = names
        self.ratio = {name: statistics.median(a / b for a, b in zip(taken[self.ours], taken[name]))
                      for name in self.others}
        self.memory = {name: self.peak[self.ours] / self.peak[name] for name in self.others}

    def report(self, work, most=1.00, memory=None):
        """`memory` has the most that weir's peak may be of another's, by its name."""
        lines = [f"{name} {self.times[name]}, {self.peak[name]:.0f} MB" +
                 (f"; {self.ratio[name]:.2f}x, memory {self.memory[name]:.2f}x" if name in self.ratio else "")
                 for name in (self.ours, *self.others)]
        target = [f"at most {most:.2f}x"] + [f"memory at most {share:.2f}x of {name}'s"
                                             for name, share in (memory or {}).items()]
        met = (all(ratio <= most for ratio in self.ratio.values()) and
               all(self.memory[name] <= share for name, share in (memory or {}).items()))
        report(work, "\n    ".join(lines), ", ".join(target), met)


def report(work, measured, target, met):
    print(f"{work}\n    {measured}\n    target {target}: {'met' if met else 'MISSED'}", flush=True)
