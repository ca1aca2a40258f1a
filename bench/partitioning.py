"""Partitioned tables, of one partition and of thousands, against DuckDB's COPY and deltalake."""

import shutil
import sys

import duckdb

from processes import WEIR, Pairs, Ran

PARTITIONS = (1, 10, 1000, 5000)
ROWS_PER_GIGABYTE = 10_000_000
COPY = """
import duckdb, sys
source, target = sys.argv[1:]
duckdb.sql(f"COPY (SELECT * FROM '{source}') TO '{target}' "
           "(FORMAT parquet, COMPRESSION zstd, PARTITION_BY (p))")
"""
LAKE = """
import sys, deltalake, pyarrow, pyarrow.parquet
source, target = sys.argv[1:]
rows = pyarrow.parquet.ParquetFile(source)
deltalake.write_deltalake(target, pyarrow.RecordBatchReader.from_batches(
    rows.schema_arrow, rows.iter_batches()), partition_by=["p"])
"""


def make_rows(folder, rows, partitions):
    source = folder / f"{partitions}.parquet"
    duckdb.sql(f"""COPY (SELECT i AS id, (hash(i) % {partitions})::INT AS p, (hash(i + 1) % 100000) / 100.0
            AS amount, 'a note, not short: ' || hash(i + 4) AS note
        FROM range({rows}) AS t(i)) TO '{source}' (FORMAT parquet)""")
    return source


def files_of(folder):
    return sum(1 for _ in folder.rglob("*.parquet"))


def measure(folder, options):
    rows = int(options.gigabytes * ROWS_PER_GIGABYTE)
    for partitions in PARTITIONS:
        source = make_rows(folder, rows, partitions)
        tables = {side: folder / side for side in ("weir", "duckdb", "deltalake")}

        def ours(pair):
            shutil.rmtree(folder / "home", ignore_errors=True)
            shutil.rmtree(tables["weir"], ignore_errors=True)
            ran = Ran(WEIR, "--home", folder / "home", "sql", "-e",
                      f"CREATE TABLE t PARTITIONED BY (p) LOCATION '{tables['weir']}' AS "
                      f"SELECT * FROM read_files('{source}', format => 'parquet')")
            return ran.seconds, ran.megabytes

        def theirs(side, script):
            def run(pair):
                shutil.rmtree(tables[side], ignore_errors=True)
                ran = Ran(sys.executable, "-c", script, source, tables[side])
                return ran.seconds, ran.megabytes
            return run

        for side, script, peer, most in (("duckdb", COPY, "DuckDB's COPY", 1.20),
                                         ("deltalake", LAKE, "deltalake", 1.00)):
            pairs = Pairs(options.pairs, ours, theirs(side, script))
            pairs.report(f"{rows:,} rows into {partitions:,} partition(s), {files_of(tables['weir']):,} "
                         f"files and {files_of(tables[side]):,}", peer, most)
        source.unlink()


MEASUREMENTS = {"partitions": measure}
