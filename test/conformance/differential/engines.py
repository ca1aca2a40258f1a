"""The two engines, asked the same statements: an outcome is {"types", "rows"} or {"error", "message"}, as
outcomes.cc tells it."""

import json
import select
import subprocess

PATIENCE = 60  # Seconds for one statement.


class Weir:
    """One process that runs statement after statement. When it ends or hangs that is an outcome, and the next
    statement has a new one, which `prepare` is run in first."""

    def __init__(self, program):
        self.program = program
        self.process = None
        self.prepared = []

    def prepare(self, statements):
        """What later statements need, such as views."""
        self.prepared = list(statements)
        for sql in self.prepared:
            outcome = self.run(sql, fresh=False)
            if "error" in outcome:
                raise RuntimeError(f"weir: {sql}\n{outcome}")

    def run(self, sql, fresh=True):
        if self.process is None:
            self.process = subprocess.Popen([self.program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            if fresh:
                self.prepare(self.prepared)
        try:
            self.process.stdin.write(json.dumps(sql).encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            return self._ended("was gone before")
        if not select.select([self.process.stdout], [], [], PATIENCE)[0]:
            self.process.kill()
            return self._ended(f"gave nothing in {PATIENCE} s")
        line = self.process.stdout.readline()
        if not line:
            return self._ended("ended")
        return json.loads(line)

    def _ended(self, how):
        code = self.process.wait()
        self.process = None
        return {"error": "CRASHED", "message": f"the process {how}: {code}"}

    def close(self):
        if self.process is not None:
            self.process.stdin.close()
            self.process.wait()


class Spark:
    # Small plans are interpreted: compiling each takes longer than running it, and means the same.
    SETTINGS = {
        "spark_sql_codegen_wholeStage": "false",
        "spark_sql_codegen_factoryMode": "NO_CODEGEN",
        "spark_sql_shuffle_partitions": "1",
        "spark_sql_adaptive_enabled": "false",
    }

    def __init__(self):
        import spark  # Needs the oracles: make oracles.

        self.session = spark.session("differential", threads=1)
        for name, value in self.SETTINGS.items():
            self.session.conf.set(name.replace("_", "."), value)
        self.session.sparkContext.setLogLevel("OFF")

    def prepare(self, statements):
        for sql in statements:
            self.session.sql(sql)

    def run(self, sql):
        try:
            frame = self.session.sql(sql)
            types = [field.dataType.simpleString() for field in frame.schema.fields]
            plain = frame.toDF(*[f"c{i}" for i in range(len(types))])
            cells = [f"hex(c{i})" if kind == "binary" else f"CAST(c{i} AS STRING)"
                     for i, kind in enumerate(types)]
            return {"types": types, "rows": [list(row) for row in plain.selectExpr(*cells).collect()]}
        except Exception as error:  # pylint: disable=broad-except
            return {"error": condition(error), "message": str(error).split("\n", maxsplit=1)[0]}

    def close(self):
        self.session.stop()


def condition(error):
    """Spark's, also where it stands in what caused the error; else the name of the error's class."""
    if hasattr(error, "getCondition") and error.getCondition():
        return error.getCondition()
    cause = getattr(error, "java_exception", None) or getattr(error, "_origin", None)
    while cause is not None:
        named = condition_of(cause)
        if named:
            return named
        if cause.getCause() is None:
            return cause.getClass().getName()
        cause = cause.getCause()
    return type(error).__name__


def condition_of(throwable):
    """Of one of Java's; nothing for those that know none."""
    from py4j.protocol import Py4JError  # Comes with Spark.

    try:
        return throwable.getCondition()
    except Py4JError:
        return None
