// Views: their columns now, held to those they had when they were made.
#include "weir/sql/view_binder.h"

#include <map>
#include <utility>

#include "weir/sql/expression_binder.h"

namespace weir::sql {

namespace {

constexpr size_t kMostViews = 100;  // One inside the other, as Spark limits them.

int IntegralSize(TypeId id) {
  switch (id) {
    case TypeId::kByte:
      return 1;
    case TypeId::kShort:
      return 2;
    case TypeId::kInt:
      return 3;
    case TypeId::kLong:
      return 4;
    case TypeId::kFloat:
      return 5;
    case TypeId::kDouble:
      return 6;
    default:
      return 0;
  }
}

// Digits before the point that every value of an integral type fits into.
int IntegralDigits(TypeId id) {
  static constexpr int kDigits[] = {0, 3, 5, 10, 20};
  const int size = IntegralSize(id);
  return size >= 1 && size <= 4 ? kDigits[size] : 0;
}

bool IsAtomic(TypeId id) {
  return id != TypeId::kArray && id != TypeId::kMap && id != TypeId::kStruct;
}

// Whether no value is lost, as Spark's Cast.canUpCast says.
bool CanUpCast(const DataType& from, const DataType& to) {
  if (from.EqualsIgnoringNullability(to) || from.id() == TypeId::kVoid) return true;
  if (to.id() == TypeId::kString) return IsAtomic(from.id());
  if (to.id() == TypeId::kDecimal) {
    if (from.id() == TypeId::kDecimal) {
      return to.scale() >= from.scale() &&
             to.precision() - to.scale() >= from.precision() - from.scale();
    }
    const int digits = IntegralDigits(from.id());
    return digits > 0 && to.precision() - to.scale() >= digits;
  }
  if (from.id() == TypeId::kDate) {
    return to.id() == TypeId::kTimestamp || to.id() == TypeId::kTimestampNtz;
  }
  if (from.id() == TypeId::kTimestamp) return to.id() == TypeId::kTimestampNtz;
  if (from.id() == TypeId::kTimestampNtz) return to.id() == TypeId::kTimestamp;
  const int before = IntegralSize(from.id());
  return before > 0 && before < IntegralSize(to.id());
}

class ViewColumns {
 public:
  ViewColumns(Binding& binding, const ResolvedView& view, const Span& span)
      : binding_(binding), view_(view), span_(span) {}

  // The plan's columns as the view's; null: reported.
  PlanPtr Of(const PlanPtr& plan) {
    std::vector<NamedExpr> exprs;
    for (const ViewColumn& column : view_.columns) {
      const PlanColumn* const given = Find(*plan, column);
      BoundExprPtr expr = given == nullptr ? nullptr : Fitted(*given, column.type);
      if (expr == nullptr) return nullptr;
      exprs.push_back(
          {{binding_.NewColumn(), column.name, expr->type, expr->nullable, given->metadata},
           std::move(expr)});
    }
    return MakeProject(plan, std::move(exprs));
  }

 private:
  // By the name that the query gave it; of several with that name, the one at its place among them.
  const PlanColumn* Find(const Plan& plan, const ViewColumn& column) {
    const std::string name = LowerName(column.from);
    const size_t wanted = seen_[name]++;
    std::vector<const PlanColumn*> found;
    for (const PlanColumn& one : plan.columns) {
      if (LowerName(one.name) == name) found.push_back(&one);
    }
    size_t expected = 0;
    for (const ViewColumn& one : view_.columns) expected += LowerName(one.from) == name;
    if (found.size() == expected) return found[wanted];
    binding_.Report("INCOMPATIBLE_VIEW_SCHEMA_CHANGE", span_,
                    "the query of view " + view_.display_name + " gave " +
                        std::to_string(expected) + " column " + QuoteName(column.from) +
                        " when it was made, and gives " + std::to_string(found.size()) + " now",
                    "create the view anew");
    return nullptr;
  }

  BoundExprPtr Fitted(const PlanColumn& given, const DataType& type) {
    BoundExprPtr column = ColumnOf(given, span_);
    if (view_.on_change == ViewSchema::kTypeEvolution) return column;
    if (view_.on_change == ViewSchema::kBinding && !CanUpCast(given.type, type)) {
      binding_.Report("CANNOT_UP_CAST_DATATYPE", span_,
                      "column " + QuoteName(given.name) + " of view " + view_.display_name +
                          " was of type " + QuotedType(type) + " and is " + QuotedType(given.type) +
                          " now, which does not always fit",
                      "CAST it in the view's query");
      return nullptr;
    }
    if (!CanCast(given.type, type)) {
      binding_.Report("DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION", span_,
                      QuotedType(given.type) + " cannot be cast to " + QuotedType(type) +
                          ", which column " + QuoteName(given.name) + " of view " +
                          view_.display_name + " was",
                      "create the view anew");
      return nullptr;
    }
    return CastTo(std::move(column), type);
  }

  Binding& binding_;
  const ResolvedView& view_;
  const Span& span_;
  std::map<std::string, size_t> seen_;
};

PlanPtr Named(Binding& binding, PlanPtr plan, const ResolvedView& view, const Span& span) {
  if (view.column_names.empty()) return plan;
  if (view.column_names.size() != plan->columns.size()) {
    binding.Report("INCOMPATIBLE_VIEW_SCHEMA_CHANGE", span,
                   "view " + view.display_name + " was created with " +
                       std::to_string(view.column_names.size()) + " columns, and its query gives " +
                       std::to_string(plan->columns.size()) + " now",
                   "create the view anew");
    return nullptr;
  }
  std::vector<Identifier> names;
  for (const std::string& name : view.column_names) names.push_back({name, {}});
  return Renamed(binding, plan, names);
}

// A view goes by the clocks that it was made under.
PlanPtr BindInItsZone(Binding& binding, const ResolvedView& view, const Surroundings& inside) {
  const TimeZonePtr outer = binding.zone();
  if (view.zone == nullptr || view.zone->name() == outer->name()) {
    return BindQueryPlan(binding, *view.query, inside);
  }
  binding.SetZone(view.zone);
  PlanPtr plan = BindQueryPlan(binding, *view.query, inside);
  binding.SetZone(outer);
  return plan == nullptr ? plan : InZone(plan, view.zone);
}

}  // namespace

PlanPtr BindView(Binding& binding, const ResolvedView& view, const Span& span,
                 const Surroundings& around) {
  if (around.views >= kMostViews) {
    binding.Report("VIEW_EXCEED_MAX_NESTED_DEPTH", span,
                   "view " + view.display_name + " stands inside more than " +
                       std::to_string(kMostViews) + " other views");
    return nullptr;
  }
  Surroundings inside;
  inside.names = view.names == nullptr ? around.names : view.names.get();
  inside.views = around.views + 1;
  PlanPtr plan = BindInItsZone(binding, view, inside);
  if (plan == nullptr || view.on_change == ViewSchema::kEvolution) return plan;
  return view.columns.empty() ? Named(binding, std::move(plan), view, span)
                              : ViewColumns(binding, view, span).Of(plan);
}

}  // namespace weir::sql
