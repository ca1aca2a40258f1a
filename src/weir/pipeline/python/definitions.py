"""pyspark.pipelines and dlt: what a project's files define, as SQL statements."""

from weir_definitions import columns, frames
from weir_definitions.origin import here, unsupported, wrong
from weir_definitions.sql_text import identifier, identifiers, qualified, text
from weir_definitions.types import columns_of

ACTIONS = {"": "", "drop": " ON VIOLATION DROP ROW", "fail": " ON VIOLATION FAIL UPDATE"}
pending = []  # What becomes a statement when all files have run.


class Definition:
    """One dataset, flow or sink. `query` is called when everything is defined."""

    def __init__(self, before, query=None, expectations=(), schema=None, clauses="", by_query=False, sink=None):
        self.file, self.line = here()
        self.sink = sink  # Where its rows go; `before` only names it.
        self.before = before
        self.query = query
        self.expectations = list(expectations)
        self.schema = schema
        self.clauses = clauses
        self.by_query = by_query  # A table is a streaming one or a view, as its query reads.

    def statement(self):
        head = self.before + self._columns() + self.clauses
        line = self.line
        if self.query is None:
            said = {"sql": head, "line": line, "file": self.file, "by_query": False, "streams": False}
            return said if self.sink is None else {**said, "sink": self.sink}
        frame = self.query()
        if not isinstance(frame, frames.DataFrame):
            raise wrong(f"{self.query.__name__} gives {type(frame).__name__}, not a DataFrame",
                        "return what spark.sql, spark.table or a reader gave")
        return {"sql": f"{head} {frame.sql}", "line": frame.line or line, "file": self.file,
                "by_query": self.by_query, "streams": frame.streams}

    def _columns(self):
        expectations = self.expectations + getattr(self.query, "weir_expectations", [])
        parts = [columns_of(self.schema)] if self.schema is not None else []
        parts += [f"CONSTRAINT {identifier(name)} EXPECT ({condition}){ACTIONS[action]}"
                  for name, condition, action in expectations]
        return f" ({', '.join(parts)})" if parts else ""


FILTER_IN_VIEW = "leave it out, and grant SELECT on a view that shows what each reader may see, by current_user()"


def _refuse_settings(spark_conf):
    if spark_conf:
        raise unsupported("spark_conf of one dataset", "write settings under `configuration:` in the spec")


def _clauses(comment, table_properties, partition_cols, cluster_by, path, cluster_by_auto=False):
    clauses = ""
    if partition_cols:
        clauses += f" PARTITIONED BY ({identifiers(partition_cols)})"
    if cluster_by_auto:
        clauses += " CLUSTER BY AUTO"
    elif cluster_by:
        clauses += f" CLUSTER BY ({identifiers(cluster_by)})"
    if path:
        clauses += f" LOCATION {text(path)}"
    if comment:
        clauses += f" COMMENT {text(comment)}"
    if table_properties:
        pairs = ", ".join(f"{text(key)} = {text(value)}" for key, value in table_properties.items())
        clauses += f" TBLPROPERTIES ({pairs})"
    return clauses


def _refuse_others(what, others):
    for name, value in others.items():
        raise unsupported(f"the argument {name} of {what}", "leave it out")


def _condition(value):
    return value.sql if isinstance(value, columns.Column) else value


def _replacing(replace_where, replace_using, sequence_by):
    """The clause of a flow whose rows take the place of others; "" for one that adds them."""
    if replace_where is not None:
        if replace_using or sequence_by is not None:
            raise wrong("replace_where goes without replace_using and sequence_by")
        return f"REPLACE WHERE {_condition(replace_where)}"
    if not replace_using and sequence_by is None:
        return ""
    if not replace_using or sequence_by is None:
        raise wrong("replace_using and sequence_by go together: the key columns, and the one that tells what is newer")
    keys = [replace_using] if isinstance(replace_using, str) else replace_using
    return f"REPLACE USING {_column_list(keys)} SEQUENCE BY {columns.column_text(sequence_by)}"


