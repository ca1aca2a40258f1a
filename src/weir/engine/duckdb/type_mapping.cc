#include "weir/engine/duckdb/type_mapping.h"

#include "weir/base/error.h"
#include "weir/engine/duckdb/variant_columns.h"

namespace weir::engine {
namespace {

using duckdb::LogicalType;
using duckdb::LogicalTypeId;

// What differs between the engine and files.
struct Carriers {
  LogicalType instant;
  LogicalType variant;
};

LogicalType Map(const DataType& type, const Carriers& carriers) {
  switch (type.id()) {
    case TypeId::kVoid:
      return LogicalType::SQLNULL;
    case TypeId::kBoolean:
      return LogicalType::BOOLEAN;
    case TypeId::kByte:
      return LogicalType::TINYINT;
    case TypeId::kShort:
      return LogicalType::SMALLINT;
    case TypeId::kInt:
    case TypeId::kYearMonthInterval:
      return LogicalType::INTEGER;
    case TypeId::kLong:
    case TypeId::kDayTimeInterval:
      return LogicalType::BIGINT;
    case TypeId::kFloat:
      return LogicalType::FLOAT;
    case TypeId::kDouble:
      return LogicalType::DOUBLE;
    case TypeId::kDecimal:
      return LogicalType::DECIMAL(static_cast<uint8_t>(type.precision()),
                                  static_cast<uint8_t>(type.scale()));
    case TypeId::kString:
      return LogicalType::VARCHAR;
    case TypeId::kVariant:
      return carriers.variant;
    case TypeId::kBinary:
    case TypeId::kCalendarInterval:
      return LogicalType::BLOB;
    case TypeId::kDate:
      return LogicalType::DATE;
    case TypeId::kTimestamp:
      return carriers.instant;
    case TypeId::kTimestampNtz:
      return LogicalType::TIMESTAMP;
    case TypeId::kTime:
      return LogicalType::TIME;
    case TypeId::kArray:
      return LogicalType::LIST(Map(type.element(), carriers));
    case TypeId::kMap:
      return LogicalType::MAP(Map(type.key(), carriers), Map(type.value(), carriers));
    case TypeId::kStruct: {
      duckdb::child_list_t<LogicalType> children;
      for (const Field& field : type.fields()) {
        children.emplace_back(field.name, Map(field.type, carriers));
      }
      return LogicalType::STRUCT(std::move(children));
    }
  }
  throw Error(ErrorCode::kInternal, "a type that the engine does not map: " + type.ToString());
}

duckdb::Value DecimalValue(const Value& value) {
  const auto width = static_cast<uint8_t>(value.type().precision());
  const auto scale = static_cast<uint8_t>(value.type().scale());
  const Int128 unscaled = value.decimal();
  if (width <= 18) return duckdb::Value::DECIMAL(static_cast<int64_t>(unscaled), width, scale);
  duckdb::hugeint_t huge;
  huge.lower = static_cast<uint64_t>(unscaled);
  huge.upper = static_cast<int64_t>(unscaled >> 64);
  return duckdb::Value::DECIMAL(huge, width, scale);
}

Int128 DecimalOf(const duckdb::Value& value) {
  switch (value.type().InternalType()) {
    case duckdb::PhysicalType::INT16:
      return value.GetValueUnsafe<int16_t>();
    case duckdb::PhysicalType::INT32:
      return value.GetValueUnsafe<int32_t>();
    case duckdb::PhysicalType::INT64:
      return value.GetValueUnsafe<int64_t>();
    default: {
      const auto huge = value.GetValueUnsafe<duckdb::hugeint_t>();
      return (static_cast<Int128>(huge.upper) << 64) | static_cast<Int128>(huge.lower);
    }
  }
}

duckdb::Value NestedValue(const Value& value) {
  const DataType& type = value.type();
  duckdb::vector<duckdb::Value> items;
  if (type.id() == TypeId::kArray) {
    for (const Value& item : value.items()) items.push_back(ToDuckdb(item));
    return duckdb::Value::LIST(ToDuckdb(type.element()), std::move(items));
  }
  if (type.id() == TypeId::kMap) {
    duckdb::vector<duckdb::Value> values;
    for (size_t i = 0; i + 1 < value.items().size(); i += 2) {
      items.push_back(ToDuckdb(value.items()[i]));
      values.push_back(ToDuckdb(value.items()[i + 1]));
    }
    return duckdb::Value::MAP(ToDuckdb(type.key()), ToDuckdb(type.value()), std::move(items),
                              std::move(values));
  }
  for (const Value& item : value.items()) items.push_back(ToDuckdb(item));
  return duckdb::Value::STRUCT(ToDuckdb(type), std::move(items));
}

}  // namespace

LogicalType ToDuckdb(const DataType& type) {
  return Map(type, {LogicalType::TIMESTAMP, LogicalType::BLOB});
}

LogicalType ToDuckdbStored(const DataType& type) {
  return Map(type, {LogicalType::TIMESTAMP, VariantFileType()});
}

LogicalType ToDuckdbFile(const DataType& type) {
  return Map(type, {LogicalType::TIMESTAMP_TZ, VariantFileType()});
}

duckdb::Value ToDuckdb(const Value& value) {
  const LogicalType type = ToDuckdb(value.type());
  if (value.is_null()) return duckdb::Value(type);
  switch (value.type().id()) {
    case TypeId::kVoid:
      return duckdb::Value(type);
    case TypeId::kBoolean:
      return duckdb::Value::BOOLEAN(value.boolean());
    case TypeId::kByte:
      return duckdb::Value::TINYINT(static_cast<int8_t>(value.integer()));
    case TypeId::kShort:
      return duckdb::Value::SMALLINT(static_cast<int16_t>(value.integer()));
    case TypeId::kInt:
    case TypeId::kYearMonthInterval:
      return duckdb::Value::INTEGER(static_cast<int32_t>(value.integer()));
    case TypeId::kLong:
    case TypeId::kDayTimeInterval:
      return duckdb::Value::BIGINT(value.integer());
    case TypeId::kFloat:
      return duckdb::Value::FLOAT(static_cast<float>(value.real()));
    case TypeId::kDouble:
      return duckdb::Value::DOUBLE(value.real());
    case TypeId::kDecimal:
      return DecimalValue(value);
    case TypeId::kString:
      return duckdb::Value(value.text());
    case TypeId::kBinary:
    case TypeId::kVariant:
    case TypeId::kCalendarInterval:
      return duckdb::Value::BLOB_RAW(value.text());
    case TypeId::kDate:
      return duckdb::Value::DATE(duckdb::date_t(static_cast<int32_t>(value.integer())));
    case TypeId::kTimestamp:
    case TypeId::kTimestampNtz:
      return duckdb::Value::TIMESTAMP(duckdb::timestamp_t(value.integer()));
    case TypeId::kTime:
      return duckdb::Value::TIME(duckdb::dtime_t(value.integer()));
    case TypeId::kArray:
    case TypeId::kMap:
    case TypeId::kStruct:
      return NestedValue(value);
  }
  throw Error(ErrorCode::kInternal, "a value that the engine does not map");
}

std::optional<Value> FromDuckdb(const duckdb::Value& value, const DataType& type) {
  const LogicalType& source = value.type();
  if (source != ToDuckdb(type) && source != ToDuckdbFile(type)) return std::nullopt;
  if (value.IsNull()) return Value::Null(type);
  switch (type.id()) {
    case TypeId::kBoolean:
      return Value(type, value.GetValueUnsafe<bool>());
    case TypeId::kByte:
      return Value(type, int64_t{value.GetValueUnsafe<int8_t>()});
    case TypeId::kShort:
      return Value(type, int64_t{value.GetValueUnsafe<int16_t>()});
    case TypeId::kInt:
    case TypeId::kYearMonthInterval:
      return Value(type, int64_t{value.GetValueUnsafe<int32_t>()});
    case TypeId::kDate:
      return Value(type, int64_t{value.GetValueUnsafe<duckdb::date_t>().days});
    case TypeId::kLong:
    case TypeId::kDayTimeInterval:
      return Value(type, int64_t{value.GetValueUnsafe<int64_t>()});
    case TypeId::kTimestamp:
    case TypeId::kTimestampNtz:
      return Value(type, int64_t{value.GetValueUnsafe<duckdb::timestamp_t>().value});
    case TypeId::kTime:
      return Value(type, int64_t{value.GetValueUnsafe<duckdb::dtime_t>().micros});
    case TypeId::kFloat:
      return Value(type, double{value.GetValueUnsafe<float>()});
    case TypeId::kDouble:
      return Value(type, value.GetValueUnsafe<double>());
    case TypeId::kDecimal:
      return Value(type, DecimalOf(value));
    case TypeId::kString:
    case TypeId::kBinary:
    case TypeId::kVariant:
    case TypeId::kCalendarInterval:
      return Value(type, std::string(duckdb::StringValue::Get(value)));
    default:
      return std::nullopt;
  }
}

}  // namespace weir::engine
