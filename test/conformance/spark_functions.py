#!/usr/bin/env python3
"""What the pinned Spark gives for the expressions of spark_functions.jsonl and, by the clocks of
several places, of spark_time_zones.jsonl.

    spark_functions.py check             fails where Spark does not give what is recorded
    spark_functions.py record [FILE]     records anew; adds the expressions of FILE, one a line;
                                         "[Europe/Berlin] SELECT ..." is one of a time zone

A row is {"sql", "types", "rows"} or {"sql", "error"}; cells are as CAST(... AS STRING) prints them.
Those of time zones have "zone", which the cells are shown in, too.
"differs" says why weir gives something else; "not_spark" that only Databricks has it. Both stay.
"""

import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROWS = HERE / "spark_functions.jsonl"
ZONE_ROWS = HERE / "spark_time_zones.jsonl"
sys.path.insert(0, str(HERE.parent / "oracles"))


def outcome(session, sql):
    """One statement's types and rows, or the condition it failed with."""
    try:
        frame = session.sql(sql)
        types = [field.dataType.simpleString() for field in frame.schema.fields]
        plain = frame.toDF(*[f"c{i}" for i in range(len(types))])
        texts = plain.selectExpr(*[f"CAST(c{i} AS STRING)" for i in range(len(types))])
        return {"types": types, "rows": [list(row) for row in texts.collect()]}
    except Exception as error:  # pylint: disable=broad-except
        condition = error.getCondition() if hasattr(error, "getCondition") else None
        if condition is None:
            raise RuntimeError(f"{sql}: no condition: {error}") from error
        return {"error": condition}


def key_of(row):
    return row.get("zone"), row["sql"]


def row_of(line):
    """A row without an outcome, out of a line of a FILE."""
    if not line.startswith("["):
        return {"sql": line}
    zone, sql = line[1:].split("] ", 1)
    return {"zone": zone, "sql": sql}


def observe(session, rows, check):
    """The rows as Spark has them now, and how many are not as recorded."""
    differing = 0
    fresh = []
    for row in rows:
        if "not_spark" in row:
            fresh.append(row)
            continue
        zone = {"zone": row["zone"]} if "zone" in row else {}
        session.conf.set("spark.sql.session.timeZone", row.get("zone", "UTC"))
        kept = {key: row[key] for key in ("differs",) if key in row}
        fresh.append({**zone, "sql": row["sql"], **outcome(session, row["sql"]), **kept})
        if check and fresh[-1] != row:
            differing += 1
            print(f"{row['sql']}\n  recorded {row}\n  now      {fresh[-1]}")
    return fresh, differing


def main(arguments):
    import spark  # Needs the oracles: make oracles.

    if arguments[:1] not in (["check"], ["record"]) or len(arguments) > 2:
        sys.exit(__doc__)
    check = arguments == ["check"]
    added = []
    if not check and len(arguments) > 1:
        lines = pathlib.Path(arguments[1]).read_text(encoding="utf-8").splitlines()
        added = [row_of(line) for line in lines if line]
    # TIME is a preview in 4.1, off by default.
    session = spark.session("functions", threads=1, spark_sql_timeType_enabled="true")
    session.sparkContext.setLogLevel("OFF")
    differing = 0
    for path in (ROWS, ZONE_ROWS):
        with path.open(encoding="utf-8") as lines:  # splitlines() would split at U+2028, too.
            rows = [json.loads(line) for line in lines]
        known = {key_of(row) for row in rows}
        for row in added:
            if ("zone" in row) == (path == ZONE_ROWS) and key_of(row) not in known:
                rows.append(row)
        fresh, wrong = observe(session, rows, check)
        differing += wrong
        if not check:
            text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in fresh)
            path.write_text(text, encoding="utf-8")
        print(f"{path.name}: {len(rows) - wrong} of {len(rows)} rows as recorded")
    sys.exit(1 if differing else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
