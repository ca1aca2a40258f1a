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
               SampleFrom, PivotFrom, UnpivotFrom, PipeFrom>
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
struct Select {
  bool distinct = false;
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

// ---------------------------------------------------------------- statements

enum class ViolationAction { kWarn, kDropRow, kFailUpdate };
// CONSTRAINT name EXPECT (condition) [ON VIOLATION DROP ROW | FAIL UPDATE]
struct Expectation {
  Identifier name;
  ExprPtr condition;
  ViolationAction action = ViolationAction::kWarn;
};
struct IdentityColumn {  // GENERATED ... AS IDENTITY (START WITH 1 INCREMENT BY 1)
  bool always = true;    // Else BY DEFAULT: a value may be given.
  int64_t start = 1;
  int64_t step = 1;
};
struct ColumnDefinition {
  Identifier name;
  std::optional<DataType> type;  // May be left out in views and datasets with a query.
  bool not_null = false;
  std::optional<std::string> comment;
  std::shared_ptr<const Expr> default_value;  // DEFAULT; may be null.
  std::shared_ptr<const Expr> generated;      // GENERATED ALWAYS AS (...); may be null.
  std::optional<IdentityColumn> identity;
  Span span;
};
using Properties = std::map<std::string, std::string>;
// What CREATE TABLE, STREAMING TABLE and MATERIALIZED VIEW share.
struct TableClauses {
  std::vector<ColumnDefinition> columns;
  std::vector<Expectation> expectations;  // Datasets of pipelines only.
  std::optional<Identifier> using_;       // USING DELTA
  std::vector<Identifier> partitioned_by;
  std::optional<std::string> location;
  Span location_span;
  std::optional<std::string> comment;
  Properties properties;
};

struct QueryStatement {
  QueryPtr query;
};
struct CreateTable {
  Name name;
  bool or_replace = false;
  bool must_exist = false;  // REPLACE TABLE: or_replace of what is there.
  bool if_not_exists = false;
  TableClauses clauses;
  QueryPtr query;  // May be null.
};
// What a view does when the columns of its query are others than when it was made: refuses types
// that do not fit without loss, casts to the types it had, takes the new types, takes new columns.
enum class ViewSchema { kBinding, kCompensation, kTypeEvolution, kEvolution };
struct CreateView {
  Name name;
  bool or_replace = false;
  bool if_not_exists = false;
  bool temporary = false;
  bool global = false;  // With temporary.
  std::vector<ColumnDefinition> columns;
  std::optional<std::string> comment;
  Properties properties;
  std::optional<ViewSchema> schema;  // WITH SCHEMA
  QueryPtr query;
};
// CREATE [OR REFRESH] [PRIVATE] STREAMING TABLE / MATERIALIZED VIEW; also the LIVE spellings.
struct CreateDataset {
  enum class Kind { kStreamingTable, kMaterializedView };
  Kind kind;
  Name name;
  bool or_refresh = false;
  bool if_not_exists = false;
  bool is_private = false;
  TableClauses clauses;
  QueryPtr query;  // May be null for a streaming table: filled by flows.
};
// CREATE FLOW f AS INSERT INTO [ONCE] t BY NAME query
struct CreateFlow {
  Name name;
  std::optional<std::string> comment;
  Name target;
  bool once = false;
  bool by_name = false;
  QueryPtr query;
};
struct CreateSchema {
  Name name;
  bool if_not_exists = false;
  std::optional<std::string> comment;
  std::optional<std::string> location;
  Properties properties;
};
struct CreateCatalog {
  Identifier name;
  bool if_not_exists = false;
  std::optional<std::string> comment;
};
enum class ObjectKind {
  kCatalog,
  kSchema,
  kTable,
  kView,
  kMaterializedView,
  kStreamingTable,
  kVolume,
  kFunction
};
// CREATE [EXTERNAL] VOLUME v [LOCATION 'path'] [COMMENT 'text']
struct CreateVolume {
  Name name;
  bool if_not_exists = false;
  std::optional<std::string> location;  // Of an external one.
  Span location_span;
  std::optional<std::string> comment;
};
// A parameter of a function, or a column that it returns.
struct RoutineParameter {
  Identifier name;
  DataType type;
  ExprPtr otherwise;  // DEFAULT; may be null.
  std::optional<std::string> comment;
};
// CREATE [OR REPLACE] [TEMPORARY] FUNCTION f (a INT DEFAULT 1) RETURNS type | TABLE (...) RETURN
// ...
struct CreateFunction {
  Name name;
  bool or_replace = false;
  bool if_not_exists = false;
  bool temporary = false;
  std::vector<RoutineParameter> parameters;
  bool is_table = false;
  std::optional<DataType> returns;        // Of a scalar one; nothing: the type of its body.
  std::vector<RoutineParameter> columns;  // Of a table one; empty: those of its body.
  std::optional<std::string> comment;
  std::optional<bool> deterministic;
  std::optional<bool> reads_data;  // READS SQL DATA; false: CONTAINS SQL.
  // What follows RETURN. A scalar one that returns a query has it as a sub-query; a table one that
  // returns no query has no body.
  ExprPtr body;
  QueryPtr query;
};
struct Drop {
  ObjectKind kind;  // kTable also drops streaming tables and materialised views.
  Name name;
  bool if_exists = false;
  bool cascade = false;
  bool temporary = false;  // DROP TEMPORARY VIEW, FUNCTION: nothing of the catalog.
};
struct AlterTable {
  struct RenameTo {
    Name name;
  };
  struct SetProperties {
    Properties properties;
  };
  struct UnsetProperties {
    std::vector<std::string> keys;
    bool if_exists = false;
  };
  struct AddColumns {
    std::vector<ColumnDefinition> columns;
  };
  struct ColumnComment {
    Name column;
    std::string comment;
  };
  struct SetOwner {
    Identifier owner;
  };
  struct SetViewSchema {
    ViewSchema schema;
  };
  ObjectKind kind = ObjectKind::kTable;  // Not kCatalog.
  Name name;
  std::variant<RenameTo, SetProperties, UnsetProperties, AddColumns, ColumnComment, SetOwner,
               SetViewSchema>
      action;
};
// ALTER VIEW v AS query
struct AlterViewAs {
  Name name;
  QueryPtr query;
};
struct CommentOn {
  ObjectKind kind;
  Name name;
  std::optional<std::string> comment;  // IS NULL removes it.
};
struct Insert {
  Name target;
  bool overwrite = false;
  bool by_name = false;
  std::vector<std::pair<Identifier, ExprPtr>> partition;  // PARTITION (p = v): v is a LiteralExpr.
  std::vector<Identifier> columns;
  ExprPtr replace_where;  // May be null. The rows for which it is true make room for the new ones.
  QueryPtr query;
};
struct Assignment {
  Name column;
  ExprPtr value;
};
struct Update {
  Name target;
  TableAlias alias;
  std::vector<Assignment> set;
  ExprPtr where;  // May be null.
};
struct Delete {
  Name target;
  TableAlias alias;
  ExprPtr where;  // May be null.
};
// One WHEN of MERGE. The last of each kind alone may be without condition.
struct MergeClause {
  enum class When { kMatched, kNotMatched, kNotMatchedBySource };
  enum class Action { kUpdate, kUpdateAll, kDelete, kInsert, kInsertAll };
  When when;
  ExprPtr condition;  // May be null.
  Action action;
  std::vector<Assignment> values;  // kUpdate, kInsert.
};
struct Merge {
  Name target;
  std::optional<Identifier> alias;
  bool schema_evolution = false;
  FromItemPtr source;
  ExprPtr on;
  std::vector<MergeClause> clauses;
};
// OPTIMIZE t [WHERE condition], and REORG TABLE t [WHERE condition] APPLY (PURGE).
struct Optimize {
  Name target;
  ExprPtr where;  // May be null. Over partition columns.
  // REORG: files with deleted rows are written anew, and no others.
  bool purge = false;
};
// RESTORE [TABLE] t TO VERSION AS OF n | TIMESTAMP AS OF e
struct Restore {
  Name target;
  std::variant<std::monostate, VersionAsOf, TimestampAsOf> as_of;  // Never the first.
};
// COPY INTO t ... FROM 'path' FILEFORMAT = format ...
struct CopyInto {
  Name target;
  bool by_position = false;
  std::vector<Identifier> columns;
  std::vector<SelectItem> items;  // FROM (SELECT items FROM 'path'); empty: all columns.
  std::string path;
  Span path_span;
  Identifier format;
  bool validate = false;
  std::optional<int64_t> validate_rows;  // Nothing: all.
  std::vector<std::string> files;
  std::optional<std::string> pattern;
  Properties format_options;
  Properties copy_options;
};
struct Describe {
  enum class What { kTable, kSchema, kCatalog, kHistory, kDetail, kQuery, kVolume, kFunction };
  What what;
  bool extended = false;
  bool as_json = false;        // AS JSON, of kTable.
  Name name;                   // Not for kQuery.
  std::optional<Name> column;  // kTable: of this column alone.
  QueryPtr query;              // kQuery.
};
struct Show {
  enum class What {
    kCatalogs,
    kSchemas,
    kTables,
    kViews,
    kColumns,
    kTblProperties,
    kCreateTable,
    kGrants,
    kFunctions,
    kVolumes
  };
  What what;
  std::optional<Name> in;                    // The schema, catalog or table looked into.
  ObjectKind in_kind = ObjectKind::kSchema;  // kGrants: what `in` names.
  std::optional<std::string> principal;      // kGrants: of whom.
  std::optional<std::string> pattern;        // LIKE
  std::optional<std::string> key;            // kTblProperties: of this one alone.
  enum class Whose { kAll, kUser, kSystem };
  Whose whose = Whose::kAll;  // kFunctions.
};
struct Use {
  ObjectKind kind;  // kCatalog or kSchema.
  Name name;
};
struct StatementNode;
using StatementPtr = std::unique_ptr<StatementNode>;
struct Explain {
  bool extended = false;
  StatementPtr statement;
};
// GRANT and REVOKE, privileges as Unity Catalog names them ("SELECT", "USE SCHEMA").
struct Grant {
  bool revoke = false;
  std::vector<std::string> privileges;
  ObjectKind kind;
  Name name;
  std::string principal;
};
// SET key = value; key alone shows it, nothing shows all.
struct SetConfig {
  std::string key;
  std::optional<std::string> value;
  bool is_local_zone = false;  // SET TIME ZONE LOCAL: the value is the machine's zone.
};
// RESET [key]
struct ResetConfig {
  std::optional<std::string> key;  // Nothing: all.
};
// DECLARE [OR REPLACE] [VARIABLE] a, b [type] [DEFAULT value]
struct DeclareVariable {
  bool or_replace = false;
  std::vector<Name> names;
  std::optional<DataType> type;  // Nothing: that of `initial`.
  ExprPtr initial;               // May be null where there is a type.
};
// SET VARIABLE a = value, b = DEFAULT; SET VARIABLE (a, b) = (query)
struct SetVariable {
  std::vector<Name> targets;
  std::vector<ExprPtr> values;  // One each, null for DEFAULT; empty with a query.
  QueryPtr query;               // Its one row is assigned.
};
// DROP TEMPORARY VARIABLE [IF EXISTS] a
struct DropVariable {
  Name name;
  bool if_exists = false;
};
// EXECUTE IMMEDIATE text [INTO a, b] [USING value AS name, ...]
struct ExecuteImmediate {
  ExprPtr text;
  std::vector<Name> into;
  std::vector<Argument> arguments;
};

// What stands for the parameter markers of a statement.
struct Parameters {
  std::map<std::string, Value> named;  // Of :name.
  std::vector<Value> positional;       // Of ?, in the order of the text.
};

// PUT 'file' INTO '/Volumes/...' [OVERWRITE]
struct PutFile {
  std::string from;
  std::string to;
  bool overwrite = false;
};
// GET '/Volumes/...' TO 'file'
struct GetFile {
  std::string from;
  std::string to;
};
// REMOVE '/Volumes/...'
struct RemoveFile {
  std::string path;
};
// LIST 'folder' [LIMIT n]
struct ListFiles {
  std::string path;
  std::optional<int64_t> limit;
};

// What Spark or Databricks have and weir does not; StatementNode::refused says what it is.
struct RefusedStatement {};

struct StatementNode {
  Span span;
  std::variant<QueryStatement, CreateTable, CreateView, CreateDataset, CreateFlow, CreateSchema,
               CreateCatalog, CreateVolume, CreateFunction, Drop, AlterTable, CommentOn, Insert,
               Update, Delete, Merge, Optimize, Restore, CopyInto, Describe, Show, Use, Explain,
               Grant, SetConfig, AlterViewAs, ResetConfig, DeclareVariable, SetVariable,
               DropVariable, ExecuteImmediate, PutFile, GetFile, RemoveFile, ListFiles,
               RefusedStatement>
      node;
  // What it asks for that weir does not do: it parses as in Spark, and whoever would run it refuses
  // it by these. What was not understood may be missing in `node` then.
  Diagnostics refused = {};
  // IDENTIFIER(...) of what has to be computed first, in the order of the text. The statement has
  // other names in their place and does not run; it is parsed again with what they give.
  std::vector<ExprPtr> identifiers = {};
  std::shared_ptr<const Parameters> parameters = nullptr;  // That it was parsed with.
  bool has_parameters = false;                             // It has a marker.
};

}  // namespace weir::sql
