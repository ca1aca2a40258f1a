"""What the command line takes, what it says to a slip, and how it prints.

Usage: command_line_test.py <path of weir>
"""

import csv
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

WEIR = os.path.abspath(sys.argv.pop(1))


class CommandLineTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def weir(self, *arguments, **options):
        return subprocess.run([WEIR, "--home", str(self.folder / "home"), *arguments],
                              cwd=self.folder, text=True, capture_output=True, **options)

    def rows(self, *statements):
        """The rows of the last statement, by names of columns."""
        ran = self.weir("--output", "json", "sql", *[word for one in statements
                                                     for word in ("-e", one)])
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        return [json.loads(line) for line in ran.stdout.splitlines()]

    def read_one_line(self, *arguments):
        """The first line, before the reader goes away; the exit code and what was said."""
        with subprocess.Popen([WEIR, "--home", str(self.folder / "home"), *arguments],
                              cwd=self.folder, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE) as process:
            line = process.stdout.readline()
            process.stdout.close()
            said = process.stderr.read()
        return line, process.returncode, said


class ReaderGoneTest(CommandLineTest):
    def test_a_reader_that_has_seen_enough_is_no_error(self):
        for output in ("table", "csv", "json"):
            # So many rows that only stopping ends it in time.
            _, code, said = self.read_one_line("--output", output, "sql", "-e",
                                               "SELECT id FROM range(100000000000)")
            self.assertEqual((code, said), (141, ""), output)

    def test_what_was_committed_stays_and_nothing_after_it_runs(self):
        line, code, said = self.read_one_line(
            "sql", "--output", "csv", "-e",
            "CREATE TABLE t (id INT); INSERT INTO t VALUES (1); SELECT * FROM range(1000000); "
            "INSERT INTO t VALUES (2)")
        self.assertEqual((line, code, said), ("num_affected_rows,num_inserted_rows\n", 141, ""))
        self.assertEqual(self.rows("SELECT id FROM t"), [{"id": 1}])

    def test_an_output_that_can_not_be_written_is_an_error(self):
        with open("/dev/full", "w") as full:
            ran = subprocess.run([WEIR, "--home", str(self.folder / "home"), "sql", "-e",
                                  "SELECT 1"], stdout=full, stderr=subprocess.PIPE, text=True)
        self.assertEqual((ran.returncode, ran.stderr), (4, "weir: the output could not be "
                                                           "written\n"))


