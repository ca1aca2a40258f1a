#!/usr/bin/env python3
"""TPC-H and TPC-DS at scale 0.01: their data written as Delta tables, their queries run, the rows compared with
the published answers. What does not agree stands in tpc.misses, one query a line with the reason; the test fails
on a query that is missing there, and on a line whose query agrees by now.

Some published answers of TPC-DS are of data that an older generator made: DuckDB itself, whose generator this is,
gives other rows. There the rows that DuckDB gives for the same data are the answer.

usage: tpc.py [tpch|tpcds] [NUMBER ...]
    With the program in WEIR, or build/weir. WEIR_RATCHET=write writes the list anew. Some numbers: only these
    queries are run, what is different is printed, and the list is left alone.

One process of weir runs query after query; where it fails or takes too long, the next one goes on behind that.

The queries are as DuckDB's extensions tell them. Two rules make them Spark's: a name in double quotes gets
backticks (these are strings in Spark), and ORDER BY says NULLS LAST where it says nothing, DuckDB's order.
"""

import csv
import importlib.util
import os
import pathlib
import re
import select
import subprocess
import sys
import tempfile
import time

import duckdb

HERE = pathlib.Path(__file__).resolve().parent
CASES = pathlib.Path(os.environ.get("WEIR_CASES", "../shared/data")) / "spark-sql"
WEIR = str(pathlib.Path(os.environ.get("WEIR", "build/weir")).resolve())
MISSES = HERE / "tpc.misses"
SCALE = 0.01
SKIPPED = 77
PATIENCE = 60  # Seconds for one query; most take less than one.


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


class Script:
    """Statements by their names, run by one process of weir: `outcomes` has for each that was reached its lines,
    or what went wrong as one text."""

    MARK = "end of "

    def __init__(self, home, statements):
        self.file = home.parent / "script.sql"
        self.file.write_text("".join(f"{sql};\nSELECT '{self.MARK}{name}' AS mark;\n" for name, sql in statements),
                             encoding="utf-8")
        self.names = [name for name, _ in statements]
        self.outcomes = {}
        self.process = subprocess.Popen(
            [WEIR, "--home", str(home), "--output", "csv", "sql", "-f", str(self.file)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            self.run()
        finally:
            self.process.kill()
            self.process.communicate()

    def run(self):
        text, lines = b"", []
        until = time.monotonic() + PATIENCE
        for name in self.names:
            while not lines or lines[-1] != self.MARK + name:
                line, newline, rest = text.partition(b"\n")
                if newline:
                    lines.append(line.decode().rstrip("\r"))
                    text = rest
                    continue
                if not select.select([self.process.stdout], [], [], max(0, until - time.monotonic()))[0]:
                    self.outcomes[name] = f"it took more than {PATIENCE} s"
                    return
                more = os.read(self.process.stdout.fileno(), 1 << 16)
                if not more:
                    self.outcomes[name] = self.complaint()
                    return
                text += more
            self.outcomes[name] = lines[:-2]  # Without the mark and its header.
            lines = []
            until = time.monotonic() + PATIENCE

    def complaint(self):
        told = self.process.stderr.read().decode().strip().splitlines()
        return told[0] if told else f"weir ended with {self.process.wait()} and no message"


def outcomes(home, statements):
    """Of all of them. A mistake in one text stops a whole script before its first statement, so after a failure at
    the start the next one is run by itself."""
    done = {}
    while len(done) < len(statements):
        left = [one for one in statements if one[0] not in done]
        reached = Script(home, left).outcomes
        if len(left) > 1 and isinstance(reached[left[0][0]], str):
            reached = Script(home, left[:1]).outcomes
        done.update(reached)
    return done


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


def run(name, only=()):
    """The queries whose rows are not the answer's, with what is different."""
    answers = CASES / f"{name}-answers" / f"sf{SCALE}"
    misses, published = {}, 0
    with tempfile.TemporaryDirectory() as scratch:
        tables, queries, database = generate(name, scratch)
        home = pathlib.Path(scratch) / "home"
        made = outcomes(home, [
            (table, f"CREATE TABLE {table} AS SELECT * FROM read_files('{scratch}/{table}.parquet', format => 'parquet')")
            for table in tables])
        for table, outcome in made.items():
            if isinstance(outcome, str):
                sys.exit(f"{name}: {table} was not made\n{outcome}")
        chosen = [number for number in sorted(queries) if not only or number in only]
        done = outcomes(home, [(f"{name}#{number:02}", in_spark(queries[number])) for number in chosen])
        for number in chosen:
            key = f"{name}#{number:02}"
            file = answers / (f"q{number:02}.csv" if name == "tpch" else f"{number:02}.csv")
            expected, agrees = answer(database, queries[number], file)
            published += agrees
            outcome = done[key]
            wrong = outcome if isinstance(outcome, str) else difference(read(outcome, ","), expected)
            if wrong:
                misses[key] = wrong
        print(f"{name}: {len(chosen) - len(misses)} of {len(chosen)} queries give the answer, "
              f"{published} of the answers as published", flush=True)
    return misses


def main():
    if not CASES.exists():
        print(f"there is no {CASES}")
        sys.exit(SKIPPED)
    names = [word for word in sys.argv[1:] if not word.isdigit()] or ["tpch", "tpcds"]
    only = {int(word) for word in sys.argv[1:] if word.isdigit()}
    misses = {key: wrong for name in names for key, wrong in run(name, only).items()}
    listed = {line.split("\t")[0]: line for line in MISSES.read_text(encoding="utf-8").splitlines()}
    if only:
        for key, wrong in sorted(misses.items()):
            print(f"{key}: {wrong}")
        sys.exit(bool(misses))
    others = {key for key in listed if key.split("#")[0] not in names}
    if os.environ.get("WEIR_RATCHET") == "write":
        lines = {key: listed[key] for key in others} | {key: f"{key}\t{wrong}" for key, wrong in misses.items()}
        MISSES.write_text("".join(f"{line}\n" for _, line in sorted(lines.items())), encoding="utf-8")
        return
    for key in sorted(set(misses) - set(listed)):
        print(f"{key} no longer gives its answer: {misses[key]}")
    agreeing = set(listed) - set(misses) - others
    for key in sorted(agreeing):
        print(f"{key} gives its answer by now: take it off {MISSES.name}")
    sys.exit(bool(agreeing or set(misses) - set(listed)))


if __name__ == "__main__":
    main()
