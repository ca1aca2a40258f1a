"""Flows of streams that keep rows between their batches: when groups come out, what is kept and can be
asked, what is refused, what an edit does.

Usage: stateful_streams_test.py <path of weir>
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

WEIR = os.path.abspath(sys.argv.pop(1))
SPEC = "name: p\nlibraries:\n  - glob: {include: '*.sql'}\nstorage: storage\nschema: p\n"
WINDOWS = ("SELECT window.start AS s, id, count(*) AS n FROM STREAM(events) "
           "GROUP BY window(ts, '10 minutes'), id")


class StatefulStreamsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name).resolve()
        (self.folder / "spark-pipeline.yml").write_text(SPEC)
        (self.folder / "in").mkdir()
        self.files = 0

    def weir(self, *arguments):
        return subprocess.run([WEIR, "--home", str(self.folder / "home"), *arguments],
                              cwd=self.folder, text=True, capture_output=True)

    def sql(self, *statements):
        ran = self.weir("--output", "json", "sql", "-e", ";\n".join(statements))
        self.assertEqual(ran.returncode, 0, ran.stderr)
        return [list(json.loads(line).values()) for line in ran.stdout.splitlines()]

    def source(self, options=""):
        return (f"STREAM read_files('{self.folder}/in', format => 'csv', header => true, schema => "
                f"'id INT, ts TIMESTAMP'{options})")

    def define(self, query, more="", options=""):
        """`t` of a query of `events`, rows that come up to five minutes late."""
        (self.folder / "flows.sql").write_text(
            f"CREATE TEMPORARY VIEW events AS SELECT * FROM {self.source(options)} WATERMARK ts "
            f"DELAY OF INTERVAL 5 MINUTES;\nCREATE TEMPORARY VIEW plain AS SELECT * FROM "
            f"{self.source()};\n{more}\nCREATE STREAMING TABLE t AS {query};\n")

    def update(self, *arguments):
        ran = self.weir("--output", "json", "pipeline", "run", *arguments)
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)

    def fails(self, *said, command="run"):
        ran = self.weir(*(["--output", "json"] if command == "run" else []), "pipeline", command)
        self.assertNotEqual(ran.returncode, 0, ran.stdout)
        for text in said:
            self.assertIn(text, ran.stdout + ran.stderr)

    def put(self, *rows):
        """Rows are an id and a minute, or None."""
        path = self.folder / "in" / f"{self.files:03}.csv"
        path.write_text("id,ts\n" + "".join(
            f"{id},\n" if minute is None else
            f"{id},2024-01-01 {minute // 60:02}:{minute % 60:02}:00\n" for id, minute in rows))
        os.utime(path, (1_700_000_000 + self.files, 1_700_000_000 + self.files))
        self.files += 1

    def windows(self):
        return self.sql("SELECT minute(s), id, n FROM main.p.t ORDER BY ALL")

    def test_a_window_comes_out_once_the_watermark_has_passed_it(self):
        self.define(WINDOWS)
        self.put((1, 1), (1, 2), (2, 3))
        self.update()
        self.assertEqual(self.windows(), [])
        self.put((1, 9), (1, 14))
        self.update()
        self.assertEqual(self.windows(), [])
        self.put((1, 4), (1, 15))  # 15 - 5: the first window ends, with a row that came late.
        self.update()
        self.assertEqual(self.windows(), [[0, 1, 4], [0, 2, 1]])
        self.update()
        self.put((2, 5), (3, 40))  # Too late for it.
        self.update()
        self.assertEqual(self.windows(), [[0, 1, 4], [0, 2, 1], [10, 1, 2]])
        late = self.sql("SELECT get_json_object(details, "
                        "'$.flow_progress.metrics.num_rows_dropped_by_watermark') AS late "
                        "FROM event_log('p') WHERE event_type = 'flow_progress' AND details LIKE "
                        "'%dropped_by_watermark%'")
        self.assertEqual(late, [["1"]])

    def test_what_is_kept_can_be_asked_and_ends(self):
        self.define(WINDOWS)
        self.put((1, 1), (2, 12))
        self.update()
        state = ("SELECT flow_name, operator_id, operator, minute(watermark), minute(expires), "
                 "get_json_object(kept, '$.id') FROM flow_state({}) ORDER BY expires")
        kept = [["main.p.t", 0, "aggregate", 7, 10, "1"], ["main.p.t", 0, "aggregate", 7, 20, "2"]]
        self.assertEqual(self.sql(state.format("TABLE(main.p.t)")), kept)
        self.assertEqual(self.sql(state.format("TABLE(main.p.t), 'main.p.t'")), kept)
        self.assertEqual(self.sql(state.format("TABLE(main.p.t), 'another'")), [])
        self.put((3, 59))
        self.update()
        self.assertEqual([row[5] for row in self.sql(state.format("TABLE(main.p.t)"))], ["3"])

    def test_batches_may_be_cut_anywhere(self):
        for minute in range(0, 60, 4):
            self.put((minute % 3, minute), (1, minute + 2))
        self.define(WINDOWS, options=", maxFilesPerTrigger => 1",
                    more="CREATE STREAMING TABLE at_once AS " + WINDOWS.replace("events", "whole")
                    + ";\nCREATE TEMPORARY VIEW whole AS SELECT * FROM "
                    + self.source() + " WATERMARK ts DELAY OF INTERVAL 5 MINUTES;\n")
        self.update()
        self.assertGreater(len(self.windows()), 9)
        self.assertEqual(self.windows(), self.sql(
            "SELECT minute(s), id, n FROM main.p.at_once ORDER BY ALL"))

    def test_rows_are_joined_with_a_table_as_of_their_batch(self):
        self.sql("CREATE SCHEMA main.p", "CREATE TABLE main.p.names (id INT, name STRING)",
                 "INSERT INTO main.p.names VALUES (1, 'one')")
        self.define("SELECT name, n FROM (" + WINDOWS + ") AS w LEFT JOIN main.p.names AS k "
                    "ON w.id = k.id")
        self.put((1, 1), (2, 1))
        self.update()
        self.sql("INSERT INTO main.p.names VALUES (2, 'two')")
        self.put((1, 30))
        self.update()
        self.assertEqual(self.sql("SELECT name, n FROM main.p.t ORDER BY ALL"),
                         [["one", 1], ["two", 1]])

    def test_groups_of_joined_streams_come_out_once_nothing_can_join_them(self):
        self.define("SELECT id, minute(a_ts) AS m, count(*) AS n, count(b_ts) AS met FROM (SELECT a.id AS "
                    "id, a.ts AS a_ts, b.ts AS b_ts FROM STREAM(events) AS a LEFT JOIN STREAM(events) AS "
                    "b ON a.id = b.id AND b.ts > a.ts AND b.ts < a.ts + INTERVAL 20 MINUTES) GROUP BY "
                    "id, a_ts")
        self.put((1, 1), (1, 3), (2, 2))
        self.update()
        self.put((1, 19), (3, 25))  # 25 - 5: the watermark is where rows of minute 1 may still meet some.
        self.update()
        groups = "SELECT id, m, n, met FROM main.p.t ORDER BY ALL"
        self.assertEqual(self.sql(groups), [])
        self.put((1, 22), (3, 28))  # 28 - 5: minutes 1 to 3 are over.
        self.update()
        self.assertEqual(self.sql(groups), [[1, 1, 2, 2], [1, 3, 2, 2], [2, 2, 1, 0]])

    def test_a_join_of_a_join_waits_for_both(self):
        self.define("SELECT m.id AS id, minute(m.a_ts) AS a, minute(c.ts) AS c FROM (SELECT a.id AS id, "
                    "a.ts AS a_ts FROM STREAM(events) AS a JOIN STREAM(events) AS b ON a.id = b.id AND "
                    "b.ts > a.ts AND b.ts <= a.ts + INTERVAL 20 MINUTES) AS m LEFT JOIN STREAM(events) "
                    "AS c ON m.id = c.id AND c.ts > m.a_ts AND c.ts < m.a_ts + INTERVAL 3 MINUTES")
        self.put((1, 1), (1, 2), (2, 1))
        self.update()
        self.put((2, 20), (3, 24))  # Those of minute 1 met now, and one may still be met by minute 3.
        self.update()
        triples = "SELECT id, a, c FROM main.p.t ORDER BY ALL"
        self.assertEqual(self.sql(triples), [[1, 1, 2]])
        self.put((4, 59))
        self.update()
        self.assertEqual(self.sql(triples), [[1, 1, 2], [2, 1, None]])

    def test_an_anti_join_gives_what_none_can_meet_any_more(self):
        self.sql("CREATE SCHEMA main.p", "CREATE TABLE main.p.known (id INT)",
                 "INSERT INTO main.p.known VALUES (9)")
        self.define("SELECT a.id AS id, minute(a.ts) AS m FROM STREAM(events) AS a LEFT ANTI JOIN "
                    "STREAM(events) AS b ON a.id = b.id AND b.ts > a.ts AND b.ts < a.ts + INTERVAL 10 "
                    "MINUTES LEFT ANTI JOIN main.p.known AS k ON a.id = k.id")
        self.put((1, 1), (2, 2), (9, 3))
        self.update()
        alone = "SELECT id, m FROM main.p.t ORDER BY ALL"
        self.put((2, 11), (3, 15))
        self.update()
        self.assertEqual(self.sql(alone), [])
        self.put((4, 16))  # 16 - 5: minute 1 is over.
        self.update()
        self.assertEqual(self.sql(alone), [[1, 1]])
        self.put((4, 50))
        self.update()
        self.assertEqual(self.sql(alone), [[1, 1], [2, 11], [3, 15], [4, 16]])

    def test_rows_with_a_key_that_was_there_do_not_come_again(self):
        self.define("SELECT DISTINCT ON (id, ts) id, ts FROM STREAM(events)", more=(
            "CREATE STREAMING TABLE ids AS SELECT DISTINCT ON (id) id, ts FROM STREAM(plain);\n"
            "CREATE STREAMING TABLE in_time AS SELECT DISTINCT ON (id) WITHIN WATERMARK id, ts FROM "
            "STREAM(events);\n"))
        rows = "SELECT id, minute(ts) FROM main.p.{} ORDER BY ALL"
        self.put((1, 1), (2, 1), (1, 1))
        self.update()
        self.assertEqual(self.sql(rows.format("t")), [[1, 1], [2, 1]])
        self.put((1, 1), (1, 5), (3, 6))  # 6 - 5: minute 1 is over, and ids are kept until 6.
        self.update()
        self.assertEqual(self.sql(rows.format("t")), [[1, 1], [1, 5], [2, 1], [3, 6]])
        self.assertEqual(self.sql(rows.format("in_time")), [[1, 1], [2, 1], [3, 6]])
        self.put((3, 11))  # 11 - 5: it is 6.
        self.update()
        self.put((1, 12), (3, 12), (7, None), (7, None))
        self.update()
        self.put((7, 12), (7, 12))
        self.update()
        self.assertEqual(self.sql(rows.format("in_time")),
                         [[1, 1], [1, 12], [2, 1], [3, 6], [7, None], [7, 12]])
        self.assertEqual(self.sql("SELECT id FROM main.p.ids ORDER BY ALL"), [[1], [2], [3], [7]])

    def test_of_several_streams_the_latest_may_count(self):
        self.define("SELECT window.start AS s, id, count(*) AS n FROM (SELECT * FROM STREAM(events) UNION "
                    "ALL SELECT * FROM STREAM(slow)) GROUP BY window(ts, '10 minutes'), id",
                    more="CREATE TEMPORARY VIEW slow AS SELECT * FROM " + self.source()
                    + " WATERMARK ts DELAY OF INTERVAL 1 HOUR;\n")
        spec = self.folder / "spark-pipeline.yml"
        policy = "configuration: {{spark.sql.streaming.multipleWatermarkPolicy: {}}}\n"
        spec.write_text(SPEC + policy.format("newest"))
        self.fails("multipleWatermarkPolicy", "min or max", command="dry-run")
        self.put((1, 1), (1, 30))
        spec.write_text(SPEC)
        self.update()
        self.assertEqual(self.windows(), [])
        spec.write_text(SPEC + policy.format("max"))
        self.put((1, 31))
        self.update()
        self.assertEqual(self.windows(), [[0, 1, 2]])

    def test_what_has_no_end_is_refused(self):
        mode = "STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION"
        operation = "UNSUPPORTED_STREAMING_OPERATION"
        two = "SELECT a.id FROM STREAM(events) AS a {} JOIN STREAM(events) AS b ON a.id = b.id"
        for query, condition in (
                ("SELECT id, count(*) AS n FROM STREAM(plain) GROUP BY id", mode),
                ("SELECT id, count(*) AS n FROM STREAM(events) GROUP BY id", mode),
                ("SELECT window.end AS e, count(*) AS n FROM STREAM(plain) GROUP BY "
                 "window(ts, '1 hour')", mode),
                ("SELECT count(*) AS n FROM STREAM(events)", mode),
                ("SELECT DISTINCT id FROM STREAM(events)", mode),
                ("SELECT id, ts, count(*) AS n FROM STREAM(events) GROUP BY ROLLUP (id, ts)",
                 operation),
                ("SELECT id, row_number() OVER (ORDER BY ts) AS n FROM STREAM(events)", operation),
                (two.format("LEFT"), "UNSUPPORTED_STREAMING_OPERATOR_WITHOUT_WATERMARK"),
                (two.format("FULL"), "UNSUPPORTED_STREAMING_OPERATOR_WITHOUT_WATERMARK"),
                (two.format("LEFT SEMI"), "UNSUPPORTED_STREAMING_OPERATOR_WITHOUT_WATERMARK"),
                (two.format("LEFT ANTI"), "UNSUPPORTED_STREAMING_OPERATOR_WITHOUT_WATERMARK"),
                # Rows of a join without bounds wait for ever: they may be of any time.
                ("SELECT DISTINCT a.id, a.ts FROM STREAM(events) AS a JOIN STREAM(events) AS b "
                 "ON a.id = b.id", mode),
                ("SELECT a_ts, count(*) AS n FROM (SELECT a.ts AS a_ts FROM STREAM(events) AS a "
                 "JOIN STREAM(events) AS b ON a.id = b.id AND a.ts <= b.ts) GROUP BY a_ts", mode),
                ("SELECT DISTINCT ON (id) WITHIN WATERMARK id FROM STREAM(events)",
                 "UNSUPPORTED_STREAMING_OPERATOR_WITHOUT_WATERMARK"),
                ("SELECT k.id FROM VALUES (1) AS k (id) LEFT ANTI JOIN STREAM(events) AS b "
                 "ON k.id = b.id", operation)):
            with self.subTest(query):
                self.define(query)
                self.fails(condition, command="dry-run")

    def test_another_query_does_not_take_what_was_kept(self):
        self.define(WINDOWS)
        self.put((1, 1), (1, 14))
        self.update()
        # What is computed of the groups is no matter of what is kept.
        self.define(WINDOWS.replace("count(*)", "count(*) + 0").replace("(events)", "(events) "
                                                                        "WHERE id < 100"))
        self.update()
        self.define(WINDOWS.replace("10 minutes", "20 minutes"))
        other = "STREAMING_STATEFUL_OPERATOR_NOT_MATCH_IN_STATE_METADATA"
        # Before there is anything new for it as well.
        for command in ("dry-run", "run"):
            self.fails(other, "--full-refresh t", command=command)
        self.put((1, 30))
        self.fails(other, "--full-refresh t")
        self.define("SELECT ts AS s, id, CAST(1 AS BIGINT) AS n FROM STREAM(events)")
        for command in ("dry-run", "run"):
            self.fails(other, command=command)
        self.define(WINDOWS.replace("10 minutes", "20 minutes"))
        self.update("--full-refresh", "t")
        self.assertEqual(self.windows(), [[0, 1, 2]])

    def test_a_query_that_kept_nothing_can_not_begin_to(self):
        self.define("SELECT ts AS s, id, CAST(1 AS BIGINT) AS n FROM STREAM(events)")
        self.put((1, 1))
        self.update()
        self.define(WINDOWS)
        for command in ("dry-run", "run"):
            self.fails("STREAMING_STATEFUL_OPERATOR_NOT_MATCH_IN_STATE_METADATA", command=command)

    def test_state_that_is_gone_is_said(self):
        self.define(WINDOWS)
        self.put((1, 1))
        self.update()
        logs = [path for path in self.folder.glob("home/data/**/_weir/streams/**/*.json")]
        self.assertTrue(logs)
        for path in logs:
            path.unlink()
        self.put((1, 30))
        self.fails("is gone", "--full-refresh")

    def test_cdc_and_once_take_no_groups(self):
        self.define("SELECT * FROM STREAM(plain)", more=(
            "CREATE TEMPORARY VIEW counts AS " + WINDOWS + ";\nCREATE STREAMING TABLE k;\n"
            "CREATE FLOW f AS AUTO CDC INTO k FROM STREAM(counts) KEYS (id) SEQUENCE BY s;\n"))
        self.fails("UNSUPPORTED_STREAMING_OPERATION", "AUTO CDC", command="dry-run")


if __name__ == "__main__":
    unittest.main()
