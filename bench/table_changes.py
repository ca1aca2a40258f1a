"""MERGE, UPDATE and DELETE of rows that lie in every file, against deltalake and Spark with Delta."""

import duckdb

from lake_tables import copy_table, enable_vectors, rows_of, write_table
from processes import Rounds
from results import check_tables
from sides import Lake, Spark, Weir

PICKED = "id % 100 = 7"  # One row in a hundred of each file.
MEMORY = {"deltalake": 0.25}
MERGE_ROUNDS = 2  # At most: it is what takes longest.
MERGE = """MERGE INTO delta.`{path}` AS t USING {source} AS s ON t.id = s.id
    WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"""
LAKE_MERGE = """table('{path}').merge(parquet('{source}'), 't.id = s.id', source_alias='s', target_alias='t') \\
    .when_matched_update_all().when_not_matched_insert_all().execute()"""
DELETE = "DELETE FROM delta.`{path}` WHERE " + PICKED
LAKE_DELETE = "table('{path}').delete('" + PICKED + "')"
UPDATE = "UPDATE delta.`{path}` SET amount = amount + 1, note = 'changed' WHERE " + PICKED
LAKE_UPDATE = "table('{path}').update({{'amount': 'amount + 1', 'note': \"'changed'\"}}, predicate='" + PICKED + "')"


class Changes:
    """A table, and the sides, each of which changes a copy of its own that nobody changed before."""

    def __init__(self, folder, rows, spark):
        self.folder, self.rows, self.table = folder, rows, folder / "table"
        write_table(self.table, rows)
        self.weir, self.lake, self.spark = Weir(folder), Lake(folder), spark

    def measure(self, work, rounds, statements, rows, memory=None):
        """`statements` are each side's by name, with a {path}; `rows` is how many there are afterwards."""
        paths = {name: self.folder / name for name in statements}
        sides = {"weir": self.weir, "deltalake": self.lake, "Spark": self.spark}

        def change(name):
            def run(_):
                copy_table(self.table, paths[name])
                return sides[name].run(statements[name].format(path=paths[name]))
            return run

        Rounds(rounds, {name: change(name) for name in statements},
               lambda _: check_tables(work, paths, rows)).report(work, memory=memory)


def merge(folder, options):
    with Spark(folder) as spark:
        changes = Changes(folder, options.rows, spark)
        for share in (1, 10, 50):
            source = folder / f"{share}.parquet"
            new = write_source(source, options.rows, 100 // share)
            changes.measure(
                f"MERGE of {share} % of {options.rows:,} rows, {new:,} of them new",
                min(options.pairs, MERGE_ROUNDS),
                {"weir": MERGE.format(path="{path}", source=f"read_files('{source}', format => 'parquet')"),
                 "deltalake": LAKE_MERGE.format(path="{path}", source=source),
                 "Spark": MERGE.format(path="{path}", source=f"parquet.`{source}`")},
                options.rows + new, MEMORY)


def write_source(file, rows, each):
    """Other values for one row in `each`, in no order; nine in ten of them are in the table. How many are not."""
    picked, known = rows // each, rows // each * 9 // 10
    moved = f"CASE WHEN i < {known} THEN i * {each} + {each - 1} ELSE i - {known} + {rows} END"
    duckdb.sql(f"""COPY (SELECT {moved} AS id, customer, amount + 0.5 AS amount, quantity, day,
            'merged ' || note AS note
        FROM ({rows_of(0, picked).replace(' AS id', ' AS i')}) ORDER BY hash(i + 5))
        TO '{file}' (FORMAT parquet)""")
    return picked - known


def delete_and_update(folder, options):
    with Spark(folder) as spark:
        changes = Changes(folder, options.rows, spark)
        gone = options.rows // 100
        changes.measure(f"DELETE of 1 % of {options.rows:,} rows", options.pairs,
                        {"weir": DELETE, "deltalake": LAKE_DELETE, "Spark": DELETE}, options.rows - gone)
        changes.measure(f"UPDATE of 1 % of {options.rows:,} rows", options.pairs,
                        {"weir": UPDATE, "deltalake": LAKE_UPDATE, "Spark": UPDATE}, options.rows)


def with_vectors(folder, options):
    """deltalake writes no deletion vectors."""
    with Spark(folder) as spark:
        changes = Changes(folder, options.rows, spark)
        enable_vectors(changes.table, folder / "home")
        gone, source = options.rows // 100, folder / "1.parquet"
        new = write_source(source, options.rows, 100)
        for work, ours, theirs, rows in (
                ("DELETE", DELETE, DELETE, options.rows - gone),
                ("UPDATE", UPDATE, UPDATE, options.rows),
                ("MERGE", MERGE.format(path="{path}", source=f"read_files('{source}', format => 'parquet')"),
                 MERGE.format(path="{path}", source=f"parquet.`{source}`"), options.rows + new)):
            changes.measure(f"{work} of 1 % of {options.rows:,} rows by deletion vectors", options.pairs,
                            {"weir": ours, "Spark": theirs}, rows)


MEASUREMENTS = {"merge": merge, "delete-update": delete_and_update, "delete-update-vectors": with_vectors}
