"""A pipeline project in a folder of its own, and the program run in it. The first argument of the test is the program."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import textwrap
import unittest

WEIR = os.path.abspath(sys.argv.pop(1))


class Project(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        for name in ("transformations", "data"):
            (self.folder / name).mkdir()
        self.configure()
        self.environment = {**os.environ, "WEIR_HOME": str(self.folder / "home")}

    def configure(self, name="language", more=""):
        (self.folder / "spark-pipeline.yml").write_text(
            f"name: {name}\nlibraries: [{{glob: {{include: transformations/**}}}}]\nstorage: storage\nschema: s\n{more}")

    def define(self, text, name="a.sql"):
        (self.folder / "transformations" / name).write_text(textwrap.dedent(text))

    def land(self, text, name="1.csv"):
        (self.folder / "data" / name).write_text(text)

    def weir(self, *arguments, code=0):
        ran = subprocess.run([WEIR, *arguments], cwd=self.folder, env=self.environment, capture_output=True,
                             text=True, timeout=120)
        self.assertEqual(ran.returncode, code, ran.stderr + ran.stdout)
        return ran.stdout + ran.stderr

    def update(self, *arguments):
        return self.weir("pipeline", "run", *arguments)

    def sql(self, *statements):
        return [self.weir("sql", "-e", statement) for statement in statements]

    def refused(self, statement):
        return self.weir("sql", "-e", statement, code=1)

    def rows(self, query):
        ran = subprocess.run([WEIR, "sql", "--output", "json", "-e", query], cwd=self.folder, env=self.environment,
                             capture_output=True, text=True, timeout=120)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        return [tuple(json.loads(line).values()) for line in ran.stdout.splitlines()]

    def problems(self):
        return self.weir("pipeline", "dry-run", code=1)
