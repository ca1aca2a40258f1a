"""Look-ups by a clustered key, and a scan of a table of which rows are deleted by vectors, against deltalake
and Spark with Delta."""

import deltalake

from lake_tables import copy_table, enable_vectors, write_table
from processes import WEIR, Ran, Rounds
from results import check_rows, check_tables
from sides import Lake, Spark, Weir

LOOKUPS = 20
LOOKUP = "SELECT count(*) AS n, sum(amount) AS total, min(note) AS least FROM {} WHERE customer = {}"
SCAN = ("SELECT count(*) AS n, sum(id) AS ids, sum(customer) AS customers, sum(quantity) AS pieces, "
        "sum(amount) AS total, max(day) AS latest, max(note) AS last FROM {}")
FILE_MEGABYTES = 16  # So that there is something to leave out.


def reads(of, path, texts):
    """A query of that table for a side, by its name."""
    if of == "deltalake":
        return [f"query('{path}', {text.format('t')!r})" for text in texts]
    return [text.format(f"delta.`{path}`") for text in texts]


def make_clustered(folder, rows, spark):
    """The same rows three times, each clustered by a side as that side does it: paths by name."""
    write_table(folder / "table", rows)
    paths = {name: folder / name for name in ("weir", "deltalake", "Spark")}
    Ran(WEIR, "--home", folder / "home", "sql", "-e",
        f"CREATE TABLE t CLUSTER BY (customer) LOCATION '{paths['weir']}' "
        f"TBLPROPERTIES ('delta.targetFileSize' = '{FILE_MEGABYTES}mb') AS "
        f"SELECT * FROM delta.`{folder / 'table'}`; OPTIMIZE t")
    copy_table(folder / "table", paths["deltalake"])
    deltalake.DeltaTable(paths["deltalake"]).optimize.z_order(["customer"], target_size=FILE_MEGABYTES << 20)
    spark.run(f"SET spark.databricks.delta.optimize.maxFileSize = {FILE_MEGABYTES << 20}",
              f"SET spark.databricks.delta.optimize.minFileSize = {FILE_MEGABYTES << 20}",
              f"CREATE TABLE delta.`{paths['Spark']}` USING delta CLUSTER BY (customer) AS "
              f"SELECT * FROM delta.`{folder / 'table'}`", f"OPTIMIZE delta.`{paths['Spark']}`")
    check_tables("clustering", paths, rows)
    return paths


def lookups(first, count):
    return [LOOKUP.format("{}", (first + 1 + i) * 7919 % 1_000_000) for i in range(count)]


def clustered(folder, options):
    with Spark(folder) as spark:
        paths = make_clustered(folder, options.rows, spark)
        sides = {"weir": Weir(folder), "deltalake": Lake(folder), "Spark": spark}
        files = {name: len(deltalake.DeltaTable(path).file_uris()) for name, path in paths.items()}
        work = (f"{LOOKUPS} look-ups by the key that {options.rows:,} rows are clustered by, in " +
                ", ".join(f"{count} files ({name})" for name, count in files.items()))

        def look_up(name):
            def run(turn):
                return sides[name].run(*reads(name, paths[name], lookups(100 * (turn + 1), LOOKUPS)),
                                       before=reads(name, paths[name], lookups(100 * (turn + 1) + 50, 1)))
            return run

        Rounds(options.pairs, {name: look_up(name) for name in sides},
               lambda done: check_rows(work, done)).report(work)


def make_deleted(folder, rows):
    """A table of which every tenth row is deleted by weir's vectors."""
    table = folder / "deleted"
    write_table(table, rows)
    enable_vectors(table, folder / "home")
    Weir(folder).run(f"DELETE FROM delta.`{table}` WHERE id % 10 = 3")
    return table


def deleted(folder, options):
    """deltalake reads deletion vectors by its QueryBuilder; its to_pyarrow_dataset refuses the table."""
    table = make_deleted(folder, options.rows)
    with Spark(folder) as spark:
        sides = {"weir": Weir(folder), "deltalake": Lake(folder), "Spark": spark}
        work = f"a scan of {options.rows:,} rows, one in ten of them deleted by vectors, by all columns"
        Rounds(options.pairs,
               {name: lambda _, name=name: sides[name].run(*reads(name, table, [SCAN])) for name in sides},
               lambda done: check_rows(work, done)).report(work)


MEASUREMENTS = {"clustered": clustered, "deleted-rows": deleted}
