#!/usr/bin/env python3
"""Files of every format, in every form, read the same in Spark and in weir's read_files.

usage: file_formats.py    (with the program in WEIR, or build/weir)

Spark's own example files are in ../shared/data, or the folder that WEIR_CASES names; without them
their test is left out. Where weir differs from Spark on purpose, a case says what each gives.
"""

import bz2
import gzip
import json
import lzma
import os
import pathlib
import sys
import zlib

import pyarrow as pa

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import each  # noqa: E402
import rows  # noqa: E402
from delta_interop import Weir, check, expect_same, spark  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = pathlib.Path(os.environ.get("WEIR_CASES", ROOT.parent / "shared/data")) / "ingest/spark-examples"


def options_of(options):
    return {name: str(value).lower() if isinstance(value, bool) else value
            for name, value in options.items()}


def call(path, format, options):
    """read_files as SQL."""
    quoted = "".join(f", {name} => '" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
                     for name, value in options_of(options).items())
    return f"read_files('{path}', format => '{format}'{quoted})"


def spark_reads(path, format, options):
    reader = spark().read.format(format).options(**options_of(options))
    if "schema" in options:
        reader = reader.schema(options["schema"])
    return reader.load(str(path))


def weir_columns(weir, source):
    """(name, type) of each, but the rescued data."""
    text = weir.run(f"DESCRIBE SELECT * FROM {source}")
    return [(row["col_name"], row["data_type"]) for row in rows.parse_output(text)
            if row["col_name"] != "_rescued_data"]


def rows_of_weir(weir, source, schema):
    names = ", ".join(f"`{name}`" for name in schema.names)
    return rows.of_output(weir.run(f"SELECT {names} FROM {source}"), schema)


def same(weir, path, format, **options):
    """Both give the same columns and rows; gives their number."""
    frame = spark_reads(path, format, options)
    source = call(path, format, options)
    what = f"{path.name} as {format} with {options}"
    check(weir_columns(weir, source) == frame.dtypes,
          f"{what}: columns {weir_columns(weir, source)}, in Spark {frame.dtypes}")
    table = frame.toArrow()
    expect_same(rows_of_weir(weir, source, table.schema), rows.of_table(table), what)
    return table.num_rows


def differs(weir, path, format, in_spark, in_weir, **options):
    """They differ on purpose: the rows of each, as lists of tuples."""
    frame = spark_reads(path, format, options)
    got = [tuple(row) for row in frame.collect()]
    check(got == in_spark, f"{path.name}: Spark gives {got}, not {in_spark}")
    schema = frame.toArrow().schema
    found = rows_of_weir(weir, call(path, format, options), schema)
    table = pa.table([pa.array(column, field.type) for column, field in
                      zip(zip(*in_weir), schema)], schema=schema)
    expect_same(found, rows.of_table(table), f"weir of {path.name}")


def put(folder, name, data):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def frame_of_numbers():
    return spark().range(0, 20000, 1, 1).selectExpr(
        "id", "concat('name ', id % 77, ', \"quoted\"') AS name", "id / 8 AS share")


def what_spark_packs_is_unpacked(weir, folder):
    frame = frame_of_numbers()
    for codec in ("gzip", "bzip2", "deflate", "snappy", "lz4"):
        for format, options in (("csv", {"header": True, "escape": '"'}), ("json", {}),
                                ("text", {})):
            written = frame if format != "text" else frame.selectExpr("to_json(struct(*)) AS value")
            path = folder / f"{codec}_{format}"
            (written.write.format(format).options(**options_of(options))
             .option("compression", codec).save(str(path)))
            packed = [file.suffix for file in path.glob("part-*")]
            check(len(packed) == 1 and packed[0] not in (".csv", ".json", ".txt"), str(packed))
            options = {**options, "inferSchema": True} if format == "csv" else options
            check(same(weir, path, format, **options) == 20000, f"{codec} {format}")


def members_one_after_another_are_one(weir, folder):
    for ending, pack in (("gz", gzip.compress), ("bz2", bz2.compress), ("deflate", zlib.compress)):
        path = put(folder, f"a.txt.{ending}", pack(b"one\n") + pack(b"") + pack(b"two\nthree"))
        check(same(weir, path, "text") == 3, ending)


