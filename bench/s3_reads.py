"""The reads of opening.py and table_reads.py from S3 (moto on this machine), cold and warm."""

import subprocess
import sys

import boto3

from lake_tables import FILES
from opening import COUNT, LAKE_COUNT, write_log
from processes import ROOT, Rounds
from results import check_rows
from sides import Lake, Spark, Weir
from table_reads import LOOKUPS, SCAN, lookups, make_clustered, make_deleted, reads

sys.path.insert(0, str(ROOT / "test" / "conformance" / "s3"))
import service  # noqa: E402

BUCKET = "lake"
COMMITS = 1000  # Of the table that is opened: moto answers some hundred requests a second.
NAMES = ("weir", "deltalake", "Spark")


def upload(port, table, key):
    store = boto3.client("s3", endpoint_url=service.url(port), aws_access_key_id="testing",
                         aws_secret_access_key="testing-secret", region_name="us-east-1")
    for file in table.rglob("*"):
        if file.is_file() and not file.name.endswith(".crc"):
            store.upload_file(str(file), BUCKET, f"{key}/{file.relative_to(table)}")
    return f"s3://{BUCKET}/{key}"


def spark_of(folder, port):
    """Hadoop's S3A has its own names for where the service is; `s3:` is to mean it, as to the others."""
    jars = sorted(str(jar) for part in ("jars", "s3") for jar in (ROOT / ".cache" / "oracles" / part).glob("*.jar"))
    return Spark(folder, service.environment(port), **{
        "spark_jars": ",".join(jars), "spark_driver_extraClassPath": ":".join(jars),
        "spark_hadoop_fs_s3_impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
        "spark_hadoop_fs_s3a_endpoint": service.url(port),
        "spark_hadoop_fs_s3a_endpoint_region": "us-east-1",
        "spark_hadoop_fs_s3a_path_style_access": "true",
        "spark_hadoop_fs_s3a_connection_ssl_enabled": "false"})


def from_s3(folder, options):
    subprocess.run([ROOT / "tools" / "oracles", "s3"], check=True)
    with service.moto() as port, spark_of(folder, port) as spark:
        environment = service.environment(port) | {"AWS_ALLOW_HTTP": "true"}
        sides = {"weir": Weir(folder, environment), "deltalake": Lake(folder, environment), "Spark": spark}
        service.make_bucket(port, BUCKET)

        write_log(folder / "long", COMMITS)
        place = upload(port, folder / "long", "long")
        cold_and_warm(sides, options.pairs, f"opening a table of {COMMITS:,} commits in S3",
                      {name: [LAKE_COUNT.format(place)] if name == "deltalake" else [COUNT.format(place)]
                       for name in NAMES})

        places = {name: upload(port, path, f"clustered-{name}")
                  for name, path in make_clustered(folder, options.rows, spark).items()}
        cold_and_warm(sides, options.pairs, f"{LOOKUPS} look-ups by the key that {options.rows:,} rows in S3 are "
                      "clustered by", {name: reads(name, places[name], lookups(0, LOOKUPS)) for name in NAMES})

        place = upload(port, make_deleted(folder, options.rows), "deleted")
        cold_and_warm(sides, options.pairs, f"a scan of {options.rows:,} rows in {FILES} files in S3, one in ten "
                      "deleted by vectors, by all columns", {name: reads(name, place, [SCAN]) for name in NAMES})


def cold_and_warm(sides, rounds, work, statements):
    for how in ("cold", "warm"):
        def read(name):
            before = statements[name] if how == "warm" else ()
            return lambda _: sides[name].run(*statements[name], before=before)

        Rounds(rounds, {name: read(name) for name in NAMES},
               lambda done: check_rows(work, done)).report(f"{work}: {how}")


MEASUREMENTS = {"s3": from_s3}
