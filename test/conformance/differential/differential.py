#!/usr/bin/env python3
"""Random statements in weir and in the pinned Spark: the same types and rows, or the same error condition.

usage: differential.py PROGRAM [--seed N] [--seconds S] [--all] [--rounds N]
    PROGRAM    build/test/conformance/differential/statement_outcomes
    --seed     which statements are made: the same ones for the same number
    --rounds   how many rounds of them (8); --seconds goes on for so long instead. WEIR_SOAK_SECONDS and
               WEIR_SOAK_SEED say the same
    --all      goes on after many differences

First the statements of mended.sql are asked, which differed once. Differences that are known stand in
known.jsonl by their shape, with the reason; any other fails, with the smallest statement that shows it.
"""

import argparse
import json
import os
import pathlib
import random
import re
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import comparison  # noqa: E402
import engines  # noqa: E402
import expressions  # noqa: E402
import queries  # noqa: E402
import shrinking  # noqa: E402
import tables  # noqa: E402

TOGETHER = 8  # Expressions of one statement.
STATEMENTS = 5  # Of expressions in one round, which has its own tables.
QUERIES = 10
ENOUGH = 10  # Differences.


class Known:
    """Differences that are known: {"shape", "difference", "reason"}, two regular expressions that the smallest
    statement and what is different match."""

    def __init__(self):
        lines = (HERE / "known.jsonl").read_text(encoding="utf-8").splitlines()
        self.entries = [json.loads(line) for line in lines if line]
        self.met = 0

    def has(self, statement, difference):
        for entry in self.entries:
            if re.search(entry["shape"], statement) and re.search(entry["difference"], difference):
                self.met += 1
                return True
        return False


class Differential:
    def __init__(self, program):
        self.spark = engines.Spark()
        self.weir = engines.Weir(program)
        self.known = Known()
        self.found = []
        self.asked = {"expressions": 0, "queries": 0, "rows": 0, "errors": 0}

    def differs(self, sql):
        ordered = re.search(r" ORDER BY \d", sql) is not None  # By all that the query gives.
        return comparison.difference(self.spark.run(sql), self.weir.run(sql), ordered)

    def replay(self):
        for sql in (HERE / "mended.sql").read_text(encoding="utf-8").splitlines():
            if sql and not sql.startswith("--"):
                told = self.differs(sql)
                if told:
                    self.report("mended.sql", sql, told)

    def report(self, seed, statement, told):
        if not self.known.has(statement, told):
            self.found.append(statement)
            print(f"DIFFERS, seed {seed}\n  {statement};\n  {told}", flush=True)

    def round(self, seed):
        chance = random.Random(seed)
        table = tables.Table(chance, "t")
        for engine in (self.spark, self.weir):
            engine.prepare([table.view()])
        generator = expressions.Generator(chance, table.by_kind())
        for _ in range(STATEMENTS):
            self.expressions(seed, table, [generator.any() for _ in range(TOGETHER)])
        other = tables.Table(chance, "u", kinds=chance.sample(queries.KEYS, 4) + chance.choices(queries.KEYS, k=2))
        third = tables.Table(chance, "v", kinds=list(other.kinds.values())[1:])
        for engine in (self.spark, self.weir):
            engine.prepare([other.view(), third.view()])
        generator = queries.Generator(chance, other, third)
        for _ in range(QUERIES):
            self.query(seed, generator.any(), [other, third])

    def query(self, seed, sql, of):
        self.asked["queries"] += 1
        if self.differs(sql):
            shrunk = shrinking.query(self.differs, sql, of)
            if shrunk:
                self.report(seed, *shrunk)

    def expressions(self, seed, table, nodes):
        """All in one statement; by halves where one of them fails."""
        columns = ", ".join(f"{node.sql()} AS c{i}" for i, node in enumerate(nodes))
        statement = f"SELECT {columns} FROM t"
        spark = self.spark.run(statement)
        if "error" in spark and len(nodes) > 1:
            middle = len(nodes) // 2
            self.expressions(seed, table, nodes[:middle])
            self.expressions(seed, table, nodes[middle:])
            return
        told = comparison.difference(spark, self.weir.run(statement))
        if told and len(nodes) > 1:
            for node in nodes:
                self.expressions(seed, table, [node])
            return
        self.asked["expressions"] += len(nodes)
        self.asked["errors" if "error" in spark else "rows"] += len(nodes)
        if told:
            shrunk = shrinking.Shrinker(self.differs, table).expression(nodes[0])
            if shrunk:
                self.report(seed, *shrunk)

    def close(self):
        self.weir.close()
        self.spark.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--seed", type=int, default=int(os.environ.get("WEIR_SOAK_SEED", "0")))
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--seconds", type=int, default=int(os.environ.get("WEIR_SOAK_SECONDS", "0")))
    parser.add_argument("--all", action="store_true")
    options = parser.parse_args()
    both = Differential(options.program)
    both.replay()
    end = time.monotonic() + options.seconds
    seed = options.seed or (int(time.time()) if options.seconds else 1)
    rounds = 0
    while rounds < options.rounds or time.monotonic() < end:
        both.round(seed + rounds)
        rounds += 1
        if len(both.found) >= ENOUGH and not options.all:
            break
    both.close()
    print(f"seeds {seed} to {seed + rounds - 1}: {both.asked}, {both.known.met} known differences, "
          f"{len(both.found)} others")
    sys.exit(bool(both.found))


if __name__ == "__main__":
    main()
