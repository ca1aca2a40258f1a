#!/usr/bin/env python3
"""Tables and files in S3 (moto or MinIO): weir and deltalake read each other's, append to one at the same moment, and
faults on the way lose no row and double none.

usage: tables.py [moto] [minio]    (with the program in WEIR, or build/weir)
"""

import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import deltalake
import pyarrow as pa

import service

WEIR = str(pathlib.Path(os.environ.get("WEIR", "build/weir")).resolve())
WEIRS, LAKES, ROWS = 2, 2, 12
LAKE_WRITER = """
import json, sys, deltalake, deltalake.exceptions, pyarrow as pa
path, options, writer, count = sys.argv[1], json.loads(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
for n in range(count):
    row = pa.table({"writer": pa.array([writer], pa.int32()), "n": pa.array([n], pa.int32())})
    while True:
        try:
            deltalake.write_deltalake(
                path, row, mode="append", storage_options=options,
                commit_properties=deltalake.CommitProperties(max_commit_retries=1000))
            break
        except deltalake.exceptions.CommitFailedError:
            continue
"""


def check(condition, message):
    if not condition:
        raise AssertionError(message)


class Weir:
    def __init__(self, home, port):
        self.home, self.port = home, port

    def command(self):
        return [WEIR, "--home", str(self.home), "--output", "json", "sql"]

    def run(self, text, fails=False):
        done = subprocess.run(self.command() + ["-e", text], capture_output=True, text=True,
                              timeout=300, env=service.environment(self.port))
        check((done.returncode != 0) == fails, f"{text}\n{done.stderr}")
        check("testing-secret" not in done.stdout + done.stderr, "a secret was printed")
        return done.stderr if fails else [json.loads(line) for line in done.stdout.splitlines()]

    def start(self, script):
        child = subprocess.Popen(self.command(), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.PIPE, text=True,
                                 env=service.environment(self.port))
        child.stdin.write(script)
        child.stdin.close()
        child.stdin = None
        return child


def options(port):
    return {"AWS_ENDPOINT_URL": service.url(port), "AWS_ALLOW_HTTP": "true",
            "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing-secret",
            "AWS_REGION": "us-east-1", "conditional_put": "etag", "aws_conditional_put": "etag"}


def rows_of(weir, table):
    return collections.Counter((row["writer"], row["n"])
                               for row in weir.run(f"SELECT writer, n FROM {table}"))


def lake_rows(path, port):
    table = deltalake.DeltaTable(path, storage_options=options(port)).to_pyarrow_table()
    return collections.Counter(zip(table.column("writer").to_pylist(),
                                   table.column("n").to_pylist()))


def each_reads_the_others(weir, port):
    weir.run("CREATE TABLE ours (writer INT, n INT) LOCATION 's3://lake/ours'")
    weir.run("INSERT INTO ours VALUES (1, 1), (1, 2)")
    weir.run("DELETE FROM ours WHERE n = 2")
    check(lake_rows("s3://lake/ours", port) == collections.Counter([(1, 1)]),
          "deltalake reads other rows than weir wrote")
    rows = pa.table({"writer": pa.array([2, 2], pa.int32()), "n": pa.array([1, 2], pa.int32())})
    deltalake.write_deltalake("s3://lake/a b/theirs=1", rows, storage_options=options(port))
    for table in ("delta.`s3://lake/a b/theirs%3D1`", "delta.`s3a://lake/a%20b/theirs=1/`"):
        check(rows_of(weir, table) == collections.Counter([(2, 1), (2, 2)]),
              f"weir reads other rows than deltalake wrote by {table}")
    weir.run("CREATE TABLE theirs USING delta LOCATION 's3://lake/a b/theirs=1'")
    weir.run("INSERT INTO theirs VALUES (3, 1)")
    check(len(lake_rows("s3://lake/a b/theirs=1", port)) == 3, "deltalake misses a row of weir's")
    details = weir.run("DESCRIBE DETAIL ours")
    check(details[0]["location"] == "s3://lake/ours", f"another location: {details}")


