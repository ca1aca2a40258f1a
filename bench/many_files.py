"""A table of 1,000,000 files, told by one checkpoint and some commits: opened, asked for few of its files and for
1,000 of them, and written to, against deltalake and Spark with Delta. What the log says of most files is all that
there is of them: nobody who leaves out what a question can't need opens one of those."""

import datetime
import json

import pyarrow as pa
import pyarrow.parquet as pq

from lake_tables import copy_table
from opening import LAKE_COUNT, line
from processes import Rounds
from results import check_rows
from sides import Lake, Spark, Weir

DAYS, FILES_A_DAY, ROWS_A_FILE = 1000, 1000, 10
COMMITS = 20  # After the checkpoint, of a file each.
DAY_THAT_IS = 700  # Whose files are there.
DAYS_AT_ONCE = 100  # In a row group of the checkpoint.
FIRST_DAY = datetime.date(2024, 1, 1)
SCHEMA = json.dumps({"type": "struct", "fields": [
    {"name": name, "type": kind, "nullable": True, "metadata": {}}
    for name, kind in (("id", "long"), ("customer", "long"), ("amount", "double"), ("note", "string"),
                       ("at", "timestamp"), ("day", "date"))]})
TEXTS = pa.map_(pa.string(), pa.string())
PROTOCOL = pa.struct([("minReaderVersion", pa.int32()), ("minWriterVersion", pa.int32())])
METADATA = pa.struct([("id", pa.string()), ("format", pa.struct([("provider", pa.string()), ("options", TEXTS)])),
                      ("schemaString", pa.string()), ("partitionColumns", pa.list_(pa.string())),
                      ("configuration", TEXTS), ("createdTime", pa.int64())])
ADD = pa.struct([("path", pa.string()), ("partitionValues", TEXTS), ("size", pa.int64()),
                 ("modificationTime", pa.int64()), ("dataChange", pa.bool_()), ("stats", pa.string())])
CHECKPOINT = pa.schema([("protocol", PROTOCOL), ("metaData", METADATA), ("add", ADD)])


def date(day):
    return (FIRST_DAY + datetime.timedelta(days=day)).isoformat()


def path_of(day, number):
    # What is a UUID elsewhere: it does not repeat.
    unique = f"{(day * 7919 + number) * 0x9E3779B97F4A7C15 & (1 << 64) - 1:016x}"
    return (f"day={date(day)}/part-{number:05}-{unique[:8]}-{unique[8:12]}-4{unique[13:16]}-a{unique[1:4]}-"
            f"{unique[::-1][:12]}.c000.snappy.parquet")


def stats_of(day, number):
    first = (day * FILES_A_DAY + number) * ROWS_A_FILE
    last = first + ROWS_A_FILE - 1
    times = [f"{date(day)}T{number // 60 % 24:02}:{number % 60:02}:{second:02}.000Z" for second in (0, 59)]
    low, high = ({"id": id, "customer": id * 7919 % 90_000 + more, "amount": id % 1000 / 4 + more,
                  "note": f"note {id * 31 % 1_000_003:07}", "at": at}
                 for id, more, at in ((first, 0, times[0]), (last, 9000, times[1])))
    return json.dumps({"numRecords": ROWS_A_FILE, "minValues": low, "maxValues": high,
                       "nullCount": {name: 0 for name in low}}, separators=(",", ":"))


def added(day, number, size=4096):
    return {"path": path_of(day, number), "partitionValues": [("day", date(day))], "size": size,
            "modificationTime": 1_700_000_000_000 + day, "dataChange": False, "stats": stats_of(day, number)}


def rows_of(day, number):
    first = (day * FILES_A_DAY + number) * ROWS_A_FILE
    ids = range(first, first + ROWS_A_FILE)
    at = datetime.datetime.fromisoformat(f"{date(day)}T{number // 60 % 24:02}:{number % 60:02}:00+00:00")
    return pa.table({
        "id": pa.array(ids, pa.int64()), "customer": pa.array([id % 99_000 for id in ids], pa.int64()),
        "amount": pa.array([id % 1000 / 4 for id in ids], pa.float64()),
        "note": pa.array([f"note {id * 31 % 1_000_003:07}" for id in ids]),
        "at": pa.array([at + datetime.timedelta(seconds=id % 60) for id in ids], pa.timestamp("us", "UTC"))})


def stats_of_rows(rows):
    def told(value):
        return value.strftime("%Y-%m-%dT%H:%M:%S.000Z") if isinstance(value, datetime.datetime) else value

    columns = {name: rows.column(name).to_pylist() for name in rows.column_names}
    return json.dumps({"numRecords": rows.num_rows, "minValues": {n: told(min(c)) for n, c in columns.items()},
                       "maxValues": {n: told(max(c)) for n, c in columns.items()},
                       "nullCount": {n: 0 for n in columns}}, separators=(",", ":"))


def write_files(table, day):
    """The files of one day, and what the log says of them."""
    told = []
    for number in range(FILES_A_DAY):
        rows = rows_of(day, number)
        file = table / path_of(day, number)
        file.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(rows, file, compression="snappy")
        told.append(added(day, number, file.stat().st_size) | {"stats": stats_of_rows(rows)})
    return told


