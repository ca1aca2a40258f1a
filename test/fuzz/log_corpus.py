#!/usr/bin/env python3
"""Writes the logs of the reference tables into a folder, a file each, for a fuzzer to start from.

usage: log_corpus.py FOLDER

The tables are in ../shared/data/delta, or the folder that WEIR_CASES names; without them nothing is written.
A log is its files one after the other, each behind a line "=== <name>"; what is Parquet is left out.
"""

import hashlib
import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
CASES = pathlib.Path(os.environ.get("WEIR_CASES", ROOT.parent / "shared/data")) / "delta"
LONGEST = 65536  # What the fuzzer reads of one.


def text_of(log):
    text = b""
    for file in sorted(log.iterdir()):
        if file.is_file() and not file.name.startswith(".") and file.suffix != ".parquet":
            content = file.read_bytes()
            text += b"=== " + file.name.encode() + b"\n" + content
            text += b"" if content.endswith(b"\n") else b"\n"
    return text


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    written = 0
    for log in sorted(CASES.glob("**/_delta_log")):
        text = text_of(log)
        if 0 < len(text) <= LONGEST:
            (folder / hashlib.sha256(text).hexdigest()[:16]).write_bytes(text)
            written += 1
    print(f"{written} logs" if written else f"there are no tables in {CASES}")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
