#!/usr/bin/env python3
"""VARIANT columns of weir's tables read the same in Spark and deltalake, and those of Spark in weir: whole ones, mapped
ones, shredded ones. Shredded Parquet files of others hold what their authors say that they hold.

usage: variants.py    (with the program in WEIR, or build/weir)
"""

import json
import os
import pathlib
import struct
import sys

import deltalake
import pyarrow as pa
from pyspark.sql.types import VariantVal

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import each  # noqa: E402
import rows  # noqa: E402
from delta_interop import Weir, check, spark  # noqa: E402

CORPUS = pathlib.Path(__file__).resolve().parents[3] / "shared/data/parquet/parquet-testing/shredded_variant"

# Texts of SQL that both give the same variant for.
VALUES = ["NULL"] + [f"parse_json('{text}')" for text in (
    "null", "true", "1", "-129", "3000000000", "1.25", "1e300", '"text"', '"' + "long " * 20 + '"', "[]", "{}",
    '[1, null, "x", {"a": []}]', '{"b": 1, "a": {"c": [true, 2.50]}, "e": null}')] + [
    "CAST(DATE '2026-01-02' AS VARIANT)", "CAST(TIMESTAMP '2026-01-02 03:04:05.678' AS VARIANT)",
    "CAST(TIMESTAMP_NTZ '2026-01-02 03:04:05' AS VARIANT)", "CAST(X'00ff' AS VARIANT)",
    "CAST(CAST(0.1 AS FLOAT) AS VARIANT)", "CAST(CAST('123456789012345678901234567890.5' AS DECIMAL(38,1)) AS VARIANT)"]
COLUMNS = "id INT, v VARIANT, s STRUCT<w: VARIANT, n: INT>, l ARRAY<VARIANT>, m MAP<STRING, VARIANT>"
SHOWN = ("id, to_json(v) AS v, schema_of_variant(v) AS t, v IS NULL AS n, to_json(s.w) AS w, to_json(l[0]) AS l0, "
         "l[1] IS NULL AS l1, to_json(m['k']) AS mk")


def row(number, value):
    return f"SELECT {number}, {value}, named_struct('w', {value}, 'n', 1), array({value}, NULL), map('k', {value})"


def inserts(first):
    return "INSERT INTO {t} " + " UNION ALL ".join(row(first + i, value) for i, value in enumerate(VALUES))


class Both:
    """One table at `path`, called t in weir."""

    def __init__(self, weir, path):
        self.weir, self.path = weir, path

    def weir_runs(self, *texts):
        return self.weir.run(*(text.replace("{t}", "t") for text in texts))

    def spark_runs(self, *texts):
        return [spark().sql(text.replace("{t}", f"delta.`{self.path}`")) for text in texts][-1]

    def create(self, by, columns=COLUMNS, properties=""):
        clause = f" TBLPROPERTIES ({properties})" if properties else ""
        self.weir.run("DROP TABLE IF EXISTS t")
        self.weir.names.clear()
        if by == "weir":
            self.weir.run(f"CREATE TABLE t ({columns}) USING delta LOCATION '{self.path}'{clause}")
        else:
            self.spark_runs(f"CREATE TABLE {{t}} ({columns}) USING delta{clause}")
            self.weir.run(f"CREATE TABLE t USING delta LOCATION '{self.path}'")

    def expect(self, shown=SHOWN, where="true"):
        query = f"SELECT {shown} FROM {{t}} WHERE {where}"
        table = self.spark_runs(query).toArrow()
        check(table.num_rows > 0, f"nothing in {query}")
        problem = rows.difference(rows.of_output(self.weir_runs(query), table.schema), rows.of_table(table))
        check(not problem, f"{query}: {problem}")

    def last(self, action):
        found = None
        for file in sorted((self.path / "_delta_log").glob("*.json")):
            for line in file.read_text().splitlines():
                found = json.loads(line).get(action, found)
        return found


def tables_are_written_in_turn(weir, folder):
    for mode in ("none", "name", "id"):
        for first in ("weir", "spark"):
            both = Both(weir, folder / f"{mode}-{first}")
            both.create(first, properties=f"'delta.columnMapping.mode' = '{mode}'" if mode != "none" else "")
            both.weir_runs(inserts(0))
            both.spark_runs(inserts(100))
            both.expect()
            both.weir_runs("UPDATE {t} SET v = parse_json('[\"weir\"]'), s.w = NULL WHERE id % 100 = 3",
                           "DELETE FROM {t} WHERE v IS NULL AND id < 100")
            both.spark_runs("UPDATE {t} SET v = parse_json('[\"Spark\"]') WHERE id % 100 = 4",
                            "DELETE FROM {t} WHERE v IS NULL")
            both.expect()
            both.weir_runs("OPTIMIZE {t}")
            both.expect()
            both.spark_runs("OPTIMIZE {t}")
            both.expect(where="v:a.c[0]::BOOLEAN")