def files_are_sources(weir, port):
    weir.run("CREATE EXTERNAL VOLUME landing LOCATION 's3://lake/landing'")
    with tempfile.TemporaryDirectory() as folder:
        for n in (1, 2):
            path = pathlib.Path(folder) / f"{n}.csv"
            path.write_text(f"writer,n\n7,{n}\n")
            weir.run(f"PUT '{path}' INTO '/Volumes/main/default/landing/{n}.csv'")
    read = "read_files('s3://lake/landing/*.csv', format => 'csv', header => true)"
    denied = weir.run(f"SELECT * FROM {read}", fails=True)
    check("volume" in denied, f"a path past the volume was not refused: {denied}")
    weir.run("DROP VOLUME landing")
    check(len(weir.run(f"SELECT * FROM {read}")) == 2, "read_files misses a file")
    weir.run("CREATE TABLE loaded (writer INT, n INT) LOCATION 's3://lake/loaded'")
    for _ in range(2):
        weir.run("COPY INTO loaded FROM 's3://lake/landing' FILEFORMAT = CSV "
                 "FORMAT_OPTIONS ('header' = 'true')")
    check(rows_of(weir, "loaded") == collections.Counter([(7, 1), (7, 2)]), "COPY INTO went wrong")


def managed_tables_are_there(weir, port):
    weir.run("CREATE SCHEMA far MANAGED LOCATION 's3://lake/managed/far'")
    weir.run("CREATE TABLE far.t AS SELECT 4 AS writer, 1 AS n")
    weir.run("INSERT INTO far.t VALUES (4, 2)")
    weir.run("OPTIMIZE far.t")
    weir.run("CREATE VOLUME far.v")
    keys = [object["Key"] for object in service.client(port).list_objects_v2(
        Bucket="lake", Prefix="managed/far/").get("Contents", [])]
    check(any("/_delta_log/" in key for key in keys), f"the managed table is elsewhere: {keys}")
    check(rows_of(weir, "far.t") == collections.Counter([(4, 1), (4, 2)]), "other rows")
    said = weir.run("SELECT * FROM delta.`s3://lake/managed/far/other`", fails=True)
    check("storage of this home" in said, f"a path into managed storage was not refused: {said}")
    weir.run("DROP TABLE far.t")
    left = service.client(port).list_objects_v2(Bucket="lake", Prefix="managed/far/")
    check(not left.get("Contents"), f"files of a dropped managed table are left: {left}")


def paths_are_judged(weir):
    for path in ("s3://lake/ours", "s3a://lake/ours/", "s3://lake//ours", "s3://lake/our%73",
                 "s3://lake", "s3://lake/ours/_delta_log"):
        said = weir.run(f"SELECT * FROM read_files('{path}', format => 'text')", fails=True)
        check("overlaps" in said, f"{path} leads past the table: {said}")
    for path in ("s3://lake/x/../ours", "s3://lake/x/%2e%2e/ours"):
        check("'..'" in weir.run(f"SELECT * FROM delta.`{path}`", fails=True), path)
    said = weir.run("SELECT * FROM delta.`s3://none/t`", fails=True)
    check("none" in said, said)


def all_at_once(home, direct, faulty):
    path = "s3://lake/together"
    writers = [Weir(home / "together", faulty) for _ in range(WEIRS)]
    direct_weir = Weir(home / "together", direct)
    direct_weir.run(f"CREATE TABLE t (writer INT, n INT) LOCATION '{path}'")
    children = []
    for writer, weir in enumerate(writers):
        script = "".join(f"INSERT INTO t VALUES ({writer}, {n});\n" for n in range(ROWS))
        children.append(weir.start(script))
    for writer in range(WEIRS, WEIRS + LAKES):
        children.append(subprocess.Popen(
            [sys.executable, "-c", LAKE_WRITER, path, json.dumps(options(direct)), str(writer),
             str(ROWS)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True))
    for child in children:
        _, said = child.communicate(timeout=600)
        check(child.returncode == 0, f"{child.args[:2]} failed: {said}")
    wanted = collections.Counter((w, n) for w in range(WEIRS + LAKES) for n in range(ROWS))
    check(rows_of(direct_weir, "t") == wanted, "weir: rows are missing or double")
    check(lake_rows(path, direct) == wanted, "deltalake: rows are missing or double")


def try_all(homes, port):
    service.make_bucket(port, "lake")
    one = Weir(homes / "one", port)
    each_reads_the_others(one, port)
    files_are_sources(one, port)
    paths_are_judged(one)
    managed_tables_are_there(one, port)
    with service.faulty(port, 0.1) as proxy:
        all_at_once(homes, port, proxy)


for name, start in service.named(sys.argv[1:]).items():
    with tempfile.TemporaryDirectory() as work, start() as at:
        try_all(pathlib.Path(work), at)
    print(f"{name}: ok")
