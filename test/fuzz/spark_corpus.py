#!/usr/bin/env python3
"""Writes the statements of Spark's own cases into a folder, a file each, for a fuzzer to start from.

usage: spark_corpus.py FOLDER

The cases are in ../shared/data/spark-sql, or the folder that WEIR_CASES names; without them nothing is written.
"""

import gzip
import hashlib
import json
import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
CASES = pathlib.Path(os.environ.get("WEIR_CASES", ROOT.parent / "shared/data")) / "spark-sql"
FILES = ("parser-acceptance.jsonl", "function-examples.jsonl", "sql-tests.jsonl.gz")
LONGEST = 4096  # What the fuzzer reads of one.


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    written = 0
    for name in FILES:
        file = CASES / name
        if not file.exists():
            print(f"there is no {file}")
            continue
        with (gzip.open if name.endswith(".gz") else open)(file, "rt", encoding="utf-8") as lines:
            for line in lines:
                sql = json.loads(line).get("sql", "").encode()
                if 0 < len(sql) <= LONGEST:
                    (folder / hashlib.sha256(sql).hexdigest()[:16]).write_bytes(sql)
                    written += 1
    print(f"{written} statements")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
