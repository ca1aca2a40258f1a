"""What a statement costs before its rows are looked for."""

import statistics
import sys

from processes import PEER, WEIR, Ran, Times, report

COLUMNS = 18  # Of each step of the long statement.


def step(number):
    """A query of some fifty lines over the step before it, as models of a warehouse are written."""
    source = f"step{number - 1}"
    lines = [f"step{number} AS (", "  SELECT", "    s.id,"]
    for i in range(COLUMNS):
        lines += [f"    CASE WHEN s.amount{i} > {i} * 1.5 THEN upper(trim(s.name{i})) || '-{i}'",
                  f"         ELSE coalesce(s.name{i}, 'none') END AS name{i},",
                  f"    CAST(s.amount{i} * 2 + {i} AS DECIMAL(18, 2)) AS amount{i},"]
    lines += ["    sum(s.amount0) OVER (PARTITION BY s.name1 ORDER BY s.id) AS running",
              f"  FROM {source} AS s LEFT JOIN step0 AS o ON o.id = s.id AND o.amount1 <=> s.amount1",
              "  WHERE s.name2 LIKE '%x%' AND s.amount3 IN (1, 2, 3) AND s.id IS NOT NULL",
              "),"]
    return lines


def long_statement(length):
    """A statement of exactly `length` lines."""
    lines = ["WITH step0 AS (", "  SELECT", "    id,"]
    lines += [f"    'name ' || id AS name{i}, CAST(id * {i} AS DECIMAL(18, 2)) AS amount{i}," for i in range(COLUMNS)]
    lines += ["    0 AS running", "  FROM range(10)", "),"]
    number = 0
    while len(lines) + len(step(1)) + COLUMNS + 4 <= length:
        number += 1
        lines += step(number)
    lines[-1] = ")"
    lines += ["SELECT name0, count(*) AS n,"]
    while len(lines) < length - 1:
        lines.append(f"  max(amount{len(lines) % COLUMNS}) AS most{len(lines)}{',' if len(lines) < length - 2 else ''}")
    return "\n".join([*lines, f"FROM step{number} GROUP BY name0"])


def each(folder, statement, times, run):
    """Seconds of one of `times` statements, without that of starting, in the median of seven runs."""
    taken = []
    for many in (1, 1 + times):
        script = folder / f"{many}.sql"
        script.write_text((statement + ";\n") * many)
        taken.append(run(script))
    return (taken[1] - taken[0]) / times


def weir(folder):
    return lambda script: Ran(WEIR, "--home", folder / "home", "sql", "--output", "json", "-f", script).seconds


def duckdb(script):
    return Ran(sys.executable, PEER, script).seconds


def binding(folder, options):
    """DESCRIBE reads a query and binds it, and runs nothing."""
    statement = "DESCRIBE " + long_statement(1000)
    took = Times([each(folder, statement, 20, weir(folder)) for _ in range(7)])
    report(f"reading and binding a statement of {statement.count(chr(10)) + 1:,} lines, {len(statement) / 1000:.0f} kB",
           str(took), "under 20 ms", took.median < 20)


def fixed_cost(folder, options):
    """What weir adds to a statement that has next to nothing to do."""
    rows = folder / "rows"
    Ran(WEIR, "--home", folder / "home", "sql", "-e", f"CREATE TABLE rows LOCATION '{rows}' AS SELECT id FROM range(10)")
    (file,) = rows.glob("*.parquet")
    for what, ours, theirs in (
            ("SELECT 1", "SELECT 1 AS a", "SELECT 1 AS a"),
            ("a count of a table of ten rows", "SELECT count(*) AS n FROM rows WHERE id > 3",
             f"SELECT count(*) AS n FROM read_parquet('{file}') WHERE id > 3")):
        pairs = [(each(folder, ours, 200, weir(folder)), each(folder, theirs, 200, duckdb)) for _ in range(7)]
        more = statistics.median(1000 * (mine - peer) for mine, peer in pairs)
        report(f"{what}: one statement of many in a process",
               f"weir {Times([mine for mine, _ in pairs])}; DuckDB {Times([peer for _, peer in pairs])}; {more:.1f} ms more",
               "under 5 ms more", more < 5)


MEASUREMENTS = {"binding": binding, "fixed-cost": fixed_cost}
