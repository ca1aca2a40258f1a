"""DataFrames, readers and the session, as far as their queries can be written as SQL."""

from weir_definitions import columns
from weir_definitions.origin import Refused, here, unsupported, wrong
from weir_definitions.sql_text import identifier, identifiers, named_arguments, qualified, text
from weir_definitions.types import columns_of

ACTIONS = {"collect", "count", "show", "toPandas", "take", "head", "first", "tail", "foreach", "foreachPartition",
           "write", "writeTo", "writeStream", "isEmpty", "toLocalIterator", "toArrow", "explain", "checkpoint",
           "localCheckpoint", "summary", "describe", "saveAsTable", "createOrReplaceTempView", "createTempView",
           "schema", "columns", "dtypes", "printSchema", "cache", "persist"}


def _action(what):
    return Refused("ATTEMPT_ANALYSIS_IN_PIPELINE_QUERY_FUNCTION",
                   f"{what} would run or look into a query while the pipeline is only being defined",
                   "return the DataFrame; the pipeline runs it")


def _keys(subset):
    if subset is None:
        return "*"
    if isinstance(subset, str) or not all(isinstance(name, str) for name in subset):
        raise wrong("the columns are a list of names", "write [\"id\"]")
    return identifiers(subset) or "*"


class DataFrame:
    """A query as its SQL text. `streams`: it reads a stream for certain; other texts are looked into by weir.
    `_source`: what stands behind FROM, so that what is selected of it still finds `_metadata`."""

    def __init__(self, sql, streams=False, line=None):
        self.sql = sql
        self.streams = streams
        self.line = line if line is not None else here()[1]
        self._source = f"({sql})"
        self._conditions = ()

    @classmethod
    def of(cls, source, streams, conditions=()):
        rest = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        frame = cls(f"SELECT * FROM {source}{rest}", streams)
        frame._source, frame._conditions = source, conditions
        return frame

    def _over(self, select, rest=""):
        where = f" WHERE {' AND '.join(self._conditions)}" if self._conditions else ""
        return DataFrame(f"SELECT {select} FROM {self._source}{where}{rest}", self.streams)

    def where(self, condition):
        sql = condition.sql if isinstance(condition, columns.Column) else f"({condition})"
        return DataFrame.of(self._source, self.streams, (*self._conditions, sql))

    filter = where

    def select(self, *chosen):
        if len(chosen) == 1 and isinstance(chosen[0], (list, tuple)):
            chosen = chosen[0]
        return self._over(", ".join(columns.column_text(one) for one in chosen))

    def selectExpr(self, *chosen):
        if len(chosen) == 1 and isinstance(chosen[0], (list, tuple)):
            chosen = chosen[0]
        return self._over(", ".join(chosen))

    def drop(self, *names):
        if any(not isinstance(name, str) for name in names):
            raise unsupported("DataFrame.drop of a column that is not a name")
        return self._over(f"* EXCEPT ({identifiers(names)})")

    def limit(self, count):
        return self._over("*", f" LIMIT {int(count)}")

    def distinct(self):
        # Of a stream Spark gives each row at once; SELECT DISTINCT waits until no equal one can come.
        return self.dropDuplicates() if self.streams else self._over("DISTINCT *")

    def dropDuplicates(self, subset=None):
        return self._over(f"DISTINCT ON ({_keys(subset)}) *")

    drop_duplicates = dropDuplicates

    def dropDuplicatesWithinWatermark(self, subset=None):
        return self._over(f"DISTINCT ON ({_keys(subset)}) WITHIN WATERMARK *")

    def withWatermark(self, eventTime, delayThreshold):
        source = f"({self.sql})" if self._conditions else self._source
        return DataFrame.of(f"{source} WATERMARK {identifier(eventTime)} DELAY OF INTERVAL {text(delayThreshold)}",
                            self.streams)

    def union(self, other):
        return DataFrame(f"({self.sql}) UNION ALL ({other.sql})", self.streams or other.streams)

    unionAll = union

    def unionByName(self, other, allowMissingColumns=False):
        if allowMissingColumns:
            raise unsupported("DataFrame.unionByName with allowMissingColumns")
        raise unsupported("DataFrame.unionByName")

    def __getattr__(self, name):
        if name in ACTIONS:
            raise _action(f"DataFrame.{name}")
        if name.startswith("__"):
            raise AttributeError(name)
        raise unsupported(f"DataFrame.{name}")

    def __getitem__(self, name):
        raise unsupported("a column of a DataFrame by df[...]")


# Formats of Spark's own file sources and what their texts are without a schema or inferSchema: strings.
FILE_FORMATS = ("csv", "json", "parquet", "text", "binaryFile", "xml", "avro", "orc")
TABLE_FUNCTIONS = {"kafka": "read_kafka", "kinesis": "read_kinesis", "pubsub": "read_pubsub", "pulsar": "read_pulsar"}