def what_spark_does_not_unpack_is_unpacked_too(weir, folder):
    text = "".join(f"line {i}\n" for i in range(20000)).encode()
    plain = put(folder, "plain.txt", text)
    wanted = rows.of_table(spark_reads(plain, "text", {}).toArrow())
    for ending, packed in (
            ("xz", lzma.compress(text)),
            ("zst", pa.Codec("zstd").compress(text).to_pybytes()),
            ("lz4", pa.Codec("lz4").compress(text).to_pybytes())):
        path = put(folder, f"packed.txt.{ending}", packed)
        found = rows_of_weir(weir, call(path, "text", {}), pa.schema([("value", pa.string())]))
        expect_same(found, wanted, ending)


def text_reads_the_same(weir, folder):
    texts = {"lines": "a\n\n b \r\nc\rd", "mark": b"\xef\xbb\xbfa\nb\n", "empty": "", "end": "\n",
             "separated": "a||b||\nc||", "unicode": "\u00e4\u2028x\n\N{GRINNING FACE}\n"}
    for name, text in texts.items():
        path = put(folder, f"in/{name}.txt", text)
        same(weir, path, "text")
        same(weir, path, "text", wholeText=True)
        same(weir, path, "text", lineSep="||")
        same(weir, path, "text", lineSep="\n")
    same(weir, put(folder, "named.txt", "x\n"), "text", schema="line STRING")
    same(weir, folder / "in", "text", pathGlobFilter="{[e-m]*,separated}.txt")
    # Bytes that are not UTF-8 go through Spark as they are.
    path = put(folder, "bytes", b"a\xff\n")
    found = rows_of_weir(weir, call(path, "text", {}), pa.schema([("value", pa.string())]))
    check(list(found) == [("a\N{REPLACEMENT CHARACTER}",)], str(found))


def binary_files_read_the_same(weir, folder):
    for name, data in (("a.bin", bytes(range(256))), ("empty.bin", b""), ("a b/c.gz", b"\0"),
                       ("note.txt", "no")):
        put(folder / "in", name, data)
    options = {"pathGlobFilter": "*.{bin,gz}", "recursiveFileLookup": True}
    frame = spark_reads(folder / "in", "binaryFile", options)
    source = call(folder / "in", "binaryFile", options)
    check(weir_columns(weir, source) == frame.dtypes, f"{weir_columns(weir, source)}")
    # Spark has paths without `//`, not escaped, times in milliseconds, and no empty files.
    table = frame.selectExpr(
        "replace(concat('file://', substr(path, 6)), ' ', '%20') AS path",
        "modificationTime", "length", "content").toArrow()
    times = ("SELECT path, date_trunc('millisecond', modificationTime) AS modificationTime, length, "
             f"content FROM {source} WHERE length > 0")
    expect_same(rows.of_output(weir.run(times), table.schema), rows.of_table(table), "binaryFile")
    check(table.num_rows == 2, str(table.num_rows))
    counted = rows.parse_output(weir.run(f"SELECT count(*) AS n FROM {source}"))
    check(counted[0]["n"] == 3, f"{counted} files with the empty one")


def documents_of_json_read_the_same(weir, folder):
    documents = {
        "object": '{\n "a": 1,\n "b": {"c": [1,\n 2.5]},\n "d": null\n}\n',
        "list": '[\n {"a": 1},\n {"a": 20000000000, "b": "x\\ny [}"},\n {}\n]\n',
        "line": '[{"a": 1}, {"a": 2}]', "mark": b'\xef\xbb\xbf{"a":\r\n1}',
        "nested": '{"l": [{"x": [[1], []]}, {"y": true}],\n"s": "\\u00e9\\ud83d\\ude00"}',
    }
    for name, text in documents.items():
        same(weir, put(folder, f"{name}.json", text), "json", multiLine=True)
        same(weir, put(folder, f"packed/{name}.json.gz",
                       gzip.compress(text if isinstance(text, bytes) else text.encode())),
             "json", multiLine=True)
    large = [{"id": i, "tags": ["t"] * (i % 4), "at": {"x": i / 4}} for i in range(20000)]
    check(same(weir, put(folder, "large.json", json.dumps(large, indent=2)), "json",
               multiLine=True) == 20000, "large")
    same(weir, put(folder, "typed.json", '[\n{"a": "1", "t": "2020-01-01 00:00:00"}\n]'), "json",
         multiLine=True, schema="a STRING, t TIMESTAMP")
    same(weir, put(folder, "parts.json", '{"a":1}|{"a":2}|'), "json", lineSep="|")


