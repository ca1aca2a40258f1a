#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "weir/types/data_type.h"
#include "weir/types/diagnostic.h"
#include "weir/types/value.h"

// The closed table of functions: an unknown name, or a known one with other types, never reaches an
// engine. Operators are functions named by their sign ("+", "=", "and", "[]"). Keyed by typed
// signature; docs and SHOW FUNCTIONS come from it.
namespace weir::sql {

enum class FunctionKind { kScalar, kAggregate, kWindow, kGenerator };

// How a function's result depends on the session's time zone, where it takes or gives a TIMESTAMP.
enum class Clock {
  kUnsaid,   // Not a matter of TIMESTAMP: any type is taken alike.
  kMoments,  // It does not depend on it: it works on moments.
  kLocal,    // It works on what clocks show: arguments come and results go by the zone's clocks.
  kZone,     // It works on moments and knows the zone: the last argument of `duckdb` is its name.
};

// One typed signature. Lives for the whole process.
struct Signature {
  std::string_view name;  // Lower case.
  FunctionKind kind;
  std::vector<DataType> arguments;  // After coercion; lambdas as their result type.
  DataType result;
  bool nullable = true;       // May give NULL for arguments that are not.
  bool never_null = false;    // Not NULL whatever the arguments are: count, is null, <=>, coalesce.
  bool deterministic = true;  // Same arguments, same result.
  Clock clock = Clock::kUnsaid;
  // The text for DuckDB from the texts of the arguments; a lambda's text is "lambda c1, c2: body".
  // For aggregates and windows it is one call, DISTINCT included, that ends with its closing
  // parenthesis: ORDER BY and IGNORE NULLS go before that, FILTER and OVER after it.
  // For generators it is a LIST: of the generated values, or of STRUCTs when there are several.
  std::function<std::string(std::span<const std::string> arguments)> duckdb;
  // Aggregates and windows, where set: what stands around the call with its FILTER and OVER
  // ("CAST(sum(x) OVER () AS BIGINT)").
  std::function<std::string(const std::string& call)> duckdb_result = nullptr;
  // Aggregates, where set: a condition on rows besides the user's FILTER ("x IS NOT NULL").
  std::function<std::string(std::span<const std::string> arguments)> duckdb_filter = nullptr;
  // The result, where it is known from the constants that stand there.
  std::optional<Value> constant = std::nullopt;
  // For generators: what one generated row holds.
  std::vector<Field> generated = {};
};

// An argument as far as it is known when its function is looked up.
struct ArgumentShape {
  DataType type;
  bool nullable = true;
  bool is_literal = false;
  // Of a literal, or of what folds to one: some results depend on it (round, extract,
  // named_struct). May be null when it is not known. Used during the look-up only.
  const Value* literal = nullptr;
  size_t lambda_parameters = 0;  // >0: a lambda, whose type is not known yet.
};

// For higher-order functions: types of the lambda's parameters given the other arguments.
// Empty when `name` takes no lambda there.
std::vector<Field> LambdaParameters(std::string_view name, std::span<const ArgumentShape> arguments,
                                    size_t position, size_t parameter_count);

// A parameter of a function that takes arguments by name; without a default it must be given.
struct NamedParameter {
  std::string_view name;
  std::optional<Value> otherwise;
};
// Of `function`, in lower case, by position; empty for those that take arguments by position only.
std::span<const NamedParameter> NamedParameters(std::string_view function);

struct NoSuchFunction {
  std::vector<std::string> suggestions;
};
struct NoSuchSignature {
  std::string
      condition;  // "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE", "WRONG_NUM_ARGS.WITHOUT_SUGGESTION"
  std::string message;
};
using FunctionLookup = std::variant<const Signature*, NoSuchFunction, NoSuchSignature>;

// The signature that Spark's resolution picks, with implicit casts by ANSI rules: the caller casts
// each argument to signature->arguments[i]. Thread-safe. Pointers stay valid.
FunctionLookup LookUp(std::string_view name, std::span<const ArgumentShape> arguments,
                      bool distinct = false);
// All names with kind, for suggestions, SHOW FUNCTIONS and docs.
std::vector<std::string> FunctionNames();
// "(string, int) -> string" for each signature that the table spells out; empty where the types of
// the arguments decide. "$1" is the type of the first argument, "element($1)" of what it holds.
std::vector<std::string> SignatureTexts(std::string_view name);
std::optional<FunctionKind> KindOf(std::string_view name);
bool IsAggregate(std::string_view name);
bool IsGenerator(std::string_view name);
bool IsWindowOnly(std::string_view name);

// The type that both fit into by Spark's ANSI rules (findWiderTypeForTwo / findTightestCommonType
// with string promotion off where ANSI says so); nothing when there is none. For CASE, IN,
// coalesce, set operations, array().
std::optional<DataType> CommonType(const DataType& left, const DataType& right);
// The same for what takes an array beside another or a value (findTightestCommonType): no text
// beside anything else, a decimal only beside whole numbers that fit into it, FLOAT beside all of
// them.
std::optional<DataType> TightestType(const DataType& left, const DataType& right);
// As that, but decimals meet in a wider one, and in a DOUBLE beside one
// (findWiderTypeWithoutStringPromotion).
std::optional<DataType> TypeWithoutTexts(const DataType& left, const DataType& right);
// What two operands of a comparison are compared as: parts of arrays and structs are not converted
// as far as values that stand by themselves.
std::optional<DataType> ComparedType(const DataType& left, const DataType& right);
// Whether its values can be compared and sorted: not those with maps or variants in them.
bool IsOrderable(const DataType& type);
// Dates, times and intervals.
bool IsTemporal(const DataType& type);
// Whether CAST is allowed at all, which is what Delta asks of a value that is to be stored; whether
// it is without a word (store assignment ANSI).
bool CanCast(const DataType& from, const DataType& to);
bool CanAssign(const DataType& from, const DataType& to);
// The condition of a CAST that is not allowed: Spark knows a setting, or a function, that would do.
std::string_view RefusedCast(const DataType& from, const DataType& to);
// Whether Spark says that the CAST may give NULL for a value that is not (ANSI, not TRY_CAST).
bool CastIsNullable(const DataType& from, const DataType& to);
// The text for DuckDB that converts `text` of type `from` to `to` as Spark does, errors included.
// `zone`: the text of the name of the zone whose clocks say what a TIMESTAMP is elsewhere.
inline constexpr const char* kUtcText = "'UTC'";
std::string DuckdbCast(const std::string& text, const DataType& from, const DataType& to,
                       bool is_try, const std::string& zone = kUtcText);
// DuckDB's name of a type that holds ours exactly: "INTEGER", "DECIMAL(10,2)", "STRUCT(...)".
// Timestamps are plain TIMESTAMP in UTC inside the engine; see engine/duckdb.
std::string DuckdbType(const DataType& type);

}  // namespace weir::sql
