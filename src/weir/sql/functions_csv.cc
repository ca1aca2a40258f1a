#include "weir/sql/function_options.h"
#include "weir/types/csv_text.h"
#include "weir/types/parse_text.h"

// Lines of CSV read as structs and written.
namespace weir::sql {

namespace {

NoSuchSignature NoStruct(const DataType& type) {
  return {"INVALID_SCHEMA.NON_STRUCT_TYPE",
          "The input schema is not a valid schema string. The "
          "input expression should be evaluated to struct type, "
          "but got \"" +
              type.ToSql() + "\"."};
}

std::optional<NoSuchSignature> ReadingMistake(const Call& call, const DataType& type,
                                              const FunctionOptions& options) {
  const std::string corrupt = options.Text("columnnameofcorruptrecord", "_corrupt_record");
  for (const Field& field : type.fields()) {
    const TypeId id = field.type.id();
    if (field.type.IsNested() || id == TypeId::kVoid) {
      return NoSuchSignature{"UNSUPPORTED_DATATYPE",
                             "Unsupported data type \"" + field.type.ToSql() + "\"."};
    }
    if (field.type.IsInterval() || id == TypeId::kVariant) {
      return NoSuchSignature{"UNSUPPORTED_FEATURE",
                             "The feature is not supported: `from_csv` with the type \"" +
                                 field.type.ToSql() + "\"; read a STRING and convert it."};
    }
    if (field.name == corrupt && id != TypeId::kString) {
      return NoSuchSignature{"INVALID_CORRUPT_RECORD_TYPE",
                             "The column " + QuoteName(corrupt) +
                                 " for corrupt records must have the nullable STRING type."};
    }
  }
  if (LowerName(options.Text("mode")) != "dropmalformed") return std::nullopt;
  return NoSuchSignature{"PARSE_MODE_UNSUPPORTED",
                         "The function `" + std::string(call.name) +
                             "` doesn't support the DROPMALFORMED mode. Acceptable modes are "
                             "PERMISSIVE and FAILFAST."};
}

Resolution ResolveFromCsv(const Call& call) {
  if (call.size() != 2 && call.size() != 3) return WrongCount(call.name, "[2, 3]", call.size());
  const auto schema = SchemaOf(call, 1);
  if (const auto* const wrong = std::get_if<NoSuchSignature>(&schema)) return *wrong;
  const auto& type = std::get<DataType>(schema);
  if (type.id() != TypeId::kStruct) return NoStruct(type);
  const auto options = OptionsOf(call, 2, kCsvOption);
  if (const auto* const wrong = std::get_if<NoSuchSignature>(&options)) return *wrong;
  if (auto wrong = RequireText(call, 0)) return *wrong;
  const auto& given = std::get<FunctionOptions>(options);
  if (auto wrong = ReadingMistake(call, type, given)) return *wrong;
  Signature signature = MakeSignature(call, kScalar, {TypeId::kString}, type, "");
  signature.clock = Clock::kZone;
  signature.duckdb = ZonedCallText("weir_from_csv", type, given, /*tells_result=*/true);
  return signature;
}

NoSuchSignature NotWritable(const DataType& type) {
  return {"DATATYPE_MISMATCH.UNSUPPORTED_INPUT_TYPE",
          "The input of `to_csv` can't be \"" + type.ToSql() + "\" type data."};
}

// What is nested is written as CAST to STRING has it.
Resolution ResolveToCsv(const Call& call) {
  if (call.size() != 1 && call.size() != 2) return WrongCount(call.name, "[1, 2]", call.size());
  const auto options = OptionsOf(call, 1, kCsvOption);
  if (const auto* const wrong = std::get_if<NoSuchSignature>(&options)) return *wrong;
  const DataType& type = call.type(0);
  if (type.id() == TypeId::kVoid) {
    return MakeSignature(call, kScalar, {type}, TypeId::kString, "CAST(NULL AS VARCHAR)",
                         kMayBeNull);
  }
  if (type.id() != TypeId::kStruct) return NotWritable(type);
  std::vector<Field> fields = type.fields();
  bool nested = false;
  for (Field& field : fields) {
    if (field.type.id() == TypeId::kVariant) return NotWritable(type);
    if (!field.type.IsNested()) continue;
    field.type = TypeId::kString;
    nested = true;
  }
  const DataType flat = DataType::Struct(std::move(fields));
  Signature signature = MakeSignature(call, kScalar, {type}, TypeId::kString, "", kMayBeNull);
  signature.clock = Clock::kZone;
  auto write = ZonedCallText("weir_to_csv", flat, std::get<FunctionOptions>(options),
                             /*tells_result=*/false);
  signature.duckdb = [type, flat, nested, write](std::span<const std::string> arguments) {
    const std::string& zone = arguments.back();
    const std::string values[] = {
        nested ? DuckdbCast(arguments[0], type, flat, false, zone) : arguments[0], zone};
    return write(values);
  };
  return signature;
}

// ------------------------------------------------------------------------------- schema_of_csv

// A whole number too large for BIGINT.
std::optional<DataType> LargeWhole(std::string_view text) {
  std::string_view digits = text;
  if (digits.starts_with('-') || digits.starts_with('+')) digits.remove_prefix(1);
  while (digits.size() > 1 && digits[0] == '0') digits.remove_prefix(1);
  const bool whole = !digits.empty() && digits.size() <= 38 &&
                     digits.find_first_not_of("0123456789") == std::string_view::npos;
  if (!whole) return std::nullopt;
  return DataType::Decimal(static_cast<int>(digits.size()), 0);
}

DataType TypeOfCell(const std::optional<std::string>& cell, const CsvRules& rules) {
  if (!cell) return TypeId::kString;
  for (const TypeId id : {TypeId::kInt, TypeId::kLong}) {
    if (ReadCsvCell(*cell, id, rules)) return id;
  }
  if (const auto decimal = LargeWhole(*cell)) return *decimal;
  if (ReadCsvCell(*cell, TypeId::kDouble, rules)) return TypeId::kDouble;
  const bool plain_date = cell->size() == 10 && (*cell)[4] == '-' && (*cell)[7] == '-';
  if (plain_date && ParseDate(*cell)) return TypeId::kDate;
  if (ParseTimestamp(*cell)) return TypeId::kTimestamp;
  return ReadCsvCell(*cell, TypeId::kBoolean, rules) ? TypeId::kBoolean : TypeId::kString;
}

Resolution ResolveSchemaOfCsv(const Call& call) {
  if (call.size() != 1 && call.size() != 2) return WrongCount(call.name, "[1, 2]", call.size());
  const auto options = OptionsOf(call, 1, kCsvOption);
  if (const auto* const wrong = std::get_if<NoSuchSignature>(&options)) return *wrong;
  const auto& given = std::get<FunctionOptions>(options);
  for (const std::string format : {"dateFormat", "timestampFormat", "timestampNTZFormat"}) {
    if (!given.values.contains(LowerName(format))) continue;
    return NoSuchSignature{"UNSUPPORTED_FEATURE",
                           "The feature is not supported: the option `" + format +
                               "` of `schema_of_csv`; write the type of the column yourself."};
  }
  if (auto wrong = RequireText(call, 0)) return *wrong;
  const Value* const csv = call.arguments[0].literal;
  if (csv == nullptr) return NotFoldable("csv", "STRING");
  if (csv->is_null()) {
    return NoSuchSignature{"DATATYPE_MISMATCH.UNEXPECTED_NULL", "The `csv` must not be null."};
  }
  const CsvRules rules = CsvRulesOf(given.values, /*writing=*/false);
  const auto cells = SplitCsv(csv->text(), rules);
  if (!cells || csv->text().empty()) {
    return NoSuchSignature{"INVALID_PARAMETER_VALUE",
                           "The text of `schema_of_csv` has no field; write a line with values."};
  }
  std::vector<Field> fields;
  for (const auto& cell : *cells) {
    fields.push_back({"_c" + std::to_string(fields.size()), TypeOfCell(cell, rules)});
  }
  Signature signature = MakeSignature(call, kScalar, {}, TypeId::kString, "");
  signature.constant = Value::String(DataType::Struct(std::move(fields)).ToSql());
  return signature;
}

}  // namespace

void AddCsv(FunctionTable& table) {
  table.Add("from_csv", kScalar, ResolveFromCsv);
  table.Add("to_csv", kScalar, ResolveToCsv);
  table.Add("schema_of_csv", kScalar, ResolveSchemaOfCsv);
}

}  // namespace weir::sql
