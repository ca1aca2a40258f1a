#!/usr/bin/env python3
"""Files in S3 of which a queue tells (moto): each is read once, messages go when their rows are committed, and those
of others stay.

usage: file_events.py    (with the program in WEIR, or build/weir)
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import urllib.parse

import boto3

import service

WEIR = str(pathlib.Path(os.environ.get("WEIR", "build/weir")).resolve())
BUCKET = "landing"


def check(condition, message):
    if not condition:
        raise AssertionError(message)


class Lake:
    def __init__(self, folder, port):
        self.folder, self.port = pathlib.Path(folder), port
        client = {"endpoint_url": service.url(port), "region_name": "us-east-1",
                  "aws_access_key_id": "testing", "aws_secret_access_key": "testing-secret"}
        self.s3, self.sqs = boto3.client("s3", **client), boto3.client("sqs", **client)
        self.s3.create_bucket(Bucket=BUCKET)
        self.queue = self.sqs.create_queue(QueueName="files")["QueueUrl"]
        (self.folder / "spark-pipeline.yml").write_text(
            "name: p\nlibraries:\n  - glob: {include: '*.sql'}\nstorage: storage\nschema: p\n")
        self.define("")

    def define(self, more):
        (self.folder / "flow.sql").write_text(
            "CREATE STREAMING TABLE t AS SELECT id, _metadata.file_name AS name FROM STREAM "
            f"read_files('s3://{BUCKET}/in', format => 'csv', header => true, schema => 'id INT', "
            f"useNotifications => true, queueUrl => '{self.queue}', region => 'us-east-1'{more});")

    def weir(self, *arguments, fails=False):
        done = subprocess.run([WEIR, "--home", str(self.folder / "home"), *arguments],
                              cwd=self.folder, capture_output=True, text=True, timeout=300,
                              env=service.environment(self.port))
        check((done.returncode != 0) == fails, f"{arguments}\n{done.stdout}{done.stderr}")
        check("testing-secret" not in done.stdout + done.stderr, "a secret was printed")
        return done.stdout + done.stderr

    def ids(self):
        lines = self.weir("--output", "json", "sql", "-e", "SELECT id FROM main.p.t ORDER BY id")
        return [json.loads(line)["id"] for line in lines.splitlines() if line.startswith("{")]

    def put(self, key, identity):
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=f"id\n{identity}\n")

    def send(self, body):
        text = body if isinstance(body, str) else json.dumps(body)
        self.sqs.send_message(QueueUrl=self.queue, MessageBody=text)

    def left(self):
        counts = self.sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=[
            "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"])["Attributes"]
        return sum(int(count) for count in counts.values())


def event(key, bucket=BUCKET, name="ObjectCreated:Put"):
    return {"Records": [{"eventName": name, "s3": {
        "bucket": {"name": bucket}, "object": {"key": urllib.parse.quote_plus(key), "size": 5}}}]}


def run(lake):
    lake.put("in/first.csv", 1)
    lake.weir("pipeline", "run")
    check(lake.ids() == [1], "what is there at first is listed")

    # Not told: not seen. Told in each of the three forms, and twice.
    lake.put("in/untold.csv", 9)
    lake.put("in/a b+c.csv", 2)
    lake.put("in/sub/d.csv", 3)
    lake.put("in/e.csv", 4)
    lake.send(event("in/a b+c.csv"))
    lake.send(event("in/a b+c.csv"))
    lake.send({"Type": "Notification", "Message": json.dumps(event("in/sub/d.csv"))})
    lake.send({"source": "aws.s3", "detail-type": "Object Created", "detail": {
        "bucket": {"name": BUCKET}, "object": {"key": "in/e.csv"}}})
    lake.send(event("in/first.csv"))
    lake.send(event("in/gone.csv"))
    lake.send(event("in/untold.csv", name="ObjectRemoved:Delete"))
    lake.send({"Service": "Amazon S3", "Event": "s3:TestEvent"})
    lake.weir("pipeline", "run")
    check(lake.ids() == [1, 2, 3, 4], f"what was told is read once: {lake.ids()}")
    check(lake.left() == 0, f"{lake.left()} messages are left")

    # Those of others stay.
    lake.send(event("elsewhere/f.csv"))
    lake.send(event("in/f.csv", bucket="another"))
    lake.send("no event")
    lake.weir("pipeline", "run")
    check(lake.left() == 3, f"{lake.left()} messages of others are left")
    lake.sqs.purge_queue(QueueUrl=lake.queue)

    # Rows that are not committed leave their message.
    lake.put("in/g.csv", "none")
    lake.send(event("in/g.csv"))
    lake.define(", mode => 'FAILFAST'")
    lake.weir("pipeline", "run", fails=True)
    check(lake.left() == 1, "the message of a batch that failed is left")
    lake.define("")
    lake.weir("pipeline", "run")
    check(lake.ids().count(None) == 1, f"the batch was read again: {lake.ids()}")

    # A listing finds what was not told.
    lake.define(", backfillInterval => '0 seconds'")
    lake.weir("pipeline", "run")
    check(9 in lake.ids(), f"the back-fill did not find it: {lake.ids()}")

    lake.sqs.delete_queue(QueueUrl=lake.queue)
    lake.define("")
    told = lake.weir("pipeline", "run", fails=True)
    check("queue" in told.lower(), told)


def main():
    with service.moto() as port, tempfile.TemporaryDirectory() as folder:
        run(Lake(folder, port))
    print("files that a queue tells of are read once")
    return 0


if __name__ == "__main__":
    sys.exit(main())