def _dataset_decorator(what, kind, by_query):
    def decorator(query_function=None, *, name=None, comment=None, spark_conf=None, table_properties=None,
                  path=None, partition_cols=None, cluster_by=None, cluster_by_auto=False, schema=None,
                  private=False, temporary=False, refresh_policy=None, row_filter=None, replace_where=None,
                  replace_using=None, sequence_by=None, **others):
        _refuse_settings(spark_conf)
        _refuse_others(what, others)
        if row_filter is not None:
            raise unsupported(f"row_filter of {what}", FILTER_IN_VIEW)
        hidden = "PRIVATE " if private or temporary else ""
        clauses = _clauses(comment, table_properties, partition_cols, cluster_by, path, cluster_by_auto)
        if refresh_policy:
            clauses += f" REFRESH POLICY {str(refresh_policy).upper().replace('_', ' ')}"
        replacing = _replacing(replace_where, replace_using, sequence_by)
        if replacing and not by_query:
            raise unsupported(f"rows that {what} replaces", "write @dp.table")
        fills = f" FLOW {replacing} BY NAME" if replacing else " AS"

        def define(function):
            pending.append(Definition(f"CREATE OR REFRESH {hidden}{kind} {qualified(name or function.__name__)}",
                                      function, (), schema, clauses + fills, by_query and not replacing))
            return function
        return define if query_function is None else define(query_function)
    return decorator


table = _dataset_decorator("table", "STREAMING TABLE", True)
materialized_view = _dataset_decorator("materialized_view", "MATERIALIZED VIEW", False)


def temporary_view(query_function=None, *, name=None, comment=None, spark_conf=None, **others):
    _refuse_settings(spark_conf)
    _refuse_others("temporary_view", others)

    def define(function):
        clauses = _clauses(comment, None, None, None, None)
        pending.append(Definition(f"CREATE TEMPORARY VIEW {qualified(name or function.__name__)}", function,
                                  clauses=f"{clauses} AS"))
        return function
    return define if query_function is None else define(query_function)


view = temporary_view  # As dlt calls it.


def create_streaming_table(name, *, comment=None, spark_conf=None, table_properties=None, path=None,
                           partition_cols=None, cluster_by=None, cluster_by_auto=False, schema=None,
                           expect_all=None, expect_all_or_drop=None, expect_all_or_fail=None, private=False,
                           row_filter=None, **others):
    _refuse_settings(spark_conf)
    _refuse_others("create_streaming_table", others)
    if row_filter is not None:
        raise unsupported("row_filter of create_streaming_table", FILTER_IN_VIEW)
    rules = [(rule, condition, action) for action, all_of in
             [("", expect_all), ("drop", expect_all_or_drop), ("fail", expect_all_or_fail)]
             for rule, condition in (all_of or {}).items()]
    clauses = _clauses(comment, table_properties, partition_cols, cluster_by, path, cluster_by_auto)
    hidden = "PRIVATE " if private else ""
    pending.append(Definition(f"CREATE OR REFRESH {hidden}STREAMING TABLE {qualified(name)}", None, rules, schema,
                              clauses))


create_target_table = create_streaming_table


def append_flow(*, target, name=None, once=False, comment=None, spark_conf=None, **others):
    _refuse_settings(spark_conf)
    _refuse_others("append_flow", others)

    def define(function):
        said = f" COMMENT {text(comment)}" if comment else ""
        into = "INSERT INTO ONCE" if once else "INSERT INTO"
        pending.append(Definition(f"CREATE FLOW {qualified(name or function.__name__)}{said} AS {into} "
                                  f"{qualified(target)} BY NAME", function))
        return function
    return define


def replace_flow(*, target, replace_using=None, sequence_by=None, replace_where=None, name=None, comment=None,
                 spark_conf=None, **others):
    _refuse_settings(spark_conf)
    _refuse_others("replace_flow", others)
    replacing = _replacing(replace_where, replace_using, sequence_by)
    if not replacing:
        raise wrong("replace_flow takes replace_using and sequence_by: what its rows take the place of")

    def define(function):
        said = f" COMMENT {text(comment)}" if comment else ""
        pending.append(Definition(f"CREATE FLOW {qualified(name or function.__name__)}{said} AS INSERT INTO "
                                  f"{qualified(target)} BY NAME {replacing}", function))
        return function
    return define


SINK_OPTIONS = {"path": "path", "tablename": "table", "mergeschema": "merge_schema"}


def create_sink(name, format, options=None):
    """A place outside of the pipeline to which append flows write."""
    if str(format).lower() != "delta":
        raise unsupported(f"a sink of format {format}",
                          "write to one of format delta and let a consumer read that table, or run this project with "
                          "Apache Spark (spark-pipelines)")
    place = {"table": "", "path": "", "merge_schema": False}
    for key, value in (options or {}).items():
        known = SINK_OPTIONS.get(key.lower())
        if known is None:
            raise unsupported(f"the option {key} of a sink of format delta",
                              "it takes path or tableName, and mergeSchema")
        place[known] = str(value).lower() == "true" if known == "merge_schema" else str(value)
    if bool(place["table"]) == bool(place["path"]):
        raise wrong("a sink of format delta has one place", "give the option tableName, or the option path")
    pending.append(Definition(f"CREATE STREAMING TABLE {qualified(name)}", sink=place))


