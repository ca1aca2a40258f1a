"""The demo's project twice, for weir and for Apache Spark Declarative Pipelines: the same
spark-pipeline.yml, the same silver.sql and gold.sql, and each side's own bronze file."""

import contextlib
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time

import deltalake
import pyarrow.parquet

from processes import ROOT, WEIR, Ran, RanTree
from results import same

SHARED = [ROOT / "bench" / "sdp" / "silver.sql", ROOT / "demo" / "transformations" / "gold.sql"]
GOLD = ["delay_by_carrier", "delay_by_route", "delay_by_weather", "delay_by_plane_age"]
ORACLES = ROOT / ".cache" / "oracles"


class Project:
    """A copy of the project in `folder`, without anything landed or stored."""

    def __init__(self, folder, raw, bronze):
        self.folder, self.raw = folder, raw
        (folder / "transformations").mkdir(parents=True)
        for file in [bronze, *SHARED]:
            shutil.copy(file, folder / "transformations")
        spec = (ROOT / "bench" / "sdp" / "spark-pipeline.yml").read_text()
        (folder / "spark-pipeline.yml").write_text(spec.replace("FOLDER", str(folder)))
        self.reset()

    def reset(self):
        for name in ("landing", "storage"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
        for name in ("flights", "weather"):
            (self.folder / "landing" / name).mkdir(parents=True)
        shutil.copytree(self.raw / "reference", self.folder / "landing" / "reference")

    def land(self, months):
        for month in months:
            for name in ("flights", "weather"):
                shutil.copy(month / f"{name}.csv",
                            self.folder / "landing" / name / f"{month.name}.csv")


class Weir(Project):
    def __init__(self, folder, raw):
        self.command = [WEIR, "--home", folder / "home"]
        super().__init__(folder, raw, ROOT / "demo" / "transformations" / "bronze.sql")

    def reset(self):
        super().reset()
        shutil.rmtree(self.folder / "home", ignore_errors=True)

    def update(self):
        return Ran(*self.command, "pipeline", "run", cwd=self.folder)

    def table(self, name):
        detail = subprocess.run(
            [*self.command, "sql", "--output", "json", "-e", f"DESCRIBE DETAIL flights.{name}"],
            check=True, text=True, stdout=subprocess.PIPE)
        return deltalake.DeltaTable(json.loads(detail.stdout)["location"]).to_pyarrow_table()


class Spark(Project):
    """With a schema in a Hive catalog in Derby, the one catalog of Spark's own that outlives a process;
    both are made before anything is timed. `format` is that of its tables: delta or parquet."""

    def __init__(self, folder, raw, format):
        self.format = format
        packages = ORACLES / "venv" / "lib"
        self.home = next(packages.glob("python3*/site-packages/pyspark"))
        extra = next((ORACLES / "sdp" / "lib").glob("python3*/site-packages"))
        self.environment = {
            **os.environ, "SPARK_HOME": str(self.home), "PYTHONPATH": str(extra),
            "SPARK_CONF_DIR": str(folder / "conf"), "PYSPARK_PYTHON": sys.executable,
            "SPARK_LOCAL_IP": "127.0.0.1"}
        self.master = f"local[{os.cpu_count()}]"
        self.server = None
        (folder / "conf").mkdir(parents=True)
        (folder / "conf" / "spark-defaults.conf").write_text(
            "".join(f"{key} {value}\n" for key, value in settings(folder, format).items()))
        self.make_catalog(folder)
        super().__init__(folder, raw, ROOT / "bench" / "sdp" / "bronze.py")

    def make_catalog(self, folder):
        Ran(sys.executable, "-c",
            "from pyspark.sql import SparkSession\n"
            "SparkSession.builder.getOrCreate().sql('CREATE SCHEMA flights')",
            cwd=folder, env=self.environment)
        (folder / "metastore").rename(folder / "new-metastore")

    def reset(self):
        super().reset()
        for name in ("metastore", "warehouse"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
        shutil.copytree(self.folder / "new-metastore", self.folder / "metastore")

    def update(self):
        """The whole process; or, while there is a server, that of its client alone, without the JVM
        that `spark-pipelines` would start just to start it. Memory is that of all."""
        if not self.server:
            return RanTree(self.home / "bin" / "spark-pipelines", "--remote", self.master, "run",
                           cwd=self.folder, env=self.environment)
        return RanTree(sys.executable, self.home / "pipelines" / "cli.py", "run", cwd=self.folder,
                       env={**self.environment, "SPARK_REMOTE": f"sc://localhost:{self.port}"},
                       beside=[self.server.pid])

    @contextlib.contextmanager
    def serving(self):
        """From here on updates are those of one Spark Connect server."""
        self.reset()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        with open(self.folder / "server.log", "w+") as log:
            self.server = subprocess.Popen(
                [self.home / "bin" / "spark-submit", "--master", self.master,
                 "--class", "org.apache.spark.sql.connect.service.SparkConnectServer",
                 "--conf", f"spark.connect.grpc.binding.port={self.port}", "spark-internal"],
                cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL, stdout=log,
                stderr=log)
            try:
                self.wait_for_server(log)
                yield
            finally:
                self.server.terminate()
                self.server.wait()
                self.server = None

    def wait_for_server(self, log):
        for _ in range(600):
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            if self.server.poll() is not None:
                break
            time.sleep(0.2)
        log.seek(0)
        sys.exit(f"bench: the Spark Connect server did not start\n{log.read()}")

    def table(self, name):
        where = self.folder / "warehouse" / "flights.db" / name
        if self.format == "delta":
            return deltalake.DeltaTable(where).to_pyarrow_table()
        return pyarrow.parquet.read_table(where)


def settings(folder, format):
    """Spark's own defaults but for what fits this machine and where things are."""
    return {
        **(delta_settings() if format == "delta" else {}),
        "spark.sql.sources.default": format,
        "spark.sql.catalogImplementation": "hive",
        "spark.sql.warehouse.dir": folder / "warehouse",
        "spark.hadoop.javax.jdo.option.ConnectionURL":
            f"jdbc:derby:{folder / 'metastore'};create=true",
        "spark.sql.shuffle.partitions": os.cpu_count(),
        "spark.sql.session.timeZone": "UTC",
        "spark.ui.enabled": "false",
        "spark.log.level": "WARN",
    }


def delta_settings():
    jars = sorted(str(jar) for jar in (ORACLES / "jars").resolve().glob("*.jar"))
    return {
        "spark.jars": ",".join(jars),
        "spark.driver.extraClassPath": ":".join(jars),
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.databricks.delta.snapshotPartitions": os.cpu_count(),
    }


def check_equal(one, other):
    """The gold tables: columns, types and rows, exactly, but DOUBLEs to 1e-9."""
    for name in GOLD:
        ours, theirs = one.table(name), other.table(name)
        if columns(ours) != columns(theirs):
            sys.exit(f"bench: {name} has the columns {columns(ours)} and {columns(theirs)}")
        if ours.num_rows == 0 or not same(rows(ours), rows(theirs)):
            sys.exit(f"bench: {name} is not the same in weir and Spark\n{ours}\n{theirs}")


def columns(table):
    return [(field.name, str(field.type).replace("large_", "").replace("_view", ""))
            for field in table.schema]


def rows(table):
    return sorted((list(row.values()) for row in table.to_pylist()),
                  key=lambda row: [str(value) for value in row if not isinstance(value, float)])
