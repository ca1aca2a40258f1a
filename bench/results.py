"""What a statement gave, or a table holds, and whether that is the same on all sides."""

import math
import sys

import deltalake
import duckdb
import pyarrow


def same(ours, theirs):
    """Exactly, but DOUBLEs to 1e-9."""
    if isinstance(ours, list):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    if isinstance(ours, float) and isinstance(theirs, float):
        return math.isclose(ours, theirs, rel_tol=1e-9, abs_tol=1e-9)
    return ours == theirs


def check_rows(work, done):
    """That all sides gave the same rows, and some; `done` is by name. Columns are compared by position."""
    answers = {name: [list(row.values()) for row in side.rows] for name, side in done.items()}
    (first, rows), *others = answers.items()
    if not rows:
        sys.exit(f"bench: {work}: {first} gave no row")
    for name, theirs in others:
        if not same(rows, theirs):
            sys.exit(f"bench: {work}: {first} gave\n{rows[:20]}\nand {name}\n{theirs[:20]}")


def check_tables(work, paths, rows=None):
    """That the tables at these paths, by name, hold the same rows, and so many."""
    held = {name: contents(path) for name, path in paths.items()}
    if len(set(held.values())) != 1 or rows not in (None, next(iter(held.values()))[0]):
        sys.exit(f"bench: {work}: the tables hold other rows (their number, a sum over them): {held}")


def contents(path):
    """The number of a table's rows and a sum of hashes of them all, read by deltalake, whoever wrote it."""
    table = deltalake.DeltaTable(path)
    columns = sorted(field.name for field in table.schema().fields)
    found = deltalake.QueryBuilder().register("t", table).execute("SELECT * FROM t")
    rows = pyarrow.RecordBatchReader.from_stream(found)  # Read by the name that the query says.
    return duckdb.sql(f"SELECT count(*), sum(hash({', '.join(columns)})) FROM rows").fetchone()
