#!/usr/bin/env python3
"""Writes the deletion vectors of the reference tables into a folder, a file each, for a fuzzer to start from.

usage: deletion_vector_corpus.py FOLDER

The tables are in ../shared/data/delta, or the folder that WEIR_CASES names; without them nothing is written. Each
gives two: the bytes of the set of rows, and what the log says of it with the whole file that holds it behind.
"""

import hashlib
import json
import os
import pathlib
import sys
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]
CASES = pathlib.Path(os.environ.get("WEIR_CASES", ROOT.parent / "shared/data")) / "delta"
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"  # Of Z85.
LONGEST = 65536  # What the fuzzer reads of one.


def decoded(text):
    words = (text[i:i + 5] for i in range(0, len(text), 5))
    return b"".join(sum(DIGITS.index(c) * 85 ** (4 - i) for i, c in enumerate(word)).to_bytes(4, "big")
                    for word in words)


def file_of(table, vector):
    where = vector["pathOrInlineDv"]
    name = f"deletion_vector_{uuid.UUID(bytes=decoded(where[-20:]))}.bin"
    return table / where[:-20] / name


def vectors_of(log):
    """Those of the entries, as objects."""
    for entry in sorted(log.glob("*.json")):
        for line in entry.read_text(encoding="utf-8").splitlines():
            for action in json.loads(line).values():
                if isinstance(action, dict) and action.get("deletionVector"):
                    yield action["deletionVector"]


def inputs_of(table):
    for vector in vectors_of(table / "_delta_log"):
        described = json.dumps(vector, separators=(",", ":")).encode()
        if vector["storageType"] == "i":
            yield described
            yield decoded(vector["pathOrInlineDv"])[:vector["sizeInBytes"]]
        elif vector["storageType"] == "u" and file_of(table, vector).exists():
            content = file_of(table, vector).read_bytes()
            yield described + b"\n" + content
            begin = vector.get("offset", 1) + 4
            yield content[begin:begin + vector["sizeInBytes"]]


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    inputs = {one for log in CASES.glob("**/_delta_log") for one in inputs_of(log.parent) if len(one) <= LONGEST}
    for one in inputs:
        (folder / hashlib.sha256(one).hexdigest()[:16]).write_bytes(one)
    print(f"{len(inputs)} inputs" if inputs else f"there are no deletion vectors in {CASES}")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