def _expectation(action):
    def expect(name, condition):
        return _expect_all(action, {name: condition})
    return expect


def _expectations(action):
    def expect_all(expectations):
        return _expect_all(action, expectations)
    return expect_all


def _expect_all(action, expectations):
    def attach(function):
        held = getattr(function, "weir_expectations", [])
        rules = [(name, condition.sql if isinstance(condition, columns.Column) else condition, action)
                 for name, condition in expectations.items()]
        function.weir_expectations = rules + held
        return function
    return attach


expect, expect_or_drop, expect_or_fail = (_expectation(action) for action in ("", "drop", "fail"))
expect_all, expect_all_or_drop, expect_all_or_fail = (_expectations(action) for action in ("", "drop", "fail"))


def _column_choice(keyword, chosen, others):
    if chosen and others:
        raise wrong(f"{keyword}: give the columns or those to leave out, not both")
    if chosen:
        return f" {keyword} {_column_list(chosen)}"
    return f" {keyword} * EXCEPT {_column_list(others)}" if others else ""


def _column_list(names):
    return f"({', '.join(columns.column_text(name) for name in names)})"


def create_auto_cdc_flow(target, source, keys, sequence_by, ignore_null_updates=False, apply_as_deletes=None,
                         apply_as_truncates=None, column_list=None, except_column_list=None,
                         stored_as_scd_type=1, track_history_column_list=None,
                         track_history_except_column_list=None, name=None, once=False, **others):
    """A flow that applies a change feed. Conditions and columns are texts or Columns."""
    _refuse_others("create_auto_cdc_flow", others)
    sql = f"CREATE FLOW {qualified(name or target)} AS AUTO CDC{' ONCE' if once else ''} INTO {qualified(target)}"
    sql += f" FROM STREAM({qualified(source)}) KEYS {_column_list(keys)}"
    if ignore_null_updates:
        sql += " IGNORE NULL UPDATES"
    if apply_as_deletes is not None:
        sql += f" APPLY AS DELETE WHEN {_condition(apply_as_deletes)}"
    if apply_as_truncates is not None:
        sql += f" APPLY AS TRUNCATE WHEN {_condition(apply_as_truncates)}"
    sql += f" SEQUENCE BY {columns.column_text(sequence_by)}"
    sql += _column_choice("COLUMNS", column_list, except_column_list)
    sql += f" STORED AS SCD TYPE {_scd_type(stored_as_scd_type)}"
    sql += _column_choice("TRACK HISTORY ON", track_history_column_list, track_history_except_column_list)
    pending.append(Definition(sql))


apply_changes = create_auto_cdc_flow


def create_auto_cdc_from_snapshot_flow(target, source, keys, stored_as_scd_type=1, track_history_column_list=None,
                                       track_history_except_column_list=None, name=None, **others):
    _refuse_others("create_auto_cdc_from_snapshot_flow", others)
    if callable(source):
        raise unsupported("a function as the source of snapshots",
                          "give a table's name, or write it in SQL with FROM SNAPSHOT (...) WITH VERSION (...)")
    sql = f"CREATE FLOW {qualified(name or target)} AS AUTO CDC INTO {qualified(target)}"
    sql += f" FROM SNAPSHOT (SELECT * FROM {qualified(source or target)}) KEYS {_column_list(keys)}"
    sql += f" STORED AS SCD TYPE {_scd_type(stored_as_scd_type)}"
    sql += _column_choice("TRACK HISTORY ON", track_history_column_list, track_history_except_column_list)
    pending.append(Definition(sql))


apply_changes_from_snapshot = create_auto_cdc_from_snapshot_flow


def _scd_type(value):
    if str(value) not in ("1", "2"):
        raise wrong(f"stored_as_scd_type is 1 or 2, not {value!r}")
    return value


def _by_name(name, hint):
    def refuse(*_, **__):
        raise unsupported(name, hint)
    return refuse


foreach_batch_sink = _by_name("foreach_batch_sink",
                              "write to a sink of format delta, or run this project with Apache Spark")
update_flow = _by_name("update_flow", "use append_flow, or run this project with Apache Spark (spark-pipelines)")
on_event_hook = _by_name("on_event_hook", "read event_log('pipeline') instead")


def read(name):
    """dlt.read: an older spelling."""
    return frames.Reader(streams=False).table(name)


def read_stream(name):
    return frames.Reader(streams=True).table(name)
