#include "weir/sql/binder_signatures.h"

#include "weir/sql/functions_table.h"

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

DataType TimeWindowType(const DataType& time) {
  return DataType::Struct({{"start", time, true, "{}"}, {"end", time, true, "{}"}});
}

namespace {

Signature MakeTimeWindow(const DataType& time) {
  Signature made = Make("window", FunctionKind::kScalar, TimeWindowType(time), false,
                        Text("struct_pack(\"start\" := weir_window_start($1, $3, $4), \"end\" := "
                             "weir_add_micros(weir_window_start($1, $3, $4), $2))"));
  made.arguments = {time, TypeId::kLong, TypeId::kLong, TypeId::kLong};
  return made;
}

// From the last window that the time is in back to the first.
Signature MakeTimeWindows(const DataType& time) {
  Signature made = MakeTimeWindow(time);
  made.kind = FunctionKind::kGenerator;
  made.duckdb = Text(
      "list_transform(list_filter(range(0, ($2 + $3 - 1) // $3), lambda weir_w: $1 < "
      "weir_add_micros(weir_window_start($1, $3, $4), $2 - weir_w * $3)), lambda weir_w: "
      "struct_pack(\"start\" := weir_add_micros(weir_window_start($1, $3, $4), -(weir_w * $3)), "
      "\"end\" := weir_add_micros(weir_window_start($1, $3, $4), $2 - weir_w * $3)))");
  made.generated = {{"window", made.result, false, "{}"}};
  return made;
}

}  // namespace

const Signature& TimeWindowSignature(const DataType& time) {
  static const Signature instants = MakeTimeWindow(TypeId::kTimestamp);
  static const Signature clocks = MakeTimeWindow(TypeId::kTimestampNtz);
  return time.id() == TypeId::kTimestamp ? instants : clocks;
}

const Signature& TimeWindowsSignature(const DataType& time) {
  static const Signature instants = MakeTimeWindows(TypeId::kTimestamp);
  static const Signature clocks = MakeTimeWindows(TypeId::kTimestampNtz);
  return time.id() == TypeId::kTimestamp ? instants : clocks;
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

namespace {

Signature MakeOfLength(std::string_view name, std::string text) {
  Signature made =
      Make(name, FunctionKind::kScalar, TypeId::kString, false, OnceText(std::move(text)));
  made.arguments = {TypeId::kString, TypeId::kLong};
  return made;
}

// What is left without the spaces that are too many; fails where that is too long.
constexpr const char* kCutOff =
    "WHEN length(rtrim($1, ' ')) <= $2 THEN substr($1, 1, $2) ELSE "
    "CAST(weir_error('EXCEED_LIMIT_LENGTH', 'Exceeds char/varchar type length limitation: ' || $2 "
    "|| '.') AS VARCHAR) END";

}  // namespace

const Signature& StoredCharSignature() {
  static const Signature signature =
      MakeOfLength("stored_char",
                   std::string("CASE WHEN $1 IS NULL THEN NULL WHEN length($1) <= $2 THEN rpad($1, "
                               "CAST($2 AS INTEGER), ' ') ") +
                       kCutOff);
  return signature;
}

const Signature& StoredVarcharSignature() {
  static const Signature signature = MakeOfLength(
      "stored_varchar",
      std::string("CASE WHEN $1 IS NULL THEN NULL WHEN length($1) <= $2 THEN $1 ") + kCutOff);
  return signature;
}

const Signature& PaddedCharSignature() {
  static const Signature signature =
      MakeOfLength("padded_char",
                   "CASE WHEN length($1) < $2 THEN rpad($1, CAST($2 AS INTEGER), ' ') ELSE $1 END");
  return signature;
}

const Signature& NextNumberSignature() {
  static const Signature signature = [] {
    Signature made = Make("next_number", FunctionKind::kScalar, TypeId::kLong, false,
                          [](std::span<const std::string> texts) {
                            return "weir_next_number(" + Joined(texts) + ")";
                          });
    made.arguments = {TypeId::kString, TypeId::kLong, TypeId::kLong};
    made.deterministic = false;
    return made;
  }();
  return signature;
}

const Signature& SameValueSignature() {
  static const Signature signature =
      Make("same_value", FunctionKind::kScalar, TypeId::kBoolean, false,
           [](std::span<const std::string> texts) {
             return "(" + texts[0] + " IS NOT DISTINCT FROM " + texts[1] + ")";
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
