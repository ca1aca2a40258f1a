#include "weir/sql/binder_signatures.h"

namespace weir::sql {

namespace {

std::string Joined(std::span<const std::string> texts) {
  std::string joined;
  for (const std::string& text : texts) {
    if (!joined.empty()) joined += ", ";
    joined += text;
  }
  return joined;
}

Signature Make(std::string_view name, FunctionKind kind, DataType result, bool nullable,
               std::function<std::string(std::span<const std::string>)> duckdb) {
  Signature signature;
  signature.name = name;
  signature.kind = kind;
  signature.result = std::move(result);
  signature.nullable = nullable;
  signature.duckdb = std::move(duckdb);
  return signature;
}

}  // namespace

const Signature& GroupingSignature() {
  static const Signature signature =
      Make("grouping", FunctionKind::kAggregate, TypeId::kByte, false,
           [](std::span<const std::string> texts) {
             return "CAST(GROUPING(" + Joined(texts) + ") AS TINYINT)";
           });
  return signature;
}

const Signature& GroupingIdSignature() {
  static const Signature signature =
      Make("grouping_id", FunctionKind::kAggregate, TypeId::kLong, false,
           [](std::span<const std::string> texts) {
             return "CAST(GROUPING(" + Joined(texts) + ") AS BIGINT)";
           });
  return signature;
}

const Signature& StatementConstant() {
  static const Signature signature = [] {
    Signature made = Make("statement_constant", FunctionKind::kScalar, TypeId::kVoid, false,
                          [](std::span<const std::string> texts) { return texts[0]; });
    made.deterministic = false;
    return made;
  }();
  return signature;
}

const Signature& RangeSignature() {
  static const Signature signature = [] {
    Signature made =
        Make("range", FunctionKind::kGenerator, TypeId::kLong, false,
             [](std::span<const std::string> texts) { return "range(" + Joined(texts) + ")"; });
    made.arguments = {TypeId::kLong, TypeId::kLong, TypeId::kLong};
    made.generated = {{"id", TypeId::kLong, false, "{}"}};
    return made;
  }();
  return signature;
}

const Signature& NextLevelSignature() {
  static const Signature signature = Make(
      "next_level", FunctionKind::kScalar, TypeId::kInt, false,
      [](std::span<const std::string> texts) {
        return "CASE WHEN " + texts[0] + " < " + texts[1] + " THEN " + texts[0] +
               " + 1 ELSE CAST(weir_error('RECURSION_LEVEL_LIMIT_EXCEEDED', 'Recursion level limit "
               "' || " +
               texts[1] +
               " || ' reached but query has not exhausted; raise it with MAX "
               "RECURSION LEVEL, or check what ends the recursion') AS INTEGER) END";
      });
  return signature;
}

const Signature& BelowLevelSignature() {
  static const Signature signature = Make(
      "below_level", FunctionKind::kScalar, TypeId::kBoolean, false,
      [](std::span<const std::string> texts) { return "(" + texts[0] + " < " + texts[1] + ")"; });
  return signature;
}

}  // namespace weir::sql
