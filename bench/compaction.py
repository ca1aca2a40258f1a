"""OPTIMIZE of a thousand small files, against deltalake and Spark with Delta."""

import json
import sys

import deltalake
import duckdb
import pyarrow
import pyarrow.compute
import pyarrow.parquet
from deltalake.transaction import AddAction

from lake_tables import copy_table, rows_of
from processes import Rounds
from results import check_tables
from sides import Lake, Spark, Weir

FILES = 1000


def write_small_files(path, rows):
    """In one commit, with the statistics that a writer gives."""
    path.mkdir()
    added = []
    for file in range(FILES):
        held = duckdb.sql(rows_of(file * rows // FILES, (file + 1) * rows // FILES)).to_arrow_table()
        target = path / f"part-{file:05}.snappy.parquet"
        pyarrow.parquet.write_table(held, target)
        added.append(AddAction(target.name, target.stat().st_size, {}, 1_700_000_000_000, True,
                               json.dumps(statistics_of(held), default=str)))
    deltalake.DeltaTable.create(path, held.schema)
    deltalake.DeltaTable(path).create_write_transaction(added, "append", deltalake.Schema.from_arrow(held.schema), [])


def statistics_of(rows):
    extremes = {name: pyarrow.compute.min_max(rows[name]) for name in rows.schema.names}
    return {"numRecords": rows.num_rows,
            "minValues": {name: pair["min"].as_py() for name, pair in extremes.items()},
            "maxValues": {name: pair["max"].as_py() for name, pair in extremes.items()},
            "nullCount": {name: rows[name].null_count for name in rows.schema.names}}


def optimize(folder, options):
    rows, table = max(FILES, options.rows // 10), folder / "table"
    write_small_files(table, rows)
    with Spark(folder) as spark:
        sides = {"weir": (Weir(folder), "OPTIMIZE delta.`{}`"),
                 "deltalake": (Lake(folder), "table('{}').optimize.compact()"),
                 "Spark": (spark, "OPTIMIZE delta.`{}`")}
        paths = {name: folder / name for name in sides}
        work = f"OPTIMIZE of {FILES:,} files with {rows:,} rows"

        def compact(name):
            side, statement = sides[name]

            def run(_):
                copy_table(table, paths[name])
                return side.run(statement.format(paths[name]))
            return run

        def check(_):
            check_tables(work, paths, rows)
            left = {name: len(deltalake.DeltaTable(path).file_uris()) for name, path in paths.items()}
            if max(left.values()) > FILES // 100:
                sys.exit(f"bench: {work}: there are still so many files: {left}")

        Rounds(options.pairs, {name: compact(name) for name in sides}, check).report(work)


MEASUREMENTS = {"optimize": optimize}
