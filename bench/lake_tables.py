"""The tables that the sides change and read: ordinary rows in files that deltalake wrote."""

import os
import shutil

import deltalake
import duckdb

from processes import WEIR, Ran

FILES = 10  # Of a table of any size.


def rows_of(first, last):
    """A query of DuckDB's for the rows with these ids."""
    return f"""SELECT i AS id, (hash(i + 3) % 1000000)::INT AS customer, (hash(i + 1) % 100000) / 100.0::DOUBLE
        AS amount, (hash(i + 2) % 100)::INT AS quantity, DATE '2020-01-01' + (i * 1000 // 10000000)::INT AS day,
        'note ' || (hash(i + 4) % 1000000) AS note
        FROM range({first}, {last}) AS t(i)"""


def write_table(path, rows):
    """In as many files, one an append, so that each holds its own ids."""
    for file in range(FILES):
        query = rows_of(file * rows // FILES, (file + 1) * rows // FILES)
        deltalake.write_deltalake(path, duckdb.sql(query).to_arrow_reader(1_000_000), mode="append")


def enable_vectors(path, home):
    """From here on weir and Spark delete rows of the table by deletion vectors."""
    Ran(WEIR, "--home", home, "sql", "-e", f"CREATE TABLE with_vectors USING delta LOCATION '{path}'; "
        "ALTER TABLE with_vectors SET TBLPROPERTIES ('delta.enableDeletionVectors' = 'true')")


def copy_table(path, to):
    """A copy that shares the data files, which nobody changes in place."""
    def copy(source, target):
        if "_delta_log" in str(source):
            shutil.copy2(source, target)
        else:
            os.link(source, target)

    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(path, to, copy_function=copy)
    return to