def where_documents_of_json_differ(weir, folder):
    with_corrupt = {"multiLine": True, "schema": "a INT, _corrupt_record STRING"}
    # Spark takes the first document of a file alone.
    differs(weir, put(folder, "more.json", '{\n"a": 1\n}\n[{"a": 2}]'), "json", [(1,)],
            [(1,), (2,)], multiLine=True)
    # A mistake spoils the whole file in Spark, and its own object in weir.
    broken = '[\n {"a": 1},\n {"a": tru},\n {"a": 3}]'
    differs(weir, put(folder, "broken.json", broken), "json", [(None, broken)],
            [(1, None), (None, '{"a": tru}'), (3, None)], **with_corrupt)
    cut = '[\n {"a": 1},\n {"a": 2'
    differs(weir, put(folder, "cut.json", cut), "json", [(None, cut)],
            [(1, None), (None, '{"a": 2')], **with_corrupt)
    mixed = '[1, {"a": 2}]'
    differs(weir, put(folder, "mixed.json", mixed), "json", [(None, mixed)],
            [(None, "1"), (2, None)], **with_corrupt)
    differs(weir, put(folder, "trailing.json", '{"a": 1} more'), "json", [(1, None)],
            [(1, None), (None, "more")], **with_corrupt)
    # A value of another type: the text of the whole file, in all its rows.
    typed = '[{"a": 1}, {"a": "x"}]'
    differs(weir, put(folder, "typed.json", typed), "json", [(1, typed), (None, typed)],
            [(1, None), (None, '{"a": "x"}')], **with_corrupt)


def csv_over_lines_reads_the_same(weir, folder):
    texts = {"plain": 'a,b\n1,"x\ny"\n2,z\n', "blank": 'a,b\n\n1,"x\n\ny"\n\n2,z\n',
             "header": '"a\nx",b\n1,2\n', "comment": '#c "\na,b\n1,"x\n#no\ny"\n',
             "quotes": 'a,b\n1,"x""\n""y"\n2,"q"\n', "last": 'a,b\n1,"x\ny"'}
    for name, text in texts.items():
        for packed in (False, True):
            path = put(folder, name + (".csv.gz" if packed else ".csv"),
                       gzip.compress(text.encode()) if packed else text)
            same(weir, path, "csv", multiLine=True, header=True, comment="#", escape='"',
                 inferSchema=True)
    large = "id,note\n" + "".join(f'{i},"line\n{i} of ""many"""\n' for i in range(20000))
    check(same(weir, put(folder, "large.csv", large), "csv", multiLine=True, header=True,
               escape='"', inferSchema=True) == 20000, "large")
    same(weir, put(folder, "bars.csv", "a,b|1,2|3,4"), "csv", header=True, lineSep="|",
         inferSchema=True)
    same(weir, put(folder, "bars2.csv", "a,b||1,2||3,4||"), "csv", header=True, lineSep="||",
         inferSchema=True)


def where_csv_over_lines_differs(weir, folder):
    options = {"multiLine": True, "header": True, "schema": "a INT, b STRING"}
    # Spark takes all that follows a quote that is never closed as one field.
    differs(weir, put(folder, "open.csv", 'a,b\n1,"x\n2,z\n'), "csv", [(1, "x\n2,z\n")],
            [(1, "x"), (2, "z")], **options)
    # Spark makes CR LF within quotes an LF.
    differs(weir, put(folder, "ends.csv", 'a,b\r\n1,"x\r\ny"\r\n'), "csv", [(1, "x\ny")],
            [(1, "x\r\ny")], **options)


