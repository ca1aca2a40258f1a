#include <algorithm>

#include "weir/sql/functions_table.h"
#include "weir/sql/order_keys.h"

// Comparisons, logic, bits, LIKE, indexing. Arithmetic is in functions_arithmetic.cc.
namespace weir::sql {

void AddArithmetic(FunctionTable& table);

namespace {

NoSuchSignature DifferentTypes(const Call& call) {
  return {"DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES",
          "The left and right operands of the operator `" + std::string(call.name) +
              "` have incompatible types (\"" + call.type(0).ToSql() + "\" and \"" +
              call.type(1).ToSql() + "\")."};
}

NoSuchSignature NotOrderable(const Call& call, const DataType& type) {
  return {"DATATYPE_MISMATCH.INVALID_ORDERING_TYPE", "The `" + std::string(call.name) +
                                                         "` does not support ordering on type \"" +
                                                         type.ToSql() + "\"."};
}

Resolver Comparison(std::string text, unsigned flags, bool by_order) {
  return [text = std::move(text), flags, by_order](const Call& call) -> Resolution {
    if (call.size() != 2) return WrongCount(call.name, "2", call.size());
    const auto common = ComparedType(call.type(0), call.type(1));
    if (!common) return DifferentTypes(call);
    if (!IsOrderable(*common)) return NotOrderable(call, *common);
    std::string filled = text;
    if (by_order && NeedsOrderKey(*common)) {
      const std::string keys[] = {OrderKey(*common, "$1"), OrderKey(*common, "$2")};
      filled = Fill(text, keys);
    }
    return MakeSignature(call, FunctionKind::kScalar, {*common, *common}, TypeId::kBoolean, filled,
                         flags);
  };
}

Resolver Logic(std::string text) {
  return [text = std::move(text)](const Call& call) -> Resolution {
    if (call.size() != 2) return WrongCount(call.name, "2", call.size());
    for (const ArgumentShape& argument : call.arguments) {
      if (!CanCoerce(argument.type, TypeId::kBoolean)) return DifferentTypes(call);
    }
    return MakeSignature(call, FunctionKind::kScalar, {TypeId::kBoolean, TypeId::kBoolean},
                         TypeId::kBoolean, text);
  };
}

// a IN (b, c, ...): the first argument is what is looked for.
Resolution ResolveIn(const Call& call) {
  if (call.size() < 2) return WrongCount(call.name, "> 1", call.size());
  const auto common = CommonTypeOf(call.arguments);
  if (!common) {
    std::string types;
    for (const ArgumentShape& argument : call.arguments) {
      types += (types.empty() ? "\"" : ", \"") + argument.type.ToSql() + "\"";
    }
    return NoSuchSignature{"DATATYPE_MISMATCH.DATA_DIFF_TYPES",
                           "Input to `in` should all be the same type, but it's [" + types + "]."};
  }
  if (!IsOrderable(*common)) return NotOrderable(call, *common);
  return MakeSignature(call, FunctionKind::kScalar, std::vector<DataType>(call.size(), *common),
                       TypeId::kBoolean, "($1 IN ($2+))");
}

Resolver Bits(std::string text) {
  return [text = std::move(text)](const Call& call) -> Resolution {
    if (call.size() != 2) return WrongCount(call.name, "2", call.size());
    std::vector<DataType> types;
    for (size_t i = 0; i < 2; ++i) {
      if (call.type(i).IsIntegral()) {
        types.push_back(call.type(i));
      } else if (call.type(i).id() == TypeId::kVoid) {
        types.push_back(call.type(1 - i).IsIntegral() ? call.type(1 - i) : TypeId::kInt);
      } else if (call.type(i).id() == TypeId::kString && call.type(1 - i).IsIntegral()) {
        types.push_back(TypeId::kLong);
      } else {
        return NoSuchSignature{"DATATYPE_MISMATCH.BINARY_OP_WRONG_TYPE",
                               "The binary operator requires the input type \"INTEGRAL\", not \"" +
                                   call.type(i).ToSql() + "\"."};
      }
    }
    const DataType common = *CommonType(types[0], types[1]);
    return MakeSignature(call, FunctionKind::kScalar, {common, common}, common, text);
  };
}

// The escape character stands in the pattern's own text, so a plain pattern goes without.
std::string LikeText(const Call& call, std::string_view word) {
  const Value* const pattern = call.arguments[1].literal;
  const bool known =
      pattern != nullptr && !pattern->is_null() && pattern->type().id() == TypeId::kString;
  const std::string op = std::string("$1 ") + std::string(word);
  if (call.size() == 2 && known && pattern->text().find('\\') == std::string::npos) {
    return "(" + op + " $2)";
  }
  const std::string escape = call.size() == 3 ? "$3" : "'\\'";
  return "(" + op + " weir_like_pattern($2, " + escape + ") ESCAPE '\\')";
}

Resolver Like(std::string word) {
  return [word = std::move(word)](const Call& call) -> Resolution {
    if (call.size() != 2 && call.size() != 3) return WrongCount(call.name, "[2, 3]", call.size());
    for (size_t i = 0; i < call.size(); ++i) {
      if (!CanCoerce(call.type(i), TypeId::kString)) {
        return WrongType(i, "\"STRING\"", call.type(i));
      }
    }
    return MakeSignature(call, FunctionKind::kScalar,
                         std::vector<DataType>(call.size(), TypeId::kString), TypeId::kBoolean,
                         LikeText(call, word));
  };
}

// a[i] of an array from 0; m[k] of a map.
Resolution ResolveIndex(const Call& call) {
  if (call.size() != 2) return WrongCount(call.name, "2", call.size());
  const DataType& of = call.type(0);
  const DataType& index = call.type(1);
  if (of.id() == TypeId::kArray) {
    if (!index.IsIntegral() && index.id() != TypeId::kVoid) {
      return WrongType(1, "\"INTEGRAL\"", index);
    }
    return MakeSignature(call, FunctionKind::kScalar, {of, TypeId::kLong}, of.element(),
                         "weir_array_item($1, $2)", of.contains_null() ? kMayBeNull : kPlain);
  }
  if (of.id() == TypeId::kMap) {
    if (!CanCoerce(index, of.key())) {
      return WrongType(1, "\"" + of.key().ToSql() + "\"", index);
    }
    return MakeSignature(call, FunctionKind::kScalar, {of, of.key()}, of.value(), "$1[$2]",
                         kMayBeNull);
  }
  return NoSuchSignature{"INVALID_EXTRACT_BASE_FIELD_TYPE",
                         "Can't extract a value from the argument. Need a complex type [STRUCT, "
                         "ARRAY, MAP] but got \"" +
                             of.ToSql() + "\"."};
}

void AddComparisons(FunctionTable& table) {
  const auto add = [&](std::string_view name, std::string text, unsigned flags = kPlain) {
    table.Add(name, FunctionKind::kScalar, Comparison(std::move(text), flags, false));
  };
  const auto add_order = [&](std::string_view name, std::string text) {
    table.Add(name, FunctionKind::kScalar, Comparison(std::move(text), kPlain, true));
  };
  add("=", "($1 = $2)");
  table.Alias("==", "=");
  add("<>", "($1 <> $2)");
  table.Alias("!=", "<>");
  add_order("<", "($1 < $2)");
  add_order("<=", "($1 <= $2)");
  add_order(">", "($1 > $2)");
  add_order(">=", "($1 >= $2)");
  add("<=>", "($1 IS NOT DISTINCT FROM $2)", kNeverNull);
  table.Alias("equal_null", "<=>");
  table.Add("in", FunctionKind::kScalar, ResolveIn);
}

}  // namespace

void AddOperators(FunctionTable& table) {
  AddArithmetic(table);
  AddComparisons(table);
  table.Add("and", FunctionKind::kScalar, Logic("($1 AND $2)"));
  table.Add("or", FunctionKind::kScalar, Logic("($1 OR $2)"));
  table.Add({"not", "boolean", "boolean", "(NOT $1)"});
  table.Alias("!", "not");
  table.Add("&", FunctionKind::kScalar, Bits("($1 & $2)"));
  table.Add("|", FunctionKind::kScalar, Bits("($1 | $2)"));
  table.Add("^", FunctionKind::kScalar, Bits("xor($1, $2)"));
  table.Add({"~", "integral", "$1", "(~$1)"});
  for (const auto& [sign, name, text] :
       {std::tuple{"<<", "shiftleft", "weir_shift_left($1, $2)"},
        std::tuple{">>", "shiftright", "weir_shift_right($1, $2)"},
        std::tuple{">>>", "shiftrightunsigned", "weir_shift_right_unsigned($1, $2)"}}) {
    table.Add({sign, "bigint int", "bigint", text});
    table.Add({sign, "small int", "int", text});
    table.Alias(name, sign);
  }
  table.Add("like", FunctionKind::kScalar, Like("LIKE"));
  table.Add("ilike", FunctionKind::kScalar, Like("ILIKE"));
  table.Add("[]", FunctionKind::kScalar, ResolveIndex);
}

}  // namespace weir::sql