class SlipTest(CommandLineTest):
    def assert_says(self, words, part):
        ran = self.weir(*words)
        self.assertEqual(ran.returncode, 2, ran.stderr)
        self.assertIn(part + "\n", ran.stderr)

    def test_a_misspelt_command_names_the_nearest(self):
        self.assert_says(["pipline", "run"], "`weir` has no command 'pipline'; did you mean "
                                             "'pipeline'?")
        self.assert_says(["pipeline", "rnu"], "`weir pipeline` has no command 'rnu'; did you mean "
                                              "'run'?")

    def test_a_command_like_none_names_all(self):
        ran = self.weir("foo")
        self.assertIn("`weir` has no command 'foo'; there are sql, pipeline, table", ran.stderr)
        self.assertIn("`weir --help`", ran.stderr)
        self.assert_says(["table", "x"], "`weir table` has no command 'x'; there are history, "
                                         "files")

    def test_a_misspelt_option_names_the_nearest(self):
        self.assert_says(["sql", "--ouput", "csv"], "`weir sql` has no option '--ouput'; did you "
                                                    "mean '--output'?")
        self.assert_says(["--treads=2", "sql"], "`weir` has no option '--treads'; did you mean "
                                                "'--threads'?")
        self.assert_says(["pipeline", "run", "--frobnicate"], "`weir pipeline run` has no option "
                                                              "'--frobnicate'")

    def test_a_value_that_an_option_does_not_take_is_told_what_it_takes(self):
        for words, part in (
                (["sql", "--output", "xml"], "--output: 'xml' is not table, csv or json"),
                (["--memory-limit", "10XB", "sql"], "--memory-limit: '10XB' is no size; write it as in "
                                                    "512MB or 4GB"),
                (["--memory-limit", "1KB", "sql"], "--memory-limit: '1KB' is too little; 64MB are the "
                                                   "least"),
                (["sql", "--threads", "0"], "--threads: '0' is no number from 1 to 1024"),
                (["sql", "--threads"], "--threads needs a value"),
                (["pipeline", "graph", "--format", "x"], "--format: 'x' is not text, mermaid or html"),
                (["pipeline", "run", "--interval", "5"], "--interval: '5' is no time; write it as in "
                                                         "500ms, 5s, 10min or 2h")):
            self.assert_says(words, part)
        self.assertEqual(self.weir("--output", "JSON", "--memory-limit", "512MB", "sql", "-e",
                                   "SELECT 1 AS x").stdout, '{"x":1}\n')

    def test_options_that_would_be_ignored_are_refused(self):
        self.weir("pipeline", "init", "--name", "p")
        spec = ["--spec", "p/spark-pipeline.yml"]
        ran = self.weir("pipeline", "run", *spec, "--interval", "5s")
        self.assertEqual(ran.returncode, 2)
        self.assertIn("--interval is the pause between two updates of --continuous", ran.stderr)
        for command in ("run", "dry-run"):
            ran = self.weir("pipeline", command, *spec, "--full-refresh-all", "--refresh", "x")
            self.assertEqual(ran.returncode, 2)
            self.assertIn("so --refresh can't pick some", ran.stderr)

    def test_a_folder_that_others_may_look_into_is_warned_of_once(self):
        (self.folder / "home").mkdir()
        (self.folder / "home").chmod(0o755)
        first = self.weir("sql", "-e", "SELECT 1")
        self.assertEqual(first.returncode, 0)
        self.assertIn("was there already and is open to other users (mode 755)", first.stderr)
        self.assertEqual(self.weir("sql", "-e", "SELECT 1").stderr, "")

    def test_without_a_command_all_are_listed(self):
        ran = self.weir()
        self.assertEqual(ran.returncode, 2)
        self.assertIn("weir: `weir` needs a command:\n  sql       Run SQL statements\n", ran.stderr)
        self.assertIn("  doctor    Check a home", ran.stderr)
        self.assertIn("`weir table` needs a command:\n  history  The versions", self.weir("table").stderr)

    def test_the_value_of_an_option_is_no_command(self):
        self.assert_says(["--home", "elsewhere", "pipline"], "`weir` has no command 'pipline'; did "
                                                             "you mean 'pipeline'?")


