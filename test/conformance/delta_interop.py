#!/usr/bin/env python3
"""Tables that weir wrote read the same in deltalake and Spark, and the other way round.

usage: delta_interop.py    (with the program in WEIR, or build/weir)
"""

import datetime
import decimal
import functools
import json
import os
import pathlib
import re
import subprocess
import sys

import deltalake
import pyarrow as pa

sys.path.insert(0, str(pathlib.Path(__file__).parent))
sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "oracles"))
import each  # noqa: E402
import rows  # noqa: E402
import spark as oracle  # noqa: E402

UTC = datetime.timezone.utc

# One column of every type, and a value that has shown mistakes before: signs, fractions, NaN, the
# first and last of a type, empty texts and collections, characters beyond the first plane.
COLUMNS = [
    ("b", pa.bool_(), [True, False]),
    ("i8", pa.int8(), [-128, 127]),
    ("i16", pa.int16(), [-32768, 32767]),
    ("i32", pa.int32(), [-2**31, 2**31 - 1]),
    ("i64", pa.int64(), [-2**63, 2**63 - 1]),
    ("f32", pa.float32(), [0.1, float("nan")]),
    ("f64", pa.float64(), [-1e300, float("inf")]),
    ("d5", pa.decimal128(5, 2), [decimal.Decimal("-1.50"), decimal.Decimal("999.99")]),
    ("d38", pa.decimal128(38, 10), [decimal.Decimal("-1234567890123456789012345678.0123456789"),
                                    decimal.Decimal("0.0000000001")]),
    ("s", pa.string(), ["", "it's \"quoted\" \\ \N{GRINNING FACE} and much longer than thirty-two letters"]),
    ("x", pa.binary(), [b"\x00\xff", b""]),
    ("d", pa.date32(), [datetime.date(1582, 10, 15), datetime.date(9999, 12, 31)]),
    ("t", pa.timestamp("us", "UTC"), [datetime.datetime(1969, 12, 31, 23, 59, 59, 999999, UTC),
                                      datetime.datetime(2013, 1, 1, 5, 0, 0, 1, UTC)]),
    ("n", pa.timestamp("us"), [datetime.datetime(1, 1, 1), datetime.datetime(2013, 1, 1, 5, 0, 1)]),
    ("l", pa.list_(pa.int32()), [[1, None, 3], []]),
    ("m", pa.map_(pa.string(), pa.int64()), [[("a", 1), ("b", None)], []]),
    ("st", pa.struct([("a", pa.int32()), ("in", pa.struct([("z", pa.list_(pa.string()))]))]),
     [{"a": 1, "in": {"z": ["q", None]}}, {"a": None, "in": {"z": []}}]),
]
PARTITIONS = [  # Each is one partition column's values.
    ("p_s", pa.string(), ["a b/c=d%", None, "\u00e4"]),
    ("p_d", pa.date32(), [datetime.date(2013, 1, 1), None, datetime.date(1969, 12, 31)]),
    ("p_t", pa.timestamp("us", "UTC"), [datetime.datetime(2013, 1, 1, 5, 0, 0, 123456, UTC), None,
                                        datetime.datetime(1969, 12, 31, 23, 59, 59, 0, UTC)]),
    ("p_i", pa.int32(), [-1, None, 7]),
    ("p_dec", pa.decimal128(10, 2), [decimal.Decimal("-0.50"), None, decimal.Decimal("3.00")]),
    ("p_b", pa.bool_(), [True, None, False]),
]


def check(condition, message):
    if not condition:
        raise AssertionError(message)


class Weir:
    def __init__(self, binary, home):
        self.command = [str(pathlib.Path(binary).resolve()), "--home", str(home), "sql",
                        "--output", "json"]
        self.names = {}

    def run(self, *statements):
        """A folder that a statement made a table's is named by the table from then on: weir
        refuses its path, so that permissions of the table can't be gone around."""
        text = ";\n".join(statements)
        created = re.findall(r"CREATE TABLE (\w+) [^;]*?LOCATION '([^']+)'", text)
        for path, name in self.names.items():
            text = text.replace(f"delta.`{path}`", name)
        self.names.update({path: name for name, path in created})
        done = subprocess.run(self.command + ["-e", text], capture_output=True, text=True,
                              timeout=300)
        check(done.returncode == 0, f"{text}\n{done.stderr}")
        return done.stdout

    def read(self, path, schema, where=""):
        return rows.of_output(self.run(f"SELECT * FROM delta.`{path}` {where}"), schema)


