"""Rows of tables as plain Python values that can be compared as multisets, whoever read them."""

import base64
import collections
import datetime
import decimal
import json
import re
import struct

import pyarrow as pa

EPOCH = datetime.datetime(1970, 1, 1)
SPARK_NAMES = {
    pa.bool_(): "boolean", pa.int8(): "tinyint", pa.int16(): "smallint", pa.int32(): "int",
    pa.int64(): "bigint", pa.float32(): "float", pa.float64(): "double", pa.string(): "string",
    pa.large_string(): "string", pa.binary(): "binary", pa.large_binary(): "binary",
    pa.date32(): "date",
}


def spark_type(kind):
    """The name Spark gives an Arrow type."""
    if kind in SPARK_NAMES:
        return SPARK_NAMES[kind]
    if pa.types.is_timestamp(kind):
        return "timestamp" if kind.tz else "timestamp_ntz"
    if pa.types.is_decimal(kind):
        return f"decimal({kind.precision},{kind.scale})"
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return f"array<{spark_type(kind.value_type)}>"
    if pa.types.is_map(kind):
        return f"map<{spark_type(kind.key_type)},{spark_type(kind.item_type)}>"
    if pa.types.is_struct(kind):
        return "struct<" + ",".join(f"{f.name}:{spark_type(f.type)}" for f in kind) + ">"
    return str(kind)


def micros_from_text(text):
    """A time as weir prints it ("2013-01-01 05:00:00.5", "...T...Z") in microseconds."""
    match = re.fullmatch(
        r"([+-]?\d{4,6})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?(Z|\+00:00)?", text)
    if not match:
        raise ValueError(f"not a time: {text!r}")
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    whole = datetime.datetime(year, month, day, hour, minute, second) - EPOCH
    fraction = int((match.group(7) or "0").ljust(6, "0"))
    return (whole.days * 86400 + whole.seconds) * 1_000_000 + fraction


def from_arrow(value, kind):
    """A value as pyarrow gives it, in comparable form."""
    if value is None:
        return None
    if pa.types.is_timestamp(kind):
        if isinstance(value, datetime.datetime):
            naive = value.replace(tzinfo=None) - (value.utcoffset() or datetime.timedelta())
            gap = naive - EPOCH
            return (gap.days * 86400 + gap.seconds) * 1_000_000 + gap.microseconds
        return int(value)
    if pa.types.is_date(kind):
        return value.isoformat()
    if pa.types.is_decimal(kind):
        return value.normalize() if value else decimal.Decimal(0)
    if pa.types.is_floating(kind):
        return "NaN" if value != value else float(value)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return tuple(from_arrow(item, kind.value_type) for item in value)
    if pa.types.is_map(kind):
        pairs = value.items() if isinstance(value, dict) else value
        return frozenset((from_arrow(k, kind.key_type), from_arrow(v, kind.item_type))
                         for k, v in pairs)
    if pa.types.is_struct(kind):
        return tuple((field.name, from_arrow(value[field.name], field.type)) for field in kind)
    return value


def bytes_from_text(text):
    """Binary as weir prints it in JSON: base64."""
    return base64.b64decode(text, validate=True)


def from_json(value, kind):
    """A value of weir's JSON output, in the same form, read by the expected type."""
    if value is None:
        return None
    if pa.types.is_boolean(kind):
        if not isinstance(value, bool):
            raise ValueError(f"not a boolean: {value!r}")
        return value
    if pa.types.is_timestamp(kind):
        return micros_from_text(value)
    if pa.types.is_date(kind):
        return value
    if pa.types.is_decimal(kind):
        number = decimal.Decimal(value)
        return number.normalize() if number else decimal.Decimal(0)
    if pa.types.is_floating(kind):
        number = float(value)  # "NaN" and "Infinity" are texts in JSON.
        if number != number:
            return "NaN"
        return struct.unpack("f", struct.pack("f", number))[0] if kind == pa.float32() else number
    if pa.types.is_integer(kind):
        return int(value)
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return bytes_from_text(value)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return tuple(from_json(item, kind.value_type) for item in value)
    if pa.types.is_map(kind):
        pairs = value.items() if isinstance(value, dict) else (
            (item["key"], item["value"]) for item in value)
        return frozenset((from_json(k, kind.key_type), from_json(v, kind.item_type))
                         for k, v in pairs)
    if pa.types.is_struct(kind):
        return tuple((field.name, from_json(value[field.name], field.type)) for field in kind)
    return value


def of_table(table):
    """The rows of an Arrow table as a multiset of tuples."""
    # Nanoseconds have no Python time; everything here fits microseconds.
    fields = []
    for field in table.schema:
        kind = field.type
        if pa.types.is_timestamp(kind) and kind.unit != "us":
            kind = pa.timestamp("us", kind.tz)
        if pa.types.is_dictionary(kind):
            kind = kind.value_type
        fields.append(pa.field(field.name, kind))
    table = table.cast(pa.schema(fields), safe=False)
    columns = [[from_arrow(value, field.type) for value in column.to_pylist()]
               for column, field in zip(table.columns, table.schema)]
    return collections.Counter(zip(*columns)) if columns else collections.Counter()


def parse_output(text):
    """The rows of weir's JSON output: one array, or one object a line."""
    text = text.strip()
    if not text:
        return []
    if text.startswith("["):
        return json.loads(text, parse_float=str)
    return [json.loads(line, parse_float=str) for line in text.split("\n")]


def of_output(text, schema):
    """The rows of weir's JSON output as a multiset, read by `schema`; names must be the schema's."""
    rows = collections.Counter()
    for row in parse_output(text):
        if list(row) != schema.names:
            raise ValueError(f"the columns are {list(row)}, not {schema.names}")
        rows[tuple(from_json(row[field.name], field.type) for field in schema)] += 1
    return rows


def difference(actual, expected, most=3):
    """A few of the rows that differ, for a message; "" when none does."""
    lines = []
    for name, rows in (("missing", expected - actual), ("too many", actual - expected)):
        if rows:
            some = ", ".join(str(row) for row in list(rows)[:most])
            lines.append(f"{sum(rows.values())} rows {name}: {some}")
    return "; ".join(lines)
