#!/usr/bin/env python3
"""Tables that AUTO CDC keeps in weir are those that Spark's own pipelines keep by the same flows: random
feeds, several updates each.

Spark 4.3 is the first that has both SCD types in SQL; no format of its own, nor Delta's for it, takes
the MERGE it writes, so its tables are those of the catalog in memory by which Spark tests itself.
`tools/oracles cdc` installs both. Skipped (77) where they are not.

usage: auto_cdc.py [SEED...]    (with the program in WEIR, or build/weir)
"""

import contextlib
import json
import os
import pathlib
import random
import socket
import subprocess
import sys
import tempfile
import time
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]
ORACLE = pathlib.Path(os.environ.get("WEIR_CDC_ORACLE", ROOT / ".cache" / "oracles" / "cdc"))
WEIR = os.environ.get("WEIR", str(ROOT / "build" / "weir"))
SEEDS = (1, 2, 3)
UPDATES = 3
COLUMNS = "id INT, region STRING, a INT, b STRING, seq INT, op STRING"

HEAD = "FROM STREAM(events) KEYS ({keys}) APPLY AS DELETE WHEN op = 'D' SEQUENCE BY seq "
KEPT = "COLUMNS * EXCEPT (seq, op) "
FLOWS = {
    "newest": HEAD.format(keys="id") + KEPT + "STORED AS SCD TYPE 1",
    "by_two": HEAD.format(keys="id, region") + "COLUMNS (id, region, a) STORED AS SCD TYPE 1",
    "in_another_order": HEAD.format(keys="id") + "COLUMNS (b, a, id) STORED AS SCD TYPE 1",
    "history": HEAD.format(keys="id") + KEPT + "STORED AS SCD TYPE 2",
    "history_of_a": HEAD.format(keys="id") + KEPT + "STORED AS SCD TYPE 2 TRACK HISTORY ON (a)",
    "history_but_b": HEAD.format(keys="id")
                     + KEPT + "STORED AS SCD TYPE 2 TRACK HISTORY ON * EXCEPT (b)",
    "with_place": HEAD.format(keys="id") + "STORED AS SCD TYPE 2 TRACK HISTORY ON (b)",
}
SQL = "".join(f"CREATE STREAMING TABLE {name};\nCREATE FLOW f_{name} AS AUTO CDC INTO {name} {flow};\n"
              for name, flow in FLOWS.items())


def feeds(chance):
    """Batches of events, each key with its own places: ties are undefined in Spark. Some come twice."""
    events = []
    for key in range(1, chance.randint(2, 6)):
        for place in chance.sample(range(1, 40), chance.randint(1, 14)):
            events.append({"id": key, "region": chance.choice(["n", "s"]) if key % 2 else "n",
                           "a": chance.choice([None, 1, 2]), "b": chance.choice([None, "x", "y"]),
                           "seq": place, "op": "D" if chance.random() < 0.25 else "U"})
    chance.shuffle(events)
    batches = [events[i::UPDATES] for i in range(UPDATES)]
    for batch in batches[1:]:
        batch.extend(chance.sample(events, min(2, len(events))))
    return batches


class Side:
    def __init__(self, folder):
        self.folder = folder
        (folder / "in").mkdir(parents=True)
        (folder / "transformations").mkdir()
        (folder / "transformations" / "cdc.sql").write_text(SQL)

    def land(self, name, events):
        text = "".join(json.dumps(event) + "\n" for event in events)
        (self.folder / "in" / f"{name}.json").write_text(text)


class WeirSide(Side):
    def __init__(self, folder):
        super().__init__(folder)
        (folder / "spark-pipeline.yml").write_text(
            "name: p\nlibraries:\n  - glob: {include: transformations/**}\nstorage: storage\nschema: p\n")
        (folder / "transformations" / "events.sql").write_text(
            "CREATE TEMPORARY VIEW events AS SELECT * FROM STREAM read_files('in', format => 'json', "
            f"schema => '{COLUMNS}');\n")

    def run(self, *arguments):
        ran = subprocess.run([WEIR, "--home", self.folder / "home", *arguments], cwd=self.folder,
                             text=True, capture_output=True)
        if ran.returncode:
            sys.exit(f"weir {arguments}: {ran.stdout}{ran.stderr}")
        return ran.stdout

    def update(self):
        self.run("pipeline", "run")

    def rows(self, table):
        out = self.run("--output", "json", "sql", "-e", f"SELECT * FROM main.p.{table}")
        return [json.loads(line) for line in out.splitlines()]


