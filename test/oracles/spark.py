"""The one Spark that tests and benchmarks compare with: local, Delta on the class path, UTC, ANSI."""

import pathlib
import tempfile

from pyspark.sql import SparkSession

JARS = pathlib.Path(__file__).resolve().parents[2] / ".cache" / "oracles" / "jars"


def session(name="oracle", threads=2, **settings):
    """A new local session. Its warehouse and Derby files live in a folder that the system cleans up;
    `settings` are Spark properties with `_` for `.`, over the defaults below."""
    jars = sorted(str(jar) for jar in JARS.glob("*.jar"))
    if not jars:
        raise FileNotFoundError(f"no jars in {JARS}: run `make oracles`")
    scratch = tempfile.mkdtemp(prefix="spark-")
    defaults = {
        "spark.jars": ",".join(jars),
        "spark.driver.extraClassPath": ":".join(jars),
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.sql.warehouse.dir": f"{scratch}/warehouse",
        "spark.driver.extraJavaOptions": f"-Dderby.system.home={scratch}",
        "spark.driver.host": "localhost",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "2",
        "spark.databricks.delta.snapshotPartitions": "2",
        "spark.driver.memory": "2g",
    }
    builder = SparkSession.builder.master(f"local[{threads}]").appName(name)
    for key, value in {**defaults, **{k.replace("_", "."): v for k, v in settings.items()}}.items():
        builder = builder.config(key, str(value))
    built = builder.getOrCreate()
    built.sparkContext.setLogLevel("ERROR")
    return built
