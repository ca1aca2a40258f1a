"""Runs the project that Apache Spark runs too in bench/run sdp: its spark-pipeline.yml, SQL and Python.

Usage: spark_project_test.py <path of weir>
"""

import csv
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

WEIR = os.path.abspath(sys.argv.pop(1))
ROOT = pathlib.Path(__file__).resolve().parents[2]
SQL = ["bench/sdp/silver.sql", "demo/transformations/gold.sql"]
FLIGHTS = "year,month,day,dep_time,dep_delay,arr_delay,carrier,flight,tailnum,origin,dest,distance,hour\n"
WEATHER = "origin,year,month,day,hour,wind_speed,precip,visib\n"
LISTS = {
    "airlines": "carrier,name\nUA,United\nAA,American\n",
    "airports": "faa,name,lat,lon,alt\nIAH,Houston,29.98,-95.34,97\n",
    "planes": "tailnum,year,manufacturer,model,seats\nN1,2010,BOEING,737,149\nN2,1990,AIRBUS,A320,182\n",
}


class SparkProject:
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "transformations").mkdir()
        for file in SQL:
            shutil.copy(ROOT / file, self.folder / "transformations")
        shutil.copy(ROOT / self.bronze, self.folder / "transformations")
        spec = (ROOT / "bench" / "sdp" / "spark-pipeline.yml").read_text()
        self.assertIn("storage: file://FOLDER/", spec)
        (self.folder / "spark-pipeline.yml").write_text(spec.replace("FOLDER", folder.name))
        for name, text in LISTS.items():
            self.land(f"reference/{name}", text)

    def land(self, name, text):
        file = self.folder / "landing" / f"{name}.csv"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def weir(self, *arguments):
        ran = subprocess.run([WEIR, "--home", self.folder / "home", *arguments], cwd=self.folder,
                             capture_output=True, text=True)
        self.assertEqual(ran.returncode, 0, ran.stderr + ran.stdout)
        return [json.loads(line) for line in ran.stdout.splitlines()]

    def update(self):
        self.weir("pipeline", "run", "--output", "json")

    def rows(self, table):
        found = self.weir("sql", "--output", "json", "-e", f"SELECT * FROM flights.{table} ORDER BY 1")
        return [list(row.values()) for row in found]

    def test_two_updates_fill_its_gold_tables(self):
        self.land("flights/01", FLIGHTS + "2013,1,1,517,2,11,UA,1545,N1,EWR,IAH,1400,5\n"
                                          "2013,1,1,533,4,20,UA,1714,N2,LGA,IAH,1416,5\n"
                                          "2013,1,1,NA,NA,NA,AA,791,N3,LGA,DFW,1389,6\n"
                                          "2013,1,1,600,0,5,AA,1,NA,LGA,DFW,1389,6\n")
        self.land("weather/01", WEATHER + "EWR,2013,1,1,5,30,0,10\nLGA,2013,1,1,5,5,0.1,10\n"
                                          "LGA,2013,1,1,6,5,0,NA\n")
        self.update()
        self.assertEqual(self.rows("delay_by_carrier"), [["United", 2, 15.5, 50]])
        self.assertEqual(self.rows("delay_by_weather"), [["2 rain", 1, 4, 0], ["3 wind", 1, 2, 0]])
        self.assertEqual(self.rows("delay_by_plane_age"),
                         [["00 to 04 years", 1, 1, 11], ["20 years or more", 1, 1, 20]])

        self.land("flights/02", FLIGHTS + "2013,2,1,533,4,33,AA,1141,N1,LGA,MIA,1089,5\n")
        self.update()
        self.assertEqual(self.rows("delay_by_carrier"),
                         [["American", 1, 33, 100], ["United", 2, 15.5, 50]])
        self.assertEqual(self.rows("delay_by_plane_age"),
                         [["00 to 04 years", 2, 1, 22], ["20 years or more", 1, 1, 20]])
        self.assertEqual(self.rows("delay_by_route"), [])

    def test_its_storage_is_where_the_uri_says(self):
        self.land("flights/01", FLIGHTS + "2013,1,1,517,2,11,UA,1545,N1,EWR,IAH,1400,5\n")
        self.land("weather/01", WEATHER + "EWR,2013,1,1,5,30,0,10\n")
        self.update()
        self.assertEqual(len(list((self.folder / "storage" / "updates").glob("*.json"))), 1)


class WithSqlBronze(SparkProject, unittest.TestCase):
    bronze = "demo/transformations/bronze.sql"  # weir's own.


class WithPythonBronze(SparkProject, unittest.TestCase):
    """The file written for Spark, which takes columns by their places: files have all that it names."""

    bronze = "bench/sdp/bronze.py"

    def land(self, name, text):
        columns = self.columns(name)
        rows = csv.DictReader(io.StringIO(text))
        super().land(name, "\n".join([",".join(columns), *(",".join(row.get(column, "NA") for column in columns)
                                                           for row in rows), ""]))

    def columns(self, name):
        source = (ROOT / self.bronze).read_text()
        schema = {"flights": "FLIGHTS", "weather": "WEATHER"}.get(name.split("/")[0])
        if schema is None:
            lists = dict(re.findall(r'"(airlines|airports|planes)": ((?:\s*"[^"]*")+)', source))
            return re.findall(r"(\w+) (?:STRING|INT|DOUBLE)", lists[name.split("/")[1]])
        text = re.search(schema + r' = """(.*?)"""', source, re.DOTALL).group(1)
        return re.findall(r"(\w+) (?:STRING|INT|DOUBLE|TIMESTAMP)", text)


if __name__ == "__main__":
    unittest.main()