def lists_of_old_parquet_files_read_the_same(weir, folder):
    """Their repeated part is called as Hive called it."""
    frame = spark().sql("SELECT id, IF(id % 3 = 0, NULL, array(id, NULL)) AS l, "
                        "array(named_struct('x', array(id), 'y', id)) AS deep, map('k', array(id)) AS m "
                        "FROM range(10)")
    setting = "spark.sql.parquet.writeLegacyFormat"
    spark().conf.set(setting, "true")
    frame.write.parquet(str(folder / "in"))
    spark().conf.unset(setting)
    check(same(weir, folder / "in", "parquet") == 10, "legacy lists")


def sparks_examples_read_the_same(weir, folder):
    if not EXAMPLES.is_dir():
        print(f"left out: {EXAMPLES} is not there")
        return
    for name in ("people.txt", "kv1.txt", "people.json", "people.xml", "people.csv"):
        same(weir, EXAMPLES / name, "text")
        same(weir, EXAMPLES / name, "text", wholeText=True)
    for name in ("people.json", "employees.json", "dir1/file3.json"):
        same(weir, EXAMPLES / name, "json")
        same(weir, EXAMPLES / name, "json", schema="name STRING, age BIGINT")
    same(weir, EXAMPLES / "people.csv", "csv", sep=";", header=True, inferSchema=True)
    same(weir, EXAMPLES / "people.csv", "csv", sep=";", header=True, inferSchema=True,
         multiLine=True)
    same(weir, EXAMPLES / "kv1.txt", "csv", sep="\x01", inferSchema=True)
    same(weir, EXAMPLES / "people.txt", "csv", ignoreLeadingWhiteSpace=True, inferSchema=True)
    same(weir, EXAMPLES / "users.parquet", "parquet")
    same(weir, EXAMPLES / "users.avro", "avro")
    same(weir, EXAMPLES / "people.xml", "xml", rowTag="person")
    frame = spark_reads(EXAMPLES, "binaryFile", {"pathGlobFilter": "*.*"})
    source = call(EXAMPLES, "binaryFile", {"pathGlobFilter": "*.*", "recursiveFileLookup": False})
    table = frame.select("length", "content").toArrow()
    expect_same(rows_of_weir(weir, source, table.schema), rows.of_table(table), "examples")


