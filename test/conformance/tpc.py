#!/usr/bin/env python3
"""TPC-H and TPC-DS at scale 0.01: their data written as Delta tables, their queries run, the rows compared with
the published answers. What does not agree stands in tpc.misses, one query a line with the reason; the test fails
on a query that is missing there, and on a line whose query agrees by now.

Some published answers of TPC-DS are of data that an older generator made: DuckDB itself, whose generator this is,
gives other rows. There the rows that DuckDB gives for the same data are the answer.

usage: tpc.py    (with the program in WEIR, or build/weir; WEIR_RATCHET=write writes the list anew)

The queries are as DuckDB's extensions tell them. Two rules make them Spark's: a name in double quotes gets
backticks (these are strings in Spark), and ORDER BY says NULLS LAST where it says nothing, DuckDB's order.
"""

import csv
import importlib.util
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import duckdb

HERE = pathlib.Path(__file__).resolve().parent
CASES = pathlib.Path(os.environ.get("WEIR_CASES", "../shared/data")) / "spark-sql"
WEIR = str(pathlib.Path(os.environ.get("WEIR", "build/weir")).resolve())
MISSES = HERE / "tpc.misses"
SCALE = 0.01
SKIPPED = 77


def extension(name):
    spec = importlib.util.find_spec(f"duckdb_extension_{name}")
    if spec is None:
        sys.exit(f"there is no duckdb_extension_{name}: run `make oracles`")
    (file,) = pathlib.Path(spec.origin).parent.glob(f"extensions/*/{name}.duckdb_extension")
    return file


def generate(name, folder):
    """The benchmark's tables as Parquet files in `folder`, and its queries by number."""
    database = duckdb.connect()
    database.execute(f"LOAD '{extension(name)}'")
    database.execute(f"CALL {'dbgen' if name == 'tpch' else 'dsdgen'}(sf = {SCALE})")
    tables = [row[0] for row in database.execute("SHOW TABLES").fetchall()]
    for table in tables:
        database.execute(f"COPY {table} TO '{folder}/{table}.parquet' (FORMAT parquet)")
    queries = dict(database.execute(f"SELECT query_nr, query FROM {name}_queries()").fetchall())
    return tables, queries, database


def in_spark(query):
    """The text by the three rules; strings stay what they are."""
    parts = re.split(r"('(?:[^']|'')*')", query)
    for i in range(0, len(parts), 2):
        parts[i] = re.sub(r'"([^"]*)"', r"`\1`", parts[i])
    return order_nulls_last("".join(parts).strip().rstrip(";"))


def order_nulls_last(query):
    """Each ORDER BY item without NULLS FIRST or LAST gets NULLS LAST."""
    out, at = [], 0
    for match in re.finditer(r"\border\s+by\b", query, re.IGNORECASE):
        if match.start() < at:
            continue
        out.append(query[at:match.end()])
        at = match.end()
        item, depth, first = at, 0, True
        while at <= len(query):
            rest = query[at:]
            end = at == len(query) or (depth == 0 and (
                rest[0] == ")" or re.match(r"\s(limit|rows|range)\b", rest, re.IGNORECASE)))
            if end or (depth == 0 and rest[0] == ","):
                text = query[item:at]
                named = re.search(r"\bnulls\s+(first|last)\s*$", text, re.IGNORECASE)
                out.append(("" if first else ",") + text + ("" if named else " NULLS LAST"))
                first = False
                item = at + 1
                if end:
                    break
            elif rest[0] == "'":
                at = query.index("'", at + 1)
            elif rest[0] == "(":
                depth += 1
            elif rest[0] == ")":
                depth -= 1
            at += 1
    return "".join(out) + query[at:]


def weir(home, *arguments):
    return subprocess.run([WEIR, "--home", str(home), "--output", "csv", "sql", *arguments],
                          capture_output=True, text=True, timeout=600)


def cell(text):
    """Of a CSV file: NULL and the empty text are the same there."""
    return None if text in ("", "NULL", "null") else text.rstrip()


def same(mine, theirs):
    """Numbers agree as far as digits are there: a quotient or average of decimals is a decimal of few digits in
    Spark, and a double in the answers."""
    if mine is None or theirs is None or mine == theirs:
        return mine == theirs
    try:
        left, right = float(mine), float(theirs)
    except ValueError:
        return mine.lower() == theirs.lower()
    digits = len(mine.partition(".")[2]) if re.fullmatch(r"-?\d+\.\d+", mine) else 0
    unit = 10.0 ** -digits if 6 <= digits <= 12 else 0
    return abs(left - right) <= 1e-9 * max(abs(left), abs(right)) + unit


def difference(rows, answer):
    if len(rows) != len(answer):
        return f"{len(rows)} rows, {len(answer)} in the answer"
    for number, (mine, theirs) in enumerate(zip(rows, answer), 1):
        if len(mine) != len(theirs) or not all(map(same, mine, theirs)):
            return f"row {number} is {mine}, {theirs} in the answer"
    return None


def read(lines, delimiter):
    """The rows below the header; a line without text is a row of one NULL."""
    rows = [[cell(text) for text in row] or [None] for row in csv.reader(lines, delimiter=delimiter)]
    return rows[1:]


def answer(database, query, file):
    """The published rows where DuckDB gives them for this data, else those of DuckDB."""
    rows = [[None if value is None else cell(str(value)) for value in row]
            for row in database.execute(query).fetchall()]
    with file.open(newline="") as lines:
        published = read(lines, "|")
    agrees = difference(rows, published) is None
    return (published if agrees else rows), agrees


def run(name):
    """The queries whose rows are not the answer's, with what is different."""
    answers = CASES / f"{name}-answers" / f"sf{SCALE}"
    misses, published = {}, 0
    with tempfile.TemporaryDirectory() as scratch:
        tables, queries, database = generate(name, scratch)
        home = pathlib.Path(scratch) / "home"
        for table in tables:
            made = weir(home, "-e", f"CREATE TABLE {table} AS SELECT * FROM read_files('{scratch}/{table}.parquet', format => 'parquet')")
            if made.returncode != 0:
                sys.exit(f"{name}: {table} was not made\n{made.stderr}")
        for number, query in sorted(queries.items()):
            file = answers / (f"q{number:02}.csv" if name == "tpch" else f"{number:02}.csv")
            expected, agrees = answer(database, query, file)
            published += agrees
            done = weir(home, "-e", in_spark(query))
            if done.returncode != 0:
                wrong = done.stderr.strip().splitlines()[0] if done.stderr.strip() else "no message"
            else:
                wrong = difference(read(done.stdout.splitlines(), ","), expected)
            if wrong:
                misses[f"{name}#{number:02}"] = wrong
        print(f"{name}: {len(queries) - len(misses)} of {len(queries)} queries give the answer, "
              f"{published} of the answers as published")
    return misses


def main():
    if not CASES.exists():
        print(f"there is no {CASES}")
        sys.exit(SKIPPED)
    misses = {**run("tpch"), **run("tpcds")}
    if os.environ.get("WEIR_RATCHET") == "write":
        MISSES.write_text("".join(f"{key}\t{wrong}\n" for key, wrong in sorted(misses.items())))
        return
    listed = {line.split("\t")[0] for line in MISSES.read_text().splitlines()}
    for key in sorted(set(misses) - listed):
        print(f"{key} no longer gives its answer: {misses[key]}")
    for key in sorted(listed - set(misses)):
        print(f"{key} gives its answer by now: take it off {MISSES.name}")
    sys.exit(set(misses) != listed)


if __name__ == "__main__":
    main()
