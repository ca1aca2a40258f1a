#include "weir/sql/row_places.h"

#include <algorithm>
#include <utility>

#include "weir/sql/column_expr.h"
#include "weir/types/row_place.h"

namespace weir::sql {
namespace {

// A plan that gives the columns of a scan that tell where a row stands.
struct Located {
  PlanPtr plan;
  PlanColumn file, row;
  InputId input;
};

PlanColumn OwnOrAdded(Binding& binding, std::vector<PlanColumn>& columns, const char* name) {
  const auto own = std::find_if(columns.begin(), columns.end(),
                                [&](const PlanColumn& column) { return column.name == name; });
  if (own != columns.end()) return *own;
  return columns.emplace_back(PlanColumn{binding.NewColumn(), name, TypeId::kLong, false});
}

std::optional<Located> Locate(Binding& binding, const PlanPtr& plan) {
  if (const auto* scan = std::get_if<ScanPlan>(&plan->node)) {
    std::vector<PlanColumn> columns = plan->columns;
    const PlanColumn file = OwnOrAdded(binding, columns, kFileColumn);
    const PlanColumn row = OwnOrAdded(binding, columns, kRowColumn);
    return Located{MakePlan(std::move(columns), *scan), file, row, scan->input};
  }
  if (const auto* filter = std::get_if<FilterPlan>(&plan->node)) {
    auto below = Locate(binding, filter->child);
    if (below) below->plan = MakeFilter(below->plan, filter->condition);
    return below;
  }
  if (const auto* project = std::get_if<ProjectPlan>(&plan->node)) {
    auto below = Locate(binding, project->child);
    if (!below) return std::nullopt;
    std::vector<NamedExpr> exprs = project->exprs;
    for (const PlanColumn& column : {below->file, below->row}) {
      const bool is_there = std::any_of(exprs.begin(), exprs.end(), [&](const NamedExpr& one) {
        return one.column.id == column.id;
      });
      if (!is_there) exprs.push_back({column, ColumnOf(column, {})});
    }
    below->plan = MakeProject(below->plan, std::move(exprs));
    return below;
  }
  return std::nullopt;
}

}  // namespace

std::optional<PlacedRows> WithPlaces(Binding& binding, const PlanPtr& plan) {
  const auto located = Locate(binding, plan);
  if (!located) return std::nullopt;
  const PlanColumn place{binding.NewColumn(), "place", TypeId::kLong, false};
  std::vector<NamedExpr> exprs;
  for (const PlanColumn& column : plan->columns) exprs.push_back({column, ColumnOf(column, {})});
  exprs.push_back({place, MakeCall("+", {MakeCall("*", {ColumnOf(located->file, {}),
                                                        LiteralOf(Value::Long(kRowsOfPlaces), {})}),
                                         ColumnOf(located->row, {})})});
  return PlacedRows{MakeProject(located->plan, std::move(exprs)), place, located->input};
}

}  // namespace weir::sql
