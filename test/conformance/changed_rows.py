#!/usr/bin/env python3
"""Random DELETE, UPDATE and MERGE: weir, deltalake and a model of both agree, row by row.

usage: changed_rows.py [SEED...]    (with the program in WEIR, or build/weir)

Each seed makes a table twice, one that weir changes and one that deltalake changes, by the same
statements in turn. After each the rows of both, and what the statement counted, must be equal; at
the end each reads the other's table.
"""

import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

import deltalake
import pyarrow

WEIR = str(pathlib.Path(os.environ.get("WEIR", "build/weir")).resolve())
SCHEMA = pyarrow.schema([("id", pyarrow.int32()), ("grp", pyarrow.string()),
                         ("n", pyarrow.int64())])
GROUPS = ("a", "b", "c", None)


def check(condition, message):
    if not condition:
        raise AssertionError(message)


class Weir:
    """One weir process that takes statements and answers each with its rows."""

    def __init__(self, home):
        self.home = home

    def run(self, *statements):
        text = ";\n".join(statements) + ";"
        done = subprocess.run([WEIR, "--home", str(self.home), "--output", "json", "sql"],
                              input=text, capture_output=True, text=True, timeout=300)
        check(done.returncode == 0, f"{text}\n{done.stderr}")
        return [json.loads(line) for line in done.stdout.splitlines()]


def literal(value):
    return "NULL" if value is None else repr(value)


def ordered(rows):
    return sorted(rows, key=lambda row: tuple((value is not None, value) for value in row))


