#include "weir/sql/json_schema.h"

#include <algorithm>

#include "weir/types/parse_text.h"

namespace weir::sql {

namespace {

constexpr int kMostDigits = 38;

DataType DecimalOfLong() { return DataType::Decimal(20, 0); }

DataType Common(const DataType& left, const DataType& right);

DataType CommonDecimal(const DataType& left, const DataType& right) {
  const int scale = std::max(left.scale(), right.scale());
  const int range = std::max(left.precision() - left.scale(), right.precision() - right.scale());
  if (range + scale > kMostDigits) return TypeId::kDouble;
  return DataType::Decimal(range + scale, scale);
}

// Both are long, double or decimal.
DataType CommonNumber(const DataType& left, const DataType& right) {
  if (left.id() == TypeId::kDouble || right.id() == TypeId::kDouble) return TypeId::kDouble;
  if (left == right && left.id() == TypeId::kLong) return left;
  const auto decimal = [](const DataType& type) {
    return type.id() == TypeId::kDecimal ? type : DecimalOfLong();
  };
  return CommonDecimal(decimal(left), decimal(right));
}

void SortFields(std::vector<Field>& fields) {
  std::stable_sort(fields.begin(), fields.end(),
                   [](const Field& a, const Field& b) { return a.name < b.name; });
}

DataType CommonStruct(const DataType& left, const DataType& right) {
  std::vector<Field> fields = left.fields();
  for (const Field& field : right.fields()) {
    const auto same = std::find_if(fields.begin(), fields.end(),
                                   [&](const Field& one) { return one.name == field.name; });
    if (same == fields.end()) {
      fields.push_back(field);
    } else {
      same->type = Common(same->type, field.type);
    }
  }
  SortFields(fields);
  return DataType::Struct(std::move(fields));
}

DataType Common(const DataType& left, const DataType& right) {
  if (left == right || right.id() == TypeId::kVoid) return left;
  if (left.id() == TypeId::kVoid) return right;
  if (left.IsNumeric() && right.IsNumeric()) return CommonNumber(left, right);
  if (left.id() == TypeId::kStruct && right.id() == TypeId::kStruct) {
    return CommonStruct(left, right);
  }
  if (left.id() == TypeId::kArray && right.id() == TypeId::kArray) {
    return DataType::Array(Common(left.element(), right.element()));
  }
  return TypeId::kString;
}

// The digits of a number and where its point is, as BigDecimal has them.
struct Digits {
  int64_t precision = 0;
  int64_t scale = 0;
};

Digits DigitsOf(std::string_view number) {
  Digits result;
  const size_t e = number.find_first_of("eE");
  bool fraction = false;
  for (const char c : number.substr(0, e)) {
    if (c == '.') fraction = true;
    if (c < '0' || c > '9') continue;
    if (result.precision > 0 || c != '0') ++result.precision;
    if (fraction) ++result.scale;
  }
  result.precision = std::max<int64_t>(result.precision, 1);
  if (e != std::string_view::npos) {
    result.scale -= ParseLong(number.substr(e + 1)).value_or(0);
  }
  return result;
}

class Inference {
 public:
  explicit Inference(const FunctionOptions& options)
      : primitives_as_text_(options.Flag("primitivesasstring")),
        prefers_decimal_(options.Flag("prefersdecimal")),
        infers_timestamp_(options.Flag("infertimestamp")),
        drops_nulls_(options.Flag("dropfieldifallnull")) {}

  DataType Look(JsonCursor& cursor) {
    switch (cursor.Kind()) {
      case JsonKind::kObject:
        return LookAtObject(cursor);
      case JsonKind::kArray: {
        DataType element = TypeId::kVoid;
        cursor.BeginArray();
        while (cursor.NextItem()) element = Common(element, Look(cursor));
        return DataType::Array(std::move(element));
      }
      case JsonKind::kText:
        return TypeOfText(cursor.TakeText(scratch_));
      case JsonKind::kNumber: {
        const std::string_view number = cursor.TakeNumber();
        return primitives_as_text_ ? DataType(TypeId::kString) : TypeOfNumber(number);
      }
      case JsonKind::kNull:
        cursor.TakeWord();
        return TypeId::kVoid;
      default:
        cursor.Skip();
        return primitives_as_text_ ? TypeId::kString : TypeId::kBoolean;
    }
  }