def checkpoint_rows(table, days):
    """The checkpoint's columns, some days at a time."""
    def batch(**columns):
        count = max(len(values) for values in columns.values())
        return pa.record_batch([pa.array(columns.get(field.name, [None] * count), field.type)
                                for field in CHECKPOINT], schema=CHECKPOINT)

    yield batch(protocol=[{"minReaderVersion": 1, "minWriterVersion": 2}])
    yield batch(metaData=[{"id": "8a390218-e4ee-4341-b6de-4920e27d3f78",
                           "format": {"provider": "parquet", "options": []}, "schemaString": SCHEMA,
                           "partitionColumns": ["day"], "configuration": [], "createdTime": 1_700_000_000_000}])
    for begin in range(0, days, DAYS_AT_ONCE):
        yield batch(add=[add for day in range(begin, min(days, begin + DAYS_AT_ONCE)) for add in (
            write_files(table, day) if day == DAY_THAT_IS else
            [added(day, number) for number in range(FILES_A_DAY)])])


def write_many_files(table, days=DAYS, commits=COMMITS):
    """The table; its last commits add a file each to days of their own."""
    log = table / "_delta_log"
    log.mkdir(parents=True)
    with pq.ParquetWriter(log / f"{0:020}.checkpoint.parquet", CHECKPOINT, compression="snappy") as out:
        for rows in checkpoint_rows(table, days):
            out.write_batch(rows)
    size = (log / f"{0:020}.checkpoint.parquet").stat().st_size
    (log / "_last_checkpoint").write_text(json.dumps({"version": 0, "size": days * FILES_A_DAY + 2,
                                                      "sizeInBytes": size, "numOfAddFiles": days * FILES_A_DAY}))
    info = {"commitInfo": {"timestamp": 1_700_000_000_000, "operation": "WRITE", "operationParameters": {},
                           "isBlindAppend": True}}
    (log / f"{0:020}.json").write_text(line(info))
    for commit in range(1, commits + 1):
        add = added(days + commit, 0) | {"partitionValues": {"day": date(days + commit)}, "dataChange": True}
        (log / f"{commit:020}.json").write_text(line(info) + line({"add": add}))


COUNT = "SELECT count(*) AS n FROM {}"
FEW = "SELECT count(*) AS n, sum(amount) AS total, max(note) AS last FROM {} WHERE id BETWEEN {} AND {}"
DAY = "SELECT count(*) AS n, sum(amount) AS total, max(note) AS last FROM {} WHERE day = DATE '{}'"


def reads(of, table, text):
    if of == "deltalake":
        return [LAKE_COUNT.format(table) if text == COUNT else f"query('{table}', {text.format('t')!r})"]
    return [text.format(f"delta.`{table}`")]


def many_files(folder, options):
    table = folder / "many"
    write_many_files(table)
    first = DAY_THAT_IS * FILES_A_DAY * ROWS_A_FILE + 5000
    questions = {
        "opening a table of {:,} files, most told by a checkpoint, and counting its rows": COUNT,
        "a query of {:,} files that needs 3": FEW.format("{}", first, first + 25),
        "a query of {:,} files that needs 1,000": DAY.format("{}", date(DAY_THAT_IS))}
    files = DAYS * FILES_A_DAY + COMMITS
    with Spark(folder) as spark:
        sides = {"weir": Weir(folder), "deltalake": Lake(folder), "Spark": spark}
        for work, text in questions.items():
            work = work.format(files)
            Rounds(options.pairs,
                   {name: lambda _, name=name, text=text: sides[name].run(*reads(name, table, text))
                    for name in sides},
                   lambda done, work=work: check_rows(work, done)).report(work)
    written(folder, options, table)


def written(folder, options, table):
    """Each side writes to copies of its own; the files are shared, which nobody changes in place."""
    row = f"(1, 2, 3.5, 'new', TIMESTAMP '2024-01-01 00:00:00', DATE '{date(0)}')"
    statements = {
        "INSERT of a row into a table of {:,} files": f"INSERT INTO delta.`{{}}` VALUES {row}",
        "DELETE of a row of a table of {:,} files":
            f"DELETE FROM delta.`{{}}` WHERE id = {DAY_THAT_IS * FILES_A_DAY * ROWS_A_FILE + 5000}",
        "OPTIMIZE of 1,000 of {:,} files": f"OPTIMIZE delta.`{{}}` WHERE day = '{date(DAY_THAT_IS)}'"}
    files = DAYS * FILES_A_DAY + COMMITS
    for work, text in statements.items():
        with Spark(folder) as spark:
            sides = {"weir": Weir(folder), "Spark": spark}

            def run(name, text=text):
                return lambda _: sides[name].run(text.format(copy_table(table, folder / f"copy-{name}")))

            Rounds(options.pairs, {name: run(name) for name in sides}, lambda done: None).report(work.format(files))


MEASUREMENTS = {"scale": many_files}
