"""What statistics spare a query of reading never changes its answer.

Tables by chance, of every kind of column, with deletion vectors, mapped and widened columns,
partitions, and files of which somebody told less than weir does, or nothing. What queries that can
be answered without reading all rows (count, min, max, EXISTS, ORDER BY with LIMIT, TABLESAMPLE,
filters) say of them is compared with what they say of the same rows as VALUES, of which nothing is
known. DELETE and UPDATE must change what those say too.

Usage: statistics_test.py <path of weir> [SEED...]

WEIR_SOAK_SECONDS sets for how long it goes on with seeds of its own.
"""

import base64
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time

SEEDS = (1, 2, 3, 4, 5)
STEPS, QUERIES = 10, 60

# Texts of which values are made; what comes between two is where bounds are cut, or rounded.
LONG = "a" * 31
POOLS = {
    "TINYINT": ["-128", "-1", "0", "1", "7", "127"],
    "SMALLINT": ["-32768", "-129", "0", "1", "7", "128", "32767"],
    "INT": ["-2147483648", "-32769", "0", "1", "7", "16777217", "2147483647"],
    "BIGINT": ["-9223372036854775808", "-1", "0", "1", "7", "9007199254740993",
               "9223372036854775807"],
    "FLOAT": ["NaN", "-0.0", "0.0", "Infinity", "-Infinity", "0.1", "-0.1", "3.4028235E38",
              "1.4E-45", "7.0"],
    "DOUBLE": ["NaN", "-0.0", "0.0", "Infinity", "-Infinity", "0.1", "0.30000000000000004", "7.0",
               "1.7976931348623157E308", "4.9E-324", "16777217"],
    "DECIMAL(5,2)": ["-999.99", "-0.01", "0.00", "0.01", "7.00", "999.99"],
    "DECIMAL(20,4)": ["-9999999999999999.9999", "-0.0001", "0.0000", "7.0000", "999.9901",
                      "1234567890123456.7891", "9999999999999999.9999"],
    "STRING": ["", "a", "b", LONG, LONG + "a", LONG + "aa", LONG + "ab" + "c" * 9, LONG + "b",
               LONG + "\U0001f600\U0001f600", LONG + "\uffff", "\u00e9" * 33, "\u00e9" * 32 + "z",
               "\U0010ffff" * 33, "\U0010ffff" * 40 + "z", "z" * 50, "NaN", "null", "A b/c=d%e"],
    "DATE": ["0001-01-01", "1582-10-15", "1969-12-31", "1970-01-01", "2024-02-29", "9999-12-31"],
    "TIMESTAMP": ["0001-01-01 00:00:00", "1969-12-31 23:59:59.999999", "1970-01-01 00:00:00",
                  "2024-02-29 12:00:00.123", "2024-02-29 12:00:00.123001",
                  "2024-02-29 12:00:00.123999", "2024-02-29 12:00:00.124", "9999-12-31 23:59:59"],
    "BOOLEAN": ["true", "false"],
    "BINARY": ["", "00", "00FF", "FF" * 40, "7F"],
}
POOLS["TIMESTAMP_NTZ"] = POOLS["TIMESTAMP"]
STRUCT = "STRUCT<a: INT, s: STRING>"
WIDER = {"TINYINT": ["SMALLINT", "INT"], "SMALLINT": ["INT", "BIGINT"],
         "INT": ["BIGINT", "DOUBLE"], "FLOAT": ["DOUBLE"], "DECIMAL(5,2)": ["DECIMAL(20,4)"],
         "DATE": ["TIMESTAMP_NTZ"]}
PARTITIONS = ["STRING", "INT", "DATE", "TIMESTAMP", "DECIMAL(5,2)", "BOOLEAN", "SMALLINT"]
KINDS = [kind for kind in POOLS if kind != "BINARY"]  # That have an order and statistics.


class Wrong(Exception):
    pass


def quoted(text):
    return "NULL" if text is None else f"'{text}'"


def literal(kind, text):
    if kind == "BINARY":
        return f"X'{text}'"
    return f"'{text}'" if kind == "STRING" else f"CAST('{text}' AS {kind})"


def made_of(kind, texts):
    """The value of such a column, made of columns of texts."""
    if kind == STRUCT:
        there, number, text = texts
        return (f"CASE WHEN {there} = 'y' THEN named_struct('a', CAST({number} AS INT), "
                f"'s', CAST({text} AS STRING)) END")
    (text,) = texts
    return f"unhex({text})" if kind == "BINARY" else f"CAST({text} AS {kind})"


