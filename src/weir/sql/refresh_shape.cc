#include "weir/sql/refresh_shape.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "weir/sql/bound_exprs.h"
#include "weir/sql/clocks.h"
#include "weir/sql/exact_columns.h"
#include "weir/sql/fresh_ids.h"
#include "weir/sql/functions.h"
#include "weir/sql/grouping_expansion.h"
#include "weir/sql/key_restriction.h"
#include "weir/sql/merged_groups.h"
#include "weir/sql/refresh_issues.h"
#include "weir/sql/unnested_queries.h"

namespace weir::sql {
namespace {

// Where a column stands among those of the view; nothing where it is none of them.
std::optional<size_t> PositionOf(ColumnId id, const std::vector<ColumnId>& columns) {
  const auto at = std::find(columns.begin(), columns.end(), id);
  if (at == columns.end()) return std::nullopt;
  return static_cast<size_t>(at - columns.begin());
}

bool IsSimpleAggregate(const BoundExpr& expr) {
  static constexpr std::array<std::string_view, 12> kSimple = {
      "count",      "sum",         "avg",      "mean",    "std",      "stddev",
      "stddev_pop", "stddev_samp", "variance", "var_pop", "var_samp", "count_if"};
  const auto* aggregate = std::get_if<BoundAggregate>(&expr.node);
  return aggregate != nullptr && !aggregate->distinct &&
         std::find(kSimple.begin(), kSimple.end(), aggregate->signature->name) != kSimple.end();
}

class Shaper {
 public:
  explicit Shaper(RefreshShape& shape) : shape_(shape), exact_(*shape.query) {
    for (const PlanColumn& column : shape.query->columns) columns_.push_back(column.id);
  }

  void Run() {
    if (FindGroups() || GoByRows() || GoByExactColumns()) return;
    shape_.issues.push_back(
        {"AGGREGATE_WITH_UNSUPPORTED_EXPRESSION",
         "it filters, joins or groups by what may come out otherwise each time it is computed, as "
         "a sum of DOUBLEs does, below the groups that could be computed anew"});
  }

 private:
  // Below projections and filters.
  bool FindGroups() {
    std::vector<ColumnId> columns = columns_;
    PlanPtr plan = shape_.query;
    bool filtered = false;
    for (;;) {
      if (const auto* project = std::get_if<ProjectPlan>(&plan->node)) {
        columns = Below(columns, project->exprs);
        plan = project->child;
      } else if (const auto* filter = std::get_if<FilterPlan>(&plan->node)) {
        // Time goes on for groups too that nothing else touches.
        if (HasClockCall(*filter->condition)) return false;
        plan = filter->child;
        filtered = true;
      } else if (const auto* sort = std::get_if<SortPlan>(&plan->node)) {
        plan = sort->child;
      } else {
        const bool found =
            std::visit([&](const auto& node) { return GoByGroups(node, columns); }, plan->node);
        if (found && !filtered) Merge(plan, columns);
        return found;
      }
    }
  }

  // Of groups that a filter leaves out nothing is known.
  void Merge(const PlanPtr& plan, const std::vector<ColumnId>& columns) {
    const auto* aggregate = std::get_if<AggregatePlan>(&plan->node);
    if (aggregate == nullptr || shape_.keys.empty()) return;
    if (shape_.keys.size() != aggregate->keys.size() || DropsRows()) return;
    std::vector<size_t> positions;
    for (const NamedExpr& one : aggregate->aggregates) {
      const auto position = PositionOf(one.column.id, columns);
      if (!position || !IsMergeable(*one.expr) || !exact_.Has(*one.expr)) return;
      positions.push_back(*position);
    }
    shape_.merged = plan;
    shape_.merged_columns = std::move(positions);
  }

  bool DropsRows() const {
    return std::any_of(shape_.expectations.begin(), shape_.expectations.end(),
                       [](const auto& one) { return one.action == ViolationAction::kDropRow; });
  }