def xml_reads_the_same(weir, folder):
    rows_of_xml = {
        "plain": "<rs><r><a>1</a><b>x</b></r><r><a>20000000000</a><b/></r></rs>",
        "types": "<rs><r><a>1</a><b>1.5</b><c>true</c><d>2024-01-31</d><e>2024-01-31T10:00:00Z</e>"
                 "<f>text</f></r><r><a>2.5</a><b>2</b><c>x</c><d>2024-02-01</d></r></rs>",
        "attributes": "<rs><r id='1' n='x'><a u='EUR'>1.5</a></r><r id='2'><a>2</a></r></rs>",
        "repeated": "<rs><r><a>1</a><a>2</a></r><r><a>3</a></r><r/></rs>",
        "nested": "<rs><r><p><x>1</x><y z='1'><q>a</q></y></p></r><r><p><x>2</x></p></r></rs>",
        "lists": "<rs><r><i><k>1</k></i><i><k>2</k><l>x</l></i></r><r><i><l>y</l></i></r></rs>",
        "entities": "<rs><r><a>&lt;&amp;&#65;&#x42;</a><b><![CDATA[<x>&]]></b></r></rs>",
        "comments": "<?xml version='1.0'?>\n<rs><!-- <r><a>9</a></r> --><r><a>1</a></r></rs>",
        "namespaces": "<rs xmlns:n='urn:x'><r><n:a>1</n:a><b n:c='2'>x</b></r></rs>",
        "spaces": "<rs>\n  <r>\n    <a>  x  </a>\n    <b> 1 </b>\n  </r>\n</rs>",
        "value": "<rs><r>1</r><r a='x'>2</r></rs>",
    }
    for name, text in rows_of_xml.items():
        path = put(folder, f"{name}.xml", text)
        same(weir, path, "xml", rowTag="r")
        same(weir, path, "xml", rowTag="r", attributePrefix="at_", valueTag="val")
        same(weir, path, "xml", rowTag="r", excludeAttribute=True)
        same(weir, put(folder, f"{name}.xml.gz", gzip.compress(text.encode())), "xml", rowTag="r")
    same(weir, folder / "namespaces.xml", "xml", rowTag="r", ignoreNamespace=True)
    same(weir, folder / "spaces.xml", "xml", rowTag="r", ignoreSurroundingSpaces=False)
    same(weir, folder / "types.xml", "xml", rowTag="r", schema="a STRING, f STRING, absent INT")
    same(weir, folder / "repeated.xml", "xml", rowTag="r", schema="a ARRAY<INT>")
    same(weir, folder / "plain.xml", "xml", rowTag="r", nullValue="x")
    same(weir, folder / "types.xml", "xml", rowTag="r", inferSchema=False)
    same(weir, folder / "attributes.xml", "xml", rowTag="r",
         schema="_id INT, a STRUCT<_u: STRING, _VALUE: DECIMAL(5, 2)>")
    same(weir, folder / "nested.xml", "xml", rowTag="r", schema="p STRING")
    same(weir, folder / "nested.xml", "xml", rowTag="x")
    same(weir, folder / "lists.xml", "xml", rowTag="r",
         schema="i ARRAY<STRUCT<k: BIGINT, l: STRING>>")
    same(weir, put(folder, "map.xml", "<rs><r><m><a>1</a><b>2</b></m></r><r><m/></r></rs>"), "xml",
         rowTag="r", schema="m MAP<STRING, INT>")
    same(weir, put(folder, "rest.xml", "<rs><r><a>1</a><b>2</b></r><r><a>3</a></r></rs>"), "xml",
         rowTag="r", schema="a INT, xs_any STRING")
    same(weir, put(folder, "dates.xml", "<rs><r><d>2024-01-31</d><t>2024-01-31 10:11:12</t></r>"
                   "<r><d/><t/></r></rs>"), "xml", rowTag="r", schema="d DATE, t TIMESTAMP")
    broken = "<rs><r><a>1</a></r><r><a>x</a></r><r><a>3</a></r></rs>"
    # Spark's text of the bad record is the whole file.
    source = call(put(folder, "typed.xml", broken), "xml", {"rowTag": "r", "schema": "a INT, _corrupt_record STRING"})
    told = [row["_corrupt_record"] for row in rows.parse_output(weir.run(f"SELECT * FROM {source}"))]
    check(told == [None, "<r><a>x</a></r>", None], f"corrupt records {told}")
    same(weir, folder / "typed.xml", "xml", rowTag="r", schema="a INT", mode="DROPMALFORMED")
    large = "<rs>" + "".join(f"<r id='{i}'><n>name {i}</n><s>{i / 8}</s></r>" for i in range(20000))
    check(same(weir, put(folder, "large.xml", large + "</rs>"), "xml", rowTag="r") == 20000, "large")
    frame = frame_of_numbers()
    (frame.write.format("xml").option("rowTag", "r").option("rootTag", "rs")
     .save(str(folder / "written")))
    check(same(weir, folder / "written", "xml", rowTag="r") == 20000, "written by Spark")


