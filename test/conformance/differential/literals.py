"""Kinds of values, and literals of each with their corners. A kind is Spark's name of a type, but that
"decimal" has any precision and scale, and "struct" is STRUCT<a: INT, b: STRING>."""

INTEGRALS = ["tinyint", "smallint", "int", "bigint"]
FRACTIONS = ["float", "double"]
NUMERICS = [*INTEGRALS, "decimal", *FRACTIONS]
ATOMS = ["boolean", *NUMERICS, "string", "binary", "date", "timestamp", "timestamp_ntz"]
# What columns of tables and elements of collections are.
ELEMENTS = ["int", "bigint", "double", "decimal", "string", "date", "boolean"]
DATED = ["date", "timestamp", "timestamp_ntz"]
INTERVALS = ["daytime", "yearmonth"]  # DAY TO SECOND, YEAR TO MONTH
COLUMNS = [*ATOMS, *INTERVALS, *(f"array<{e}>" for e in ELEMENTS), "map<string,int>", "map<int,string>", "struct",
           "array<array<int>>", "array<struct>"]

BITS = {"tinyint": (8, "Y"), "smallint": (16, "S"), "int": (32, ""), "bigint": (64, "L")}
STRINGS = ["", " ", "a", "A", "abc", "ABC", "Spark SQL", "  pad  ", "a,b,,c", "1", "-7", "1.5", " 42 ", "1e3", "NaN",
           "true", "no", "2020-02-29", "2021-12-31 23:59:59.5", "x\\y", "it's", "%", "a_c", "\u00e4\u00d6\u00df",
           "\u4e2d\u6587", "\N{GRINNING FACE}x", "e\u0301", "0", "aaaa", "null", "\t", "zz top", "9223372036854775808"]
DATES = ["2020-02-29", "1970-01-01", "1969-12-31", "2021-01-31", "2013-06-15", "0001-01-01", "9999-12-31", "1582-10-10",
         "1900-03-01", "2024-12-30"]
TIMES = ["2020-02-29 12:34:56.789", "1970-01-01 00:00:00", "1969-12-31 23:59:59.999999", "2021-01-31 00:00:00.000001",
         "0001-01-01 00:00:00", "9999-12-31 23:59:59.999999", "1582-10-10 01:02:03", "2013-06-15 23:00:00"]
FAR_DATES, FAR_TIMES = DATES[5:8], TIMES[4:7]
FRACTION_TEXTS = ["0.0", "1.0", "-1.0", "0.5", "-2.5", "3.75", "100.0", "0.1", "1e-3", "123456.789"]
FRACTION_CORNERS = {"double": ["-0.0", "NaN", "Infinity", "-Infinity", "1.7976931348623157E308", "4.9E-324", "1E15",
                               "9007199254740993"],
                    "float": ["-0.0", "NaN", "Infinity", "-Infinity", "3.4028235E38", "1.4E-45", "16777217"]}
SHAPES = [(1, 0), (3, 1), (5, 2), (9, 0), (10, 2), (10, 10), (18, 6), (20, 0), (38, 0), (38, 18), (38, 38)]
CORNERS = 0.12  # How often a literal is one of the corners, and how often NULL.
NULLS = 0.08

ZEROS = {"boolean": "false", "tinyint": "0Y", "smallint": "0S", "int": "0", "bigint": "0L", "decimal": "1.5BD", "float": "0.5F",
         "double": "0.5D", "string": "'a'", "binary": "X'61'", "date": "DATE'2020-01-01'", "struct": "named_struct('a', 1, 'b', 'x')",
         "timestamp": "TIMESTAMP'2020-01-01 00:00:00'", "timestamp_ntz": "TIMESTAMP_NTZ'2020-01-01 00:00:00'",
         "daytime": "INTERVAL '1 00:00:00' DAY TO SECOND", "yearmonth": "INTERVAL '1-0' YEAR TO MONTH"}
SPELLED = {"decimal": "DECIMAL(10,2)", "struct": "STRUCT<a: INT, b: STRING>", "daytime": "INTERVAL DAY TO SECOND",
           "yearmonth": "INTERVAL YEAR TO MONTH"}
DAY_TIMES = ["0 00:00:00", "1 00:00:00", "-1 02:03:04.5", "0 00:00:00.000001", "30 23:59:59.999999", "-365 00:00:00",
             "0 01:00:00"]
YEAR_MONTHS = ["0-0", "1-0", "-0-1", "0-11", "100-3", "-2-6"]


def ddl(kind):
    """The kind as a type that SQL spells."""
    if kind in SPELLED:
        return SPELLED[kind]
    if kind.startswith("array<"):
        return f"ARRAY<{ddl(kind[6:-1])}>"
    if kind.startswith("map<"):
        key, value = kind[4:-1].split(",", 1)
        return f"MAP<{ddl(key)}, {ddl(value)}>"
    return kind.upper()