  // Without what never had a value; nothing when nothing is left.
  std::optional<DataType> Canonical(const DataType& type) const {
    if (type.id() == TypeId::kArray) {
      const auto element = Canonical(type.element());
      if (!element) return std::nullopt;
      return DataType::Array(*element);
    }
    if (type.id() == TypeId::kStruct) {
      std::vector<Field> fields;
      for (const Field& field : type.fields()) {
        const auto inner = Canonical(field.type);
        if (inner && !field.name.empty()) fields.push_back({field.name, *inner});
      }
      if (fields.empty()) return std::nullopt;
      return DataType::Struct(std::move(fields));
    }
    if (type.id() != TypeId::kVoid) return type;
    if (drops_nulls_) return std::nullopt;
    return TypeId::kString;
  }

  bool negative_scale() const { return negative_scale_; }

 private:
  DataType LookAtObject(JsonCursor& cursor) {
    std::vector<Field> fields;
    std::string scratch;
    cursor.BeginObject();
    for (std::string_view name; cursor.NextName(name, scratch);) {
      std::string owned(name);
      fields.push_back({std::move(owned), Look(cursor)});
    }
    SortFields(fields);
    return DataType::Struct(std::move(fields));
  }

  DataType TypeOfText(std::string_view text) {
    if (text.empty()) return TypeId::kVoid;
    if (prefers_decimal_ && ParseDouble(text) && TrimAsCast(text) == text) {
      const DataType type = TypeOfDigits(text);
      if (type.id() == TypeId::kDecimal) return type;
    }
    if (infers_timestamp_ && ParseTimestamp(text)) return TypeId::kTimestamp;
    return TypeId::kString;
  }

  DataType TypeOfNumber(std::string_view number) {
    if (number.find('N') != std::string_view::npos) return TypeId::kDouble;
    if (number.find_first_of(".eEI") == std::string_view::npos) {
      return ParseLong(number) ? DataType(TypeId::kLong) : TypeOfDigits(number);
    }
    const bool word = number.find('I') != std::string_view::npos;
    return prefers_decimal_ && !word ? TypeOfDigits(number) : DataType(TypeId::kDouble);
  }

  DataType TypeOfDigits(std::string_view number) {
    const Digits digits = DigitsOf(number);
    if (std::max(digits.precision, digits.scale) > kMostDigits) return TypeId::kDouble;
    if (digits.scale < 0) {
      negative_scale_ = true;
      return TypeId::kDouble;
    }
    return DataType::Decimal(static_cast<int>(std::max(digits.precision, digits.scale)),
                             static_cast<int>(digits.scale));
  }

  bool primitives_as_text_;
  bool prefers_decimal_;
  bool infers_timestamp_;
  bool drops_nulls_;
  bool negative_scale_ = false;
  std::string scratch_;
};

}  // namespace

JsonDialect DialectOf(const FunctionOptions& options) {
  JsonDialect dialect;
  dialect.comments = options.Flag("allowcomments");
  dialect.unquoted_names = options.Flag("allowunquotedfieldnames");
  dialect.single_quotes = options.Flag("allowsinglequotes", true);
  dialect.leading_zeros = options.Flag("allownumericleadingzeros");
  dialect.any_escape = options.Flag("allowbackslashescapinganycharacter");
  dialect.control_characters = options.Flag("allowunquotedcontrolchars");
  dialect.word_numbers = options.Flag("allownonnumericnumbers", true);
  return dialect;
}

std::variant<DataType, JsonMistake> SchemaOfJson(std::string_view json,
                                                 const FunctionOptions& options) {
  JsonCursor cursor(json, DialectOf(options));
  if (cursor.ok() && cursor.AtEnd()) return DataType(TypeId::kString);
  Inference inference(options);
  const DataType type = inference.Look(cursor);
  if (!cursor.ok()) {
    return JsonMistake{"MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION",
                       "The JSON text is malformed at byte " + std::to_string(cursor.offset() + 1) +
                           ": " + cursor.problem() + "."};
  }
  if (inference.negative_scale()) {
    return JsonMistake{"NEGATIVE_SCALE_DISALLOWED",
                       "Negative scale is not allowed: a number with an exponent cannot be a "
                       "DECIMAL; leave out the option `prefersDecimal`."};
  }
  if (const auto canonical = inference.Canonical(type)) return *canonical;
  if (type.id() == TypeId::kStruct) return DataType::Struct({});
  const bool structs = type.id() == TypeId::kArray && type.element().id() == TypeId::kStruct;
  return structs ? DataType::Array(DataType::Struct({})) : DataType(TypeId::kString);
}

}  // namespace weir::sql