def sql_literal(value, kind):
    """A value as SQL text of exactly its type."""
    name = rows.spark_type(kind)
    if value is None:
        return f"CAST(NULL AS {name})"
    if pa.types.is_list(kind):
        items = ", ".join(sql_literal(item, kind.value_type) for item in value)
        return f"CAST(array({items}) AS {name})"
    if pa.types.is_map(kind):
        pairs = ", ".join(f"{sql_literal(k, kind.key_type)}, {sql_literal(v, kind.item_type)}"
                          for k, v in value)
        return f"CAST(map({pairs}) AS {name})"
    if pa.types.is_struct(kind):
        members = ", ".join(f"'{f.name}', {sql_literal(value[f.name], f.type)}" for f in kind)
        return f"named_struct({members})"
    if pa.types.is_binary(kind):
        return f"X'{value.hex()}'"
    if pa.types.is_floating(kind):
        return f"CAST('{value!r}' AS {name})"
    if pa.types.is_timestamp(kind):
        return f"CAST('{value.replace(tzinfo=None).isoformat(' ')}' AS {name})"
    if pa.types.is_boolean(kind):
        return str(value).lower()
    if pa.types.is_string(kind):
        text = value.replace("\\", "\\\\").replace("'", "\\'")
        return f"'{text}'"
    return f"CAST('{value}' AS {name})"


def select_of(table):
    """SELECTs that give the rows of an Arrow table."""
    selects = []
    for row in table.to_pylist():
        columns = ", ".join(f"{sql_literal(row[f.name], f.type)} AS {f.name}" for f in table.schema)
        selects.append(f"SELECT {columns}")
    return " UNION ALL ".join(selects)


def ddl_of(schema):
    return ", ".join(f"{field.name} {rows.spark_type(field.type)}" for field in schema)


def all_types():
    table = pa.table({name: pa.array(values + [None], kind) for name, kind, values in COLUMNS})
    return table


def partitioned(for_deltalake=False):
    """A row for each value of the partition columns. deltalake 1.6 neither writes nor reads negative
    decimals there ("0.-50")."""
    columns = {"id": pa.array([1, 2, 3], pa.int64())}
    for name, kind, values in PARTITIONS:
        if for_deltalake and pa.types.is_decimal(kind):
            values = [abs(value) if value is not None else None for value in values]
        columns[name] = pa.array(values, kind)
    return pa.table(columns)


def expect_same(actual, expected, what):
    problem = rows.difference(actual, expected)
    check(not problem, f"{what}: {problem}")


def lake_rows(path, schema):
    """The rows as deltalake reads them; also the types must be the schema's."""
    table = deltalake.DeltaTable(path).to_pyarrow_table()
    check(table.schema.names == schema.names, f"{path}: columns {table.schema.names}")
    for field in schema:
        got = rows.spark_type(table.schema.field(field.name).type)
        check(got == rows.spark_type(field.type), f"{path}: {field.name} is {got} in deltalake")
    return rows.of_table(table)


@functools.cache
def spark():
    return oracle.session("interop")


def spark_rows(path, schema):
    """The rows as Spark reads them; also the types must be the schema's."""
    frame = spark().read.format("delta").load(str(path))
    for field in schema:
        got = frame.schema[field.name].dataType.simpleString()
        check(got == rows.spark_type(field.type), f"{path}: {field.name} is {got} in Spark")
    return rows.of_table(frame.select(*schema.names).toArrow())


def expect_everybody_reads(weir, path, data, what):
    schema, expected = data.schema, rows.of_table(data)
    expect_same(weir.read(path, schema), expected, f"weir of {what}")
    expect_same(lake_rows(path, schema), expected, f"deltalake of {what}")
    expect_same(spark_rows(path, schema), expected, f"Spark of {what}")


def weir_writes_every_type(weir, folder):
    path = folder / "types"
    data = all_types()
    weir.run(f"CREATE TABLE types ({ddl_of(data.schema)}) USING delta LOCATION '{path}'",
             f"INSERT INTO types {select_of(data)}")
    expect_everybody_reads(weir, path, data, "weir's types")


def weir_writes_partitions(weir, folder):
    names = ", ".join(name for name, _, _ in PARTITIONS)
    for name, data in (("signed", partitioned()), ("parts", partitioned(for_deltalake=True))):
        path = folder / name
        weir.run(f"CREATE TABLE {name} ({ddl_of(data.schema)}) USING delta PARTITIONED BY ({names}) "
                 f"LOCATION '{path}'",
                 f"INSERT INTO {name} {select_of(data)}")
        expected = rows.of_table(data)
        expect_same(weir.read(path, data.schema), expected, "weir of its own partitions")
        expect_same(spark_rows(path, data.schema), expected, "Spark of weir's partitions")
    expect_same(lake_rows(path, data.schema), expected, "deltalake of weir's partitions")
    table = deltalake.DeltaTable(path)
    check(table.metadata().partition_columns == [name for name, _, _ in PARTITIONS],
          "deltalake sees other partition columns")
    check(len(table.file_uris()) == 3, "one file a partition")


