#!/usr/bin/env python3
"""Writes statements that nest deeply or go on for long into a folder, a file each, for a fuzzer to start from.

usage: deep_corpus.py FOLDER
"""

import pathlib
import sys

LENGTH = 65000  # Of a statement: nearly what the fuzzer reads of one.
# Behind SELECT: what opens a level, and what closes it.
NESTS = """\
(|)
(a, |)
f(|)
f(a => |)
a + (|)
a[|]
a:b[|]
- |
~|
NOT |
x -> |
(x, y) -> (|)
CASE WHEN | THEN 1 END
CASE a WHEN 1 THEN | END
CAST(| AS INT)
EXTRACT(DAY FROM |)
TRIM(BOTH | FROM a)
SUBSTRING(a FROM |)
POSITION(a IN |)
OVERLAY(a PLACING b FROM |)
sum(a) OVER (ORDER BY |)
f(a) FILTER (WHERE |)
f(a) WITHIN GROUP (ORDER BY |)
a BETWEEN | AND 1
a IN (|)
a IN (SELECT |)
a LIKE ANY (|)
EXISTS (SELECT |)
(SELECT |)
(VALUES (|))
(WITH a AS (SELECT |) SELECT 1)
IDENTIFIER('a' || |)
/*|*/"""
# Behind "SELECT * FROM".
RELATIONS = """\
(|)
(SELECT * FROM |)
LATERAL (SELECT * FROM |)
STREAM(|)
f(TABLE(|))"""
TYPES = "ARRAY<|>\nMAP<INT, |>\nSTRUCT<a: |>"  # Behind "SELECT CAST(1 AS".
GROUPS = "GROUPING SETS (|)\nROLLUP(|)"  # Behind "SELECT 1 GROUP BY".
# What begins a statement, and what goes on.
CHAINS = """\
SELECT a| + a
SELECT a| AND a OR b
SELECT a| || a
SELECT a| = a
SELECT a|.a
SELECT a|[0]
SELECT a|::int
SELECT a:b|.c
SELECT 1|, 1
SELECT 1| -- c\\
SELECT |/*+ a */
SELECT |'
SELECT |`
SELECT INTERVAL| 1 DAY
SELECT CASE| WHEN a THEN b
SELECT 1| UNION SELECT 1
SELECT 1| EXCEPT SELECT 1
SELECT * FROM a| JOIN a
SELECT * FROM a|, a
SELECT * FROM a| LATERAL VIEW explode(b) c
SELECT * FROM a| PIVOT (sum(b) FOR c IN (1))
SELECT * FROM a| |> WHERE b
SELECT * FROM a GROUP BY a|, CUBE(a, b)
EXPLAIN| EXPLAIN
SELECT 1|; SELECT FROM"""


def nests(before, levels, inmost):
    for level in levels.splitlines():
        opening, _, closing = level.rpartition("|")
        for close in {closing, ""}:
            count = LENGTH // (len(opening) + len(close))
            yield f"{before} {opening * count}{inmost}{close * count}"


def chains():
    for chain in CHAINS.splitlines():
        begin, link = chain.split("|", maxsplit=1)
        yield begin + link.replace("\\", "\n") * (LENGTH // len(link))


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    texts = [*nests("SELECT", NESTS, "1"), *nests("SELECT * FROM", RELATIONS, "t"),
             *nests("SELECT CAST(1 AS", TYPES, "INT"), *nests("SELECT 1 GROUP BY", GROUPS, "a"), *chains()]
    for number, text in enumerate(texts):
        (folder / f"deep-{number}").write_text(text, encoding="utf-8")
    print(f"{len(texts)} statements")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
