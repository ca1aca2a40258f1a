#include "weir/types/data_type.h"

#include <algorithm>

#include "weir/base/check.h"
#include "weir/base/json.h"
#include "weir/types/raw_type.h"

namespace weir {

namespace {

std::string_view SimpleName(TypeId id) {
  switch (id) {
    case TypeId::kVoid:
      return "void";
    case TypeId::kBoolean:
      return "boolean";
    case TypeId::kByte:
      return "tinyint";
    case TypeId::kShort:
      return "smallint";
    case TypeId::kInt:
      return "int";
    case TypeId::kLong:
      return "bigint";
    case TypeId::kFloat:
      return "float";
    case TypeId::kDouble:
      return "double";
    case TypeId::kDecimal:
      return "decimal";
    case TypeId::kString:
      return "string";
    case TypeId::kBinary:
      return "binary";
    case TypeId::kDate:
      return "date";
    case TypeId::kTimestamp:
      return "timestamp";
    case TypeId::kTimestampNtz:
      return "timestamp_ntz";
    case TypeId::kTime:
      return "time";
    case TypeId::kYearMonthInterval:
    case TypeId::kDayTimeInterval:
    case TypeId::kCalendarInterval:
      return "interval";
    case TypeId::kArray:
      return "array";
    case TypeId::kMap:
      return "map";
    case TypeId::kStruct:
      return "struct";
    case TypeId::kVariant:
      return "variant";
  }
  return "void";
}

std::string QuoteText(std::string_view text) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') result += '\\';
    result += c;
  }
  return result + "'";
}

// "name<separator>TYPE NOT NULL COMMENT '...'": a field in SQL text.
std::string FieldToSql(const Field& field, std::string_view separator) {
  std::string result = QuoteName(field.name);
  result += separator;
  const auto raw = RawTypeOf(field.metadata);
  // Names of members are not to be changed.
  const bool nested = raw && raw->find('<') != std::string::npos;
  result += !raw ? field.type.ToSql() : nested ? *raw : UpperName(*raw);
  if (!field.nullable) result += " NOT NULL";
  if (const auto comment = field.Comment()) result += " COMMENT " + QuoteText(*comment);
  return result;
}

}  // namespace

DataType::DataType(TypeId id) : id_(id) {
  if (id == TypeId::kTime) precision_ = 6;
  if (id == TypeId::kYearMonthInterval) {
    *this = Interval(IntervalField::kYear, IntervalField::kMonth);
  }
  if (id == TypeId::kDayTimeInterval) *this = Interval(IntervalField::kDay, IntervalField::kSecond);
}

DataType DataType::Time(int precision) {
  WEIR_CHECK(precision >= 0 && precision <= 6);
  DataType type(TypeId::kTime);
  type.precision_ = static_cast<uint8_t>(precision);
  return type;
}

DataType DataType::Interval(IntervalField from, IntervalField to) {
  const bool months = from <= IntervalField::kMonth;
  WEIR_CHECK(from <= to && months == (to <= IntervalField::kMonth));
  DataType type;
  type.id_ = months ? TypeId::kYearMonthInterval : TypeId::kDayTimeInterval;
  type.precision_ = static_cast<uint8_t>(from);
  type.scale_ = static_cast<uint8_t>(to);
  return type;
}

DataType DataType::Decimal(int precision, int scale) {
  WEIR_CHECK(precision >= 1 && precision <= 38 && scale >= 0 && scale <= precision);
  DataType type(TypeId::kDecimal);
  type.precision_ = static_cast<uint8_t>(precision);
  type.scale_ = static_cast<uint8_t>(scale);
  return type;
}

DataType DataType::Array(DataType element, bool contains_null) {
  DataType type(TypeId::kArray);
  type.children_ = std::make_shared<const std::vector<Field>>(
      std::vector<Field>{Field{"element", std::move(element), contains_null}});
  return type;
}

DataType DataType::Map(DataType key, DataType value, bool value_contains_null) {
  DataType type(TypeId::kMap);
  type.children_ = std::make_shared<const std::vector<Field>>(std::vector<Field>{
      Field{"key", std::move(key), false}, Field{"value", std::move(value), value_contains_null}});
  return type;
}

DataType DataType::Struct(std::vector<Field> fields) {
  DataType type(TypeId::kStruct);
  type.children_ = std::make_shared<const std::vector<Field>>(std::move(fields));
  return type;
}

IntervalField DataType::from() const {
  WEIR_CHECK(IsInterval());
  return static_cast<IntervalField>(precision_);
}

IntervalField DataType::to() const {
  WEIR_CHECK(IsInterval());
  return static_cast<IntervalField>(scale_);
}

const std::vector<Field>& DataType::fields() const {
  WEIR_CHECK(id_ == TypeId::kStruct);
  static const std::vector<Field> kNone;
  return children_ ? *children_ : kNone;
}

const DataType& DataType::element() const {
  WEIR_CHECK(id_ == TypeId::kArray && children_);
  return (*children_)[0].type;
}

bool DataType::contains_null() const {
  WEIR_CHECK((id_ == TypeId::kArray || id_ == TypeId::kMap) && children_);
  return children_->back().nullable;
}

const DataType& DataType::key() const {
  WEIR_CHECK(id_ == TypeId::kMap && children_);
  return (*children_)[0].type;
}

const DataType& DataType::value() const {
  WEIR_CHECK(id_ == TypeId::kMap && children_);
  return (*children_)[1].type;
}

