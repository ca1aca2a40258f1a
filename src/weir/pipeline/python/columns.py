"""Column expressions, as far as definitions need them: each is the SQL text that means the same."""

import datetime
import decimal

from weir_definitions.origin import unsupported
from weir_definitions.sql_text import identifier, parts_of, text


class Column:
    def __init__(self, sql):
        self.sql = sql

    def alias(self, name):
        return Column(f"{self.sql} AS {identifier(name)}")

    def cast(self, data_type):
        return Column(f"CAST({self.sql} AS {type_text(data_type)})")

    astype = cast

    def isNull(self):
        return Column(f"({self.sql} IS NULL)")

    def isNotNull(self):
        return Column(f"({self.sql} IS NOT NULL)")

    def isin(self, *values):
        if len(values) == 1 and isinstance(values[0], (list, tuple, set)):
            values = values[0]
        return Column(f"({self.sql} IN ({', '.join(literal(value) for value in values)}))")

    def between(self, low, high):
        return Column(f"({self.sql} BETWEEN {literal(low)} AND {literal(high)})")

    def like(self, pattern):
        return Column(f"({self.sql} LIKE {text(pattern)})")

    def eqNullSafe(self, other):
        return Column(f"({self.sql} <=> {literal(other)})")

    def getField(self, name):
        return Column(f"{self.sql}.{identifier(name)}")

    def asc(self):
        return Column(f"{self.sql} ASC")

    def desc(self):
        return Column(f"{self.sql} DESC")

    def __getitem__(self, key):
        if not isinstance(key, (int, str, Column)):
            raise unsupported(f"a part of a column by {type(key).__name__}")
        return Column(f"{self.sql}[{literal(key)}]")

    getItem = __getitem__

    def __pow__(self, other):
        return Column(f"power({self.sql}, {literal(other)})")

    def __rpow__(self, other):
        return Column(f"power({literal(other)}, {self.sql})")

    def __invert__(self):
        return Column(f"(NOT {self.sql})")

    def __neg__(self):
        return Column(f"(- {self.sql})")

    def __bool__(self):
        raise unsupported("a column as a Python condition", "combine columns with & | ~ instead of and, or, not")

    def __hash__(self):
        return hash(self.sql)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        raise unsupported(f"Column.{name}")


def _binary(operator, reflected=False):
    def apply(self, other):
        left, right = (literal(other), self.sql) if reflected else (self.sql, literal(other))
        return Column(f"({left} {operator} {right})")
    return apply


for _name, _operator in [("eq", "="), ("ne", "<>"), ("lt", "<"), ("le", "<="), ("gt", ">"), ("ge", ">="),
                         ("and", "AND"), ("or", "OR"), ("add", "+"), ("sub", "-"), ("mul", "*"),
                         ("truediv", "/"), ("mod", "%")]:
    setattr(Column, f"__{_name}__", _binary(_operator))
    if _name in ("and", "or", "add", "sub", "mul", "truediv", "mod"):
        setattr(Column, f"__r{_name}__", _binary(_operator, reflected=True))


def _refused(what):
    def apply(self, *others):
        raise unsupported(what)
    return apply


# What Python would answer with a TypeError of its own.
for _name, _what in [("floordiv", "//"), ("rfloordiv", "//"), ("lshift", "<<"), ("rlshift", "<<"), ("rshift", ">>"),
                     ("rrshift", ">>"), ("xor", "^"), ("rxor", "^"), ("matmul", "@"), ("rmatmul", "@"), ("divmod", "divmod"),
                     ("rdivmod", "divmod"), ("pos", "+")]:
    setattr(Column, f"__{_name}__", _refused(f"the operator {_what} on a column"))
for _name, _what in [("iter", "a loop over a column"), ("contains", "`in` on a column"), ("len", "len() of a column"),
                     ("abs", "abs() of a column"), ("round", "round() of a column"), ("float", "float() of a column"),
                     ("int", "int() of a column"), ("call", "a call of a column")]:
    setattr(Column, f"__{_name}__", _refused(_what))


class When(Column):
    """CASE that more branches may be added to."""

    def __init__(self, branches):
        super().__init__(f"CASE {branches} END")
        self._branches = branches

    def when(self, condition, value):
        return When(f"{self._branches} {_branch(condition, value)}")

    def otherwise(self, value):
        return Column(f"CASE {self._branches} ELSE {literal(value)} END")


def _branch(condition, value):
    if not isinstance(condition, Column):
        raise unsupported(f"a condition of when() that is a {type(condition).__name__} and no column")
    return f"WHEN {condition.sql} THEN {literal(value)}"


def literal(value):
    """A column's text, or that of a Python value."""
    if isinstance(value, Column):
        return value.sql
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return str(value) if -2**31 <= value < 2**31 else f"{value}L"
    if isinstance(value, float):
        return f"CAST({text(repr(value))} AS DOUBLE)"
    if isinstance(value, decimal.Decimal):
        return f"{value:f}BD"
    if isinstance(value, datetime.datetime):
        return f"TIMESTAMP {text(value.isoformat(sep=' '))}"
    if isinstance(value, datetime.date):
        return f"DATE {text(value.isoformat())}"
    if isinstance(value, str):
        return text(value)
    raise unsupported(f"a literal of type {type(value).__name__}")


def reference(name):
    """A column by its name, dots for members, as col() and select() read it."""
    return "*" if name == "*" else ".".join(identifier(part) for part in parts_of(name))


def column_text(value):
    """Where PySpark takes a column or its name."""
    return value.sql if isinstance(value, Column) else reference(value)


def type_text(data_type):
    return data_type if isinstance(data_type, str) else data_type.simpleString()


# pyspark.sql.functions


def col(name):
    return Column(reference(name))


column = col


def expr(sql):
    return Column(sql if sql.lstrip().startswith("(") and sql.rstrip().endswith(")") else f"({sql})")


def lit(value):
    return Column(literal(value))


def when(condition, value):
    return When(_branch(condition, value))


def struct(*columns):
    if len(columns) == 1 and isinstance(columns[0], (list, tuple)):
        columns = columns[0]
    return Column(f"struct({', '.join(column_text(one) for one in columns)})")


def function(name):
    """Any other function: the SQL one of its name, over columns. A text is a column's name there as well."""
    if name.startswith("_") or name in ("udf", "pandas_udf", "udtf", "broadcast", "call_udf", "window", "session_window"):
        raise unsupported(f"pyspark.sql.functions.{name}")

    def call(*arguments):
        if any(not isinstance(one, (str, Column)) for one in arguments):
            raise unsupported(f"pyspark.sql.functions.{name} with a Python value")
        return Column(f"{name}({', '.join(column_text(one) for one in arguments)})")
    return call