def avro_reads_the_same(weir, folder):
    frame = spark().sql("""
        SELECT CAST(id AS INT) AS i, id AS l, id / 8 AS d, CAST(id / 4 AS FLOAT) AS f, id % 2 = 0 AS b,
          IF(id % 3 = 0, NULL, concat('name ', id)) AS s, CAST(concat('b', id) AS BINARY) AS bin,
          CAST(id / 100 AS DECIMAL(12, 3)) AS dec, date_add(DATE '2024-01-01', CAST(id AS INT)) AS day,
          timestamp_micros(id * 1000001) AS at, CAST(timestamp_micros(id) AS TIMESTAMP_NTZ) AS ntz,
          array(id, NULL) AS items, map('k', id) AS m, named_struct('x', id, 'y', array('a')) AS st,
          array(named_struct('z', id)) AS list
        FROM range(3000)""")
    for codec in ("uncompressed", "deflate", "snappy", "zstandard", "bzip2", "xz"):
        path = folder / codec
        frame.repartition(2).write.format("avro").option("compression", codec).save(str(path))
        check(same(weir, path, "avro") == 3000, codec)
    same(weir, folder / "snappy", "avro", schema="s STRING, l BIGINT, st STRUCT<y: ARRAY<STRING>>")
    unions = json.dumps({"type": "record", "name": "r", "fields": [
        {"name": "u", "type": ["null", "int", "string"]}, {"name": "n", "type": ["int", "long"]},
        {"name": "e", "type": {"type": "enum", "name": "en", "symbols": ["A", "B"]}},
        {"name": "x", "type": {"type": "fixed", "name": "fx", "size": 2}}]})
    (spark().sql("SELECT named_struct('member0', 1, 'member1', CAST(NULL AS STRING)) AS u, 5L AS n, "
                 "'B' AS e, CAST('ab' AS BINARY) AS x").write.format("avro")
     .option("avroSchema", unions.replace('["int", "long"]', '"long"')).save(str(folder / "unions")))
    same(weir, folder / "unions", "avro")


def columns_of_folders_read_the_same(weir, folder):
    frame = spark().sql("SELECT id, concat('n', id) AS name, CAST(id % 3 AS INT) AS year, "
                        "IF(id % 2 = 0, NULL, 'a/b c=d') AS kind, DATE '2024-01-31' AS day "
                        "FROM range(20)")
    for format, options in (("parquet", {}), ("json", {}), ("csv", {"header": True}), ("avro", {}),
                            ("xml", {"rowTag": "r"})):
        writer = frame.write.partitionBy("year", "kind", "day").format(format)
        writer.options(**options_of(options)).save(str(folder / format))
        options = {**options, "inferSchema": True} if format == "csv" else options
        check(same(weir, folder / format, format, **options) == 20, format)


def copy_into_loads_what_spark_reads(weir, folder):
    put(folder, "in/a.txt", "one\n\ntwo")
    put(folder, "in/b.json", '[{"id": 1,\n"s": "x"},\n{"id": 2}]')
    put(folder, "in/c.csv", 'id,s\n1,"x\ny"\n')
    forms = [("TEXT", "a.txt", "value STRING", {}),
             ("TEXT", "a.txt", "value STRING", {"wholeText": True}),
             ("JSON", "b.json", "id BIGINT, s STRING", {"multiLine": True}),
             ("CSV", "c.csv", "id INT, s STRING",
              {"multiLine": True, "header": True, "inferSchema": True})]
    for number, (format, name, columns, options) in enumerate(forms):
        given = ", ".join(f"'{key}' = '{value}'" for key, value in options_of(options).items())
        clause = f" FORMAT_OPTIONS ({given})" if given else ""
        copy = f"COPY INTO t{number} FROM '{folder}/in/{name}' FILEFORMAT = {format}{clause}"
        weir.run(f"CREATE TABLE t{number} ({columns})", copy, copy)
        table = spark_reads(folder / "in" / name, format.lower(), options).toArrow()
        expect_same(rows_of_weir(weir, f"t{number}", table.schema), rows.of_table(table), copy)


def main():
    tests = [what_spark_packs_is_unpacked, members_one_after_another_are_one,
             what_spark_does_not_unpack_is_unpacked_too, text_reads_the_same,
             binary_files_read_the_same, documents_of_json_read_the_same,
             where_documents_of_json_differ, csv_over_lines_reads_the_same,
             where_csv_over_lines_differs, lists_of_old_parquet_files_read_the_same,
             sparks_examples_read_the_same, xml_reads_the_same, avro_reads_the_same,
             columns_of_folders_read_the_same,
             copy_into_loads_what_spark_reads]
    return each.run(tests, lambda test, folder: test(
        Weir(os.environ.get("WEIR", "build/weir"), folder / "home"), folder))


if __name__ == "__main__":
    sys.exit(main())