  // What the columns are called below a projection; those that it computes are none there.
  static std::vector<ColumnId> Below(const std::vector<ColumnId>& columns,
                                     const std::vector<NamedExpr>& exprs) {
    std::vector<ColumnId> below;
    for (const ColumnId id : columns) {
      below.push_back(kNoColumn);
      for (const NamedExpr& one : exprs) {
        const BoundColumn* column = AsColumn(*one.expr);
        if (one.column.id == id && column != nullptr) below.back() = column->id;
      }
    }
    return below;
  }

  bool GoByGroups(const AggregatePlan& aggregate, const std::vector<ColumnId>& columns) {
    for (const NamedExpr& key : aggregate.keys) AddKey(key.column.id, key.expr, columns);
    const bool simple =
        std::all_of(aggregate.aggregates.begin(), aggregate.aggregates.end(),
                    [](const NamedExpr& one) { return IsSimpleAggregate(*one.expr); });
    return GoByKeysOf(aggregate.child, aggregate.keys.empty(),
                      simple ? "GROUP_AGGREGATE" : "GENERIC_AGGREGATE");
  }
  bool GoByGroups(const WindowPlan& window, const std::vector<ColumnId>& columns) {
    for (const BoundExprPtr& partition : CommonPartitions(window)) {
      const BoundColumn* column = AsColumn(*partition);
      if (column != nullptr) AddKey(column->id, partition, columns);
    }
    return GoByKeysOf(window.child, false, "WINDOW_FUNCTION");
  }
  bool GoByGroups(const DistinctPlan& distinct, const std::vector<ColumnId>& columns) {
    for (const PlanColumn& column : distinct.child->columns) {
      AddKey(column.id, ColumnOf(column, {}), columns);
    }
    return GoByKeysOf(distinct.child, false, "GENERIC_AGGREGATE");
  }
  bool GoByGroups(const auto&, const std::vector<ColumnId>&) { return false; }

  void AddKey(ColumnId id, const BoundExprPtr& expr, const std::vector<ColumnId>& columns) {
    const auto position = PositionOf(id, columns);
    if (!position || !exact_.Has(*expr)) return;
    shape_.keys.push_back(expr);
    shape_.key_columns.push_back(*position);
  }

  bool GoByKeysOf(const PlanPtr& child, bool has_one_group, std::string technique) {
    if ((shape_.keys.empty() && !has_one_group) || !exact_.RowsOf(*child)) {
      shape_.keys.clear();
      shape_.key_columns.clear();
      return false;
    }
    shape_.way = RefreshShape::Way::kByKeys;
    shape_.keyed = child;
    shape_.technique = std::move(technique);
    return true;
  }

  bool GoByRows() {
    if (!exact_.RowsOf(*shape_.query)) return false;
    for (const ColumnId id : columns_) {
      if (!exact_.Has(id)) return false;
    }
    shape_.way = RefreshShape::Way::kByRows;
    shape_.technique = "ROW_BASED";
    return true;
  }

  bool GoByExactColumns() {
    if (!exact_.RowsOf(*shape_.query)) return false;
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (!exact_.Has(columns_[i])) continue;
      shape_.keys.push_back(ColumnOf(shape_.query->columns[i], {}));
      shape_.key_columns.push_back(i);
    }
    if (shape_.keys.empty()) return false;
    shape_.way = RefreshShape::Way::kByKeys;
    shape_.keyed = shape_.query;
    shape_.technique = "GENERIC_AGGREGATE";
    return true;
  }

  static constexpr ColumnId kNoColumn = UINT32_MAX;

  RefreshShape& shape_;
  const ExactColumns exact_;
  std::vector<ColumnId> columns_;
};

}  // namespace

RefreshShape ShapeOf(const PlanPtr& plan) {
  RefreshShape shape;
  PlanPtr query = plan;
  if (const auto* expect = std::get_if<ExpectPlan>(&query->node)) {
    shape.expectations = expect->expectations;
    query = expect->child;
  }
  FreshIds ids(*query);
  shape.query = WithoutGroupingSets(WithoutSubqueries(WithoutCtes(query), ids), ids);
  shape.issues = IssuesOf(*shape.query, shape.expectations);
  if (shape.issues.empty()) Shaper(shape).Run();
  return shape;
}

}  // namespace weir::sql