ODD_TEXTS = ["a/b", "a=b", "50%", "%2F", "..", "x:y*?<>|'", 'q"q', "b\\s", "tab\there", "\u6f22\u5b57", " ",
             "__HIVE_DEFAULT_PARTITION__", "NULL", "y" * 300, "/" * 100]


def weir_writes_many_partitions(weir, folder):
    """More partitions than files are open at a time, odd ones among them, in small files."""
    path = folder / "many"
    schema = pa.schema([("id", pa.int64()), ("p", pa.string())])
    texts = ODD_TEXTS + [None, ""] + [f"p{number}" for number in range(1500)]
    data = pa.table({"id": list(range(len(texts))), "p": [text or None for text in texts]}, schema=schema)
    odd = len(ODD_TEXTS) + 2
    weir.run(f"CREATE TABLE many ({ddl_of(schema)}) USING delta PARTITIONED BY (p) LOCATION '{path}' "
             "TBLPROPERTIES ('delta.targetFileSize' = '1mb')",
             f"INSERT INTO many {select_of(data.slice(0, odd))} "
             f"UNION ALL SELECT id, concat('p', id - {odd}) FROM range({odd}, {len(texts)})")
    expect_everybody_reads(weir, path, data, "weir's many partitions")
    weir.run("INSERT INTO many SELECT xxhash64(id), 'large' FROM range(600000)")
    large = deltalake.DeltaTable(path).to_pyarrow_table(filters=[("p", "=", "large")])
    check(large.num_rows == 600000, f"deltalake reads {large.num_rows} rows of the large partition")
    actions = pa.table(deltalake.DeltaTable(path).get_add_actions(flatten=True)).to_pylist()
    sizes = [action["size_bytes"] for action in actions if action["partition.p"] == "large"]
    check(len(sizes) > 2 and max(sizes) < 1.5 * 2**20, f"files of {sizes} bytes")
    check(len(actions) == len(sizes) + len(texts) - 1, f"{len(actions)} files")


def weir_writes_history(weir, folder):
    """More than one checkpoint's worth of versions, an overwrite, and a merged schema."""
    path = folder / "history"
    weir.run(f"CREATE TABLE h (id BIGINT, v STRING) USING delta LOCATION '{path}' "
             "TBLPROPERTIES ('delta.checkpointInterval' = '10')")
    for i in range(12):
        weir.run(f"INSERT INTO h VALUES ({i}, 'v{i}')")
    schema = pa.schema([("id", pa.int64()), ("v", pa.string())])
    data = pa.table({"id": list(range(12)), "v": [f"v{i}" for i in range(12)]}, schema=schema)
    check((path / "_delta_log" / "00000000000000000010.checkpoint.parquet").exists(),
          "no checkpoint was written")
    # With the entries before the checkpoint gone, both must read the checkpoint.
    forget_commits(path, 10)
    expect_everybody_reads(weir, path, data, "weir's checkpoint")
    weir.run("INSERT OVERWRITE h VALUES (100, 'new')")
    expect_everybody_reads(weir, path, pa.table({"id": [100], "v": ["new"]}, schema=schema),
                           "an overwritten table")
    lake = [(entry["version"], entry["operation"])
            for entry in deltalake.DeltaTable(path).history()]
    own = [(int(entry["version"]), entry["operation"])
           for entry in rows.parse_output(weir.run("DESCRIBE HISTORY h"))]
    check(lake == own, f"histories differ: {lake} and {own}")


def log_files(path, pattern):
    return sorted(file.name for file in (path / "_delta_log").glob(pattern))


def forget_commits(path, before):
    for version in range(before):
        (path / "_delta_log" / f"{version:020}.json").unlink()


def weir_writes_checkpoints_in_parts(weir, folder):
    path = folder / "parted"
    weir.run(f"CREATE TABLE parted (id BIGINT, v STRING) USING delta LOCATION '{path}' "
             "TBLPROPERTIES ('weir.checkpointPartSize' = '5', 'delta.checkpointInterval' = '10')")
    for i in range(12):
        weir.run(f"INSERT INTO parted VALUES ({i}, 'v{i}')")
    parts = log_files(path, f"{10:020}.checkpoint.*.parquet")
    check(parts == [f"{10:020}.checkpoint.{part:010}.{3:010}.parquet" for part in (1, 2, 3)], f"{parts}")
    forget_commits(path, 10)
    schema = pa.schema([("id", pa.int64()), ("v", pa.string())])
    data = pa.table({"id": list(range(12)), "v": [f"v{i}" for i in range(12)]}, schema=schema)
    expect_everybody_reads(weir, path, data, "weir's checkpoint in parts")


