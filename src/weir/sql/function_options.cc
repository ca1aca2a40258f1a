#include "weir/sql/function_options.h"

#include <set>

#include "weir/base/error.h"
#include "weir/base/json.h"
#include "weir/sql/duckdb_printer.h"
#include "weir/sql/parser.h"
#include "weir/types/schema_json.h"

namespace weir::sql {

namespace {

enum class OptionKind {
  kUsed,
  kFlag,     // Used: true or false.
  kIdle,     // Known to Spark, and without a meaning where there is no file.
  kRefused,  // Unless it has the value `accepted`.
};

struct OptionRow {
  std::string_view name;
  OptionKind kind;
  unsigned formats;
  std::string_view accepted = {};
};

constexpr OptionRow kOptions[] = {
    {"mode", OptionKind::kUsed, kBothOptions},
    {"columnNameOfCorruptRecord", OptionKind::kUsed, kBothOptions},
    {"dateFormat", OptionKind::kUsed, kBothOptions},
    {"timestampFormat", OptionKind::kUsed, kBothOptions},
    {"timestampNTZFormat", OptionKind::kUsed, kBothOptions},
    {"timeZone", OptionKind::kUsed, kBothOptions},
    {"locale", OptionKind::kRefused, kBothOptions, "en-us"},
    {"enableDateTimeParsingFallback", OptionKind::kRefused, kBothOptions, "false"},
    {"encoding", OptionKind::kIdle, kBothOptions},
    {"charset", OptionKind::kIdle, kBothOptions},
    {"lineSep", OptionKind::kIdle, kBothOptions},
    {"multiLine", OptionKind::kIdle, kBothOptions},
    {"compression", OptionKind::kIdle, kBothOptions},
    {"codec", OptionKind::kIdle, kBothOptions},
    {"samplingRatio", OptionKind::kIdle, kBothOptions},
    {"inferSchema", OptionKind::kIdle, kCsvOption},

    {"primitivesAsString", OptionKind::kFlag, kJsonOption},
    {"prefersDecimal", OptionKind::kFlag, kJsonOption},
    {"dropFieldIfAllNull", OptionKind::kFlag, kJsonOption},
    {"inferTimestamp", OptionKind::kFlag, kJsonOption},
    {"allowComments", OptionKind::kFlag, kJsonOption},
    {"allowUnquotedFieldNames", OptionKind::kFlag, kJsonOption},
    {"allowSingleQuotes", OptionKind::kFlag, kJsonOption},
    {"allowNumericLeadingZeros", OptionKind::kFlag, kJsonOption},
    {"allowNonNumericNumbers", OptionKind::kFlag, kJsonOption},
    {"allowBackslashEscapingAnyCharacter", OptionKind::kFlag, kJsonOption},
    {"allowUnquotedControlChars", OptionKind::kFlag, kJsonOption},
    {"ignoreNullFields", OptionKind::kFlag, kJsonOption},
    {"pretty", OptionKind::kFlag, kJsonOption},
    {"sortKeys", OptionKind::kFlag, kJsonOption},
    {"writeNonAsciiCharacterAsCodePoint", OptionKind::kFlag, kJsonOption},
    {"singleVariantColumn", OptionKind::kUsed, kJsonOption},
    {"useUnsafeRow", OptionKind::kIdle, kJsonOption},

    {"sep", OptionKind::kUsed, kCsvOption},
    {"delimiter", OptionKind::kUsed, kCsvOption},
    {"quote", OptionKind::kUsed, kCsvOption},
    {"escape", OptionKind::kUsed, kCsvOption},
    {"comment", OptionKind::kUsed, kCsvOption},
    {"nullValue", OptionKind::kUsed, kCsvOption},
    {"emptyValue", OptionKind::kUsed, kCsvOption},
    {"nanValue", OptionKind::kUsed, kCsvOption},
    {"positiveInf", OptionKind::kUsed, kCsvOption},
    {"negativeInf", OptionKind::kUsed, kCsvOption},
    {"ignoreLeadingWhiteSpace", OptionKind::kFlag, kCsvOption},
    {"ignoreTrailingWhiteSpace", OptionKind::kFlag, kCsvOption},
    {"quoteAll", OptionKind::kFlag, kCsvOption},
    {"escapeQuotes", OptionKind::kFlag, kCsvOption},
    {"header", OptionKind::kIdle, kCsvOption},
    {"enforceSchema", OptionKind::kIdle, kCsvOption},
    {"preferDate", OptionKind::kRefused, kCsvOption, "true"},
    {"charToEscapeQuoteEscaping", OptionKind::kRefused, kCsvOption},
    {"unescapedQuoteHandling", OptionKind::kRefused, kCsvOption, "stop_at_delimiter"},
    {"maxColumns", OptionKind::kRefused, kCsvOption, "20480"},
    {"maxCharsPerColumn", OptionKind::kRefused, kCsvOption, "-1"},
};

const OptionRow* FindOption(std::string_view lower_name, OptionFormat format) {
  for (const OptionRow& option : kOptions) {
    if ((option.formats & format) != 0 && LowerName(option.name) == lower_name) return &option;
  }
  return nullptr;
}

NoSuchSignature Refused(const Call& call, const std::string& name, const std::string& advice) {
  return {"UNSUPPORTED_FEATURE", "The feature is not supported: the option `" + name + "` of `" +
                                     std::string(call.name) + "`; " + advice + "."};
}

std::optional<NoSuchSignature> MistakeIn(const Call& call, const std::string& name,
                                         const std::string& value, OptionFormat format) {
  const OptionRow* const option = FindOption(LowerName(name), format);
  if (option == nullptr) return Refused(call, name, "there is no such option: leave it out");
  const std::string lower = LowerName(value);
  if (option->kind == OptionKind::kRefused && lower != option->accepted) {
    return Refused(call, name,
                   option->accepted.empty()
                       ? "leave it out"
                       : "it is always '" + std::string(option->accepted) + "', leave it out");
  }
  if (option->kind == OptionKind::kFlag && lower != "true" && lower != "false") {
    return NoSuchSignature{"INVALID_PARAMETER_VALUE", "The option `" + name + "` of `" +
                                                          std::string(call.name) + "` is '" +
                                                          value + "', but must be true or false."};
  }
  return std::nullopt;
}

NoSuchSignature NoMap() {
  return {"INVALID_OPTIONS.NON_MAP_FUNCTION",
          "Invalid options: Must use the `map()` function for options."};
}

}  // namespace

bool FunctionOptions::Flag(const std::string& lower_name, bool otherwise) const {
  const auto found = values.find(lower_name);
  return found == values.end() ? otherwise : LowerName(found->second) == "true";
}

std::string FunctionOptions::Text(const std::string& lower_name,
                                  const std::string& otherwise) const {
  const auto found = values.find(lower_name);
  return found == values.end() ? otherwise : found->second;
}

std::string FunctionOptions::ToJson() const {
  Json json = Json::object();
  for (const auto& [name, value] : values) json[name] = value;
  return json.dump();
}

std::variant<FunctionOptions, NoSuchSignature> OptionsOf(const Call& call, size_t position,
                                                         OptionFormat format) {
  FunctionOptions options;
  if (position >= call.size()) return options;
  const DataType& type = call.type(position);
  if (type.id() != TypeId::kMap) return NoMap();
  const bool empty = type.key().id() == TypeId::kVoid;
  if (!empty && (type.key().id() != TypeId::kString || type.value().id() != TypeId::kString)) {
    return NoSuchSignature{"INVALID_OPTIONS.NON_STRING_TYPE",
                           "Invalid options: A type of keys and values in `map()` must be string, "
                           "but got \"" +
                               type.ToSql() + "\"."};
  }
  const Value* const map = call.arguments[position].literal;
  if (map == nullptr || map->is_null()) return NoMap();
  for (size_t i = 0; i + 1 < map->items().size(); i += 2) {
    const Value& value = map->items()[i + 1];
    if (map->items()[i].is_null() || value.is_null()) return NoMap();
    const std::string& name = map->items()[i].text();
    if (auto mistake = MistakeIn(call, name, value.text(), format)) return *mistake;
    options.values[LowerName(name)] = value.text();
  }
  return options;
}

DataType AsNullable(const DataType& type) {
  switch (type.id()) {
    case TypeId::kArray:
      return DataType::Array(AsNullable(type.element()));
    case TypeId::kMap:
      return DataType::Map(AsNullable(type.key()), AsNullable(type.value()));
    case TypeId::kStruct: {
      std::vector<Field> fields = type.fields();
      for (Field& field : fields) {
        field.nullable = true;
        field.type = AsNullable(field.type);
      }
      return DataType::Struct(std::move(fields));
    }
    default:
      return type;
  }
}

namespace {

std::optional<DataType> TypeOfJson(const std::string& text) {
  try {
    // A schema of one column that has the type.
    const std::string column =
        R"({"type":"struct","fields":[{"name":"v","type":)" + text + R"(,"nullable":true}]})";
    return SchemaFromJson(column).fields().at(0).type;
  } catch (const Error&) {
    return std::nullopt;
  }
}

// What was wrong with a text as a type: where it is no type at all, that.
NoSuchSignature MistakeIn(const Diagnostics& diagnostics) {
  const Diagnostic* worst = &diagnostics.front();
  for (const Diagnostic& one : diagnostics) {
    if (one.condition == "PARSE_SYNTAX_ERROR") worst = &one;
  }
  return {worst->condition, "In the schema: " + worst->message};
}

NoSuchSignature NoSuchStruct(const std::string& what) {
  return {"UNSUPPORTED_FEATURE",
          "The feature is not supported: in a schema, a STRUCT " + what + "."};
}

// A struct in it that values can't have.
std::optional<NoSuchSignature> StructMistake(const DataType& type) {
  if (type.id() == TypeId::kArray) return StructMistake(type.element());
  if (type.id() == TypeId::kMap) {
    if (auto mistake = StructMistake(type.key())) return mistake;
    return StructMistake(type.value());
  }
  if (type.id() != TypeId::kStruct) return std::nullopt;
  if (type.fields().empty()) return NoSuchStruct("without fields");
  std::set<std::string> names;
  for (const Field& field : type.fields()) {
    if (!names.insert(LowerName(field.name)).second) {
      return NoSuchStruct("with two fields " + QuoteName(field.name) +
                          ", of names that compare without case");
    }
    if (auto mistake = StructMistake(field.type)) return mistake;
  }
  return std::nullopt;
}

std::variant<DataType, NoSuchSignature> TypeOfSchema(const DataType& type) {
  if (auto mistake = StructMistake(type)) return *mistake;
  return AsNullable(type);
}

}  // namespace

std::variant<DataType, NoSuchSignature> SchemaOf(const Call& call, size_t position) {
  const Value* const text = call.arguments[position].literal;
  const bool is_text = call.type(position).id() == TypeId::kString;
  if (!is_text || text == nullptr || text->is_null()) {
    return NoSuchSignature{
        "INVALID_SCHEMA.NON_STRING_LITERAL",
        "The input schema is not a valid schema string. The input expression must be string "
        "literal and not null."};
  }
  const auto source = std::make_shared<SourceText>(SourceText{"schema", text->text()});
  const auto checked = [](const DataType& known,
                          const StringTypes& strings) -> std::variant<DataType, NoSuchSignature> {
    if (!HasLengths(strings)) return TypeOfSchema(known);
    return NoSuchSignature{"UNSUPPORTED_CHAR_OR_VARCHAR_AS_STRING",
                           "The char/varchar type can only be that of a table's column: a schema "
                           "takes STRING."};
  };
  StringTypes strings;
  const auto type = ParseType(source, &strings);
  if (const auto* const known = std::get_if<DataType>(&type)) return checked(*known, strings);
  strings.clear();
  const auto columns = ParseColumns(source, &strings);
  if (const auto* const known = std::get_if<Schema>(&columns)) {
    return checked(known->AsStruct(), strings);
  }
  if (const auto json = TypeOfJson(text->text())) return TypeOfSchema(*json);
  return MistakeIn(std::get<Diagnostics>(type));
}

std::string TypeArgument(const DataType& type) {
  return DuckdbString(SchemaToJson(Schema({Field{"value", type, true, "{}"}})));
}

std::function<std::string(std::span<const std::string>)> TypedCallText(
    const std::string& function, const DataType& type, const FunctionOptions& options,
    bool tells_result) {
  std::string rest = ", " + TypeArgument(type) + ", " + DuckdbString(options.ToJson());
  if (tells_result) rest += ", CAST(NULL AS " + DuckdbType(type) + ")";
  return [function, rest](std::span<const std::string> arguments) {
    return function + "(" + arguments[0] + rest + ")";
  };
}

std::function<std::string(std::span<const std::string>)> ZonedCallText(
    const std::string& function, const DataType& type, const FunctionOptions& options,
    bool tells_result) {
  return [=](std::span<const std::string> arguments) {
    FunctionOptions zoned = options;
    const std::string& zone = arguments.back();  // In quotes; no name of a zone has one.
    if (zone != kUtcText) zoned.values.emplace("timezone", zone.substr(1, zone.size() - 2));
    return TypedCallText(function, type, zoned, tells_result)(arguments);
  };
}

std::optional<NoSuchSignature> RequireText(const Call& call, size_t position) {
  const TypeId id = call.type(position).id();
  if (id == TypeId::kString || id == TypeId::kVoid) return std::nullopt;
  return WrongType(position, "\"STRING\"", call.type(position));
}

}  // namespace weir::sql
