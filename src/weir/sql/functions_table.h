#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "weir/sql/functions.h"

// How the table of functions is written down. Internal to functions*.cc.
namespace weir::sql {

// One look-up: a name with what is known of its arguments.
struct Call {
  std::string_view name;
  std::span<const ArgumentShape> arguments;
  bool distinct = false;

  size_t size() const { return arguments.size(); }
  const DataType& type(size_t i) const { return arguments[i].type; }
};

constexpr FunctionKind kScalar = FunctionKind::kScalar;
constexpr FunctionKind kAggregate = FunctionKind::kAggregate;

using Resolution = std::variant<Signature, NoSuchSignature>;
using Resolver = std::function<Resolution(const Call&)>;

enum RowFlags : unsigned {
  kPlain = 0,
  kMayBeNull = 1,  // NULL for arguments that are not.
  kNeverNull = 2,  // Not NULL for arguments that are.
  kNonDeterministic = 4,
  // What a row or resolver with a TIMESTAMP says (see Clock), unless its text has "$zone".
  kOfMoments = 8,
  kByLocalClock = 16,
};

// A family of signatures as a line of text. `parameters` are words: int, bigint, double, string,
// ..., or what Spark calls abstract: any, numeric, decimal, integral, small (an INT, but no wider
// integer), array, map, struct, time (either timestamp). `result` is a type, or $2 for the type of
// the second argument, or element($1) for what is in an array. In `text`, $2 stands for the second
// argument and $* for all with commas between; $zone for the name of the session's time zone.
struct FunctionRow {
  std::string_view name;
  std::string parameters;
  std::string result;
  std::string text;
  unsigned flags = kPlain;
  FunctionKind kind = FunctionKind::kScalar;
  std::string outer = {};   // What stands around an aggregate with FILTER and OVER: "$1".
  std::string filter = {};  // Signature::duckdb_filter.
  std::string by_key = {};  // Instead of `text` for an array whose elements NeedsOrderKey().
};

class FunctionTable {
 public:
  FunctionTable();

  void Add(const FunctionRow& row);
  void Add(std::string_view name, FunctionKind kind, Resolver resolver);
  // `name` means the same as `of`, which is there already.
  void Alias(std::string_view name, std::string_view of);

  struct Entry {
    FunctionKind kind;
    std::vector<FunctionRow> rows;
    Resolver resolver;  // Instead of rows.
    bool by_literal = true;
  };
  const Entry* Find(std::string_view name) const;
  const std::map<std::string, Entry, std::less<>>& entries() const { return entries_; }

