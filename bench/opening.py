"""Opening a table whose log is long: 10,000 commits with 100,000 files, none of it in a checkpoint."""

import json

from processes import Rounds
from results import check_rows
from sides import Lake, Spark, Weir

COMMITS, FILES_A_COMMIT = 10_000, 10
SCHEMA = json.dumps({"type": "struct", "fields": [
    {"name": "id", "type": "long", "nullable": True, "metadata": {}},
    {"name": "name", "type": "string", "nullable": True, "metadata": {}},
    {"name": "day", "type": "date", "nullable": True, "metadata": {}}]})
# The count is told by the log: no data file is read, and there is none.
COUNT = "SELECT count(*) AS n FROM delta.`{}`"
LAKE_COUNT = "query('{}', 'SELECT count(*) AS n FROM t')"


def line(action):
    return json.dumps(action, separators=(",", ":")) + "\n"


def add(commit, number):
    day = f"2024-{1 + commit % 12:02}-{1 + commit % 28:02}"
    first = (commit * FILES_A_COMMIT + number) * 1000
    stats = {"numRecords": 1000,
             "minValues": {"id": first, "name": f"customer {first:012}"},
             "maxValues": {"id": first + 999, "name": f"customer {first + 999:012}"},
             "nullCount": {"id": 0, "name": number}}
    name = f"part-{number:05}-{commit:08x}-{number:04x}-4b7e-9c1d-{first:012x}.c000.snappy.parquet"
    return line({"add": {"path": f"day={day}/{name}", "partitionValues": {"day": day}, "size": 120_000 + number,
                         "modificationTime": 1_700_000_000_000 + commit, "dataChange": True,
                         "stats": json.dumps(stats, separators=(",", ":"))}})


def write_log(table, commits=COMMITS, files=FILES_A_COMMIT):
    """A log without data: whoever opens the table reads no data file."""
    log = table / "_delta_log"
    log.mkdir(parents=True)
    for commit in range(commits):
        text = line({"commitInfo": {"timestamp": 1_700_000_000_000 + commit, "operation": "WRITE",
                                    "operationParameters": {"mode": "Append"}, "isBlindAppend": True}})
        if commit == 0:
            text += line({"protocol": {"minReaderVersion": 1, "minWriterVersion": 2}})
            text += line({"metaData": {"id": "8a390218-e4ee-4341-b6de-4920e27d3f78",
                                       "format": {"provider": "parquet", "options": {}}, "schemaString": SCHEMA,
                                       "partitionColumns": ["day"], "configuration": {},
                                       "createdTime": 1_700_000_000_000}})
        text += "".join(add(commit, number) for number in range(files))
        (log / f"{commit:020}.json").write_text(text)


def opening(folder, options):
    table = folder / "long"
    write_log(table)
    with Spark(folder) as spark:
        sides = {"weir": (Weir(folder), COUNT), "deltalake": (Lake(folder), LAKE_COUNT), "Spark": (spark, COUNT)}
        work = (f"opening a table of {COMMITS * FILES_A_COMMIT:,} files in {COMMITS:,} commits without a "
                "checkpoint, and counting its rows")

        def opened(name):
            side, statement = sides[name]
            return lambda _: side.run(statement.format(table))

        Rounds(options.pairs, {name: opened(name) for name in sides},
               lambda done: check_rows(work, done)).report(work)


MEASUREMENTS = {"opening": opening}
