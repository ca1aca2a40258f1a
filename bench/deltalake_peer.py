"""Runs Python over deltalake: a file {"before": [...], "statements": [...]}. What `query` finds is printed as
`weir sql --output json` prints rows, with a line before the first statement and one after the last."""

import json
import sys

import deltalake
import pyarrow
import pyarrow.parquet

opened = {}


def table(path):
    """Opened once, and brought up to date each time after."""
    if path in opened:
        opened[path].update_incremental()
    else:
        opened[path] = deltalake.DeltaTable(path)
    return opened[path]


def query(path, text):
    """Prints the rows of a query of t, the table at that path."""
    found = deltalake.QueryBuilder().register("t", table(path)).execute(text)
    for row in pyarrow.RecordBatchReader.from_stream(found).read_all().to_pylist():
        print(json.dumps(row, default=str))


def parquet(file):
    rows = pyarrow.parquet.ParquetFile(file)
    return pyarrow.RecordBatchReader.from_batches(rows.schema_arrow, rows.iter_batches())


def main():
    work = json.load(open(sys.argv[1]))
    names = {"table": table, "query": query, "parquet": parquet}
    for statement in work["before"]:
        exec(statement, names)
    print(json.dumps({"bench": "begin"}), flush=True)
    for statement in work["statements"]:
        exec(statement, names)
    print(json.dumps({"bench": "end"}), flush=True)


if __name__ == "__main__":
    main()
