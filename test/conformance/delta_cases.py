#!/usr/bin/env python3
"""Reads every reference case of Delta with weir and compares rows, names and types.

usage: delta_cases.py              (reads with the program in WEIR, or build/weir)
       delta_cases.py deltalake    (holds the expectations against another reader)

The cases are in ../shared/data, or the folder that WEIR_CASES names; exit code 77 without them.
"""

import collections
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import pyarrow as pa
import pyarrow.parquet as pq

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import rows  # noqa: E402

REFUSAL = re.compile(r"needs reader feature\(s\) ((?:`\w+`(?:, )?)+), which weir does not support")
# What a table may be refused for today.
NOT_YET = set()


class Refused(Exception):
    """The reader names features that it lacks."""


class Failed(Exception):
    """The reader gave up in good order."""


class Weir:
    """The program under test."""

    def __init__(self, binary):
        self.binary = str(pathlib.Path(binary).resolve())
        self.home = tempfile.TemporaryDirectory()

    def run(self, statement):
        done = subprocess.run(
            [self.binary, "--home", self.home.name, "sql", "--output", "json", "-e", statement],
            capture_output=True, text=True, timeout=300)
        if done.returncode == 0:
            return done.stdout
        refusal = REFUSAL.search(done.stderr)
        if refusal:
            raise Refused(refusal.group(1).replace("`", ""))
        if done.returncode < 0 or "inside weir" in done.stderr:
            raise RuntimeError(f"weir broke ({done.returncode}): {done.stderr.strip()}")
        raise Failed(done.stderr.strip())

    def read(self, path, schema):
        found = rows.of_output(self.run(f"SELECT * FROM delta.`{path}`"), schema)
        types = {row["col_name"]: row["data_type"]
                 for row in rows.parse_output(self.run(f"DESCRIBE TABLE delta.`{path}`"))
                 if row["col_name"] in schema.names}
        for field in schema:
            if types.get(field.name) != rows.spark_type(field.type):
                raise ValueError(f"column {field.name} is {types.get(field.name)}, not "
                                 f"{rows.spark_type(field.type)}")
        return found


class DeltaLake:
    """Another reader, to hold the expectations against."""

    def read(self, path, schema):
        import deltalake
        try:
            table = deltalake.DeltaTable(path).to_pyarrow_table()
        except Exception as error:  # Whatever it throws, it didn't read the table.
            raise Failed(f"{type(error).__name__}: {error}") from error
        return rows.of_table(table.select(schema.names))


def expected_parquet(folder):
    files = sorted(path for path in folder.rglob("*.parquet") if not path.name.startswith((".", "_")))
    return pa.concat_tables([pq.read_table(path, partitioning=None) for path in files])


def expected_text(lines):
    """A table drawn with | and +, all as texts."""
    cells = [[cell.strip() for cell in line.strip("|").split("|")]
             for line in lines if line.startswith("|")]
    return cells[0], collections.Counter(tuple(row) for row in cells[1:])


def expected_of(case, folder):
    """The schema and rows a reader should give, None where the case gives only texts."""
    table = expected_parquet(folder / case["expected"])
    name = case["table"].split("/")[1]
    if name == "data-reader-partition-values":
        # The expectation was written in another zone; the note in cases.json says the right value.
        index = table.schema.get_field_index("as_timestamp")
        column = pa.array([1631099471000000 if v.as_py() is not None else None
                           for v in table.column(index)], pa.timestamp("us", "UTC"))
        table = table.set_column(index, "as_timestamp", column)
    return table.schema, rows.of_table(table)


def judge_text(reader, case, path):
    names, expected = expected_text(case["expected_ascii"])
    relation = f"delta.`{path}`"
    if case["kind"] == "cdf":
        end = "" if case["end"] is None else f", {case['end']}"
        relation = f"table_changes_by_path('{path}', {case['start']}{end})"
    output = rows.parse_output(reader.run(f"SELECT {', '.join(names)} FROM {relation}"))
    actual = collections.Counter()
    for row in output:
        if list(row) != names:
            raise ValueError(f"the columns are {list(row)}, not {names}")
        actual[tuple("" if value is None else str(value) for value in row.values())] += 1
    return rows.difference(actual, expected)


def judge(reader, case, folder):
    """What is wrong with how `reader` reads the case; "" when nothing is."""
    path = (folder / case["table"]).resolve()
    if case.get("expected_ascii"):
        if not isinstance(reader, Weir):
            return ""
        return judge_text(reader, case, path)
    if case["kind"] == "negative_must_fail":
        reader.read(path, pa.schema([]))
        return "it was read, but must fail"
    schema, expected = expected_of(case, folder)
    return rows.difference(reader.read(path, schema), expected)


def main():
    folder = pathlib.Path(os.environ.get("WEIR_CASES", "../shared/data")) / "delta"
    if not (folder / "cases.json").exists():
        print(f"skipped: there are no reference cases in {folder}")
        return 77
    other = sys.argv[1:] == ["deltalake"]
    reader = DeltaLake() if other else Weir(os.environ.get("WEIR", "build/weir"))
    passed, failed_as_they_must, refused, wrong = [], [], collections.Counter(), []
    for case in json.loads((folder / "cases.json").read_text()):
        if case["kind"] not in ("read_latest", "negative_must_fail", "cdf"):
            continue
        try:
            problem = judge(reader, case, folder)
        except Refused as refusal:
            problem = ""
            unknown = set(str(refusal).split(", ")) - NOT_YET
            if case["kind"] == "negative_must_fail":
                failed_as_they_must.append(case["table"])
            elif unknown:
                problem = f"it was refused for {unknown}"
            else:
                refused[str(refusal)] += 1
        except Failed as failure:
            problem = "" if case["kind"] == "negative_must_fail" else f"it failed: {failure}"
            if not problem:
                failed_as_they_must.append(case["table"])
        except (RuntimeError, ValueError, KeyError, subprocess.TimeoutExpired) as error:
            problem = str(error)
        else:
            if not problem:
                passed.append(case["table"])
        if problem:
            wrong.append(f"{case['table']}: {problem}")
    for line in wrong:
        print(f"WRONG {line}")
    by_name = ", ".join(f"{count} {name}" for name, count in sorted(refused.items()))
    print(f"Delta cases: {len(passed)} passed, {len(failed_as_they_must)} failed as they must, "
          f"{sum(refused.values())} refused by feature name ({by_name or 'none'}), "
          f"{len(wrong)} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
