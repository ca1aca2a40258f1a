#!/usr/bin/env python3
"""A table of 1,000,000 files, told by its log alone: it is opened, asked and written to within a bound of memory, and
deltalake reads what came of it.

usage: many_files.py    (with the program in WEIR, or build/weir)
"""

import pathlib
import sys
import tempfile

import deltalake

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))
import many_files as table_of  # noqa: E402
from sides import Weir  # noqa: E402

# A snapshot takes some 100 bytes a file. The rest is what reading a checkpoint, and the engine, have at a time.
MOST_MEGABYTES = 700


def check(condition, message):
    if not condition:
        raise AssertionError(message)


def run(folder, what, *statements):
    done = Weir(folder).run(*statements)
    print(f"{what}: {done.seconds:.1f} s, {done.megabytes:.0f} MB", flush=True)
    check(done.megabytes < MOST_MEGABYTES, f"{what} took {done.megabytes:.0f} MB")
    return done.rows


def main(folder):
    table = folder / "many"
    table_of.write_many_files(table)
    name = f"delta.`{table}`"
    per_file = table_of.ROWS_A_FILE
    rows = (table_of.DAYS * table_of.FILES_A_DAY + table_of.COMMITS) * per_file
    first = table_of.DAY_THAT_IS * table_of.FILES_A_DAY * per_file
    day = table_of.date(table_of.DAY_THAT_IS)

    found = run(folder, "count", table_of.COUNT.format(name))
    check(found == [{"n": rows}], f"another count: {found}")
    found = run(folder, "a query of few files", table_of.FEW.format(name, first + 5000, first + 5025))
    check(found[0]["n"] == 26, f"other rows: {found}")
    found = run(folder, "a query of 1,000 files", table_of.DAY.format(name, day))
    check(found[0]["n"] == table_of.FILES_A_DAY * per_file, f"other rows: {found}")
    run(folder, "INSERT", f"INSERT INTO {name} VALUES (-1, 2, 3.5, 'new', TIMESTAMP '2024-01-01 00:00:00', "
                          f"DATE '{table_of.date(0)}')")
    run(folder, "DELETE", f"DELETE FROM {name} WHERE id = {first + 5000}")
    run(folder, "OPTIMIZE", f"OPTIMIZE {name} WHERE day = '{day}'")
    found = run(folder, "count", table_of.COUNT.format(name))
    check(found == [{"n": rows}], f"another count: {found}")  # One came, one went.

    files = deltalake.DeltaTable(table).file_uris()
    left = table_of.DAYS * table_of.FILES_A_DAY + table_of.COMMITS - table_of.FILES_A_DAY + 2
    check(len(files) == left, f"deltalake sees {len(files)} files, not {left}")


with tempfile.TemporaryDirectory(prefix="many-files-") as work:
    main(pathlib.Path(work))
print("ok")