def quoted(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def null(kind):
    return f"CAST(NULL AS {ddl(kind)})"


def zero(kind):
    """The plainest literal of the kind."""
    if kind.startswith("array<"):
        return f"array({zero(kind[6:-1])})"
    if kind.startswith("map<"):
        key, value = kind[4:-1].split(",", 1)
        return f"map({zero(key)}, {zero(value)})"
    return ZEROS[kind]


def decimal(random, shape=None):
    precision, scale = shape or random.choice(SHAPES)
    if random.random() < CORNERS:
        digits = random.choice(["9" * precision, "0", "1"])
    else:
        digits = str(random.randrange(10 ** random.randint(1, min(precision, 6))))
    digits = digits.rjust(scale + 1, "0")
    text = digits[:len(digits) - scale] + ("." + digits[len(digits) - scale:] if scale else "")
    sign = random.choice(["", "", "-"])
    return f"CAST('{sign}{text}' AS DECIMAL({precision},{scale}))"


def column(random, kind, rows):
    """The literals of one column, all of one type."""
    if kind != "decimal":
        return [literal(random, kind) for _ in range(rows)]
    shape = random.choice(SHAPES)
    missing = f"CAST(NULL AS DECIMAL({shape[0]},{shape[1]}))"
    return [missing if random.random() < NULLS else decimal(random, shape) for _ in range(rows)]


def integral(random, kind):
    bits, suffix = BITS[kind]
    if random.random() < CORNERS:
        number = random.choice([-2 ** (bits - 1), 2 ** (bits - 1) - 1, -1, 2 ** (bits - 1) - 2])
    else:
        number = random.choice([0, 1, 2, 3, 5, 7, 10, -1, -2, -5, random.randint(-100, 100)])
    return f"{number}{suffix}" if number >= 0 else f"({number}{suffix})"


def fraction(random, kind):
    if random.random() < CORNERS:
        return f"CAST('{random.choice(FRACTION_CORNERS[kind])}' AS {kind.upper()})"
    text = random.choice(FRACTION_TEXTS) + ("F" if kind == "float" else "D")
    return f"({text})" if text.startswith("-") else text


def text_of(random):
    if random.random() < CORNERS:
        return quoted("".join(random.choice(STRINGS) for _ in range(3)))
    return quoted(random.choice(STRINGS))


def several(random, kind):
    return ", ".join(literal(random, kind) for _ in range(random.choice([1, 2, 2, 3, 4])))


def literal(random, kind):
    """SQL of a literal, in the brackets it needs."""
    if random.random() < NULLS:
        return null(kind)
    if kind in BITS:
        return integral(random, kind)
    if kind in FRACTION_CORNERS:
        return fraction(random, kind)
    if kind.startswith("array<"):
        return f"CAST(array() AS {ddl(kind)})" if random.random() < CORNERS else f"array({several(random, kind[6:-1])})"
    if kind.startswith("map<"):
        return map_of(random, kind)
    return {
        "boolean": lambda: random.choice(["true", "false"]),
        "decimal": lambda: decimal(random),
        "string": lambda: text_of(random),
        "binary": lambda: "X'" + random.choice(["", "00", "FF", "616263", "C3A4", "80FF", "E4B8"]) + "'",
        "date": lambda: f"DATE'{random.choice(DATES)}'",
        "timestamp": lambda: f"TIMESTAMP'{random.choice(TIMES)}'",
        "timestamp_ntz": lambda: f"TIMESTAMP_NTZ'{random.choice(TIMES)}'",
        "daytime": lambda: f"INTERVAL '{interval(random, DAY_TIMES, '106751991 04:00:54.775807')}' DAY TO SECOND",
        "yearmonth": lambda: f"INTERVAL '{interval(random, YEAR_MONTHS, '178956970-7')}' YEAR TO MONTH",
        "struct": lambda: f"named_struct('a', {literal(random, 'int')}, 'b', {literal(random, 'string')})",
    }[kind]()


def interval(random, texts, longest):
    return longest if random.random() < CORNERS / 4 else random.choice(texts)


def map_of(random, kind):
    key, value = kind[4:-1].split(",", 1)
    if random.random() < CORNERS:
        return f"CAST(map() AS {ddl(kind)})"
    keys = random.sample(["'a'", "'b'", "''", "'abc'"] if key == "string" else ["1", "2", "0", "(-1)"], random.randint(1, 3))
    return "map(" + ", ".join(f"{k}, {literal(random, value)}" for k in keys) + ")"