 private:
  std::map<std::string, Entry, std::less<>> entries_;
};

void AddOperators(FunctionTable& table);
void AddConditionals(FunctionTable& table);
void AddNumerics(FunctionTable& table);
void AddStrings(FunctionTable& table);
void AddDatetimes(FunctionTable& table);
void AddMoments(FunctionTable& table);  // These three are part of AddDatetimes.
void AddClocks(FunctionTable& table);
void AddLengths(FunctionTable& table);
void AddArrays(FunctionTable& table);
void AddMaps(FunctionTable& table);
void AddLambdas(FunctionTable& table);
void AddAggregates(FunctionTable& table);
void AddWindows(FunctionTable& table);
void AddGenerators(FunctionTable& table);
void AddConversions(FunctionTable& table);
void AddCodes(FunctionTable& table);
void AddChance(FunctionTable& table);
void AddDigests(FunctionTable& table);
void AddStatistics(FunctionTable& table);
void AddJson(FunctionTable& table);
void AddVariants(FunctionTable& table);
void AddCsv(FunctionTable& table);

// ------------------------------------------------------------------------------- writing text

std::string QuotedName(std::string_view name);  // As DuckDB's identifier.
std::string QuotedText(std::string_view text);  // As DuckDB's string literal.

// "f($1, $2)" with arguments put in; "$*" is all of them, "$2+" the second and what follows, "$$" a
// plain '$'.
std::string Fill(std::string_view text, std::span<const std::string> arguments);
// A template as Signature::duckdb wants it.
std::function<std::string(std::span<const std::string>)> Text(std::string text);
// As Text, for a template that uses an argument several times: what is not a plain column or
// literal is computed once.
std::function<std::string(std::span<const std::string>)> OnceText(std::string text);
// `text` with each value computed once; it refers to them as $1, $2, ...
std::string Once(std::string_view text, std::span<const std::string> values);
// The template with its result cast to the type, which a NULL of the engine may not have.
std::string TypedText(const std::string& text, const DataType& type);
// `body` of a name that stands for `value`, or of `value` itself where that costs nothing.
std::string WithOnce(const std::string& value,
                     const std::function<std::string(const std::string&)>& body);

// "CAST(text AS type)", the engine's own.
std::string NativeCast(const std::string& text, const DataType& type);
std::string DistinctWord(const Call& call);  // "DISTINCT ", or "".

// "lambda c1, c2: body" taken apart.
struct LambdaText {
  std::vector<std::string> parameters;
  std::string body;
};
LambdaText ParseLambda(const std::string& text);
// `body` with every use of the column `name` replaced, outside of quotes.
std::string ReplaceName(const std::string& body, const std::string& name,
                        const std::string& replacement);

// ------------------------------------------------------------------------------- coercion

inline bool IsVoid(const DataType& type) { return type.id() == TypeId::kVoid; }
inline bool IsString(const DataType& type) { return type.id() == TypeId::kString; }
inline bool IsReal(const DataType& type) {
  return type.id() == TypeId::kFloat || type.id() == TypeId::kDouble;
}
inline bool IsTime(const DataType& type) {
  return type.id() == TypeId::kTimestamp || type.id() == TypeId::kTimestampNtz;
}
inline bool IsMoment(const DataType& type) { return type.id() == TypeId::kTimestamp; }
inline bool IsClock(const DataType& type) { return type.id() == TypeId::kTime; }
inline bool IsCalendar(const DataType& type) { return type.id() == TypeId::kCalendarInterval; }
// A text beside another type, which some functions don't read as that.
bool MixesText(const DataType& left, const DataType& right);

// A word of FunctionRow::parameters applied to an argument: the type it is cast to; nothing when
// it is refused. `exact`: without any cast.
std::optional<DataType> Accept(std::string_view parameter, const DataType& given, bool exact);
// Implicit conversion of an argument to a concrete type (store assignment, and strings to all
// primitive types).
bool CanCoerce(const DataType& from, const DataType& to);
// The type of a row's result word.
DataType ResultType(std::string_view word, std::span<const DataType> arguments);

std::optional<DataType> CommonTypeOf(std::span<const ArgumentShape> arguments);
// Spark's DecimalType.forType; the decimal that holds a literal exactly.
DataType DecimalOf(const DataType& type);
DataType DecimalOfArgument(const ArgumentShape& argument);
// DecimalType.adjustPrecisionScale: digits of the fraction give way, down to six.
DataType AdjustDecimal(int precision, int scale);

NoSuchSignature WrongCount(std::string_view name, std::string_view expected, size_t actual);
// An argument that must be a constant is none.
NoSuchSignature NotFoldable(std::string_view parameter, std::string_view type);
NoSuchSignature WrongType(size_t position, std::string_view required, const DataType& given);
// f(map, key) with a key of another type.
NoSuchSignature WrongKey(const Call& call);

Signature MakeSignature(const Call& call, FunctionKind kind, std::vector<DataType> arguments,
                        DataType result, std::string text, unsigned flags = kPlain);
// `outer`: as FunctionRow::outer.
Signature MakeAggregate(const Call& call, std::vector<DataType> arguments, DataType result,
                        std::string text, std::string outer, unsigned flags = kMayBeNull);

}  // namespace weir::sql
