"""Text files into a table, against DuckDB's COPY of the same files to Parquet."""

import shutil
import sys

import duckdb

from processes import WEIR, Pairs, Ran

COLUMNS = ("id BIGINT, category STRING, customer INT, amount DOUBLE, quantity INT, day DATE, "
           "at TIMESTAMP, note STRING")
FILES = 8


def write_text(folder, kind, gigabytes):
    """Files of about that size together."""
    source = folder / kind
    source.mkdir()
    rows = int(gigabytes * (10_500_000 if kind == "csv" else 5_300_000)) // FILES
    form = "FORMAT csv, HEADER" if kind == "csv" else "FORMAT json"
    for file in range(FILES):
        duckdb.sql(f"""COPY (SELECT i AS id, 'category ' || (hash(i) % 100) AS category,
                (hash(i + 3) % 1000000)::INT AS customer, (hash(i + 1) % 100000) / 100.0 AS amount,
                (hash(i + 2) % 100)::INT AS quantity, DATE '2020-01-01' + (i % 1000)::INT AS day,
                TIMESTAMP '2020-01-01' + to_seconds(i % 100000000) AS at,
                'a note, not short: ' || hash(i + 4) AS note
            FROM range({file * rows}, {(file + 1) * rows}) AS t(i))
            TO '{source}/{file}.{kind}' ({form})""")
    return source, sum(file.stat().st_size for file in source.iterdir()) / 1e9


def measure(folder, options, kind, most):
    source, size = write_text(folder, kind, options.gigabytes)
    columns = "{" + ", ".join(f"'{name}': '{kind_}'" for name, kind_ in
                              (pair.split() for pair in COLUMNS.replace("STRING", "VARCHAR")
                               .split(", "))) + "}"
    header = ", header => true" if kind == "csv" else ""
    script = folder / "load.sql"
    script.write_text(
        "CREATE OR REPLACE TABLE loaded AS SELECT *, _metadata.file_name AS file "
        f"FROM read_files('{source}', format => '{kind}'{header}, schema => '{COLUMNS}', "
        "rescuedDataColumn => '_rescued_data');\n")
    reader = ("read_csv('{}/*.csv', header = true, columns = {}, filename = true)" if kind == "csv"
              else "read_json('{}/*.json', columns = {}, format = 'newline_delimited', "
                   "filename = true)").format(source, columns)
    target = folder / "peer"
    peer = ("import duckdb, sys; duckdb.sql(sys.argv[1])",
            f"COPY (SELECT * FROM {reader}) TO '{target}' (FORMAT parquet, COMPRESSION zstd, "
            "PER_THREAD_OUTPUT, OVERWRITE)")

    def ours(pair):
        shutil.rmtree(folder / "home", ignore_errors=True)
        ran = Ran(WEIR, "--home", folder / "home", "sql", "-f", script)
        return ran.seconds, ran.megabytes

    def theirs(pair):
        ran = Ran(sys.executable, "-c", *peer)
        return ran.seconds, ran.megabytes

    Pairs(options.pairs, ours, theirs).report(
        f"{size:.2f} GB of {kind.upper()} in {FILES} files into a table, rescue and metadata on",
        "DuckDB's COPY", most)


MEASUREMENTS = {"csv": lambda folder, options: measure(folder, options, "csv", 1.20),
                "json": lambda folder, options: measure(folder, options, "json", 1.50)}