def the_protocol_and_statistics_are_those_of_spark(weir, folder):
    both = Both(weir, folder / "table")
    both.create("weir")
    protocol = both.last("protocol")
    for kind in ("readerFeatures", "writerFeatures"):
        check("variantType" in protocol[kind], f"{protocol}")
    both.weir_runs(inserts(0))
    own = json.loads(both.last("add")["stats"])
    both.spark_runs(inserts(0))
    last = sorted((both.path / "_delta_log").glob("*.json"))[-1]  # Of files as many as it likes.
    adds = [json.loads(line)["add"] for line in last.read_text().splitlines() if line.startswith('{"add"')]
    theirs = [json.loads(add["stats"])["nullCount"] for add in adds]
    check(own["nullCount"]["v"] == sum(counts["v"] for counts in theirs) == 1, f"{own} {theirs}")
    check(own["nullCount"]["s"]["w"] == sum(counts["s"]["w"] for counts in theirs) == 1, f"{own} {theirs}")
    for bound in ("minValues", "maxValues"):
        check("v" not in own[bound] and "w" not in own[bound].get("s", {}), f"{own}")


def a_table_of_the_preview_stays_one(weir, folder):
    both = Both(weir, folder / "table")
    both.create("spark", "id INT, v VARIANT", "'delta.feature.variantType-preview' = 'supported'")
    both.weir_runs("INSERT INTO {t} VALUES (1, parse_json('[1]'))", "ALTER TABLE {t} ADD COLUMN w VARIANT")
    check("variantType" not in both.last("protocol")["readerFeatures"], f"{both.last('protocol')}")
    both.spark_runs("INSERT INTO {t} VALUES (2, parse_json('2'), NULL)")
    both.expect("id, to_json(v) AS v, to_json(w) AS w")


def what_spark_shreds_is_read_and_written_beside(weir, folder):
    both = Both(weir, folder / "table")
    both.create("spark", properties="'delta.enableVariantShredding' = 'true'")
    both.spark_runs(inserts(0))
    both.spark_runs("INSERT INTO {t} SELECT 1000 + id, parse_json('{\"a\":' || id || ', \"b\": \"x' || id || '\"}'), NULL, "
                    "NULL, NULL FROM range(100)")
    both.spark_runs("INSERT INTO {t} SELECT 2000 + id, parse_json(if(id % 7 = 0, '[3]', '{\"a\": [' || id || ', null], "
                    "\"c' || id || '\": 1.5}')), NULL, NULL, NULL FROM range(100)")
    both.expect()
    both.weir_runs("UPDATE {t} SET v = parse_json('{\"a\": -1}') WHERE v:a::STRING = '7'", inserts(3000))
    both.expect()
    both.expect(where="v:a::STRING IN ('-1', '8')")


def change_feeds_have_them(weir, folder):
    for first in ("weir", "spark"):
        both = Both(weir, folder / first)
        both.create(first, "id INT, v VARIANT", "'delta.enableChangeDataFeed' = 'true'")
        both.weir_runs("INSERT INTO {t} VALUES (1, parse_json('{\"a\": 1}')), (2, NULL)",
                       "UPDATE {t} SET v = parse_json('null') WHERE id = 1")
        both.spark_runs("UPDATE {t} SET v = parse_json('[2]') WHERE id = 2", "DELETE FROM {t} WHERE id = 1")
        shown = "id, to_json(v) AS v, _change_type, _commit_version"
        feed = spark().read.format("delta").option("readChangeFeed", "true").option("startingVersion", 1)
        table = feed.load(str(both.path)).selectExpr(*shown.split(", ")).toArrow()
        own = weir.run(f"SELECT {shown} FROM table_changes('t', 1)")
        problem = rows.difference(rows.of_output(own, table.schema), rows.of_table(table))
        check(table.num_rows == 7 and not problem, f"{first}: {problem}")


def deltalake_reads_weirs(weir, folder):
    both = Both(weir, folder / "table")
    both.create("weir", "id INT, v VARIANT")
    both.weir_runs("INSERT INTO {t} " + " UNION ALL ".join(f"SELECT {i}, {value}" for i, value in enumerate(VALUES)))
    builder = deltalake.QueryBuilder().register("t", deltalake.DeltaTable(both.path))
    read = pa.table(builder.execute("SELECT id, v FROM t").read_all())
    got = {}
    for number, group in zip(read["id"].to_pylist(), read["v"].to_pylist()):
        got[number] = None if group is None else VariantVal(bytes(group["value"]), bytes(group["metadata"])).toJson()
    for line in both.spark_runs("SELECT id, v FROM {t}").collect():
        wanted = None if line["v"] is None else line["v"].toJson()
        check(got[line["id"]] == wanted, f"{VALUES[line['id']]}: {got[line['id']]}, not {wanted}")