def spark_writes_checkpoints_in_parts(weir, folder):
    path = folder / "spark_parted"
    schema = pa.schema([("id", pa.int64())])
    session = spark()
    session.conf.set("spark.databricks.delta.checkpoint.partSize", "4")
    try:
        for i in range(12):
            session.createDataFrame(pa.table({"id": [i]}, schema=schema), "id BIGINT").write.format(
                "delta").mode("append").save(str(path))
    finally:
        session.conf.unset("spark.databricks.delta.checkpoint.partSize")
    parts = log_files(path, f"{10:020}.checkpoint.*.*.parquet")
    check(len(parts) > 1, f"Spark wrote {parts}")
    expected = pa.table({"id": list(range(12))}, schema=schema)
    (path / "_delta_log" / parts[-1]).rename(folder / "part")  # Half a set is passed over.
    expect_same(weir.read(path, schema), rows.of_table(expected), "weir of half a checkpoint")
    (folder / "part").rename(path / "_delta_log" / parts[-1])
    forget_commits(path, 10)
    expect_same(weir.read(path, schema), rows.of_table(expected), "weir of Spark's checkpoint in parts")
    # What weir adds then is read by Spark, from the same parts.
    weir.run(f"CREATE TABLE spark_parted USING delta LOCATION '{path}'", "INSERT INTO spark_parted VALUES (12)")
    expect_everybody_reads(weir, path, pa.table({"id": list(range(13))}, schema=schema),
                           "a table behind Spark's parts")


def deltalake_writes_every_type(weir, folder):
    path = folder / "lake_types"
    data = all_types()
    deltalake.write_deltalake(path, data)
    expect_same(weir.read(path, data.schema), rows.of_table(data), "weir of deltalake's types")


def deltalake_writes_partitions_and_checkpoints(weir, folder):
    path = folder / "lake_parts"
    data = partitioned(for_deltalake=True)
    for _ in range(3):
        deltalake.write_deltalake(path, data, mode="append",
                                  partition_by=[name for name, _, _ in PARTITIONS])
    table = deltalake.DeltaTable(path)
    table.create_checkpoint()
    deltalake.write_deltalake(path, data, mode="append")
    schema = table.to_pyarrow_table().schema
    expected = rows.of_table(deltalake.DeltaTable(path).to_pyarrow_table())
    check(sum(expected.values()) == 12, "deltalake doesn't read its own")
    expect_same(weir.read(path, schema), expected, "weir of deltalake's partitions")
    for name, kind, _ in PARTITIONS:
        for value in data.column(name).to_pylist():
            where = f"WHERE {name} <=> {sql_literal(value, kind)}"
            count = sum(weir.read(path, schema, where).values())
            check(count == 4, f"{where} gives {count} rows")


def spark_writes_types_partitions_and_checkpoints(weir, folder):
    for name, data, by in (("types", all_types(), []),
                           ("parts", partitioned(), [name for name, _, _ in PARTITIONS])):
        path = folder / f"spark_{name}"
        frame = spark().createDataFrame(data, ddl_of(data.schema))
        for _ in range(11):
            frame.write.format("delta").mode("append").partitionBy(*by).save(str(path))
        whole = pa.concat_tables([data] * 11)
        check((path / "_delta_log" / "00000000000000000010.checkpoint.parquet").exists(),
              "Spark wrote no checkpoint")
        expect_same(spark_rows(path, data.schema), rows.of_table(whole), "Spark of its own")
        expect_same(weir.read(path, data.schema), rows.of_table(whole), f"weir of Spark's {name}")
        forget_commits(path, 10)
        expect_same(weir.read(path, data.schema), rows.of_table(whole),
                    f"weir of Spark's checkpoint of {name}")