class SparkSide(Side):
    """In one session of a Spark Connect server, which is where tables in memory live."""

    def __init__(self, folder, port):
        super().__init__(folder)
        os.environ["SPARK_REMOTE"] = (f"sc://localhost:{port}/;session_id={uuid.uuid4()}"
                                      ";user_id=weir")
        from pyspark.sql import SparkSession
        self.schema = f"p{uuid.uuid4().hex}"
        (folder / "spark-pipeline.yml").write_text(
            "name: p\nlibraries:\n  - glob: {include: transformations/**}\n"
            f"storage: file://{folder}/storage\ncatalog: memory\nschema: {self.schema}\n")
        (folder / "transformations" / "events.py").write_text(
            "from pyspark import pipelines as dp\nfrom pyspark.sql import SparkSession\n"
            "spark = SparkSession.active()\n@dp.temporary_view\ndef events():\n"
            f"    return spark.readStream.format('json').schema('{COLUMNS}').load('{folder}/in')\n")
        self.spark = SparkSession.builder.getOrCreate()
        self.spark.sql(f"CREATE SCHEMA memory.{self.schema}").collect()
        # The command ends its session, and the tables with it.
        type(self.spark).stop = lambda session: None

    def update(self):
        from pyspark.pipelines import cli
        with contextlib.redirect_stdout(sys.stderr):
            cli.run(self.folder / "spark-pipeline.yml", [], False, [], False)

    def rows(self, table):
        found = self.spark.table(f"memory.{self.schema}.{table}")
        return [row.asDict() for row in found.drop("__spark_autocdc_metadata").collect()]


@contextlib.contextmanager
def server(folder):
    home = next((ORACLE / "venv" / "lib").glob("python3*/site-packages/pyspark"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    jars = ",".join(str(jar) for jar in sorted((ORACLE / "jars").glob("*.jar")))
    catalog = "org.apache.spark.sql.connector.catalog.SharedTablesInMemoryRowLevelOperationTableCatalog"
    settings = {"spark.connect.grpc.binding.port": port, "spark.jars": jars,
                "spark.driver.extraClassPath": jars.replace(",", ":"),
                "spark.sql.catalog.memory": catalog, "spark.driver.host": "localhost",
                "spark.driver.bindAddress": "127.0.0.1", "spark.ui.enabled": "false",
                "spark.sql.session.timeZone": "UTC", "spark.sql.shuffle.partitions": 2,
                "spark.sql.warehouse.dir": f"{folder}/warehouse", "spark.driver.memory": "2g",
                "spark.driver.extraJavaOptions": f"-Dderby.system.home={folder}"}
    options = [part for key, value in settings.items() for part in ("--conf", f"{key}={value}")]
    with open(folder / "server.log", "w+") as log:
        process = subprocess.Popen(
            [home / "bin" / "spark-submit", "--master", "local[2]", *options, "--class",
             "org.apache.spark.sql.connect.service.SparkConnectServer", "spark-internal"],
            env={**os.environ, "SPARK_HOME": str(home), "PYSPARK_PYTHON": sys.executable},
            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            for _ in range(600):
                with contextlib.suppress(OSError):
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                if process.poll() is not None:
                    log.seek(0)
                    sys.exit(f"the Spark Connect server did not start\n{log.read()}")
                time.sleep(0.2)
            yield port
        finally:
            process.terminate()
            process.wait()


def ordered(rows):
    return sorted(json.dumps(row, default=str) for row in rows)


def play(seed, folder, port):
    chance = random.Random(seed)
    sides = (WeirSide(folder / "weir"), SparkSide(folder / "spark", port))
    for number, events in enumerate(feeds(chance)):
        for side in sides:
            side.land(number, events)
            side.update()
        for table in FLOWS:
            ours, theirs = (ordered(side.rows(table)) for side in sides)
            if ours != theirs:
                print(f"seed {seed}, update {number}, {table}:\n  weir:  " + "\n         ".join(ours)
                      + "\n  Spark: " + "\n         ".join(theirs))
                return False
    return True


def main():
    python = ORACLE / "venv" / "bin" / "python"
    if not python.exists():
        print(f"{ORACLE} is not there: tools/oracles cdc installs it")
        return 77
    if pathlib.Path(sys.prefix) != ORACLE / "venv":
        os.environ.pop("PYTHONPATH", None)
        os.execv(python, [str(python), *sys.argv])
    seeds = [int(seed) for seed in sys.argv[1:]] or SEEDS
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        with server(folder) as port:
            good = [play(seed, folder / str(seed), port) for seed in seeds]
    print(f"{sum(good)} of {len(good)} feeds: the tables of weir and of Spark are equal")
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
