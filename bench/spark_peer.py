"""A Spark session with Delta that runs what it is given on standard input, a line
{"before": [...], "statements": [...]} each, and answers with a line {"seconds": S, "rows": [...]}."""

import json
import os
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "test" / "oracles"))
import spark  # noqa: E402


def main():
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # What Spark and its parts print is no answer.
    session = spark.session("bench", os.cpu_count(), **json.loads(sys.argv[1]))
    print(json.dumps({}), file=answers, flush=True)
    for line in sys.stdin:
        work = json.loads(line)
        # As if no table had been opened: their snapshots are kept by path.
        session.sparkContext._jvm.org.apache.spark.sql.delta.DeltaLog.clearCache()
        for statement in work["before"]:
            session.sql(statement).collect()
        start = time.monotonic()
        rows = [row.asDict() for statement in work["statements"] for row in session.sql(statement).collect()]
        seconds = time.monotonic() - start
        print(json.dumps({"seconds": seconds, "rows": rows}, default=str), file=answers, flush=True)


if __name__ == "__main__":
    main()
