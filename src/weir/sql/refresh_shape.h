#pragma once

#include <string>
#include <vector>

#include "weir/sql/plan.h"

namespace weir::sql {

// Why a query can't be kept up by what changed, by Databricks' names: "OPERATOR_NOT_SUPPORTED".
struct IncrementalIssue {
  std::string name;
  std::string message;  // "LIMIT takes some rows of several"
  bool operator==(const IncrementalIssue&) const = default;
};

// How a materialised view can be kept up (docs/decisions/0043-incremental-views.md).
struct RefreshShape {
  enum class Way {
    kNone,
    kByRows,  // The rows that go are looked up in the view by all their values.
    kByKeys,  // The view's rows with certain keys are replaced.
  };
  Way way = Way::kNone;
  std::vector<IncrementalIssue> issues;  // Of kNone, in the order of the text.
  // Without expectations, CTEs, grouping sets, and sub-queries that can be joins.
  PlanPtr query;
  std::vector<BoundExpectation> expectations;

  // By keys: the plan of which the changed rows tell the keys, `query` itself or one below it; the
  // keys in terms of its columns; and which columns of the view they are. No keys: all its rows.
  PlanPtr keyed;
  std::vector<BoundExprPtr> keys;
  std::vector<size_t> key_columns;

  // By keys: the aggregation whose values become others by what came to their groups and what went,
  // and which columns of the view they are. A part of `query`, with projections alone above it.
  // Null: the groups that changes touch are computed anew.
  PlanPtr merged;
  std::vector<size_t> merged_columns;

  // As the event log calls it, without "MAINTENANCE_TYPE_": "ROW_BASED", "GROUP_AGGREGATE",
  // "GENERIC_AGGREGATE", "WINDOW_FUNCTION".
  std::string technique;
};

// `plan`: bound, with what is expected of its rows.
RefreshShape ShapeOf(const PlanPtr& plan);

}  // namespace weir::sql