def both_refuse_the_same(weir, folder):
    both = Both(weir, folder / "table")
    both.create("weir")
    for text in ["SELECT * FROM {t} WHERE v = v", "SELECT * FROM {t} ORDER BY v", "SELECT DISTINCT v FROM {t}",
                 "MERGE INTO {t} USING (SELECT parse_json('1') AS j) ON v = j WHEN MATCHED THEN DELETE"]:
        try:
            both.spark_runs(text).collect()
        except Exception as error:  # Whatever it throws, its text names the condition.
            said = str(error)
        else:
            raise AssertionError(f"Spark does it: {text}")
        try:
            both.weir_runs(text)
        except AssertionError as error:
            condition = str(error).split("[", 1)[-1].split("]", 1)[0]
            check(f"[{condition}]" in said, f"{text}: weir says {condition}, Spark {said[:300]}")
        else:
            raise AssertionError(f"weir does it: {text}")


def value_of(text):
    """A FLOAT is told with as many digits as it has in Java, and as the double that it is in Python."""
    value = None if text is None else json.loads(text)
    return struct.unpack("f", struct.pack("f", value))[0] if isinstance(value, float) and abs(value) < 100 else value


# Of Parquet's variants those that Spark has no type for: only that weir reads them, or says that it doesn't, is asked.
NOT_OF_SPARK = ("TIME", "TIMESTAMPTZ_NANOS", "TIMESTAMPNTZ_NANOS", "UUID")


# Shredded into binary of fixed length, which the engine gives as binary.
FIXED_BINARY = 137


def json_of_file(path):
    """What a file of the corpus says that a row is: metadata, then the value."""
    data = path.read_bytes()
    width = (data[0] >> 6) + 1
    count = int.from_bytes(data[1:1 + width], "little")
    texts = 1 + (count + 2) * width
    end = texts + int.from_bytes(data[texts - width:texts], "little")
    return VariantVal(data[end:], data[:end]).toJson()


def shredded_files_of_others_are_read(weir, folder):
    if not CORPUS.is_dir():
        print(f"no {CORPUS}: its files are not read")
        return
    read, unlike = 0, []
    for case in json.loads((CORPUS / "cases.json").read_text()):
        if "parquet_file" not in case:
            continue
        query = (f"SELECT to_json(var) AS v FROM read_files('{CORPUS / case['parquet_file']}', format => 'parquet', "
                 "ignoreCorruptFiles => false)")
        beyond_spark = any(f"(type={name}," in case.get("variant", "") for name in NOT_OF_SPARK)
        files = case.get("variant_files") or [case["variant_file"]] if "variant_file" in case or "variant_files" in case else None
        try:
            got = [line["v"] for line in rows.parse_output(weir.run(query))]
        except AssertionError as error:
            # A file that is none, one that may be refused, or a type that Spark has no variant of.
            if files is not None and not beyond_spark and "-INVALID" not in case["parquet_file"]:
                unlike.append(f"{case['case_number']}: {str(error)[-300:]}")
            continue
        if files is None:
            if case["case_number"] != FIXED_BINARY:
                unlike.append(f"{case['case_number']}: read as {got}, though {case.get('error_message')}")
            continue
        if beyond_spark:
            if "type=UUID" in case["variant"] and json.loads(got[0]) not in case["variant"]:
                unlike.append(f"{case['case_number']}: {got}, not {case['variant']}")
            continue
        wanted = [None if name is None else json_of_file(CORPUS / name) for name in files]
        same = [value_of(text) for text in got] == [value_of(text) for text in wanted]
        if not same:
            unlike.append(f"{case['case_number']}: {got}, not {wanted}")
        read += 1
    check(not unlike and read > 100, f"{read} read as they should be; not: " + "; ".join(unlike))


def main():
    tests = [tables_are_written_in_turn, the_protocol_and_statistics_are_those_of_spark,
             a_table_of_the_preview_stays_one, what_spark_shreds_is_read_and_written_beside, change_feeds_have_them,
             deltalake_reads_weirs, both_refuse_the_same, shredded_files_of_others_are_read]
    binary = os.environ.get("WEIR", "build/weir")
    wanted = sys.argv[1:]
    return each.run([test for test in tests if not wanted or test.__name__ in wanted],
                    lambda test, folder: test(Weir(binary, folder / "home"), folder))


if __name__ == "__main__":
    sys.exit(main())