class ParametersTest(CommandLineTest):
    def values(self, statement, *parameters):
        """The one row of the statement, which may name the parameters."""
        ran = self.weir("--output", "json", "sql", "-e", statement,
                        *[word for one in parameters for word in ("--param", one)])
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        return list(json.loads(ran.stdout).values())

    def assert_refused(self, part, statement, *parameters, code=1):
        ran = self.weir("sql", "-e", statement,
                        *[word for one in parameters for word in ("--param", one)])
        self.assertEqual((ran.returncode, ran.stdout), (code, ""))
        self.assertIn(part, ran.stderr)

    def test_a_value_has_the_type_that_is_named(self):
        for given, value, type_name in (
                ("p=12", "12", "string"), ("p:INT=12", 12, "int"), ("p:BIGINT=-5", -5, "bigint"),
                ("p:DOUBLE=1.5", 1.5, "double"), ("p:boolean=true", True, "boolean"),
                ("p:DECIMAL(5,2)=12.3", 12.3, "decimal(5,2)"),
                ("p:DATE=2026-01-31", "2026-01-31", "date"),
                ("p:TIMESTAMP=2026-01-31 01:02:03", "2026-01-31 01:02:03", "timestamp"),
                ("p:BINARY=abc", "YWJj", "binary")):
            self.assertEqual(self.values("SELECT :p, typeof(:p)", given), [value, type_name], given)

    def test_a_text_is_taken_as_it_is(self):
        for text in ("", " ", "a=b:c", "it's \"q\" \\ 'é'", "日本語 🦜", "x'; DROP TABLE t; --",
                     "two\nlines", "NULL", ":p"):
            self.assertEqual(self.values("SELECT :p", "p=" + text), [text])

    def test_all_statements_and_files_have_them(self):
        (self.folder / "f.sql").write_text("SELECT id FROM IDENTIFIER(:name) WHERE id < :most;")
        ran = self.weir("--output", "csv", "sql", "--param", "name=t", "--param", "most:INT=2",
                        "-e", "CREATE TABLE IDENTIFIER(:name) AS SELECT id FROM range(:most + 1)",
                        "-f", "f.sql")
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        self.assertTrue(ran.stdout.endswith("id\n0\n1\n"), ran.stdout)

    def test_one_that_is_missing_stops_the_statement(self):
        self.assert_refused("[UNBOUND_SQL_PARAMETER] no value was given for parameter :q",
                            "SELECT :p, :q", "p=1")
        self.assert_refused("no value was given for parameter :P", "SELECT :P", "p=1")
        self.assert_refused("no value was given for parameter ? number 1", "SELECT ?", "p=1")

    def test_one_that_no_statement_names_is_no_mistake(self):
        self.assertEqual(self.values("SELECT ':p' AS x", "p=1"), [":p"])

    def test_what_cannot_be_a_parameter_is_told(self):
        for given, part in (("p", "there is no ="), ("=1", "there is no name"),
                            (":INT=1", "there is no name"), ("p:INT=x", "'x' is no INT"),
                            ("p:INT=", "'' is no INT"), ("p:TINYINT=300", "'300' is no TINYINT"),
                            ("p:DATE=2026-02-30", "'2026-02-30' is no DATE"),
                            ("p:NOPE=1", "there is no type NOPE"),
                            ("p:ARRAY<INT>=[1]", "'[1]' is no ARRAY<INT>")):
            self.assert_refused(f"--param {given}: {part}", "SELECT 1", given, code=2)
        self.assert_refused("--param p=2: it is given twice", "SELECT :p", "p=1", "p=2", code=2)
        self.assert_refused("a view that is kept can't have parameters",
                            "CREATE VIEW v AS SELECT :p AS x", "p=1")


class ScriptTest(CommandLineTest):
    def test_nothing_runs_where_anything_is_no_syntax(self):
        (self.folder / "good.sql").write_text("CREATE TABLE a (id INT);")
        (self.folder / "bad.sql").write_text("CREATE TABLE b (id INT);\nSELEC 1;\nSELECT 1 1;\n")
        ran = self.weir("sql", "-f", "good.sql", "-e", "CREATE TABLE c (id INT)", "-f", "bad.sql")
        self.assertEqual((ran.returncode, ran.stdout), (1, ""))
        self.assertIn("bad.sql:2:1: [PARSE_SYNTAX_ERROR]", ran.stderr)
        self.assertIn("bad.sql:3:10: [PARSE_SYNTAX_ERROR]", ran.stderr)
        self.assertEqual(self.rows("SHOW TABLES"), [])

    # Names can't be looked up before: a statement may make what the next one reads.
    def test_a_wrong_name_is_found_in_its_turn(self):
        ran = self.weir("--output", "json", "sql", "-e",
                        "CREATE TABLE a (id INT); SELECT missing FROM a; CREATE TABLE b (id INT)")
        self.assertEqual(ran.returncode, 1)
        self.assertIn("[UNRESOLVED_COLUMN", ran.stderr)
        self.assertEqual([row["tableName"] for row in self.rows("SHOW TABLES")], ["a"])