class Reader:
    """spark.read and spark.readStream."""

    def __init__(self, streams):
        self.streams = streams
        self.chosen_format = None
        self.chosen = {}
        self.columns = None

    def format(self, name):
        self.chosen_format = name
        return self

    def option(self, key, value):
        self.chosen[key] = value
        return self

    def options(self, **options):
        self.chosen.update(options)
        return self

    def schema(self, schema):
        self.columns = columns_of(schema)
        return self

    def table(self, name):
        return self._of_table(qualified(name), "spark.readStream.table" if self.streams else "spark.read.table")

    def load(self, path=None, format=None, schema=None, **options):
        if format is not None:
            self.format(format)
        if schema is not None:
            self.schema(schema)
        self.options(**options)
        wanted = self.chosen_format or "parquet"
        if wanted.lower() == "delta":
            return self._of_table(f"delta.{identifier(path)}", "a reader of format delta")
        if wanted.lower() in TABLE_FUNCTIONS:
            arguments = named_arguments(self.chosen).removeprefix(", ")
            return self._from(f"{TABLE_FUNCTIONS[wanted.lower()]}({arguments})")
        if wanted.lower() == "cloudfiles":
            return self._of_cloud_files(path)
        for known in FILE_FORMATS:
            if wanted.lower() == known.lower():
                return self._of_files(path, known)
        raise unsupported(f"the format {wanted}")

    def _of_table(self, name, what):
        options = {key.lower(): value for key, value in self.chosen.items()}
        changes = str(options.pop("readchangefeed", options.pop("readchangedata", "false"))).lower() == "true"
        if changes:
            start, end = options.pop("startingversion", None), options.pop("endingversion", None)
            start = options.pop("startingtimestamp", start)
            end = options.pop("endingtimestamp", end)
            bounds = "".join(f", {self._bound(one)}" for one in (0 if start is None else start, end) if one is not None)
            source = f"table_changes({text(name.replace('`', ''))}{bounds})"
        else:
            version = options.pop("versionasof", None)
            time = options.pop("timestampasof", None)
            source = name
            if version is not None:
                source += f" VERSION AS OF {int(version)}"
            if time is not None:
                source += f" TIMESTAMP AS OF {text(time)}"
            if self.streams and str(options.pop("skipchangecommits", "false")).lower() == "true":
                source = f"read_stream({text(name)}, skipChangeCommits => true)"
        if options:
            raise unsupported(f"the option {sorted(options)[0]} of {what}", "see docs/guide/python.md")
        return self._from(source)

    @staticmethod
    def _bound(value):
        return str(int(value)) if str(value).isdigit() else text(value)

    def _of_cloud_files(self, path):
        if not self.streams:
            raise wrong("the format cloudFiles is read as a stream", "write spark.readStream")
        options = {}
        for key, value in self.chosen.items():
            options[key[len("cloudFiles."):] if key.lower().startswith("cloudfiles.") else key] = value
        if "format" not in options:
            raise wrong("cloudFiles.format is missing", "add .option(\"cloudFiles.format\", \"json\")")
        if self.columns is None and not any(key.lower() == "infercolumntypes" for key in options):
            options["inferColumnTypes"] = False  # Auto Loader's default; read_files' own is true.
        return self._of_path(path, options)

    def _of_files(self, path, file_format):
        options = {"format": file_format}
        for key, value in self.chosen.items():
            options["inferColumnTypes" if key.lower() == "inferschema" else key] = value
        inferred = any(key.lower() == "infercolumntypes" for key in options)
        if self.columns is None and self.streams and file_format not in ("text", "binaryFile"):
            raise wrong("a stream of files needs a schema in Spark",
                        "add .schema(...), or use .format(\"cloudFiles\"), which works it out")
        if self.columns is None and file_format == "csv" and not inferred:
            options["inferColumnTypes"] = False
        if "rescuedDataColumn" not in options and self.columns is None:
            options["schemaEvolutionMode"] = options.get("schemaEvolutionMode", "none")
        return self._of_path(path, options)

    def _of_path(self, path, options):
        paths = path if isinstance(path, (list, tuple)) else [path]
        if len(paths) != 1 or not isinstance(paths[0], str):
            raise unsupported("a reader of several paths", "use one path with a pattern, such as 'data/{a,b}/*'")
        if self.columns is not None:
            options["schema"] = self.columns
        return self._from(f"read_files({text(paths[0])}{named_arguments(options)})")

    def _from(self, source):
        return DataFrame.of(f"{'STREAM ' if self.streams else ''}{source}", self.streams)

    def __getattr__(self, name):
        for known in FILE_FORMATS:
            if name == known:
                return lambda path, schema=None, **options: self.load(path, known, schema, **options)
        if name.startswith("__"):
            raise AttributeError(name)
        raise unsupported(f"spark.{'readStream' if self.streams else 'read'}.{name}")


class Configuration:
    """spark.conf: what the spec's `configuration` says."""

    def __init__(self, values):
        self.values = values

    def get(self, key, *default):
        if key in self.values:
            return self.values[key]
        if default:
            return default[0]
        raise wrong(f"the configuration has no key {key}", f"add `{key}:` under `configuration:` in the spec")

    def set(self, key, value):
        raise unsupported("spark.conf.set", f"write `{key}:` under `configuration:` in the spec")


class SparkSession:
    def __init__(self, configuration, literals):
        self.conf = Configuration(configuration)
        self._literals = literals

    @property
    def read(self):
        return Reader(streams=False)

    @property
    def readStream(self):
        return Reader(streams=True)

    def table(self, name):
        return Reader(streams=False).table(name)

    def sql(self, query, args=None, **relations):
        if args is not None or relations:
            raise unsupported("spark.sql with arguments", "put the values into the text, with an f-string")
        if not isinstance(query, str):
            raise wrong("spark.sql takes a text")
        file, line = here()
        return DataFrame(query.strip().rstrip(";"), False, self._literals.line_of(file, line, query))

    def range(self, start, end=None, step=1, numPartitions=None):
        first, last = (0, start) if end is None else (start, end)
        return DataFrame.of(f"range({int(first)}, {int(last)}, {int(step)})", False)

    @classmethod
    def active(cls):
        return cls.current

    getActiveSession = active

    class _Builder:
        def getOrCreate(self):
            return SparkSession.current

        def __getattr__(self, name):
            if name in ("appName", "master", "config", "remote", "enableHiveSupport"):
                return lambda *_, **__: self
            raise AttributeError(name)

    builder = _Builder()
    current = None

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        raise unsupported(f"spark.{name}")
