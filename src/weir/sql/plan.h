#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "weir/sql/ast.h"
#include "weir/types/data_type.h"
#include "weir/types/time_zone.h"
#include "weir/types/value.h"

// What a query means: names resolved, every expression with its Spark type and nullability,
// conversions explicit. Policies, lineage, incremental refresh and both engines work from it.
namespace weir::sql {

// A column of the plan, unique in the whole plan whatever its name, so that references need no
// scoping (as Spark's expression ids). A correlated sub-query simply refers to an outer id.
using ColumnId = uint32_t;
// A relation that the resolver handed out; the engine gets what to read for it under this number.
using InputId = uint32_t;

struct Signature;  // functions.h
struct BoundExpr;
struct Plan;
using BoundExprPtr = std::shared_ptr<const BoundExpr>;  // Immutable, shared by rewrites.
using PlanPtr = std::shared_ptr<const Plan>;

struct BoundLiteral {
  Value value;
};
struct BoundColumn {
  ColumnId id;
  std::string name;  // For messages.
};
// Scalar functions and operators.
struct BoundCall {
  const Signature* signature;
  std::vector<BoundExprPtr> arguments;  // Already of the types that the signature takes.
  TimeZonePtr zone = nullptr;           // As of a BoundCast.
};
enum class CastMode {
  kAnsi,  // Fails on what does not fit.
  kTry,   // NULL then.
};
struct BoundCast {
  BoundExprPtr operand;
  CastMode mode;
  // Whose clocks say what a TIMESTAMP is as text, DATE or TIMESTAMP_NTZ; null: UTC.
  TimeZonePtr zone = nullptr;
};
struct BoundCase {
  std::vector<std::pair<BoundExprPtr, BoundExprPtr>> branches;
  BoundExprPtr otherwise;  // May be null.
};
struct BoundLambda {
  std::vector<BoundColumn> parameters;
  BoundExprPtr body;
};
struct BoundField {  // Member of a struct.
  BoundExprPtr operand;
  size_t index;
};
enum class SubqueryKind { kScalar, kExists, kIn };
struct BoundSubquery {
  SubqueryKind kind;
  PlanPtr plan;
  // kIn: one per column of the plan. As in Spark, IN and NOT IN are never NULL: IN is true where a
  // row is equal, NOT IN where each row is different, and both are false elsewhere.
  std::vector<BoundExprPtr> operands;
  bool negated = false;
};
struct BoundSort {
  BoundExprPtr expr;
  bool descending = false;
  bool nulls_first = true;
};
// Only in AggregatePlan::aggregates.
struct BoundAggregate {
  const Signature* signature;
  std::vector<BoundExprPtr> arguments;  // Empty for count(*).
  bool distinct = false;
  BoundExprPtr filter;  // May be null.
  std::vector<BoundSort> order_by;
};
struct BoundFrameBound {
  FrameBoundKind kind;
  BoundExprPtr offset;
};
// Only in WindowPlan::windows.
struct BoundWindow {
  const Signature* signature;
  std::vector<BoundExprPtr> arguments;
  bool ignore_nulls = false;
  bool distinct = false;
  BoundExprPtr filter;
  std::vector<BoundExprPtr> partition_by;
  std::vector<BoundSort> order_by;
  FrameUnit unit = FrameUnit::kRange;
  std::optional<std::pair<BoundFrameBound, BoundFrameBound>> frame;
  TimeZonePtr zone = nullptr;  // As of a BoundCast, for frames of days.
};

struct BoundExpr {
  Span span;
  DataType type;
  bool nullable = true;
  std::variant<BoundLiteral, BoundColumn, BoundCall, BoundCast, BoundCase, BoundLambda, BoundField,
               BoundSubquery, BoundAggregate, BoundWindow>
      node;
};

struct PlanColumn {
  ColumnId id;
  std::string name;
  DataType type;
  bool nullable = true;
  std::string metadata = "{}";  // Of the Field: comments travel with a plain column.
};
struct NamedExpr {
  PlanColumn column;
  BoundExprPtr expr;
};

// Columns that the scan of a table has besides its own, and that no text can name: the position of
// the row's file in the snapshot, and that of the row in its file, from 0. Both BIGINT.
inline constexpr const char* kFileColumn =
    "\x01"
    "file";
inline constexpr const char* kRowColumn =
    "\x01"
    "row";

// Of a table that tracks its rows: a STRUCT of RowTrackingType(), made of the four below and
// kRowColumn, which the scan of such a table has too. The names are the engine's business.
inline constexpr const char* kTableMetadataColumn =
    "\x01"
    "metadata";
inline constexpr const char* kBaseRowIdColumn =  // Of the file.
    "\x01"
    "base_row_id";
inline constexpr const char* kFileVersionColumn =  // Of the file.
    "\x01"
    "file_version";
inline constexpr const char* kStoredRowIdColumn =  // NULL where the row has not moved.
    "\x01"
    "stored_row_id";
inline constexpr const char* kStoredRowVersionColumn =
    "\x01"
    "stored_row_version";
// What the row's id and the version of its last change are, by the four.
inline constexpr const char* kRowIdColumn =
    "\x01"
    "row_id";
inline constexpr const char* kRowVersionColumn =
    "\x01"
    "row_version";
// What `_metadata` of such a table holds: row_id, row_commit_version and where they come from.
DataType RowTrackingType();

// Reads `columns` of an input, by name. Virtual columns (_metadata) are asked for like others.
struct ScanPlan {
  InputId input;
  std::string name;  // For EXPLAIN.
};
struct ValuesPlan {  // Literal rows; no columns and one row for SELECT without FROM.
  std::vector<std::vector<BoundExprPtr>> rows;
};
struct ProjectPlan {
  PlanPtr child;
  std::vector<NamedExpr> exprs;
};
struct FilterPlan {
  PlanPtr child;
  BoundExprPtr condition;
};
struct AggregatePlan {
  PlanPtr child;
  std::vector<NamedExpr> keys;
  std::vector<NamedExpr> aggregates;
  std::vector<std::vector<size_t>> grouping_sets;  // Positions in keys; empty: one set of all.
};
struct WindowPlan {  // The child's columns and these.
  PlanPtr child;
  std::vector<NamedExpr> windows;
  bool merges_sessions = false;  // Made for session_window(); see MergeSessions.
};
struct JoinPlan {
  JoinKind kind;
  PlanPtr left, right;
  BoundExprPtr condition;  // May be null.
  bool lateral = false;    // The right side refers to columns of the left.
};
struct SetPlan {
  SetKind kind;
  bool all;
  std::vector<PlanPtr> inputs;  // Same types at the same positions.
};
struct SortPlan {
  PlanPtr child;
  std::vector<BoundSort> keys;
};
struct LimitPlan {
  PlanPtr child;
  std::optional<int64_t> limit;
  int64_t offset = 0;
};
struct DistinctPlan {
  PlanPtr child;
};
// Of the rows with equal values in these columns of the child, NULLs being equal, one, any.
struct DedupPlan {
  PlanPtr child;
  std::vector<ColumnId> keys;
  // Only of streams: what comes later than WATERMARK says may be there again.
  bool within_watermark = false;
};
// Rows of streams whose event time, a TIMESTAMP or a window of them, comes late by no more than
// that. Engines never see it: what runs batches of streams takes it away (stateful_query.h).
struct WatermarkPlan {
  PlanPtr child;
  ColumnId time;  // A column of the child.
  int64_t delay_ms;
};
struct SamplePlan {  // Each row with this chance, by itself.
  PlanPtr child;
  double percent;
  std::optional<int64_t> seed;
};
// explode, posexplode, inline, stack: rows of the child, each with the rows the generator gives.
// Columns: some of the child's, then `generated`.
struct GeneratePlan {
  PlanPtr child;
  const Signature* signature;
  std::vector<BoundExprPtr> arguments;
  bool outer = false;  // A row without generated rows stays, with NULLs.
  std::vector<PlanColumn> generated;
};
using CteId = uint32_t;
struct CtePlan {  // Defines a CTE for `child`.
  CteId id;
  std::string name;
  PlanPtr definition;
  PlanPtr child;
  // The definition is a UNION ALL whose second input refers to the CTE: to what it gave last, until
  // it gives nothing.
  bool recursive = false;
};
struct CteRefPlan {  // columns stand for those of the definition, in order.
  CteId id;
};
struct BoundExpectation {
  std::string name;
  ViolationAction action;
  BoundExprPtr condition;
  // What a kFailUpdate throws, where it is not a user's expectation but a rule of the table.
  std::string error_condition = {};
  std::string error_message = {};
  // Of the child's columns, those whose values in the failing row the message goes on with. Of a
  // user's expectation none means all.
  std::vector<std::string> error_columns = {};
};
// Counts, for every expectation, the rows that pass (condition TRUE) and fail (FALSE or NULL),
// drops rows where a kDropRow fails and stops the statement where a kFailUpdate fails. A rule of
// the table is not asked about rows that expectations before it drop.
struct ExpectPlan {
  PlanPtr child;
  std::vector<BoundExpectation> expectations;
};

struct Plan {
  std::vector<PlanColumn> columns;  // What it gives, in order.
  std::variant<ScanPlan, ValuesPlan, ProjectPlan, FilterPlan, AggregatePlan, WindowPlan, JoinPlan,
               SetPlan, SortPlan, LimitPlan, DistinctPlan, DedupPlan, WatermarkPlan, SamplePlan,
               GeneratePlan, CtePlan, CteRefPlan, ExpectPlan>
      node;
};

// Columns as a schema.
Schema SchemaOf(const Plan& plan);
// Whether running it twice on the same inputs gives the same rows (no rand(), current_timestamp()).
bool IsDeterministic(const Plan& plan);
// Whether it gives the same rows each time, whatever order rows come in on the way: besides
// functions of chance nothing in it asks which row is first, or takes some rows of several. The
// time of the statement is one.
bool IsSettled(const Plan& plan);
// An indented tree for EXPLAIN, with Spark's operator names.
std::string ToText(const Plan& plan);
// A text that is another one where a plan may give other rows of the same inputs, and the same
// whatever columns those have that it does not read.
std::string DefinitionOf(const PlanPtr& plan);

}  // namespace weir::sql
