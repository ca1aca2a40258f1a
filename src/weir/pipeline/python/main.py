"""Runs a project's Python files and tells what they define: takes a request, prints an answer as JSON.

The modules it offers to them (pyspark.pipelines, dlt, ...) are weir's own: nothing else need be installed.
"""

import importlib.abc
import importlib.machinery
import json
import os
import sys
import types as python_types

from weir_definitions import columns, definitions, frames, origin, types
from weir_definitions.literals import Literals


class Refusing(python_types.ModuleType):
    """A module that says by name what it does not have."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        if self.__name__ == "pyspark.sql.functions":
            return columns.function(name)
        raise origin.unsupported(f"{self.__name__}.{name}")


def module(name, **members):
    made = Refusing(name)
    made.__path__ = []
    made.__dict__.update(members)
    sys.modules[name] = made
    parent, _, last = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], last, made)
    return made


class NoOthers(importlib.abc.MetaPathFinder):
    """No part of an installed PySpark stands beside weir's."""

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("pyspark", "dlt", "delta"):
            raise origin.unsupported(f"the module {name}")
        return None


def public(of):
    return {name: value for name, value in vars(of).items() if not name.startswith("_")}


OFFERED = ("table", "materialized_view", "temporary_view", "view", "create_streaming_table", "create_target_table",
           "append_flow", "replace_flow", "expect", "expect_or_drop", "expect_or_fail", "expect_all",
           "expect_all_or_drop",
           "expect_all_or_fail", "create_auto_cdc_flow", "apply_changes", "create_auto_cdc_from_snapshot_flow",
           "apply_changes_from_snapshot", "create_sink", "foreach_batch_sink", "update_flow", "on_event_hook",
           "read", "read_stream")
TYPES = ("DataType", "DecimalType", "ArrayType", "MapType", "StructField", "StructType")


def offer_modules():
    offered = {name: getattr(definitions, name) for name in OFFERED}
    module("pyspark")
    module("pyspark.pipelines", **offered)
    module("dlt", **offered)
    module("pyspark.sql", SparkSession=frames.SparkSession, DataFrame=frames.DataFrame, Column=columns.Column)
    module("pyspark.sql.functions", col=columns.col, column=columns.column, expr=columns.expr, lit=columns.lit,
           struct=columns.struct, when=columns.when)
    module("pyspark.sql.types", **types.SIMPLE, **{name: getattr(types, name) for name in TYPES})
    sys.meta_path.insert(0, NoOthers())


class Answer:
    def __init__(self):
        self.statements, self.errors = [], []

    def refuse(self, error, file, line):
        known = isinstance(error, origin.Refused)
        self.errors.append({
            "file": file, "line": line,
            "condition": error.condition if known else "PYTHON_EXCEPTION",
            "message": error.message if known else f"{type(error).__name__}: {error}",
            "hint": error.hint if known else ""})

    def failed(self, error, file, line=0):
        at = origin.of_traceback(error.__traceback__)
        self.refuse(error, *(at if at[0] else (file, line)))


def run_file(path, source, answer, literals):
    try:
        code = compile(source, path, "exec")
        literals.add(path, source)
    except SyntaxError as error:
        answer.refuse(origin.Refused("PARSE_SYNTAX_ERROR", f"Python: {error.msg}"), path, error.lineno or 1)
        return
    held = python_types.ModuleType(os.path.splitext(os.path.basename(path))[0])
    held.__file__ = path
    held.spark = frames.SparkSession.current
    try:
        exec(code, held.__dict__)
    except (Exception, SystemExit) as error:
        answer.failed(error, path, 1)


def define_all(answer):
    for definition in definitions.pending:
        try:
            answer.statements.append(definition.statement())
        except (Exception, SystemExit) as error:
            answer.failed(error, definition.file, definition.line)


def run(request):
    reply = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # What the files print is not the answer.
    sys.stdin = open(os.devnull, encoding="utf-8")
    os.chdir(request["folder"])
    sys.path.insert(0, request["folder"])
    literals = Literals()
    frames.SparkSession.current = frames.SparkSession(request["configuration"], literals)
    offer_modules()
    answer = Answer()
    origin.user_files.update(file["path"] for file in request["files"])
    for file in request["files"]:
        run_file(file["path"], file["text"], answer, literals)
    define_all(answer)
    json.dump({"statements": answer.statements, "errors": answer.errors}, reply)
    reply.close()
