#include "weir/sql/functions_table.h"

// Functions that make rows. Their text is a LIST of the values, or of STRUCTs for several columns.
namespace weir::sql {

namespace {

const auto kGenerator = FunctionKind::kGenerator;

Signature MakeGenerator(const Call& call, std::vector<DataType> types, std::vector<Field> generated,
                        std::string text) {
  Signature signature = MakeSignature(call, kGenerator, std::move(types),
                                      DataType::Struct(generated), std::move(text));
  signature.generated = std::move(generated);
  return signature;
}

Field Named(std::string name, const DataType& type, bool nullable) {
  return Field{std::move(name), type, nullable, "{}"};
}

Resolution ResolveExplode(const Call& call) {
  if (call.size() != 1) return WrongCount(call.name, "1", call.size());
  const DataType& type = call.type(0);
  if (type.id() == TypeId::kArray) {
    return MakeGenerator(call, {type}, {Named("col", type.element(), type.contains_null())}, "$1");
  }
  if (type.id() == TypeId::kMap) {
    return MakeGenerator(
        call, {type},
        {Named("key", type.key(), false), Named("value", type.value(), type.contains_null())},
        "map_entries($1)");
  }
  return WrongType(0, "(\"ARRAY\" or \"MAP\")", type);
}

Resolution ResolvePosexplode(const Call& call) {
  if (call.size() != 1) return WrongCount(call.name, "1", call.size());
  const DataType& type = call.type(0);
  const Field position = Named("pos", TypeId::kInt, false);
  if (type.id() == TypeId::kArray) {
    return MakeGenerator(call, {type},
                         {position, Named("col", type.element(), type.contains_null())},
                         "list_transform($1, lambda weir_x, weir_i: struct_pack(pos := "
                         "CAST(weir_i - 1 AS INTEGER), col := weir_x))");
  }
  if (type.id() == TypeId::kMap) {
    return MakeGenerator(
        call, {type},
        {position, Named("key", type.key(), false),
         Named("value", type.value(), type.contains_null())},
        "list_transform(map_entries($1), lambda weir_x, weir_i: struct_pack(pos := "
        "CAST(weir_i - 1 AS INTEGER), \"key\" := weir_x.key, \"value\" := weir_x.value))");
  }
  return WrongType(0, "(\"ARRAY\" or \"MAP\")", type);
}

Resolution ResolveInline(const Call& call) {
  if (call.size() != 1) return WrongCount(call.name, "1", call.size());
  const DataType& type = call.type(0);
  if (type.id() != TypeId::kArray || type.element().id() != TypeId::kStruct) {
    return WrongType(0, "\"ARRAY<STRUCT>\"", type);
  }
  std::vector<Field> fields = type.element().fields();
  for (Field& field : fields) field.nullable = field.nullable || type.contains_null();
  const bool single = fields.size() == 1;
  const std::string name = single ? QuotedText(fields[0].name) : "";
  // One column: the values themselves.
  return MakeGenerator(
      call, {type}, fields,
      single ? "list_transform($1, lambda weir_x: struct_extract(weir_x, " + name + "))" : "$1");
}

// Texts beside what is none: here they are not taken for numbers.
bool MixesTexts(std::span<const ArgumentShape> shapes) {
  bool text = false;
  bool other = false;
  for (const ArgumentShape& shape : shapes) {
    text |= shape.type.id() == TypeId::kString;
    other |= shape.type.id() != TypeId::kString && shape.type.id() != TypeId::kVoid;
  }
  return text && other;
}

// stack(2, a, b, c): rows of col0, col1, ... filled up with NULL.
Resolution ResolveStack(const Call& call) {
  if (call.size() < 2) return WrongCount(call.name, "> 1", call.size());
  const Value* const count = call.arguments[0].literal;
  if (count == nullptr || count->is_null() || !count->type().IsIntegral() || count->integer() < 1) {
    return NoSuchSignature{"DATATYPE_MISMATCH.NON_FOLDABLE_INPUT",
                           "The first argument of `stack` must be a constant positive integer."};
  }
  const size_t rows = static_cast<size_t>(count->integer());
  const size_t columns = (call.size() - 1 + rows - 1) / rows;
  std::vector<Field> fields;
  for (size_t c = 0; c < columns; ++c) {
    std::vector<ArgumentShape> same;
    for (size_t i = 1 + c; i < call.size(); i += columns) same.push_back(call.arguments[i]);
    const auto type = CommonTypeOf(same);
    if (!type || MixesTexts(same)) {
      return NoSuchSignature{"DATATYPE_MISMATCH.STACK_COLUMN_DIFF_TYPES",
                             "The data type of the column " + std::to_string(c) +
                                 " does not have the same type in all rows."};
    }
    fields.push_back(Named("col" + std::to_string(c), *type, true));
  }
  std::vector<DataType> types{TypeId::kInt};
  for (size_t i = 1; i < call.size(); ++i) types.push_back(fields[(i - 1) % columns].type);
  Signature signature = MakeGenerator(call, types, fields, "");
  signature.duckdb = [rows, fields](std::span<const std::string> arguments) {
    std::string list;
    for (size_t r = 0; r < rows; ++r) {
      std::string members;
      for (size_t c = 0; c < fields.size(); ++c) {
        const size_t i = 1 + r * fields.size() + c;
        const std::string value = i < arguments.size()
                                      ? arguments[i]
                                      : "CAST(NULL AS " + DuckdbType(fields[c].type) + ")";
        members +=
            fields.size() == 1 ? value : (c > 0 ? ", " : "") + fields[c].name + " := " + value;
      }
      list += (r > 0 ? ", " : "");
      list += fields.size() == 1 ? members : "struct_pack(" + members + ")";
    }
    return "[" + list + "]";
  };
  return signature;
}

}  // namespace

void AddGenerators(FunctionTable& table) {
  table.Add("explode", kGenerator, ResolveExplode);
  table.Add("posexplode", kGenerator, ResolvePosexplode);
  table.Add("inline", kGenerator, ResolveInline);
  table.Add("stack", kGenerator, ResolveStack);
  // The rows that only outer ones have are the plan's business.
  table.Alias("explode_outer", "explode");
  table.Alias("posexplode_outer", "posexplode");
  table.Alias("inline_outer", "inline");
}

}  // namespace weir::sql
