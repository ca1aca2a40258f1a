"""Runs a file of statements in DuckDB as `weir sql -f` does in weir: reads all rows of each, prints JSON."""

import json
import sys

import duckdb

connection = duckdb.connect()
for statement in open(sys.argv[1]).read().split(";\n"):
    if statement.strip():
        result = connection.execute(statement)
        names = [column[0] for column in result.description]
        for row in result.fetchall():
            print(json.dumps(dict(zip(names, row)), default=str))