class Case:
    def __init__(self, seed, folder):
        self.random = random.Random(seed)
        self.weir = Weir(folder / "home")
        self.paths = {"weir": folder / "weir", "lake": folder / "lake"}
        partitions = self.random.choice(([], ["grp"]))
        clause = f" PARTITIONED BY ({partitions[0]})" if partitions else ""
        self.weir.run(f"CREATE TABLE t (id INT, grp STRING, n BIGINT){clause} "
                      f"LOCATION '{self.paths['weir']}'")
        deltalake.DeltaTable.create(str(self.paths["lake"]), SCHEMA, partition_by=partitions)

    def lake(self):
        return deltalake.DeltaTable(str(self.paths["lake"]))

    def new_rows(self, distinct=False):
        count = self.random.randint(1, 12)
        ids = (self.random.sample(range(40), count) if distinct
               else [self.random.choice((None, *range(40))) for _ in range(count)])
        return [(one, self.random.choice(GROUPS), self.random.choice((None, *range(-5, 100))))
                for one in ids]

    def condition(self, prefix=""):
        column, op = prefix, self.random.choice(("=", "<", ">=", "<>"))
        simple = self.random.choice((
            f"{column}id {op} {self.random.randint(0, 40)}",
            f"{column}n {op} {self.random.randint(-5, 100)}",
            f"{column}grp {op} '{self.random.choice('abc')}'",
            f"{column}grp IS NULL", f"{column}n IS NOT NULL"))
        if self.random.random() < 0.3:
            return f"({simple}) {self.random.choice(('AND', 'OR'))} ({self.condition(prefix)})"
        return simple

    def append(self):
        rows = self.new_rows()
        values = ", ".join("(" + ", ".join(map(literal, row)) + ")" for row in rows)
        self.weir.run(f"INSERT INTO t VALUES {values}")
        deltalake.write_deltalake(str(self.paths["lake"]), self.arrow(rows), mode="append")
        return "append"

    @staticmethod
    def arrow(rows):
        columns = list(zip(*rows))
        return pyarrow.table([pyarrow.array(values, field.type)
                              for values, field in zip(columns, SCHEMA)], schema=SCHEMA)

    def delete(self):
        where = self.condition() if self.random.random() < 0.95 else None
        text = "DELETE FROM t" + (f" WHERE {where}" if where else "")
        ours = self.weir.run(text)[0]["num_affected_rows"]
        theirs = self.lake().delete(where)["num_deleted_rows"]
        # deltalake does not count the rows of files that it drops whole.
        check(theirs in (ours, None, 0), f"{text}: {ours} rows, deltalake {theirs}")
        return text

    def update(self):
        where = self.condition()
        column, value = self.random.choice((("n", "n + 1000"), ("grp", "concat(grp, 'x')"),
                                            ("id", "id + 1"), ("n", "NULL"), ("grp", "'b'")))
        text = f"UPDATE t SET {column} = {value} WHERE {where}"
        ours = self.weir.run(text)[0]["num_affected_rows"]
        theirs = self.lake().update(updates={column: value}, predicate=where)["num_updated_rows"]
        check(ours == theirs, f"{text}: {ours} rows, deltalake {theirs}")
        return text

    def merge(self):
        # deltalake gives other errors where several source rows match: the source has each id once.
        rows = self.new_rows(distinct=True)
        values = ", ".join("(" + ", ".join(map(literal, row)) + ")" for row in rows)
        merging = self.lake().merge(self.arrow(rows), "t.id = s.id", source_alias="s",
                                    target_alias="t")
        clauses = []
        for _ in range(self.random.randint(0, 2)):
            condition = self.condition(self.random.choice(("s.", "t.")))
            if self.random.random() < 0.5:
                clauses.append(f"WHEN MATCHED AND {condition} THEN DELETE")
                merging = merging.when_matched_delete(condition)
            else:
                clauses.append(f"WHEN MATCHED AND {condition} THEN UPDATE SET n = s.n, grp = t.grp")
                merging = merging.when_matched_update({"n": "s.n", "grp": "t.grp"}, condition)
        if self.random.random() < 0.7:
            condition = self.condition("s.")
            clauses.append(f"WHEN NOT MATCHED AND {condition} THEN INSERT (id, grp, n) VALUES "
                           "(s.id, s.grp, s.n)")
            merging = merging.when_not_matched_insert(
                {"id": "s.id", "grp": "s.grp", "n": "s.n"}, condition)
        if self.random.random() < 0.4 or not clauses:
            condition = self.condition("t.")
            clauses.append(f"WHEN NOT MATCHED BY SOURCE AND {condition} THEN DELETE")
            merging = merging.when_not_matched_by_source_delete(condition)
        text = (f"MERGE INTO t USING (SELECT * FROM VALUES {values} AS v (id, grp, n)) s "
                "ON t.id = s.id " + " ".join(clauses))
        ours = self.weir.run(text)[0]
        theirs = merging.execute()
        for count in ("updated", "deleted", "inserted"):
            check(ours[f"num_{count}_rows"] == theirs[f"num_target_rows_{count}"],
                  f"{text}: {ours}, deltalake {theirs}")
        return text

    def rows_of(self, table):
        columns = table.to_pyarrow_table().to_pydict()
        return ordered(zip(*(columns[field.name] for field in SCHEMA)))

    def compare(self, after):
        ours = ordered((row["id"], row["grp"], row["n"]) for row in self.weir.run("SELECT * FROM t"))
        theirs = self.rows_of(self.lake())
        check(ours == theirs, f"after {after}:\n  weir      {ours}\n  deltalake {theirs}")
        return ours

    def run(self, steps):
        self.append()
        for _ in range(steps):
            step = self.random.choices((self.append, self.delete, self.update, self.merge),
                                       (4, 2, 2, 4))[0]
            rows = self.compare(step())
        check(self.rows_of(deltalake.DeltaTable(str(self.paths["weir"]))) == rows,
              "deltalake reads other rows of the table of weir")
        read = self.weir.run(f"SELECT * FROM delta.`{self.paths['lake']}`")
        check(ordered((row["id"], row["grp"], row["n"]) for row in read) == rows,
              "weir reads other rows of the table of deltalake")


def main():
    seeds = [int(one) for one in sys.argv[1:]] or range(6)
    failed = 0
    for seed in seeds:
        with tempfile.TemporaryDirectory() as folder:
            try:
                Case(seed, pathlib.Path(folder)).run(12)
                print(f"ok seed {seed}", flush=True)
            except AssertionError as error:
                failed += 1
                print(f"FAILED seed {seed}: {error}", flush=True)
    print(f"{len(seeds) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
