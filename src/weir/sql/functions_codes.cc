#include "weir/sql/functions_table.h"

#include "weir/types/number_pattern.h"

// Texts as bytes, as other texts and as numbers: charsets, masks, URLs, patterns.
namespace weir::sql {

namespace {

// decode(value, search, result, ... [, default])
Resolution ResolveDecodeValues(const Call& call) {
  std::vector<ArgumentShape> results;
  std::vector<DataType> types{call.type(0)};
  std::vector<DataType> compared;
  for (size_t i = 1; i < call.size(); ++i) {
    const bool is_default = i + 1 == call.size() && i % 2 == 1;
    if (i % 2 == 0 || is_default) {
      results.push_back(call.arguments[i]);
      continue;
    }
    const auto common = CommonType(call.type(0), call.type(i));
    if (!common || !IsOrderable(*common)) {
      return NoSuchSignature{"DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES",
                             "`decode` cannot compare \"" + call.type(0).ToSql() + "\" and \"" +
                                 call.type(i).ToSql() + "\"."};
    }
    compared.push_back(*common);
  }
  const auto result = CommonTypeOf(results);
  if (!result) {
    return NoSuchSignature{"DATATYPE_MISMATCH.DATA_DIFF_TYPES",
                           "The results of `decode` should all be the same type."};
  }
  for (size_t i = 1; i < call.size(); ++i) {
    const bool search = i % 2 == 1 && i + 1 < call.size();
    types.push_back(search ? compared[(i - 1) / 2] : *result);
  }
  Signature signature = MakeSignature(call, kScalar, types, *result, "", kMayBeNull);
  signature.clock = Clock::kZone;
  signature.duckdb = [from = call.type(0), compared](std::span<const std::string> arguments) {
    const std::string& zone = arguments.back();
    arguments = arguments.first(arguments.size() - 1);
    return WithOnce(arguments[0], [&](const std::string& value) {
      std::string text = "CASE";
      for (size_t i = 0; i < compared.size(); ++i) {
        text += " WHEN " + DuckdbCast(value, from, compared[i], false, zone) +
                " IS NOT DISTINCT FROM " + arguments[2 * i + 1] + " THEN " + arguments[2 * i + 2];
      }
      const bool has_default = arguments.size() % 2 == 0;
      return text + (has_default ? " ELSE " + arguments.back() : std::string()) + " END";
    });
  };
  return signature;
}

Resolution ResolveDecode(const Call& call) {
  if (call.size() < 2) return WrongCount(call.name, "2", call.size());
  if (call.size() > 2) return ResolveDecodeValues(call);
  if (!CanCoerce(call.type(0), TypeId::kBinary)) return WrongType(0, "\"BINARY\"", call.type(0));
  if (!CanCoerce(call.type(1), TypeId::kString)) return WrongType(1, "\"STRING\"", call.type(1));
  return MakeSignature(call, kScalar, {TypeId::kBinary, TypeId::kString}, TypeId::kString,
                       "weir_decode($1, $2)");
}

// elt(n, a, b, ...)
Resolution ResolveElt(const Call& call) {
  if (call.size() < 2) return WrongCount(call.name, "> 1", call.size());
  if (!CanCoerce(call.type(0), TypeId::kInt)) return WrongType(0, "\"INT\"", call.type(0));
  DataType type = TypeId::kBinary;
  for (size_t i = 1; i < call.size(); ++i) {
    if (call.type(i).id() != TypeId::kBinary) type = TypeId::kString;
  }
  std::vector<DataType> types{TypeId::kInt};
  for (size_t i = 1; i < call.size(); ++i) {
    if (!CanCoerce(call.type(i), type)) {
      return WrongType(i, "(\"STRING\" or \"BINARY\")", call.type(i));
    }
    types.push_back(type);
  }
  return MakeSignature(call, kScalar, types, type, "weir_elt([$2+], $1)", kMayBeNull);
}

// mask(text [, upper [, lower [, digit [, other]]]]); NULL leaves the characters of a kind.
Resolution ResolveMask(const Call& call) {
  const auto parameters = NamedParameters("mask");
  if (call.size() < 1 || call.size() > 5) {
    return WrongCount(call.name, "[1, 2, 3, 4, 5]", call.size());
  }
  std::string text = "weir_mask($1";
  for (size_t i = 0; i < 5; ++i) {
    const std::string name(parameters[i].name);
    const bool text_or_null = i >= call.size() || call.type(i).id() == TypeId::kString ||
                              call.type(i).id() == TypeId::kVoid;
    if (!text_or_null) return WrongType(i, "\"STRING\"", call.type(i));
    if (i == 0) continue;
    if (i >= call.size()) {
      const Value& otherwise = *parameters[i].otherwise;
      text += ", " + (otherwise.is_null() ? "CAST(NULL AS VARCHAR)" : QuotedText(otherwise.text()));
      continue;
    }
    text += ", $" + std::to_string(i + 1);
    const Value* const value = call.arguments[i].literal;
    if (value == nullptr) return NotFoldable(name, "STRING");
    if (value->is_null()) continue;
    const std::string given = value->ToString();
    size_t characters = 0;
    for (const char c : given) characters += (c & 0xC0) != 0x80 ? 1 : 0;
    if (characters != 1) {
      return NoSuchSignature{"DATATYPE_MISMATCH.INPUT_SIZE_NOT_ONE",
                             "Length of " + name + " should be 1."};
    }
  }
  return MakeSignature(call, kScalar, std::vector<DataType>(call.size(), TypeId::kString),
                       TypeId::kString, text + ")", kMayBeNull);
}

// printf(format, values...)
Resolution ResolveFormat(const Call& call) {
  if (call.size() < 1) return WrongCount(call.name, "> 0", call.size());
  if (!CanCoerce(call.type(0), TypeId::kString)) return WrongType(0, "\"STRING\"", call.type(0));
  std::vector<DataType> types{TypeId::kString};
  for (size_t i = 1; i < call.size(); ++i) {
    const DataType& type = call.type(i);
    if (type.IsNested() || type.id() == TypeId::kBinary) {
      return NoSuchSignature{"UNSUPPORTED_FEATURE", "`" + std::string(call.name) +
                                                        "` of the type \"" + type.ToSql() +
                                                        "\"; CAST it to STRING."};
    }
    const bool as_text = type.id() == TypeId::kDecimal || type.id() == TypeId::kVoid;
    types.push_back(as_text ? DataType(TypeId::kString) : type);
  }
  return MakeSignature(call, kScalar, types, TypeId::kString, "weir_format_string($*)", kMayBeNull);
}

// ------------------------------------------------------------------------------- patterns

// The pattern of a number as it stands in the text; what is wrong with it instead.
std::variant<NumberPattern, NoSuchSignature> PatternOf(const Value& format) {
  auto parsed = NumberPattern::Parse(format.ToString());
  if (auto* const mistake = std::get_if<NumberPattern::Mistake>(&parsed)) {
    return NoSuchSignature{mistake->condition, mistake->message};
  }
  return std::get<NumberPattern>(std::move(parsed));
}

Resolver ToNumber(std::string function) {
  return [function](const Call& call) -> Resolution {
    if (call.size() != 2) return WrongCount(call.name, "2", call.size());
    for (size_t i = 0; i < 2; ++i) {
      if (!CanCoerce(call.type(i), TypeId::kString))
        return WrongType(i, "\"STRING\"", call.type(i));
    }
    const Value* const format = call.arguments[1].literal;
    if (format == nullptr) return NotFoldable("format", "STRING");
    DataType result = DataType::Decimal(10, 0);
    if (!format->is_null()) {
      const auto pattern = PatternOf(*format);
      if (const auto* const wrong = std::get_if<NoSuchSignature>(&pattern)) return *wrong;
      const auto& known = std::get<NumberPattern>(pattern);
      result = DataType::Decimal(known.precision(), known.scale());
    }
    return MakeSignature(call, kScalar, {TypeId::kString, TypeId::kString}, result,
                         "CAST(" + function + "($1, $2) AS " + DuckdbType(result) + ")",
                         kMayBeNull);
  };
}

Resolution BytesToChar(const Call& call) {
  const Value* const format = call.arguments[1].literal;
  if (format == nullptr || format->is_null()) {
    return NoSuchSignature{"NON_FOLDABLE_ARGUMENT",
                           "The function `" + std::string(call.name) +
                               "` requires the parameter `format` to be a foldable expression of "
                               "the type \"STRING\", but the actual argument is a non-foldable."};
  }
  const std::string name = LowerName(format->ToString());
  std::string text;
  if (name == "base64") text = "base64($1)";
  if (name == "hex") text = "hex($1)";
  if (name == "utf-8") text = "weir_decode($1, 'utf-8')";
  if (text.empty()) {
    return NoSuchSignature{"INVALID_PARAMETER_VALUE.BINARY_FORMAT",
                           "The value of parameter(s) `format` in `" + std::string(call.name) +
                               "` is invalid: expects one of binary formats 'base64', 'hex', "
                               "'utf-8', but got '" +
                               format->ToString() + "'."};
  }
  return MakeSignature(call, kScalar, {TypeId::kBinary, TypeId::kString}, TypeId::kString, text);
}

// to_char(number | date or time | bytes, format)
Resolution ResolveToChar(const Call& call) {
  if (call.size() != 2) return WrongCount(call.name, "2", call.size());
  const DataType& type = call.type(0);
  if (!CanCoerce(call.type(1), TypeId::kString)) return WrongType(1, "\"STRING\"", call.type(1));
  if (type.id() == TypeId::kBinary) return BytesToChar(call);
  if (type.id() == TypeId::kDate || Accept("time", type, true)) {
    return MakeSignature(call, kScalar, {TypeId::kTimestamp, TypeId::kString}, TypeId::kString,
                         "weir_date_format($1, $2, $zone)");
  }
  const auto decimal = Accept("decimal", type, false);
  if (!decimal) return WrongType(0, "\"DECIMAL\"", type);
  const Value* const format = call.arguments[1].literal;
  if (format == nullptr) return NotFoldable("format", "STRING");
  if (!format->is_null()) {
    const auto pattern = PatternOf(*format);
    if (const auto* const wrong = std::get_if<NoSuchSignature>(&pattern)) return *wrong;
  }
  return MakeSignature(call, kScalar, {*decimal, TypeId::kString}, TypeId::kString,
                       "weir_to_char(CAST($1 AS VARCHAR), $2)");
}

// to_binary(text [, 'hex' | 'utf-8' | 'base64'])
Resolver ToBinary(bool is_try) {
  return [is_try](const Call& call) -> Resolution {
    if (call.size() != 1 && call.size() != 2) return WrongCount(call.name, "[1, 2]", call.size());
    for (size_t i = 0; i < call.size(); ++i) {
      if (!CanCoerce(call.type(i), TypeId::kString))
        return WrongType(i, "\"STRING\"", call.type(i));
    }
    std::string format = "hex";
    if (call.size() == 2) {
      const Value* const value = call.arguments[1].literal;
      if (value == nullptr) return NotFoldable("fmt", "STRING");
      format = value->is_null() ? "" : LowerName(value->ToString());
      const bool known = format == "hex" || format == "utf-8" || format == "utf8" ||
                         format == "base64" || value->is_null();
      if (!known && !is_try) {
        return NoSuchSignature{"DATATYPE_MISMATCH.INVALID_ARG_VALUE",
                               "The fmt value must to be a case-insensitive \"STRING\" literal of "
                               "'hex', 'utf-8', 'utf8', or 'base64', but got '" +
                                   value->ToString() + "'."};
      }
    }
    std::string text = "CAST(NULL AS BLOB)";
    if (format == "hex") text = is_try ? "weir_unhex($1)" : "weir_from_hex($1)";
    if (format == "base64") text = is_try ? "weir_try_from_base64($1)" : "weir_from_base64($1)";
    if (format == "utf-8" || format == "utf8") text = "encode($1)";
    return MakeSignature(call, kScalar, std::vector<DataType>(call.size(), TypeId::kString),
                         TypeId::kBinary, text, kMayBeNull);
  };
}

void AddUtf8(FunctionTable& table) {
  // A text is valid; bytes may be not.
  table.Add({"is_valid_utf8", "binary", "boolean", "weir_is_valid_utf8($1)"});
  table.Add({"make_valid_utf8", "binary", "string", "weir_make_valid_utf8($1)"});
  table.Add({"validate_utf8", "binary", "string", "weir_validate_utf8($1)"});
  table.Add({"try_validate_utf8", "binary", "string", "weir_try_validate_utf8($1)", kMayBeNull});
}

void AddUrls(FunctionTable& table) {
  for (const std::string_view name : {"parse_url", "try_parse_url"}) {
    const std::string function = "weir_" + std::string(name);
    table.Add({name, "string string", "string", function + "($1, $2)", kMayBeNull});
    table.Add({name, "string string string", "string", function + "($1, $2, $3)", kMayBeNull});
  }
  table.Add({"url_encode", "string", "string", "weir_url_encode($1)"});
  table.Add({"url_decode", "string", "string", "weir_url_decode($1)"});
  table.Add({"try_url_decode", "string", "string", "weir_try_url_decode($1)", kMayBeNull});
}

}  // namespace

std::span<const NamedParameter> NamedParameters(std::string_view function) {
  static const NamedParameter mask[] = {{"str", std::nullopt},
                                        {"upperChar", Value::String("X")},
                                        {"lowerChar", Value::String("x")},
                                        {"digitChar", Value::String("n")},
                                        {"otherChar", Value::Null(TypeId::kString)}};
  if (function == "mask") return mask;
  return {};
}

void AddCodes(FunctionTable& table) {
  table.Add({"encode", "string string", "binary", "weir_encode($1, $2)"});
  table.Add("decode", kScalar, ResolveDecode);
  table.Add("elt", kScalar, ResolveElt);
  table.Add("mask", kScalar, ResolveMask);
  table.Add("format_string", kScalar, ResolveFormat);
  table.Alias("printf", "format_string");
  table.Add("to_number", kScalar, ToNumber("weir_to_number"));
  table.Add("try_to_number", kScalar, ToNumber("weir_try_to_number"));
  table.Add("to_char", kScalar, ResolveToChar);
  table.Alias("to_varchar", "to_char");
  table.Add("to_binary", kScalar, ToBinary(false));
  table.Add("try_to_binary", kScalar, ToBinary(true));
  table.Add({"find_in_set", "string string", "int", "weir_find_in_set($1, $2)"});
  table.Add({"luhn_check", "string", "boolean", "weir_luhn_check($1)"});
  table.Add({"quote", "string", "string", "weir_quote($1)"});
  table.Add({"soundex", "string", "string", "weir_soundex($1)"});
  const std::string sentences = "weir_sentences($1)";
  table.Add({"sentences", "string", "array(array(string))", sentences});
  table.Add({"sentences", "string string", "array(array(string))", sentences});
  table.Add({"sentences", "string string string", "array(array(string))", sentences});
  AddUtf8(table);
  AddUrls(table);
}

}  // namespace weir::sql
