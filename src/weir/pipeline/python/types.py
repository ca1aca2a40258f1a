"""pyspark.sql.types, as far as schemas need them: each knows its SQL name."""

from weir_definitions.sql_text import identifier, text


class DataType:
    sql_name = ""

    def simpleString(self):
        return self.sql_name

    def __eq__(self, other):
        return isinstance(other, DataType) and self.simpleString() == other.simpleString()

    def __hash__(self):
        return hash(self.simpleString())


def _simple(name, sql_name):
    return type(name, (DataType,), {"sql_name": sql_name})


SIMPLE = {name: _simple(name, sql_name) for name, sql_name in {
    "StringType": "STRING", "BooleanType": "BOOLEAN", "ByteType": "TINYINT", "ShortType": "SMALLINT",
    "IntegerType": "INT", "LongType": "BIGINT", "FloatType": "FLOAT", "DoubleType": "DOUBLE",
    "DateType": "DATE", "TimestampType": "TIMESTAMP", "TimestampNTZType": "TIMESTAMP_NTZ",
    "BinaryType": "BINARY", "VariantType": "VARIANT", "NullType": "VOID"}.items()}


class DecimalType(DataType):
    def __init__(self, precision=10, scale=0):
        self.precision, self.scale = precision, scale

    def simpleString(self):
        return f"DECIMAL({self.precision},{self.scale})"


class ArrayType(DataType):
    def __init__(self, elementType, containsNull=True):
        self.elementType, self.containsNull = elementType, containsNull

    def simpleString(self):
        return f"ARRAY<{self.elementType.simpleString()}>"


class MapType(DataType):
    def __init__(self, keyType, valueType, valueContainsNull=True):
        self.keyType, self.valueType, self.valueContainsNull = keyType, valueType, valueContainsNull

    def simpleString(self):
        return f"MAP<{self.keyType.simpleString()}, {self.valueType.simpleString()}>"


class WrittenType(DataType):
    """A type as SQL writes it."""

    def __init__(self, sql):
        self.sql_name = sql


class StructField:
    def __init__(self, name, dataType, nullable=True, metadata=None):
        self.name, self.dataType, self.nullable, self.metadata = name, dataType, nullable, metadata or {}

    def ddl(self, separator=" "):
        comment = f" COMMENT {text(self.metadata['comment'])}" if "comment" in self.metadata else ""
        not_null = "" if self.nullable else " NOT NULL"
        return f"{identifier(self.name)}{separator}{self.dataType.simpleString()}{not_null}{comment}"


class StructType(DataType):
    def __init__(self, fields=None):
        self.fields = list(fields or [])

    def add(self, field, data_type=None, nullable=True, metadata=None):
        if isinstance(data_type, str):
            data_type = WrittenType(data_type)
        self.fields.append(field if isinstance(field, StructField)
                           else StructField(field, data_type, nullable, metadata))
        return self

    def simpleString(self):
        return f"STRUCT<{', '.join(field.ddl(': ') for field in self.fields)}>"

    def ddl(self):
        return ", ".join(field.ddl() for field in self.fields)


def columns_of(schema):
    """The column list of a schema given as DDL or as a StructType."""
    return schema.ddl() if isinstance(schema, StructType) else schema
