"""The time zone of sessions and of pipelines, as a user meets it.

Usage: time_zone_test.py <path of weir>
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

WEIR = os.path.abspath(sys.argv.pop(1))
SPEC = ("name: p\nlibraries:\n  - glob: {include: '*.sql'}\nstorage: storage\nschema: p\n"
        "configuration:\n")
NOON = "TIMESTAMP '2024-07-01 12:00:00Z'"


class TimeZoneTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def weir(self, *arguments, **environment):
        return subprocess.run([WEIR, "--home", str(self.folder / "home"), *arguments],
                              cwd=self.folder, text=True, capture_output=True,
                              env={**os.environ, **environment})

    def rows(self, statement, *options, **environment):
        ran = self.weir("--output", "json", "sql", *options, "-e", statement, **environment)
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        return [list(json.loads(line).values()) for line in ran.stdout.splitlines()]

    def run_pipeline(self, zone, key="spark.sql.session.timeZone"):
        (self.folder / "spark-pipeline.yml").write_text(SPEC + f"  {key}: {zone}\n")
        return self.weir("pipeline", "run")


class SessionTest(TimeZoneTest):
    def test_every_output_goes_by_the_clocks(self):
        query = f"SELECT {NOON} AS t, array({NOON}) AS a, struct({NOON} AS x) AS s"
        for output, expected in (
                ("csv", 't,a,s\n2024-07-01 14:00:00,"[""2024-07-01 14:00:00""]",'
                        '"{""x"":""2024-07-01 14:00:00""}"\n'),
                ("json", '{"t":"2024-07-01 14:00:00","a":["2024-07-01 14:00:00"],'
                         '"s":{"x":"2024-07-01 14:00:00"}}\n')):
            ran = self.weir("--output", output, "sql", "--time-zone", "Europe/Berlin", "-e", query)
            self.assertEqual(ran.stdout, expected, ran.stderr)
        ran = self.weir("sql", "--time-zone", "Europe/Berlin", "-e", query)
        self.assertIn("[2024-07-01 14:00:00]", ran.stdout)
        self.assertNotIn("12:00", ran.stdout)

    def test_without_one_it_is_utc_wherever_the_machine_is(self):
        self.assertEqual(self.rows(f"SELECT {NOON}, current_timezone()", TZ="Asia/Tokyo"),
                         [["2024-07-01 12:00:00", "UTC"]])

    def test_local_is_the_machines(self):
        self.assertEqual(self.rows(f"SELECT {NOON}", "--time-zone", "local", TZ="Asia/Tokyo"),
                         [["2024-07-01 21:00:00"]])
        ran = self.weir("--output", "csv", "sql", "-e", "SET TIME ZONE LOCAL", TZ=":Asia/Tokyo")
        self.assertIn("Asia/Tokyo", ran.stdout)

    def test_reset_puts_the_first_one_back(self):
        ran = self.weir("--output", "csv", "sql", "--time-zone", "+02:00", "-e",
                        f"SET TIME ZONE 'Asia/Tokyo'; RESET; SELECT {NOON} AS t")
        self.assertTrue(ran.stdout.endswith("t\n2024-07-01 14:00:00\n"), ran.stdout)

    def test_one_that_there_is_not_is_refused_before_anything_runs(self):
        ran = self.weir("sql", "--time-zone", "berlin", "-e", "CREATE TABLE t (a INT)")
        self.assertEqual((ran.returncode, ran.stdout), (1, ""))
        self.assertIn("did you mean Europe/Berlin?", ran.stderr)
        self.assertEqual(self.rows("SHOW TABLES"), [])

    def test_parameters_are_times_of_the_session(self):
        self.assertEqual(self.rows("SELECT unix_seconds(:t)", "--time-zone", "Europe/Berlin",
                                   "--param", "t:TIMESTAMP=1970-01-01 01:00:00"), [[0]])

    def test_files_are_read_by_the_clocks(self):
        lines = ["2024-07-01 12:00:00", "2024-03-31 02:30:00", "2024-07-01T12:00:00Z"]
        (self.folder / "t.csv").write_text("\n".join(lines) + "\n")
        (self.folder / "t.json").write_text("".join(json.dumps({"t": t}) + "\n" for t in lines))
        berlin, tokyo = [1719828000, 1711848600, 1719835200], [1719802800, 1711819800, 1719835200]
        for name, options in (("t.csv", "schema => 't TIMESTAMP'"),
                              ("t.json", "schema => 't TIMESTAMP'")):
            query = f"SELECT unix_seconds(t) FROM read_files('{name}', {options}%s)"
            self.assertEqual([row[0] for row in self.rows(
                query % "", "--time-zone", "Europe/Berlin")], berlin)
            self.assertEqual([row[0] for row in self.rows(
                query % ", timeZone => 'Asia/Tokyo'", "--time-zone", "Europe/Berlin")], tokyo)
        ran = self.weir("sql", "-e", "SELECT * FROM read_files('t.csv', timeZone => 'Nowhere')")
        self.assertIn("there is no time zone 'Nowhere'", ran.stderr)


class PipelineTest(TimeZoneTest):
    def setUp(self):
        super().setUp()
        (self.folder / "a.sql").write_text(
            f"CREATE MATERIALIZED VIEW m AS SELECT hour({NOON}) AS h, "
            "TIMESTAMP '2024-07-01 12:00:00' AS t;\n"
            f"CREATE VIEW v AS SELECT hour({NOON}) AS h;\n")

    def test_its_configuration_says_which_and_a_change_computes_anew(self):
        for zone, hour, noon in (("Europe/Berlin", 14, "2024-07-01 10:00:00"),
                                 ("Asia/Tokyo", 21, "2024-07-01 03:00:00"),
                                 ("UTC", 12, "2024-07-01 12:00:00")):
            ran = self.run_pipeline(zone)
            self.assertEqual(ran.returncode, 0, ran.stderr)
            self.assertEqual(self.rows("SELECT h, t FROM main.p.m"), [[hour, noon]], zone)
            self.assertEqual(self.rows("SELECT h FROM main.p.v"), [[hour]], zone)
        self.assertIn("nothing new", self.run_pipeline("UTC").stderr)
        self.run_pipeline("Asia/Tokyo", "spark.sql.session.timezone")
        self.assertEqual(self.rows("SELECT h FROM main.p.v"), [[21]])

    def test_a_wrong_one_is_told_with_all_mistakes(self):
        (self.folder / "b.sql").write_text("CREATE MATERIALIZED VIEW w AS SELECT missing;\n")
        ran = self.run_pipeline("Nowhere/Land")
        self.assertEqual(ran.returncode, 1)
        self.assertIn("there is no time zone 'Nowhere/Land'", ran.stderr)
        self.assertIn("spark-pipeline.yml", ran.stderr)
        self.assertIn("UNRESOLVED_COLUMN", ran.stderr)
        self.assertEqual(ran.stderr.count("Nowhere/Land"), 1)

    def test_settings_that_weir_has_not_are_refused_by_name(self):
        (self.folder / "spark-pipeline.yml").write_text(
            SPEC + "  spark.sql.ansi.enabled: 'false'\n  spark.sql.shuffle.partitions: '7'\n")
        ran = self.weir("pipeline", "dry-run")
        self.assertEqual(ran.returncode, 1)
        self.assertIn("`spark.sql.ansi.enabled` can only be true", ran.stderr)
        self.assertNotIn("shuffle", ran.stderr)


if __name__ == "__main__":
    unittest.main()
