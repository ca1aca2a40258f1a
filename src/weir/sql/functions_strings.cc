#include "weir/sql/functions_table.h"

namespace weir::sql {

namespace {

// concat and ||: texts, all binaries, or arrays.
Resolution ResolveConcat(const Call& call) {
  const auto scalar = FunctionKind::kScalar;
  if (call.size() == 0) return MakeSignature(call, scalar, {}, TypeId::kString, "''");
  bool arrays = false;
  bool binaries = true;
  for (const ArgumentShape& argument : call.arguments) {
    arrays = arrays || argument.type.id() == TypeId::kArray;
    binaries = binaries && argument.type.id() == TypeId::kBinary;
  }
  DataType type = binaries ? TypeId::kBinary : TypeId::kString;
  if (arrays) {
    const auto common = CommonTypeOf(call.arguments);
    if (!common) {
      return NoSuchSignature{"DATATYPE_MISMATCH.DATA_DIFF_TYPES",
                             "Input to `concat` should all be the same type."};
    }
    type = *common;
  }
  for (size_t i = 0; i < call.size() && !arrays; ++i) {
    if (!CanCoerce(call.type(i), type)) return WrongType(i, "\"STRING\"", call.type(i));
  }
  Signature signature =
      MakeSignature(call, scalar, std::vector<DataType>(call.size(), type), type, "");
  signature.duckdb = [type](std::span<const std::string> arguments) {
    std::string joined;
    for (const std::string& argument : arguments) {
      joined += (joined.empty() ? "" : " || ") + argument;
    }
    // DuckDB loses the type where one of them is NULL.
    return "CAST(" + joined + " AS " + DuckdbType(type) + ")";
  };
  return signature;
}

// concat_ws(separator, texts and arrays of texts): NULLs are left out.
Resolution ResolveConcatWs(const Call& call) {
  if (call.size() < 1) return WrongCount(call.name, "> 0", call.size());
  std::vector<DataType> types{TypeId::kString};
  bool arrays = false;
  for (size_t i = 1; i < call.size(); ++i) {
    const auto list = Accept("strings", call.type(i), false);
    if (list && call.type(i).id() == TypeId::kArray) {
      types.push_back(*list);
      arrays = true;
    } else if (CanCoerce(call.type(i), TypeId::kString)) {
      types.push_back(TypeId::kString);
    } else {
      return WrongType(i, "(\"ARRAY<STRING>\" or \"STRING\")", call.type(i));
    }
  }
  const unsigned flags = call.arguments[0].nullable ? kMayBeNull : kNeverNull;
  Signature signature =
      MakeSignature(call, FunctionKind::kScalar, types, TypeId::kString, "", flags);
  signature.duckdb = [types, arrays](std::span<const std::string> arguments) {
    std::string items;
    for (size_t i = 1; i < arguments.size(); ++i) {
      if (i > 1) items += ", ";
      const bool list = types[i].id() == TypeId::kArray;
      items += arrays && !list ? "[" + arguments[i] + "]" : arguments[i];
    }
    if (arrays) return "weir_array_join(flatten([" + items + "]), " + arguments[0] + ")";
    if (items.empty()) return "CASE WHEN " + arguments[0] + " IS NULL THEN NULL ELSE '' END";
    return "concat_ws(" + arguments[0] + ", " + items + ")";
  };
  return signature;
}

// A number of digits, or a pattern of java.text.DecimalFormat, decides how a number is written.
Resolution ResolveFormatNumber(const Call& call) {
  if (call.size() != 2) return WrongCount(call.name, "2", call.size());
  const DataType& type = call.type(0);
  if (!type.IsNumeric() && type.id() != TypeId::kVoid) return WrongType(0, "\"NUMERIC\"", type);
  const DataType& format = call.type(1);
  const bool pattern = format.id() == TypeId::kString;
  if (!pattern && !format.IsIntegral() && format.id() != TypeId::kVoid) {
    return WrongType(1, "(\"INT\" or \"STRING\")", format);
  }
  DataType number = TypeId::kDouble;
  std::string text = "$1";
  if (type.IsIntegral()) number = TypeId::kLong;
  if (type.id() == TypeId::kDecimal) {
    number = type;
    text = "CAST($1 AS VARCHAR)";
  }
  return MakeSignature(call, FunctionKind::kScalar,
                       {number, pattern ? DataType(TypeId::kString) : DataType(TypeId::kInt)},
                       TypeId::kString, "weir_format_number(" + text + ", $2)", kMayBeNull);
}

void AddSearch(FunctionTable& table) {
  table.Add({"instr", "string string", "int", "weir_locate($2, $1, 1)"});
  table.Add({"locate", "string string", "int", "weir_locate($1, $2, 1)"});
  table.Add({"locate", "string string int", "int", "weir_locate($1, $2, $3)"});
  table.Alias("position", "locate");
  table.Alias("charindex", "locate");
  table.Add({"startswith", "string string", "boolean", "starts_with($1, $2)"});
  table.Add({"startswith", "binary binary", "boolean", "weir_startswith($1, $2)"});
  table.Add({"endswith", "string string", "boolean", "ends_with($1, $2)"});
  table.Add({"endswith", "binary binary", "boolean", "weir_endswith($1, $2)"});
  table.Add({"contains", "string string", "boolean", "contains($1, $2)"});
  table.Add({"contains", "binary binary", "boolean", "weir_contains($1, $2)"});
  table.Add({"replace", "string string", "string", "replace($1, $2, '')"});
  table.Add({"replace", "string string string", "string", "replace($1, $2, $3)"});
  table.Add({"translate", "string string string", "string", "weir_translate($1, $2, $3)"});
  table.Add({"levenshtein", "string string", "int", "weir_levenshtein($1, $2)"});
  table.Add({"levenshtein", "string string int", "int", "weir_levenshtein($1, $2, $3)"});
}

void AddRegularExpressions(FunctionTable& table) {
  table.Add({"rlike", "string string", "boolean", "weir_rlike($1, $2)"});
  table.Alias("regexp_like", "rlike");
  table.Alias("regexp", "rlike");
  table.Add(
      {"regexp_replace", "string string string", "string", "weir_regexp_replace($1, $2, $3, 1)"});
  table.Add({"regexp_replace", "string string string int", "string",
             "weir_regexp_replace($1, $2, $3, $4)"});
  table.Add({"regexp_extract", "string string", "string", "weir_regexp_extract($1, $2, 1)"});
  table.Add({"regexp_extract", "string string int", "string", "weir_regexp_extract($1, $2, $3)"});
  table.Add({"regexp_extract_all", "string string", "array(string)",
             "weir_regexp_extract_all($1, $2, 1)"});
  table.Add({"regexp_extract_all", "string string int", "array(string)",
             "weir_regexp_extract_all($1, $2, $3)"});
  table.Add({"regexp_count", "string string", "int", "weir_regexp_count($1, $2)"});
  table.Add({"regexp_substr", "string string", "string", "weir_regexp_substr($1, $2)", kMayBeNull});
  table.Add({"regexp_instr", "string string", "int", "weir_regexp_instr($1, $2)"});
  table.Add({"split", "string string", "array(string)", "weir_split($1, $2, -1)"});
  table.Add({"split", "string string int", "array(string)", "weir_split($1, $2, $3)"});
}

// overlay(text, with, from [, length]): two texts, or both bytes.
Resolution ResolveOverlay(const Call& call) {
  if (call.size() != 3 && call.size() != 4) return WrongCount(call.name, "[3, 4]", call.size());
  const bool bytes = call.type(0).id() == TypeId::kBinary;
  if (bytes != (call.type(1).id() == TypeId::kBinary)) {
    return NoSuchSignature{"DATATYPE_MISMATCH.DATA_DIFF_TYPES",
                           "Input to `overlay` should all be the same type, but it's (\"" +
                               call.type(0).ToSql() + "\" or \"" + call.type(1).ToSql() + "\")."};
  }
  const DataType type = bytes ? TypeId::kBinary : TypeId::kString;
  std::vector<DataType> types{type, type, TypeId::kInt};
  if (call.size() == 4) types.push_back(TypeId::kInt);
  for (size_t i = 0; i < types.size(); ++i) {
    if (!CanCoerce(call.type(i), types[i])) {
      return WrongType(i, "\"" + types[i].ToSql() + "\"", call.type(i));
    }
  }
  return MakeSignature(call, FunctionKind::kScalar, types, type,
                       call.size() == 3 ? "weir_overlay($*, -1)" : "weir_overlay($*)");
}

void AddCutting(FunctionTable& table) {
  table.Add({"substring", "string int", "string", "weir_substring($1, $2, 2147483647)"});
  table.Add({"substring", "string int int", "string", "weir_substring($1, $2, $3)"});
  table.Add({"substring", "binary int", "binary", "weir_substring($1, $2, 2147483647)"});
  table.Add({"substring", "binary int int", "binary", "weir_substring($1, $2, $3)"});
  table.Alias("substr", "substring");
  table.Add({"left", "string int", "string", "weir_substring($1, 1, $2)"});
  table.Add({"left", "binary int", "binary", "weir_substring($1, 1, $2)"});
  table.Add({"right", "string int", "string", "weir_right($1, $2)", kMayBeNull});
  table.Add(
      {"split_part", "string string int", "string", "weir_split_part($1, $2, $3)", kMayBeNull});
  table.Add({"substring_index", "string string int", "string", "weir_substring_index($1, $2, $3)"});
  table.Add("overlay", FunctionKind::kScalar, ResolveOverlay);
  table.Add({"trim", "string", "string", "trim($1, ' ')"});
  table.Add({"ltrim", "string", "string", "ltrim($1, ' ')"});
  table.Add({"rtrim", "string", "string", "rtrim($1, ' ')"});
  table.Add({"btrim", "string", "string", "trim($1, ' ')"});
  // What to cut stands first, as in trim(LEADING 'x' FROM s); but not in btrim.
  table.Add({"trim", "string string", "string", "trim($2, $1)"});
  table.Add({"ltrim", "string string", "string", "ltrim($2, $1)"});
  table.Add({"rtrim", "string string", "string", "rtrim($2, $1)"});
  table.Add({"btrim", "string string", "string", "trim($1, $2)"});
  table.Add({"lpad", "string int", "string", "weir_lpad($1, $2, ' ')"});
  table.Add({"lpad", "string int string", "string", "weir_lpad($1, $2, $3)"});
  table.Add({"lpad", "binary int", "binary", "weir_lpad($1, $2, '\\x00'::BLOB)"});
  table.Add({"lpad", "binary int binary", "binary", "weir_lpad($1, $2, $3)"});
  table.Add({"rpad", "string int", "string", "weir_rpad($1, $2, ' ')"});
  table.Add({"rpad", "string int string", "string", "weir_rpad($1, $2, $3)"});
  table.Add({"rpad", "binary int", "binary", "weir_rpad($1, $2, '\\x00'::BLOB)"});
  table.Add({"rpad", "binary int binary", "binary", "weir_rpad($1, $2, $3)"});
}

}  // namespace

void AddStrings(FunctionTable& table) {
  const auto scalar = FunctionKind::kScalar;
  table.Add("concat", scalar, ResolveConcat);
  table.Alias("||", "concat");
  table.Add("concat_ws", scalar, ResolveConcatWs);
  table.Add({"upper", "string", "string", "weir_upper($1)"});
  table.Alias("ucase", "upper");
  table.Add({"lower", "string", "string", "weir_lower($1)"});
  table.Alias("lcase", "lower");
  table.Add({"initcap", "string", "string", "weir_initcap($1)"});
  table.Add({"length", "binary", "int", "CAST(octet_length($1) AS INTEGER)"});
  table.Add({"length", "string", "int", "CAST(length($1) AS INTEGER)"});
  table.Alias("len", "length");
  table.Alias("char_length", "length");
  table.Alias("character_length", "length");
  table.Add({"octet_length", "binary", "int", "CAST(octet_length($1) AS INTEGER)"});
  table.Add({"octet_length", "string", "int", "CAST(strlen($1) AS INTEGER)"});
  table.Add({"bit_length", "binary", "int", "CAST(octet_length($1) * 8 AS INTEGER)"});
  table.Add({"bit_length", "string", "int", "CAST(strlen($1) * 8 AS INTEGER)"});
  table.Add({"repeat", "string int", "string", "repeat($1, $2)"});
  table.Add({"space", "int", "string", "repeat(' ', $1)"});
  table.Add({"reverse", "array", "$1", "list_reverse($1)"});
  table.Add({"reverse", "string", "string", "weir_reverse($1)"});
  table.Add({"reverse", "binary", "binary", "weir_reverse($1)"});
  table.Add({"ascii", "string", "int", "weir_ascii($1)"});
  table.Add({"chr", "bigint", "string", "weir_chr($1)"});
  table.Alias("char", "chr");
  AddSearch(table);
  AddCutting(table);
  AddRegularExpressions(table);
  table.Add("format_number", scalar, ResolveFormatNumber);
}

}  // namespace weir::sql
