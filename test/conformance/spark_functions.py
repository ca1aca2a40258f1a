#!/usr/bin/env python3
"""What the pinned Spark gives for the expressions of spark_functions.jsonl.

    spark_functions.py check             fails where Spark does not give what is recorded
    spark_functions.py record [FILE]     records anew; adds the expressions of FILE, one a line

A row is {"sql", "types", "rows"} or {"sql", "error"}; cells are as CAST(... AS STRING) prints them.
"differs" says why weir gives something else; "not_spark" that only Databricks has it. Both stay.
"""

import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROWS = HERE / "spark_functions.jsonl"
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


def main(arguments):
    import spark  # Needs the oracles: make oracles.

    rows = [json.loads(line) for line in ROWS.read_text(encoding="utf-8").splitlines()]
    if arguments[:1] == ["record"] and len(arguments) > 1:
        known = {row["sql"] for row in rows}
        lines = pathlib.Path(arguments[1]).read_text(encoding="utf-8").splitlines()
        rows += [{"sql": line} for line in lines if line and line not in known]
    elif arguments not in (["check"], ["record"]):
        sys.exit(__doc__)
    # TIME is a preview in 4.1, off by default.
    session = spark.session("functions", threads=1, spark_sql_timeType_enabled="true")
    session.sparkContext.setLogLevel("OFF")
    differing = 0
    fresh = []
    for row in rows:
        if "not_spark" in row:
            fresh.append(row)
            continue
        kept = {key: row[key] for key in ("differs",) if key in row}
        fresh.append({"sql": row["sql"], **outcome(session, row["sql"]), **kept})
        if arguments == ["check"] and fresh[-1] != row:
            differing += 1
            print(f"{row['sql']}\n  recorded {row}\n  now      {fresh[-1]}")
    if arguments[0] == "record":
        with ROWS.open("w", encoding="utf-8") as file:
            for row in fresh:
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
    print(f"{len(rows) - differing} of {len(rows)} rows as recorded")
    sys.exit(1 if differing else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