def same(cell):
    """-0.0 is 0.0, and a query may give either."""
    if isinstance(cell, dict):
        return tuple((name, same(value)) for name, value in cell.items())
    return "0.0" if cell == "-0.0" else cell


def texts_of(kind, cell):
    """The texts of which a cell of the output is made again."""
    if kind == STRUCT:
        return ["y", cell["a"], cell["s"]] if cell is not None else [None, None, None]
    if kind == "BINARY" and cell is not None:
        return [base64.b64decode(cell).hex()]
    return [cell]


class Table:
    """A table by chance, and the same rows as VALUES."""

    def __init__(self, weir, folder, seed):
        self.weir, self.folder, self.by, self.said = weir, folder, random.Random(seed), []
        by = self.by
        self.mapping = by.choice(["none", "name", "id"])
        self.columns = {f"k{i}": kind for i, kind in enumerate(by.sample(KINDS, by.randint(4, 8)))}
        if by.random() < 0.5:
            self.columns["b"] = "BINARY"
        if by.random() < 0.7:
            self.columns["st"] = STRUCT
        self.partition = None
        if by.random() < 0.6:
            self.partition = "p"
            self.columns["p"] = by.choice(PARTITIONS)
        self.serial = len(self.columns)
        properties = {"delta.columnMapping.mode": self.mapping,
                      "delta.enableTypeWidening": "true",
                      "delta.enableDeletionVectors": by.choice(["true", "true", "false"]),
                      "delta.checkpointInterval": by.choice(["2", "5", "1000"])}
        self.run(f"CREATE TABLE t ({', '.join(f'{n} {k}' for n, k in self.columns.items())}) "
                 + (f"PARTITIONED BY ({self.partition}) " if self.partition else "")
                 + f"LOCATION '{folder}/t' TBLPROPERTIES ("
                 + ", ".join(f"'{key}' = '{value}'" for key, value in properties.items()) + ")")

    # Running ------------------------------------------------------------------------------------

    def ask(self, *statements):
        """What each of these, run in one session, gives."""
        marked = []
        for i, statement in enumerate(statements):
            marked += [f"SELECT '{i}' AS the_next", statement]
        done = subprocess.run([self.weir, "--home", str(self.folder / "home"), "--output", "json",
                               "sql"], input=";\n".join(marked) + ";\n", text=True,
                              capture_output=True)
        answers = []
        for line in done.stdout.splitlines():
            # Numbers as they are written.
            row = json.loads(line, parse_int=str, parse_float=str)
            if list(row) == ["the_next"]:
                answers.append([])
            else:
                answers[-1].append(list(row.values()))
        if done.returncode != 0 or len(answers) != len(statements):
            at = statements[len(answers) - 1] if answers else ""
            raise Wrong(f"{done.stderr.strip()}\n{at}")
        return answers

    def run(self, statement):
        self.said.append(statement)
        return self.ask(statement)[0]

    def plain(self):
        """A view of the rows that the table has now, without anything known of them."""
        (rows,) = self.ask("SELECT * FROM t")
        columns, widths = list(self.columns.items()), []
        for name, kind in columns:
            widths.append(3 if kind == STRUCT else 1)
        made, at = [], 0
        for (name, kind), width in zip(columns, widths):
            made.append(f"{made_of(kind, [f'x{i}' for i in range(at, at + width)])} AS {name}")
            at += width
        lines = []
        for row in rows:
            texts = [text for (_, kind), cell in zip(columns, row) for text in texts_of(kind, cell)]
            lines.append("(" + ", ".join(quoted(text) for text in texts) + ")")
        none = "(" + ", ".join(["CAST(NULL AS STRING)"] * at) + ")"
        names = ", ".join(f"x{i}" for i in range(at))
        view = (f"CREATE TEMPORARY VIEW plain AS SELECT {', '.join(made)} FROM VALUES "
                f"{', '.join(lines or [none])} AS v ({names})" + ("" if lines else " WHERE false"))
        ours, again = self.ask(view, "SELECT * FROM plain", "SELECT * FROM t")[1:]
        if sorted(map(repr, ours)) != sorted(map(repr, again)):
            raise Wrong("the rows as VALUES are not those of the table")
        return view

    # What happens to the table ------------------------------------------------------------------

    def step(self):
        by = self.by
        steps = [self.insert] * 5 + [self.delete] * 2 + [self.update, self.optimize, self.widen,
                                                          self.add, self.forget, self.forget,
                                                          self.index]
        if self.mapping != "none":
            steps += [self.rename, self.drop]
        by.choice(steps)()

    def insert(self):
        by = self.by
        # Few values make files whose bounds tell much.
        pools = {}
        for name, kind in self.columns.items():
            if kind != STRUCT:
                values = by.sample(POOLS[kind], by.randint(1, min(3, len(POOLS[kind]))))
                pools[name] = values + [None] * by.randint(0, 2)
                if by.random() < 0.1:
                    pools[name] = [None]
        lines = []
        for _ in range(by.randint(1, 25)):
            texts = []
            for name, kind in self.columns.items():
                if kind == STRUCT:
                    texts += [by.choice(["y", "y", None]), by.choice([*POOLS["INT"], None]),
                              by.choice([*POOLS["STRING"], None])]
                else:
                    texts.append(by.choice(pools[name]))
            lines.append("(" + ", ".join(quoted(text) for text in texts) + ")")
        made, at = [], 0
        for kind in self.columns.values():
            width = 3 if kind == STRUCT else 1
            made.append(made_of(kind, [f"x{i}" for i in range(at, at + width)]))
            at += width
        self.run(f"INSERT INTO t ({', '.join(self.columns)}) SELECT {', '.join(made)} FROM VALUES "
                 f"{', '.join(lines)} AS v ({', '.join(f'x{i}' for i in range(at))})")

    def delete(self):
        which = self.filter()
        self.change(f"DELETE FROM {{}} WHERE {which}",
                    f"SELECT * FROM {{}} WHERE NOT coalesce({which}, false)")

    def update(self):
        which = self.filter()
        name = self.by.choice(list(self.columns))
        kind = self.columns[name]
        if kind == STRUCT:
            value = "named_struct('a', 3, 's', 'new')"
        else:
            value = self.by.choice([literal(kind, self.by.choice(POOLS[kind])), "NULL"])
        columns = ", ".join(
            f"CASE WHEN {which} THEN CAST({value} AS {kind}) ELSE {n} END AS {n}" if n == name
            else n for n in self.columns)
        # Of a partition column, "" is NULL.
        if name == self.partition and value == "''":
            return
        self.change(f"UPDATE {{}} SET {name} = {value} WHERE {which}",
                    f"SELECT {columns} FROM {{}}")

    def change(self, statement, after):
        """Runs the statement, after which the table holds what the query says of its rows."""
        view = self.plain()
        statement, after = statement.replace("{}", "t"), after.replace("{}", "plain")
        self.said.append(statement)
        answers = self.ask(view, after, statement, "SELECT * FROM t")
        self.compare(statement, answers[3], answers[1])

    def optimize(self):
        self.run("OPTIMIZE t")

    def widen(self):
        can = [name for name, kind in self.columns.items() if kind in WIDER]
        if not can:
            return
        name = self.by.choice(can)
        self.columns[name] = self.by.choice(WIDER[self.columns[name]])
        self.run(f"ALTER TABLE t ALTER COLUMN {name} TYPE {self.columns[name]}")

    def add(self):
        self.serial += 1
        name, kind = f"k{self.serial}", self.by.choice(KINDS)
        self.columns[name] = kind
        self.run(f"ALTER TABLE t ADD COLUMNS ({name} {kind})")

    def rename(self):
        self.serial += 1
        name = self.by.choice([name for name in self.columns if name != self.partition])
        self.columns = {f"k{self.serial}" if n == name else n: kind
                        for n, kind in self.columns.items()}
        self.run(f"ALTER TABLE t RENAME COLUMN {name} TO k{self.serial}")

    def drop(self):
        """A column goes, and mostly one of its name comes."""
        name = self.by.choice([name for name in self.columns if name != self.partition])
        if len(self.columns) < 5:
            return
        del self.columns[name]
        self.run(f"ALTER TABLE t DROP COLUMN {name}")
        if self.by.random() < 0.7:
            self.columns[name] = self.by.choice(KINDS)
            self.run(f"ALTER TABLE t ADD COLUMNS ({name} {self.columns[name]})")

    def index(self):
        self.run("ALTER TABLE t SET TBLPROPERTIES ('delta.dataSkippingNumIndexedCols' = "
                 f"'{self.by.choice([0, 2, 32])}')")

    def forget(self):
        """Somebody else wrote some of the files, and told less of them."""
        self.said.append("-- less is told of some files")
        log = sorted((self.folder / "t" / "_delta_log").glob("*[0-9].json"))
        for entry in self.by.sample(log, min(len(log), 3)):
            lines = []
            for line in entry.read_text().splitlines():
                action = json.loads(line)
                if "add" in action and self.by.random() < 0.7:
                    self.loosen(action["add"])
                lines.append(json.dumps(action))
            entry.write_text("\n".join(lines) + "\n")

    def loosen(self, file):
        by = self.by
        if not file.get("stats"):
            return
        counted = "deletionVector" in file  # Then it must be known how many there are.
        how = by.randrange(4)
        stats = json.loads(file["stats"])
        if how == 0 and not counted:
            del file["stats"]
            return
        if how == 1:
            stats = {key: value for key, value in stats.items() if key in ("numRecords",)}
        if how == 2 and not counted:
            stats.pop("numRecords", None)
        if how == 3:
            stats["tightBounds"] = False
        for part in ("minValues", "maxValues", "nullCount"):
            for name in list(stats.get(part, {})):
                if by.random() < 0.2:
                    del stats[part][name]
        file["stats"] = json.dumps(stats)

    # Queries ------------------------------------------------------------------------------------

    def paths(self):
        """What has an order: columns and members, with their types."""
        found = {}
        for name, kind in self.columns.items():
            if kind == STRUCT:
                found.update({f"{name}.a": "INT", f"{name}.s": "STRING"})
            elif kind != "BINARY":
                found[name] = kind
        return found

    def filter(self):
        by = self.by
        if by.random() < 0.3:
            joined = by.choice([" AND ", " OR "]).join(self.atom() for _ in range(2))
            return f"({joined})"
        return f"(NOT {self.atom()})" if by.random() < 0.2 else self.atom()

    def atom(self):
        by = self.by
        path, kind = by.choice(list(self.paths().items()))
        one, other = (literal(kind, by.choice(POOLS[kind])) for _ in range(2))
        forms = [f"{path} {by.choice(['=', '<>', '<', '<=', '>', '>='])} {one}"] * 4
        forms += [f"{one} {by.choice(['=', '<', '>='])} {path}", f"{path} IN ({one}, {other})",
                  f"{path} NOT IN ({one}, {other})", f"{path} BETWEEN {one} AND {other}",
                  f"{path} IS NULL", f"{path} IS NOT NULL", f"{path} <=> {one}",
                  f"{path} IS DISTINCT FROM {one}", f"{path} <=> NULL",
                  f"coalesce({path}, {one}) = {other}", f"{path} = {path}",
                  f"{path} >= (SELECT min({path}) FROM {{}})",
                  f"{path} = (SELECT max({path}) FROM {{}} WHERE {path} < {one})",
                  f"{path} IN (SELECT {path} FROM {{}} WHERE {path} <= {one})"]
        if kind == "STRING":
            forms += [f"{path} LIKE 'a%'", f"{path} LIKE '{LONG}a%'", f"startswith({path}, '{LONG}')",
                      f"{path} || 'a' > '{LONG}'", f"length({path}) > 32"] * 2
        elif kind in ("FLOAT", "DOUBLE"):
            forms += [f"isnan({path})", f"{path} + 1 > {one}", f"{path} = 0", f"{path} < 1e300",
                      f"{path} > 0.05BD"] * 2
        elif "INT" in kind or "DECIMAL" in kind:
            forms += [f"{path} = 7.5BD", f"{path} < 6.5D", f"{path} + 0.5BD > 7",
                      f"CAST({path} AS STRING) = '7'", f"{path} >= 200"] * 2
        elif kind in ("DATE", "TIMESTAMP", "TIMESTAMP_NTZ"):
            forms += [f"year({path}) = 2024", f"CAST({path} AS DATE) = DATE '2024-02-29'",
                      f"{path} > TIMESTAMP_NTZ '2024-02-29 12:00:00.1230005'"] * 2
        return by.choice(forms)

    def query(self):
        """A query of {}, and whether the order of its rows counts."""
        by = self.by
        paths = self.paths()
        path = by.choice(list(paths))
        where = "" if by.random() < 0.4 else f" WHERE {self.filter()}"
        columns = ", ".join(self.columns)
        limit = by.choice([1, 2, 5, 1000])
        order = (f"{path} {by.choice(['', 'DESC'])} "
                 f"{by.choice(['', 'NULLS FIRST', 'NULLS LAST'])}")
        few = ", ".join(f"{by.choice(['min', 'max', 'count', 'count'])}({one})"
                        for one in by.sample(list(paths), min(3, len(paths))))
        return by.choice([
            (f"SELECT count(*) FROM {{}}{where}", False),
            (f"SELECT count({path}), count(*) FROM {{}}{where}", False),
            (f"SELECT min({path}), max({path}) FROM {{}}{where}", False),
            (f"SELECT count(*), {few} FROM {{}}{where}", False),
            (f"SELECT min({path}) FROM {{}}{where}", False),
            (f"SELECT max({path}) FROM {{}}{where}", False),
            (f"SELECT count(DISTINCT {path}) FROM {{}}{where}", False),
            (f"SELECT count(*) FILTER (WHERE {self.filter()}) FROM {{}}{where}", False),
            (f"SELECT EXISTS (SELECT 1 FROM {{}}{where})", False),
            (f"SELECT 1 WHERE NOT EXISTS (SELECT {path} FROM {{}}{where})", False),
            (f"SELECT {path} FROM {{}}{where} ORDER BY {order} LIMIT {limit}", True),
            (f"SELECT {path} FROM {{}}{where} ORDER BY {order} LIMIT {limit} OFFSET 2", True),
            (f"SELECT {path} FROM {{}}{where} ORDER BY {order}, {', '.join(paths)} LIMIT {limit}",
             True),
            (f"SELECT {columns} FROM {{}}{where}", False),
            (f"SELECT {path}, count(*) FROM {{}}{where} GROUP BY {path}", False),
            (f"SELECT count(*) FROM (SELECT * FROM {{}}{where} LIMIT {limit})", False),
            (f"SELECT count(*) FROM {{}} TABLESAMPLE ({limit} ROWS){where}"
             if not where or limit == 1000 else f"SELECT count(*) FROM {{}}{where}", False),
            (f"SELECT count(*), min({path}) FROM {{}} TABLESAMPLE (100 PERCENT){where}", False),
            (f"SELECT count(*) FROM {{}} AS l LEFT SEMI JOIN (SELECT {path} AS k FROM {{}}{where}) "
             f"AS r ON l.{path} = r.k", False),
        ])

    def check(self):
        view = self.plain()
        queries = [self.query() for _ in range(QUERIES)]
        statements = [query.replace("{}", of) for query, _ in queries for of in ("t", "plain")]
        answers = self.ask(view, *statements)[1:]
        for i, (query, ordered) in enumerate(queries):
            self.compare(query.replace("{}", "t"), answers[2 * i], answers[2 * i + 1], ordered)

    @staticmethod
    def compare(query, ours, plain, ordered=False):
        ours, plain = ([tuple(map(same, row)) for row in rows] for rows in (ours, plain))
        if not ordered:
            ours, plain = sorted(ours, key=repr), sorted(plain, key=repr)
        if ours != plain:
            raise Wrong(f"{query}\ngives    {ours}\nand not  {plain}")


def by_chance(weir, seed):
    with tempfile.TemporaryDirectory() as folder:
        table = Table(weir, pathlib.Path(folder), seed)
        try:
            for _ in range(2):
                for _ in range(STEPS // 2):
                    table.step()
                table.check()
        except Wrong as wrong:
            print(f"FAILED with seed {seed}: {wrong}\n\nafter\n  " + "\n  ".join(table.said))
            return False
    return True


def main():
    weir = os.path.abspath(sys.argv[1])
    seconds = float(os.environ.get("WEIR_SOAK_SECONDS", 0))
    seeds = list(map(int, sys.argv[2:])) or list(SEEDS)
    failed = [seed for seed in seeds if not by_chance(weir, seed)]
    until = time.monotonic() + seconds
    count = len(seeds)
    while time.monotonic() < until and not failed:
        seed, count = random.SystemRandom().getrandbits(32), count + 1
        if not by_chance(weir, seed):
            failed.append(seed)
    print(f"{count} tables, {len(failed)} wrong")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