bool DataType::IsIntegral() const {
  return id_ == TypeId::kByte || id_ == TypeId::kShort || id_ == TypeId::kInt ||
         id_ == TypeId::kLong;
}

bool DataType::IsNumeric() const {
  return IsIntegral() || id_ == TypeId::kFloat || id_ == TypeId::kDouble || id_ == TypeId::kDecimal;
}

bool DataType::IsNested() const {
  return id_ == TypeId::kArray || id_ == TypeId::kMap || id_ == TypeId::kStruct;
}

bool DataType::IsInterval() const {
  return id_ == TypeId::kYearMonthInterval || id_ == TypeId::kDayTimeInterval;
}

bool DataType::Holds(TypeId id) const {
  if (id_ == id) return true;
  return children_ && std::any_of(children_->begin(), children_->end(),
                                  [id](const Field& child) { return child.type.Holds(id); });
}

std::string DataType::ToString() const {
  std::string result(SimpleName(id_));
  switch (id_) {
    case TypeId::kDecimal:
      return result + "(" + std::to_string(precision_) + "," + std::to_string(scale_) + ")";
    case TypeId::kTime:
      return result + "(" + std::to_string(precision_) + ")";
    case TypeId::kYearMonthInterval:
    case TypeId::kDayTimeInterval:
      result += " " + LowerName(IntervalFieldName(from()));
      return from() == to() ? result : result + " to " + LowerName(IntervalFieldName(to()));
    case TypeId::kArray:
      return result + "<" + element().ToString() + ">";
    case TypeId::kMap:
      return result + "<" + key().ToString() + "," + value().ToString() + ">";
    case TypeId::kStruct: {
      result += '<';
      for (size_t i = 0; i < fields().size(); ++i) {
        if (i > 0) result += ',';
        result += fields()[i].name + ":" + fields()[i].type.ToString();
      }
      return result + ">";
    }
    default:
      return result;
  }
}

std::string DataType::ToSql() const {
  switch (id_) {
    case TypeId::kArray:
      return "ARRAY<" + element().ToSql() + ">";
    case TypeId::kMap:
      return "MAP<" + key().ToSql() + ", " + value().ToSql() + ">";
    case TypeId::kStruct: {
      std::string result = "STRUCT<";
      for (size_t i = 0; i < fields().size(); ++i) {
        if (i > 0) result += ", ";
        result += FieldToSql(fields()[i], ": ");
      }
      return result + ">";
    }
    default:
      return UpperName(ToString());
  }
}

bool DataType::operator==(const DataType& other) const {
  if (id_ != other.id_ || precision_ != other.precision_ || scale_ != other.scale_) return false;
  if (children_ == other.children_) return true;
  const size_t count = children_ ? children_->size() : 0;
  if (count != (other.children_ ? other.children_->size() : 0)) return false;
  return count == 0 || *children_ == *other.children_;
}

bool DataType::EqualsIgnoringNullability(const DataType& other) const {
  if (id_ != other.id_ || precision_ != other.precision_ || scale_ != other.scale_) return false;
  if (children_ == other.children_) return true;
  const size_t count = children_ ? children_->size() : 0;
  if (count != (other.children_ ? other.children_->size() : 0)) return false;
  return count == 0 || std::equal(children_->begin(), children_->end(), other.children_->begin(),
                                  [](const Field& left, const Field& right) {
                                    return left.name == right.name &&
                                           left.type.EqualsIgnoringNullability(right.type);
                                  });
}

std::string_view IntervalFieldName(IntervalField field) {
  static constexpr std::string_view kNames[] = {"YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"};
  return kNames[static_cast<size_t>(field)];
}

bool Field::operator==(const Field& other) const {
  return name == other.name && nullable == other.nullable && type == other.type;
}

std::optional<std::string> Field::Comment() const {
  if (metadata.size() <= 2) return std::nullopt;
  const Json object = ParseJson(metadata, "the metadata of column " + name);
  const auto comment = object.find("comment");
  if (comment == object.end() || !comment->is_string()) return std::nullopt;
  return comment->get<std::string>();
}

Field Field::WithComment(const std::string& comment) const {
  Field result = *this;
  Json object = ParseJson(metadata, "the metadata of column " + name);
  object["comment"] = comment;
  result.metadata = object.dump();
  return result;
}

namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// From the end, where names of wide tables differ.
bool SameName(std::string_view left, std::string_view right) {
  return left.size() == right.size() &&
         std::equal(left.rbegin(), left.rend(), right.rbegin(),
                    [](char a, char b) { return Lower(a) == Lower(b); });
}

}  // namespace

std::optional<size_t> Schema::Find(std::string_view name) const {
  for (size_t i = 0; i < fields_.size(); ++i) {
    if (SameName(fields_[i].name, name)) return i;
  }
  return std::nullopt;
}

std::string Schema::ToDdl() const {
  std::string result;
  for (size_t i = 0; i < fields_.size(); ++i) {
    if (i > 0) result += ", ";
    result += FieldToSql(fields_[i], " ");
  }
  return result;
}

std::string UpperName(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return result;
}

std::string LowerName(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = Lower(c);
  return result;
}

std::string QuoteName(std::string_view name) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  const bool plain = !name.empty() && is_letter(name[0]) &&
                     std::all_of(name.begin(), name.end(),
                                 [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
  if (plain) return std::string(name);
  std::string result = "`";
  for (const char c : name) {
    if (c == '`') result += '`';
    result += c;
  }
  return result + "`";
}

}  // namespace weir