def skipping_never_loses_rows(weir, folder):
    """Both write one file a value, and every comparison must find what a plain filter finds."""
    values = [("i64", [-5, 0, 7, None]), ("s", ["a" * 40, "a" * 300 + "b", "a" * 300 + "\N{GRINNING FACE}", "", None]),
              ("t", [datetime.datetime(2013, 1, 1, 0, 0, 0, us, UTC) for us in (0, 1, 999, 1000)]),
              ("f64", [float("nan"), -0.0, 0.0, float("inf")])]
    types = {name: kind for name, kind, _ in COLUMNS}
    for name, choices in values:
        kind = types[name]
        lake, own = folder / f"lake_skip_{name}", folder / f"skip_{name}"
        weir.run(f"CREATE TABLE skip_{name} ({name} {rows.spark_type(kind)}) USING delta "
                 f"LOCATION '{own}'")
        for value in choices:
            one = pa.table({name: pa.array([value], kind)})
            deltalake.write_deltalake(lake, one, mode="append")
            weir.run(f"INSERT INTO skip_{name} {select_of(one)}")
        schema = pa.schema([(name, kind)])
        for value in choices:
            if value is None:
                continue
            for op in ("=", "<>", "<", "<=", ">", ">="):
                literal = sql_literal(value, kind)
                # The whole table through a sub-query that no filter is pushed into.
                plain = (f"SELECT {name} FROM (SELECT {name}, count(*) OVER () AS c FROM "
                         f"delta.`{own}`) WHERE {name} {op} {literal}")
                expected = rows.of_output(weir.run(plain), schema)
                for path in (lake, own):
                    got = weir.read(path, schema, f"WHERE {name} {op} {literal}")
                    expect_same(got, expected, f"{path.name} WHERE {name} {op} {literal}")


def deltalake_appends_to_weirs_table(weir, folder):
    path = folder / "shared"
    schema = pa.schema([("id", pa.int64())])
    weir.run(f"CREATE TABLE shared (id BIGINT) USING delta LOCATION '{path}'",
             "INSERT INTO shared VALUES (1)")
    deltalake.write_deltalake(path, pa.table({"id": pa.array([2], pa.int64())}), mode="append")
    weir.run("INSERT INTO shared VALUES (3)")
    weir.run("INSERT INTO shared VALUES (4)")
    expect_everybody_reads(weir, path, pa.table({"id": [1, 2, 3, 4]}, schema=schema),
                           "a table both wrote")
    # deltalake leaves these away unless they hold something.
    info = json.loads((path / "_delta_log" / f"{1:020}.json").read_text().splitlines()[0])
    check("commitInfo" in info, "weir's entry does not start with its commitInfo")


def replaced_rows_are_those_that_deltalake_replaces(weir, folder):
    """The same rows go, by partition, by statistics, and out of files that hold others too."""
    old = pa.table({"p": pa.array(["a", "a", "b", None]), "x": pa.array([1, None, 3, 4], pa.int64())})
    new = {"p = 'a'": ("a", 7), "p = 'a' AND x = 1": ("a", 1), "x >= 3": ("z", 9), "x IS NULL": ("a", None),
           "p <> 'a'": ("c", 5), "NOT (p = 'a' OR x > 3)": ("c", 3)}
    for number, (condition, row) in enumerate(new.items()):
        lake, own = folder / f"lake_{number}", folder / f"own_{number}"
        one = pa.table({"p": pa.array([row[0]]), "x": pa.array([row[1]], pa.int64())})
        deltalake.write_deltalake(lake, old, partition_by=["p"])
        deltalake.write_deltalake(lake, one, mode="overwrite", predicate=condition)
        weir.run(f"CREATE TABLE own_{number} (p STRING, x BIGINT) USING delta PARTITIONED BY (p) "
                 f"LOCATION '{own}'", f"INSERT INTO own_{number} {select_of(old)}",
                 f"INSERT INTO own_{number} REPLACE WHERE {condition} {select_of(one)}")
        expected = lake_rows(lake, old.schema)
        expect_same(weir.read(own, old.schema), expected, f"weir after REPLACE WHERE {condition}")
        expect_same(lake_rows(own, old.schema), expected, f"deltalake after REPLACE WHERE {condition}")
    expect_same(spark_rows(own, old.schema), expected, "Spark after REPLACE WHERE")


def main():
    tests = [weir_writes_every_type, weir_writes_partitions,
             weir_writes_many_partitions, weir_writes_history,
             weir_writes_checkpoints_in_parts, spark_writes_checkpoints_in_parts,
             deltalake_writes_every_type, deltalake_writes_partitions_and_checkpoints,
             spark_writes_types_partitions_and_checkpoints,
             skipping_never_loses_rows, deltalake_appends_to_weirs_table,
             replaced_rows_are_those_that_deltalake_replaces]
    return each.run(tests, lambda test, folder: test(
        Weir(os.environ.get("WEIR", "build/weir"), folder / "home"), folder))


if __name__ == "__main__":
    sys.exit(main())