class MessagesTest(CommandLineTest):
    def said(self, statement):
        return self.weir("sql", "-e", statement).stderr

    def test_an_overflow_is_told_in_the_types_of_sql(self):
        for statement, words in (
                ("SELECT 2147483647 + 1", "[ARITHMETIC_OVERFLOW] integer overflow: 2147483647 + 1. "
                 "Use `try_add` to tolerate overflow and return NULL instead."),
                ("SELECT -9223372036854775807L - 2", "[ARITHMETIC_OVERFLOW] long overflow: "
                 "-9223372036854775807 - 2. Use `try_subtract`"),
                ("SELECT 100000 * 100000", "[ARITHMETIC_OVERFLOW] integer overflow: 100000 * 100000. "
                 "Use `try_multiply`"),
                ("SELECT 127Y + 1Y", "[BINARY_ARITHMETIC_OVERFLOW] byte overflow: 127 + 1"),
                ("SELECT CAST(id AS TINYINT) FROM range(1000, 1001)", '"BIGINT" cannot be cast to '
                 '"TINYINT" due to an overflow. Use `try_cast`')):
            said = self.said(statement)
            self.assertIn(words, said)
            self.assertNotRegex(said, r"INT\d")

    def test_what_fails_is_shown_where_it_stands(self):
        self.rows("CREATE TABLE t (id INT, name STRING)", "INSERT INTO t VALUES (0, 'x'), (2147483647, '7')",
                  "CREATE VIEW v AS SELECT 1 / id AS x FROM t")
        for statement, place, carets in (
                ("SELECT id, 7 / id AS x FROM t", "1:12: [DIVIDE_BY_ZERO]", " ^^^^^^\n"),
                ("SELECT id + 1 FROM t", "1:8: [ARITHMETIC_OVERFLOW]", " ^^^^^^\n"),
                ("SELECT CAST(name AS INT) FROM t", "1:8: [CAST_INVALID_INPUT]", " ^^^^^^^^^^^^^^^^^\n"),
                ("INSERT INTO t SELECT id + 3000000000L, name FROM t", "1:22: [CAST_OVERFLOW]",
                 " ^^^^^^^^^^^^^^^^\n"),
                ("CREATE TABLE made AS SELECT 1 % id AS x FROM t", "1:29: [REMAINDER_BY_ZERO]", " ^^^^^^\n")):
            said = self.said(statement)
            self.assertIn(f"<command line>:{place}", said)
            self.assertIn(carets, said)
            self.assertEqual(said.count("BY_ZERO]") + said.count("OVERFLOW]") + said.count("INPUT]"), 1, said)
        # Where two could have failed, or the text is another's, the message stands alone.
        for statement in ("SELECT 1 / id, 2 / id FROM t", "SELECT x FROM v"):
            self.assertTrue(self.said(statement).startswith("weir: [DIVIDE_BY_ZERO]"), statement)

    def test_things_are_called_what_they_are(self):
        self.rows("CREATE TABLE t (id INT)", "CREATE VIEW v AS SELECT 1 AS x")
        for statement, words in (
                ("CREATE VIEW t AS SELECT 1", "main.default.t exists already as a table; give"),
                ("CREATE VIEW v AS SELECT 1", "main.default.v exists already as a view; use CREATE OR"),
                ("CREATE OR REPLACE TABLE v (id INT)", "main.default.v is a view, not a table"),
                ("INSERT INTO v VALUES (1)", "main.default.v is a view, which INSERT can't write"),
                ("DELETE FROM v", "main.default.v is a view, which DELETE can't write"),
                ("UPDATE v SET x = 2", "main.default.v is a view, which UPDATE can't write"),
                ("OPTIMIZE v", "main.default.v is a view, which OPTIMIZE can't write"),
                ("REORG TABLE v APPLY (PURGE)", "main.default.v is a view, which REORG can't"),
                ("VACUUM v", "main.default.v is a view, which VACUUM can't write"),
                ("RESTORE v TO VERSION AS OF 0", "main.default.v is a view, which RESTORE can't"),
                ("SHOW VIEWS IN dd", "the schema main.dd can't be found"),
                ("SHOW TABLES IN dd", "the schema main.dd can't be found")):
            self.assertIn(words, self.said(statement))

    def test_a_table_is_called_by_its_name_and_not_its_folder(self):
        self.rows("CREATE TABLE t (id INT)", "INSERT INTO t VALUES (1)",
                  "CREATE TABLE a (id INT) TBLPROPERTIES (delta.appendOnly = true)")
        for statement, words in (
                ("SELECT * FROM t VERSION AS OF 77", "table main.default.t has no version 77"),
                ("SELECT * FROM t TIMESTAMP AS OF '2001-01-01'", "table main.default.t has no version as old"),
                ("RESTORE t TO VERSION AS OF 99", "table main.default.t has no version 99"),
                ("SELECT * FROM table_changes('t', 0)", "of table main.default.t can't be told"),
                ("SELECT * FROM table_changes('t', 88)", "table main.default.t is at version 1"),
                ("INSERT OVERWRITE a VALUES (5)", "table main.default.a is for appending only")):
            said = self.said(statement)
            self.assertIn(words, said)
            self.assertNotIn("file:", said)

    def test_a_value_that_a_column_can_not_hold_names_the_column(self):
        self.rows("CREATE TABLE t (id INT, amount DECIMAL(10,2), code VARCHAR(3), name CHAR(5))",
                  "INSERT INTO t VALUES (1, 1, 'a', 'b')")
        for statement, words in (
                ("INSERT INTO t VALUES (1, 123456789012.5, 'a', 'b')", "Decimal(10, 2), for column amount."),
                ("INSERT INTO t VALUES (1, 1, 'abcd', 'b')", "limitation: 3, for column code."),
                ("UPDATE t SET name = 'abcdefg'", "limitation: 5, for column name."),
                ("UPDATE t SET amount = 123456789012.5", "Decimal(10, 2), for column amount."),
                ("MERGE INTO t USING (SELECT 2 AS id) s ON t.id = s.id WHEN NOT MATCHED THEN INSERT "
                 "(id, code) VALUES (s.id, 'abcd')", "limitation: 3, for column code.")):
            self.assertIn(words, self.said(statement))

    def test_the_engines_own_settings_are_no_advice(self):
        said = self.said("SELECT (SELECT id FROM range(3)) AS x")
        self.assertIn("[SCALAR_SUBQUERY_TOO_MANY_ROWS]", said)
        self.assertNotIn("SET ", said)
        self.assertEqual(len(said.splitlines()), 1, said)

    def test_copy_into_is_told_of_its_own_options_and_path(self):
        self.rows("CREATE TABLE t (id INT)")
        (self.folder / "in.csv").write_text("id\n1\n")
        said = self.said("COPY INTO t FROM 'in.csv' FILEFORMAT = CSV FORMAT_OPTIONS ('heder' = 'true')")
        self.assertIn("COPY INTO has no format option `heder`", said)
        self.assertIn("did you mean `header`?", said)
        said = self.said("COPY INTO t FROM 'out.csv' FILEFORMAT = CSV")
        self.assertIn("check the path given to COPY INTO ('out.csv'); relative paths start in "
                      f"{self.folder}", said)
        said = self.said("SELECT * FROM read_files('out.csv')")
        self.assertIn("check the path given to read_files ('out.csv'); relative paths start in "
                      f"{self.folder}", said)
        self.assertNotIn("relative", self.said("SELECT * FROM read_files('/nowhere/out.csv')"))

    def test_files_that_are_named_like_a_table_are_told_read_files(self):
        for written, hint in (("parquet.`/x/y`", "write read_files('/x/y', format => 'parquet')"),
                              ("CSV.`x/y.csv`", "write read_files('x/y.csv', format => 'csv')"),
                              ("binaryFile.`/x`", "write read_files('/x', format => 'binaryFile')")):
            said = self.said(f"SELECT * FROM {written}")
            self.assertIn("hint: " + hint, said)
            self.assertIn("<command line>:1:15: [UNSUPPORTED_FEATURE]", said)
        self.assertIn("SCHEMA_NOT_FOUND", self.said("SELECT * FROM csv.x"))

    def test_a_misspelt_option_is_shown_where_its_name_stands(self):
        said = self.said("SELECT * FROM read_files('in.csv', heder => true)")
        self.assertIn("<command line>:1:36: [UNRECOGNIZED_PARAMETER_NAME]", said)
        self.assertIn(" ^^^^^\n", said)

    def test_what_vacuum_took_from_an_older_version_is_said_so(self):
        self.rows("CREATE TABLE t (id INT)", "INSERT INTO t VALUES (1)", "INSERT OVERWRITE t VALUES (2)",
                  "SET spark.databricks.delta.retentionDurationCheck.enabled = false",
                  "VACUUM t RETAIN 0 HOURS")
        said = self.said("SELECT * FROM t VERSION AS OF 1")
        self.assertIn("of an older version of its table is gone: VACUUM removes", said)
        self.assertNotIn("--full-refresh", said)
        self.assertEqual(self.rows("SELECT id FROM t"), [{"id": 2}])


