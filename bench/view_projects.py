"""Pipelines of materialised views over tables by path, kept up by weir or computed anew by it, and the same
queries computed anew by Spark into Delta tables."""

import json
import subprocess

from processes import WEIR, Ran

SPEC = """name: views
libraries:
  - glob:
      include: '*.sql'
storage: storage
schema: views
"""


class Project:
    """`views` are (name, query) in an order in which each comes behind those that it reads; in a query {orders},
    {customers} and names of views in braces stand for tables."""

    def __init__(self, folder, views, tables, policy):
        self.folder, self.views = folder, views
        self.command = [WEIR, "--home", folder / "home"]
        folder.mkdir(parents=True)
        Ran(*self.command, "sql", "-e", "; ".join(
            f"CREATE TABLE {name} USING delta LOCATION '{path}'" for name, path in tables.items()))
        names = {name: f"main.default.{name}" for name in tables} | {name: name for name, _ in views}
        (folder / "views.sql").write_text("\n".join(
            f"CREATE MATERIALIZED VIEW {name} REFRESH POLICY {policy} AS {query.format(**names)};"
            for name, query in views))
        (folder / "spark-pipeline.yml").write_text(SPEC)

    def update(self):
        return Ran(*self.command, "pipeline", "run", "--spec", self.folder / "spark-pipeline.yml")

    def path(self, view):
        """Where the view's table is."""
        detail = subprocess.run([*map(str, self.command), "sql", "--output", "json", "-e", f"DESCRIBE DETAIL views.{view}"],
                                check=True, text=True, stdout=subprocess.PIPE)
        return json.loads(detail.stdout)["location"].removeprefix("file://")


class SparkViews:
    """The same views as tables below `folder`, each written anew as a whole."""

    def __init__(self, folder, views, tables, spark):
        self.folder, self.views, self.spark = folder, views, spark
        self.names = {name: f"delta.`{path}`" for name, path in tables.items()}
        self.names |= {name: f"delta.`{folder / name}`" for name, _ in views}
        self.there = False

    def update(self):
        verb = "INSERT OVERWRITE {table}" if self.there else "CREATE TABLE {table} USING delta AS"
        self.there = True
        return self.spark.run(*[verb.format(table=self.names[name]) + " " + query.format(**self.names)
                                for name, query in self.views])

    def path(self, view):
        return self.folder / view
