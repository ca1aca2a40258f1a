#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

enum class TypeId : uint8_t {
  kVoid,  // The type of NULL.
  kBoolean,
  kByte,   // 8 bits, signed; TINYINT
  kShort,  // 16 bits; SMALLINT
  kInt,    // 32 bits
  kLong,   // 64 bits; BIGINT
  kFloat,
  kDouble,
  kDecimal,  // precision 1..38, scale 0..precision
  kString,
  kBinary,
  kDate,
  kTimestamp,          // An instant, microseconds.
  kTimestampNtz,       // A wall-clock time without zone, microseconds.
  kTime,               // A time of day, microseconds; precision 0..6 digits of the second.
  kYearMonthInterval,  // Months.
  kDayTimeInterval,    // Microseconds.
  kCalendarInterval,   // Months, days and microseconds: INTERVAL without fields.
  kArray,
  kMap,
  kStruct,
  kVariant,  // A value of whatever type, told by itself: variant.h.
};

struct Field;

// What an interval type is made of. A year-month interval has kYear and kMonth, a day-time interval
// the others.
enum class IntervalField : uint8_t { kYear, kMonth, kDay, kHour, kMinute, kSecond };

// A type of Spark SQL, as in columns of Delta tables and in expressions. A small value; nested
// types share their children. https://spark.apache.org/docs/latest/sql-ref-datatypes.html
class DataType {
 public:
  DataType() : DataType(TypeId::kVoid) {}
  // A type without parameters; of those that have some, TIME(6), INTERVAL YEAR TO MONTH and
  // INTERVAL DAY TO SECOND.
  DataType(TypeId id);  // NOLINT(google-explicit-constructor): DataType == its id.

  static DataType Decimal(int precision, int scale);
  static DataType Time(int precision);
  // Both of one family, from the larger to the smaller.
  static DataType Interval(IntervalField from, IntervalField to);
  static DataType Array(DataType element, bool contains_null = true);
  static DataType Map(DataType key, DataType value, bool value_contains_null = true);
  static DataType Struct(std::vector<Field> fields);

  TypeId id() const { return id_; }
  int precision() const { return precision_; }  // kDecimal and kTime only.
  int scale() const { return scale_; }          // kDecimal only.
  IntervalField from() const;                   // kYearMonthInterval, kDayTimeInterval.
  IntervalField to() const;                     // kYearMonthInterval, kDayTimeInterval.
  const std::vector<Field>& fields() const;     // kStruct only.
  const DataType& element() const;              // kArray only.
  bool contains_null() const;                   // kArray: elements; kMap: values.
  const DataType& key() const;                  // kMap only.
  const DataType& value() const;                // kMap only.

  bool IsIntegral() const;  // byte, short, int, long
  bool IsNumeric() const;   // integral, float, double, decimal
  bool IsNested() const;    // array, map, struct
  bool IsInterval() const;  // year-month, day-time: those that have an order
  // Whether it is this type, or has it in it at any depth.
  bool Holds(TypeId id) const;

  // As Spark's simpleString, which is also what DDL accepts: "decimal(10,2)", "array<int>",
  // "struct<a:int,b:string>".
  std::string ToString() const;
  // As in SQL text and Spark's error messages: "DECIMAL(10,2)", "STRUCT<a: INT NOT NULL>".
  std::string ToSql() const;

  // Equal in every part: nullability and field names included, field metadata not.
  bool operator==(const DataType& other) const;
  // Equal but for nullability at every level.
  bool EqualsIgnoringNullability(const DataType& other) const;

 private:
  TypeId id_;
  uint8_t precision_ = 0;
  uint8_t scale_ = 0;
  // kStruct: its fields. kArray: one field "element". kMap: "key", "value".
  std::shared_ptr<const std::vector<Field>> children_;
};

// "DAY"
std::string_view IntervalFieldName(IntervalField field);

// A named member of a struct or table. `metadata` is the JSON object of Delta's schema text
// (comments, generation expressions...), "{}" when there is none.
struct Field {
  std::string name;
  DataType type;
  bool nullable = true;
  std::string metadata = "{}";

  bool operator==(const Field& other) const;
  // From `metadata`, key "comment".
  std::optional<std::string> Comment() const;
  Field WithComment(const std::string& comment) const;
};

// The columns of a table or a result, in order. Names are unique but for case where the user
// asked for it; look-ups ignore ASCII and Unicode case as Spark's default does.
class Schema {
 public:
  Schema() = default;
  explicit Schema(std::vector<Field> fields) : fields_(std::move(fields)) {}

  const std::vector<Field>& fields() const { return fields_; }
  size_t size() const { return fields_.size(); }
  const Field& operator[](size_t i) const { return fields_[i]; }
  // Position of the column of that name, ignoring case.
  std::optional<size_t> Find(std::string_view name) const;
  DataType AsStruct() const { return DataType::Struct(fields_); }
  // "id BIGINT NOT NULL, name STRING"
  std::string ToDdl() const;
  bool operator==(const Schema& other) const { return fields_ == other.fields_; }

 private:
  std::vector<Field> fields_;
};

// `text` in one case for comparing names without (ASCII; other letters as they are).
std::string LowerName(std::string_view text);
std::string UpperName(std::string_view text);
// `name` as SQL writes it: plain when it is an ordinary identifier, else in backticks.
std::string QuoteName(std::string_view name);

}  // namespace weir
