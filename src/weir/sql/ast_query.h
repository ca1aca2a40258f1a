#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "weir/types/data_type.h"
#include "weir/types/diagnostic.h"
#include "weir/types/value.h"

// What a text says, before names and types are known. Plain values; every node has its span.
namespace weir::sql {

struct Expr;
struct Query;
struct FromItem;
using ExprPtr = std::unique_ptr<Expr>;
using QueryPtr = std::unique_ptr<Query>;
using FromItemPtr = std::unique_ptr<FromItem>;

struct Identifier {
  std::string text;  // Without backticks.
  Span span;
};

// One to many parts: "c.s.t", "t.col.field". "delta.`/path`" is two parts.
struct Name {
  std::vector<Identifier> parts;
  Span span;
  std::string ToString() const;  // Quoted where needed.
};

// ---------------------------------------------------------------- expressions

struct LiteralExpr {
  Value value;  // 1 is INT, 3000000000 and 1L BIGINT, 1.5 DECIMAL(2,1), 1e3 DOUBLE, NULL void.
  // Of a TIMESTAMP: the zone whose clocks show `value`: a region, or empty for the session's.
  // Nothing: `value` is the moment itself.
  std::optional<std::string> zone = {};
};
struct NameExpr {
  Name name;  // A column, perhaps qualified, perhaps followed by struct fields; or a lambda
              // variable.
};
struct StarExpr {
  std::optional<Name> qualifier;
  std::vector<Name> except;
};
enum class UnaryOp { kNot, kMinus, kPlus, kBitNot };
struct UnaryExpr {
  UnaryOp op;
  ExprPtr operand;
};
enum class BinaryOp {
  kOr,
  kAnd,
  kEq,
  kNullSafeEq,
  kNe,
  kLt,
  kLe,
  kGt,
  kGe,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kModulo,
  kIntDivide,
  kConcat,
  kBitAnd,
  kBitOr,
  kBitXor,
  kShiftLeft,
  kShiftRight,
  kShiftRightUnsigned,
};
struct BinaryExpr {
  BinaryOp op;
  ExprPtr left, right;
};
struct BetweenExpr {
  ExprPtr operand, low, high;
  bool negated = false;
};
struct InListExpr {
  ExprPtr operand;
  std::vector<ExprPtr> items;
  bool negated = false;
};
struct InQueryExpr {
  ExprPtr operand;  // A struct(...) call for (a, b) IN (...).
  QueryPtr query;
  bool negated = false;
};
enum class LikeKind { kLike, kIlike, kRlike };
enum class LikeQuantifier { kNone, kAny, kAll };
struct LikeExpr {
  LikeKind kind;
  LikeQuantifier quantifier = LikeQuantifier::kNone;
  ExprPtr operand;
  std::vector<ExprPtr> patterns;  // One unless quantified.
  std::optional<char> escape;
  bool negated = false;
};
enum class IsKind { kNull, kTrue, kFalse, kUnknown };
struct IsExpr {
  IsKind kind;
  ExprPtr operand;
  bool negated = false;
};
struct IsDistinctExpr {
  ExprPtr left, right;
  bool negated = false;  // IS NOT DISTINCT FROM
};
struct CaseExpr {
  ExprPtr operand;  // May be null.
  std::vector<std::pair<ExprPtr, ExprPtr>> branches;
  ExprPtr otherwise;  // May be null.
};
struct CastExpr {
  ExprPtr operand;
  DataType type;
  Span type_span;
  bool is_try = false;
};
struct SortItem {
  ExprPtr expr;
  bool descending = false;
  std::optional<bool> nulls_first;  // Spark's default: first when ascending.
  Span span;
};
enum class FrameUnit { kRows, kRange };
enum class FrameBoundKind {
  kUnboundedPreceding,
  kPreceding,
  kCurrentRow,
  kFollowing,
  kUnboundedFollowing
};
struct FrameBound {
  FrameBoundKind kind;
  ExprPtr offset;  // For kPreceding, kFollowing.
};
struct WindowFrame {
  FrameUnit unit;
  FrameBound start, end;
};
struct WindowSpec {
  std::optional<Identifier> base;  // OVER w, OVER (w ...)
  std::vector<ExprPtr> partition_by;
  std::vector<SortItem> order_by;
  std::optional<WindowFrame> frame;
  Span span;
};
struct Argument {
  // name => value. In a call of struct: the field's name, struct(1 AS a), as in (1 AS a, 2 AS b).
  std::optional<Identifier> name;
  ExprPtr value;
};
// A function or aggregate call. Special syntaxes become calls of the function that Spark gives
// them: extract(YEAR FROM x) -> extract('YEAR', x); trim(BOTH a FROM b) -> btrim(b, a), but
// trim(LEADING a FROM b) -> ltrim(a, b) and rtrim(a, b), whose order is the other one;
// substring(x FROM 1 FOR 2); position(a IN b); overlay(a PLACING b FROM 1) -> overlay(a, b, 1);
// date_add(DAY, n, t) -> timestampadd('DAY', n, t), datediff(DAY, a, b) -> timestampdiff;
// current_date, current_time, current_timestamp, current_user, session_user, localtimestamp without
// parentheses; (a, b) -> struct. A bare `user` stays a NameExpr: when no column has that name it is
// the function.
struct CallExpr {
  Name function;
  std::vector<Argument> arguments;
  bool is_star = false;  // f(*), without arguments then; other stars are arguments.
  bool distinct = false;
  ExprPtr filter;  // May be null.
  std::optional<bool> ignore_nulls;
  std::vector<SortItem> within_group;
  std::optional<WindowSpec> over;
  // Of x:a.b, which is a call of variant_get, or of get_json_object where x is a text: "b", after
  // which the result is named; "" when it ends with a position.
  std::optional<std::string> extracted = std::nullopt;
};
struct LambdaExpr {
  std::vector<Identifier> parameters;
  ExprPtr body;
};
struct SubqueryExpr {
  QueryPtr query;
};
struct ExistsExpr {
  QueryPtr query;
};
struct IndexExpr {
  ExprPtr operand, index;
};
struct FieldExpr {
  ExprPtr operand;
  Identifier field;
};
// INTERVAL 3 DAYS, INTERVAL expr HOUR, INTERVAL '1-2' YEAR TO MONTH whose parts aren't literal;
// literal ones are LiteralExpr.
struct IntervalExpr {
  std::vector<std::pair<ExprPtr, std::string>> parts;  // Value and unit, singular, lower case.
};
struct ParameterExpr {
  std::optional<std::string> name;  // :name, or ? when absent.
  size_t position = 0;              // Of a ?, from 0.
};

struct Expr {
  Span span;
  std::variant<LiteralExpr, NameExpr, StarExpr, UnaryExpr, BinaryExpr, BetweenExpr, InListExpr,
               InQueryExpr, LikeExpr, IsExpr, IsDistinctExpr, CaseExpr, CastExpr, CallExpr,
               LambdaExpr, SubqueryExpr, ExistsExpr, IndexExpr, FieldExpr, IntervalExpr,
               ParameterExpr>
      node;
  uint32_t height = 1;  // Levels of the tree from here down; at most kMaxHeight.
};
// For trees that no text was parsed to: heights are not counted.
inline ExprPtr ExprAt(Span span, decltype(Expr::node) node) {
  return std::make_unique<Expr>(Expr{std::move(span), std::move(node)});
}
// Trees higher than this are refused by the parser, so that code may recurse over them. Chains of
// AND and OR are balanced trees, as in Spark; other chains lean left.
constexpr uint32_t kMaxHeight = 1000;

// ---------------------------------------------------------------- queries

struct TableAlias {
  std::optional<Identifier> name;
  std::vector<Identifier> columns;
};
struct VersionAsOf {
  ExprPtr version;  // A literal.
};
struct TimestampAsOf {
  ExprPtr timestamp;
};
struct TableFrom {
  Name name;
  bool stream = false;  // STREAM t, STREAM(t)
  std::variant<std::monostate, VersionAsOf, TimestampAsOf> as_of;
};
struct FunctionFrom {
  Name function;
  std::vector<Argument> arguments;
  bool stream = false;  // STREAM read_files(...)
};
struct QueryFrom {
  QueryPtr query;
  bool lateral = false;
};
enum class JoinKind { kInner, kLeft, kRight, kFull, kCross, kLeftSemi, kLeftAnti };
struct JoinFrom {
  JoinKind kind;
  FromItemPtr left, right;
  ExprPtr on;                      // May be null.
  std::vector<Identifier> using_;  // JOIN ... USING (...)
  bool natural = false;
};
struct ValuesFrom {
  std::vector<std::vector<ExprPtr>> rows;
};
// LATERAL VIEW [OUTER] explode(x) t AS a, b
struct LateralViewFrom {
  FromItemPtr input;
  bool outer = false;
  Name function;
  std::vector<Argument> arguments;
};
struct SelectItem {
  ExprPtr expr;
  std::optional<Identifier> alias;
  std::vector<Identifier> aliases;  // AS (a, b): generators.
};
// t TABLESAMPLE (10 PERCENT) REPEATABLE (3). BUCKET 1 OUT OF 4 is 25 percent.
struct SampleFrom {
  FromItemPtr input;
  ExprPtr rows;        // Of (n ROWS); else null.
  double percent = 0;  // 0 to 100.
  std::optional<int64_t> seed;
};
// t WATERMARK ts [AS name] DELAY OF INTERVAL 10 MINUTES: how late rows of a stream may come;
// nothing is late where all rows are there.
struct WatermarkFrom {
  FromItemPtr input;
  SelectItem time;
  ExprPtr delay;  // An interval.
};
// t PIVOT (sum(x) AS s, ... FOR (a, b) IN ((1, 2) AS c, ...))
struct PivotFrom {
  FromItemPtr input;
  std::vector<SelectItem> aggregates;
  std::vector<Name> columns;
  std::vector<SelectItem> values;  // A struct(...) call each where there are several columns.
};
// t UNPIVOT [INCLUDE NULLS] ((v, w) FOR n IN ((a, b) AS c, ...))
struct UnpivotFrom {
  struct Column {
    std::vector<Name> names;  // One for each of `values`.
    std::optional<Identifier> alias;
  };
  FromItemPtr input;
  bool include_nulls = false;
  std::vector<Identifier> values;
  Identifier name;
  std::vector<Column> columns;
};
// |> WHERE, SELECT, EXTEND ...: what a pipe does that no other item does. Joins, samples and pivots
// in a pipe are these with `piped` set.
struct PipeFrom {
  struct Where {
    ExprPtr condition;
  };
  struct Select {
    QueryPtr query;  // A Select without FROM.
  };
  struct Extend {
    QueryPtr query;  // As above; its items come after the columns that are there.
  };
  struct Set {
    std::vector<std::pair<Identifier, ExprPtr>> columns;  // Each sees those before it.
  };
  struct Drop {
    std::vector<Identifier> columns;
  };
  struct As {  // The item's alias.
  };
  struct Aggregate {
    std::vector<SelectItem> keys;
    bool grouped = false;  // GROUP BY was written.
    std::vector<SelectItem> items;
  };
  struct Organize {
    QueryPtr query;  // Only ORDER BY, LIMIT and OFFSET of it.
  };
  struct Combine {
    QueryPtr query;  // A SetOperation without left side.
  };
  FromItemPtr input;
  std::variant<Where, Select, Extend, Set, Drop, As, Aggregate, Organize, Combine> operation;
};
struct FromItem {
  Span span;
  TableAlias alias;
  std::variant<TableFrom, FunctionFrom, QueryFrom, JoinFrom, ValuesFrom, LateralViewFrom,
               SampleFrom, WatermarkFrom, PivotFrom, UnpivotFrom, PipeFrom>
      node;
  bool piped = false;   // Written with |> after its input (the left one of a join).
  uint32_t height = 1;  // As in Expr.
};
enum class GroupingKind { kPlain, kAll, kRollup, kCube, kGroupingSets };
struct GroupBy {
  // ROLLUP, CUBE and GROUPING SETS beside other keys, nested, or over lists ((a, b), c) are written
  // out as the kGroupingSets they stand for.
  GroupingKind kind = GroupingKind::kPlain;
  std::vector<ExprPtr> keys;  // Not for kAll. Of kGroupingSets: those written before the sets.
  std::vector<std::vector<ExprPtr>> sets;  // kGroupingSets.
  Span span;
};
// DISTINCT ON (id, day) [WITHIN WATERMARK]: of the rows with equal values in these of its columns
// one, any. For streams; WITHIN WATERMARK: equal ones may come no later than WATERMARK says.
struct DistinctOn {
  std::vector<Identifier> columns;  // None: (*), all.
  bool within_watermark = false;
  Span span;
};
struct Select {
  bool distinct = false;
  std::optional<DistinctOn> distinct_on;  // Then `distinct` is false.
  std::vector<SelectItem> items;
  FromItemPtr from;  // May be null. Comma lists are cross joins.
  ExprPtr where;     // May be null.
  std::optional<GroupBy> group_by;
  ExprPtr having;   // May be null.
  ExprPtr qualify;  // May be null.
  std::vector<std::pair<Identifier, WindowSpec>> windows;
};
enum class SetKind { kUnion, kIntersect, kExcept };
struct SetOperation {
  SetKind kind;
  bool all = false;
  bool by_name = false;
  QueryPtr left, right;
};
struct ValuesBody {
  std::vector<std::vector<ExprPtr>> rows;
};
struct FromBody {  // FROM t, FROM t |> WHERE a
  FromItemPtr from;
};
struct Cte {
  Identifier name;
  std::vector<Identifier> columns;
  ExprPtr most_levels;  // MAX RECURSION LEVEL; may be null.
  QueryPtr query;
};
struct Query {
  Span span;
  bool recursive = false;  // WITH RECURSIVE
  std::vector<Cte> with;
  std::variant<Select, SetOperation, ValuesBody, FromBody, QueryPtr> body;  // QueryPtr: (query)
  std::vector<SortItem> order_by;
  bool order_by_all = false;  // Then how, as in SortItem:
  bool order_by_all_descending = false;
  std::optional<bool> order_by_all_nulls_first;
  ExprPtr limit;        // May be null; LIMIT ALL is null.
  ExprPtr offset;       // May be null.
  uint32_t height = 1;  // As in Expr.
};

}  // namespace weir::sql