class PrintingTest(CommandLineTest):
    VALUES = ("SELECT named_struct('a', 1, 'b', array('x', NULL, 'say \"y\"')) AS s, "
              "map('k', X'00FF41') AS m, X'00FF41' AS b, 'two\nlines' AS t, CAST(NULL AS BINARY) "
              "AS n")

    def test_statements_and_files_run_in_the_order_they_are_given(self):
        for name in ("f1", "f2"):
            (self.folder / name).write_text(f"SELECT '{name}' AS x;")
        ran = self.weir("--output", "json", "sql", "-f", "f1", "-e", "SELECT 'e1' AS x", "-f",
                        "f2", "--execute=SELECT 'e2' AS x", "SELECT 'e3' AS x")
        self.assertEqual([json.loads(line)["x"] for line in ran.stdout.splitlines()],
                         ["f1", "e1", "f2", "e2", "e3"])

    def test_csv_has_what_is_nested_as_json_and_bytes_in_base64(self):
        ran = self.weir("--output", "csv", "sql", "-e", self.VALUES)
        [row] = csv.DictReader(io.StringIO(ran.stdout))
        self.assertEqual(json.loads(row["s"]), {"a": 1, "b": ["x", None, 'say "y"']})
        self.assertEqual(json.loads(row["m"]), {"k": "AP9B"})
        self.assertEqual((row["b"], row["t"], row["n"]), ("AP9B", "two\nlines", ""))
        [same] = self.rows(self.VALUES)
        self.assertEqual([same[name] for name in "smb"],
                         [json.loads(row["s"]), json.loads(row["m"]), row["b"]])

    def test_a_table_shows_lines_below_each_other_and_bytes_in_base64(self):
        ran = self.weir("sql", "-e", self.VALUES)
        self.assertEqual(ran.stdout.splitlines()[2:], [
            ' {1, [x, null, say "y"]} | {k -> AP9B} | AP9B | two  +| NULL',
            "                         |             |      | lines |",
            "(1 row)"])

    def test_a_plan_and_a_definition_are_printed_as_they_are(self):
        self.weir("sql", "-e", "CREATE TABLE t (id INT, name STRING)")
        ran = self.weir("sql", "-e", "SHOW CREATE TABLE t")
        self.assertIn("\n CREATE TABLE main.default.t (\n   id INT,\n   name STRING)\n USING delta\n"
                      "(1 row)\n", ran.stdout)
        self.weir("sql", "-e", "CREATE TABLE u (id INT, CONSTRAINT c CHECK (id > 0)) COMMENT 'it\\'s' "
                  "TBLPROPERTIES ('k' = 'v', 'delta.appendOnly' = 'true')")
        ran = self.weir("sql", "-e", "SHOW CREATE TABLE u")
        text = ("CREATE TABLE main.default.u (\n   id INT,\n   CONSTRAINT c CHECK (id > 0))\n USING delta\n"
                " COMMENT 'it\\'s'\n TBLPROPERTIES (\n   'delta.appendOnly' = 'true',\n   'k' = 'v')\n")
        self.assertIn("\n " + text + "(1 row)\n", ran.stdout)
        again = self.weir("sql", "-e", "DROP TABLE u; " + text + "; SHOW CREATE TABLE u")
        self.assertIn("\n " + text + "(1 row)\n", again.stdout)
        self.weir("sql", "-e", "INSERT INTO t VALUES (1, 'a'); INSERT INTO t VALUES (2, 'b')")
        self.assertEqual([row["version"] for row in self.rows("DESCRIBE HISTORY t LIMIT 2")], [2, 1])
        ran = self.weir("sql", "-e", "EXPLAIN SELECT id FROM t WHERE id > 1")
        self.assertIn("\n == Plan ==\n ", ran.stdout)
        self.assertNotIn("\\n", ran.stdout)


if __name__ == "__main__":
    unittest.main()
