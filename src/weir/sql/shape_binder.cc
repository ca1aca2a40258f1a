// TABLESAMPLE, WATERMARK, PIVOT and UNPIVOT.
#include <algorithm>
#include <utility>

#include "weir/sql/pretty_name.h"
#include "weir/sql/select_binder.h"
#include "weir/types/calendar_interval.h"

namespace weir::sql {

namespace {

ExprContext ContextOf(const Scope& scope, const Surroundings& around) {
  ExprContext context;
  context.clause = Clause::kSelect;
  context.scope = &scope;
  context.around = &around;
  return context;
}

// The column that a name means; null: reported. `condition` is for what is no column by itself.
const BoundColumn* BindColumn(Binding& binding, ExpressionBinder& binder, const Name& name,
                              const std::string& condition, BoundExprPtr& bound) {
  Expr expr;
  expr.span = name.span;
  expr.node = NameExpr{name};
  bound = binder.Bind(expr);
  if (bound == nullptr) return nullptr;
  const BoundColumn* column = AsColumn(*bound);
  if (column == nullptr) {
    binding.Report(condition, name.span, name.ToString() + " is no column by itself",
                   "select it in a sub-query first");
  }
  return column;
}

// As window(...) makes them.
bool IsWindowOfMoments(const DataType& type) {
  if (type.id() != TypeId::kStruct) return false;
  return std::any_of(type.fields().begin(), type.fields().end(), [](const Field& field) {
    return field.name == "end" && field.type.id() == TypeId::kTimestamp;
  });
}

BoundFrom BindSample(Binding& binding, const SampleFrom& sample, const Surroundings& around) {
  BoundFrom from = BindFrom(binding, *sample.input, around);
  std::optional<int64_t> rows;
  if (sample.rows != nullptr) {
    rows = BindRowCount(binding, *sample.rows, "TABLESAMPLE", around);
    if (!rows) return FailedFrom();
  }
  if (from.plan == nullptr) return from;
  auto columns = from.plan->columns;
  if (rows) {
    from.plan = MakePlan(std::move(columns), LimitPlan{std::move(from.plan), rows, 0});
  } else {
    from.plan =
        MakePlan(std::move(columns), SamplePlan{std::move(from.plan), sample.percent, sample.seed});
  }
  return from;
}

constexpr int64_t kMillisPerDay = 86'400'000;
constexpr int64_t kDaysPerMonth = 31;  // As Spark counts them in a delay.

// How late rows may come; nothing: reported.
std::optional<int64_t> BindDelay(Binding& binding, ExpressionBinder& binder, const Expr& delay) {
  const BoundExprPtr bound = binder.Bind(delay);
  if (bound == nullptr) return std::nullopt;
  const auto value = ConstantOf(*bound, *binding.zone());
  std::optional<int64_t> millis;
  if (value && !value->is_null()) {
    switch (value->type().id()) {
      case TypeId::kDayTimeInterval:
        millis = value->integer() / 1000;
        break;
      case TypeId::kYearMonthInterval:
        millis = value->integer() * kDaysPerMonth * kMillisPerDay;
        break;
      case TypeId::kCalendarInterval: {
        const CalendarInterval parts = CalendarInterval::Decode(value->text());
        millis = (parts.months * kDaysPerMonth + parts.days) * kMillisPerDay + parts.micros / 1000;
        break;
      }
      default:
        break;
    }
  }
  if (!millis || *millis < 0) {
    binding.Report("INVALID_PARAMETER_VALUE", delay.span,
                   "DELAY OF takes a constant interval that is not negative",
                   "write it as in INTERVAL 10 MINUTES");
    return std::nullopt;
  }
  return millis;
}

// Where all rows are there, none comes too late: then only what the clause says is checked, and a
// column that it computes is added.
BoundFrom BindWatermark(Binding& binding, const WatermarkFrom& watermark,
                        const Surroundings& around) {
  BoundFrom from = BindFrom(binding, *watermark.input, around);
  Scope scope = from.scope;
  scope.outer = around.outer;
  const Expr& time = *watermark.time.expr;
  ExpressionBinder binder(binding, ContextOf(scope, around));
  BoundExprPtr bound = binder.Bind(time);
  const auto delay = BindDelay(binding, binder, *watermark.delay);
  if (bound == nullptr || !delay || from.plan == nullptr) return FailedFrom();
  const BoundColumn* const column = AsColumn(*bound);
  if (column == nullptr && !watermark.time.alias) {
    binding.Report("REQUIRES_EXPLICIT_NAME_IN_WATERMARK_CLAUSE", time.span,
                   "the expression of WATERMARK needs a name", "write AS name before DELAY");
    return FailedFrom();
  }
  const std::string name = watermark.time.alias ? watermark.time.alias->text : column->name;
  if (bound->type.id() != TypeId::kTimestamp && !IsWindowOfMoments(bound->type)) {
    binding.Report("EVENT_TIME_IS_NOT_ON_TIMESTAMP_TYPE", time.span,
                   "the event time " + QuoteName(name) + " is of type " + QuotedType(bound->type) +
                       ", but must be a TIMESTAMP");
    return FailedFrom();
  }
  // A view may be of a stream without saying so here: who runs the query knows.
  const auto marked = [&](PlanPtr plan, ColumnId event_time) {
    if (!binding.options().allow_streams) return plan;
    auto columns = plan->columns;
    return MakePlan(std::move(columns), WatermarkPlan{std::move(plan), event_time, *delay});
  };
  if (column != nullptr && !watermark.time.alias) {
    from.plan = marked(std::move(from.plan), column->id);
    return from;
  }
  const PlanColumn added{binding.NewColumn(), name, bound->type, bound->nullable};
  std::vector<NamedExpr> exprs{{added, std::move(bound)}};
  for (const PlanColumn& one : from.plan->columns) exprs.push_back({one, ColumnOf(one, {})});
  BoundFrom with;
  with.plan = marked(MakeProject(std::move(from.plan), std::move(exprs)), added.id);
  with.scope.Add(
      std::make_shared<ScopeRelation>(std::vector<std::string>{}, std::vector<PlanColumn>{added}));
  with.scope.Append(from.scope, false);
  return with;
}

// One PIVOT while it is bound: groups by what it does not name, once with the pivot's columns and
// then without, so that each value's row of the first becomes columns of the second.
class PivotBinder {
 public:
  PivotBinder(Binding& binding, const FromItem& item, const PivotFrom& pivot,
              const Surroundings& around)
      : binding_(binding), item_(item), pivot_(pivot), around_(around) {}

  BoundFrom Bind() {
    input_ = BindFrom(binding_, *pivot_.input, around_);
    input_.scope.outer = around_.outer;
    if (input_.plan == nullptr) return FailedFrom();
    ExpressionBinder binder(binding_, ContextOf(input_.scope, around_));
    if (!BindAggregates() || !BindColumns(binder) || !BindValues(binder)) return FailedFrom();
    FindKeys();
    return Plan(binder);
  }

 private:
  struct Pivoted {  // One of the values.
    std::string name;
    BoundExprPtr matches;  // Over the pivot's columns.
  };

  bool BindAggregates() {
    ExprContext context = ContextOf(input_.scope, around_);
    context.aggregates = &aggregates_;
    ExpressionBinder binder(binding_, std::move(context));
    for (const SelectItem& item : pivot_.aggregates) {
      BoundExprPtr expr = binder.Bind(*item.expr);
      if (expr == nullptr) return false;
      if (!CheckAggregated(*expr)) return false;
      const std::string name = item.alias ? item.alias->text : OutputName(*item.expr, binding_);
      const PlanColumn column{binding_.NewColumn(), name, expr->type, true};
      results_.push_back({column, std::move(expr)});
    }
    return true;
  }

  // Nothing of the input but what stands in aggregate functions.
  bool CheckAggregated(const BoundExpr& expr) {
    std::unordered_set<ColumnId> used;
    CollectColumns(expr, used);
    bool any = false;
    for (const NamedExpr& aggregate : aggregates_.exprs())
      any |= used.erase(aggregate.column.id) > 0;
    for (const PlanColumn& column : input_.plan->columns) {
      if (used.count(column.id) == 0) continue;
      binding_.Report("_LEGACY_ERROR_TEMP_1006", expr.span,
                      "aggregate expression required for pivot, but " + QuoteName(column.name) +
                          " did not appear in any aggregate function");
      return false;
    }
    if (any) return true;
    binding_.Report("_LEGACY_ERROR_TEMP_1006", expr.span,
                    "PIVOT takes aggregate expressions, and this is none");
    return false;
  }

  bool BindColumns(ExpressionBinder& binder) {
    for (const Name& name : pivot_.columns) {
      BoundExprPtr bound;
      if (BindColumn(binding_, binder, name, "UNRESOLVED_COLUMN.WITH_SUGGESTION", bound) ==
          nullptr) {
        return false;
      }
      if (!IsOrderable(bound->type)) {
        binding_.Report("INCOMPARABLE_PIVOT_COLUMN", name.span,
                        "PIVOT cannot compare values of type " + QuotedType(bound->type));
        return false;
      }
      columns_.push_back(std::move(bound));
    }
    return true;
  }

  bool BindValues(ExpressionBinder& binder) {
    for (const SelectItem& item : pivot_.values) {
      const BoundExprPtr bound = binder.Bind(*item.expr);
      if (bound == nullptr) return false;
      const auto value = ConstantOf(*bound, *binding_.zone());
      if (!value) {
        binding_.Report("NON_LITERAL_PIVOT_VALUES", item.expr->span,
                        "PIVOT takes values that are constants, and this is none");
        return false;
      }
      Pivoted pivoted;
      pivoted.name = item.alias ? item.alias->text : value->is_null() ? "null" : value->ToString();
      const bool row = columns_.size() > 1;
      const bool fits = !row || (value->type().id() == TypeId::kStruct &&
                                 value->type().fields().size() == columns_.size());
      if (!fits) return ReportMismatch(*item.expr, value->type());
      for (size_t i = 0; i < columns_.size(); ++i) {
        const Value part = row ? value->items()[i] : *value;
        if (!CommonType(part.type(), columns_[i]->type)) {
          return ReportMismatch(*item.expr, value->type());
        }
        BoundExprPtr wanted = CastTo(LiteralOf(part, item.expr->span), columns_[i]->type);
        BoundExprPtr same = binder.Call("<=>", {columns_[i], std::move(wanted)}, item.expr->span);
        if (same == nullptr) return false;
        pivoted.matches = pivoted.matches == nullptr
                              ? std::move(same)
                              : binder.Call("and", {std::move(pivoted.matches), std::move(same)},
                                            item.expr->span);
      }
      values_.push_back(std::move(pivoted));
    }
    return true;
  }

  bool ReportMismatch(const Expr& value, const DataType& type) {
    binding_.Report("PIVOT_VALUE_DATA_TYPE_MISMATCH", value.span,
                    "a value of type " + QuotedType(type) +
                        " does not match the columns that PIVOT compares with it");
    return false;
  }

  // The columns that neither the aggregates nor the values look at.
  void FindKeys() {
    std::unordered_set<ColumnId> used;
    for (const NamedExpr& aggregate : aggregates_.exprs()) CollectColumns(*aggregate.expr, used);
    for (const BoundExprPtr& column : columns_) CollectColumns(*column, used);
    const auto star = input_.scope.Star({});
    for (const PlanColumn& column : *star) {
      if (used.count(column.id) == 0) keys_.push_back(column);
    }
  }

  // By the keys and the pivot's columns: the results as they will stand.
  PlanPtr Grouped() {
    AggregatePlan groups;
    groups.child = input_.plan;
    std::vector<PlanColumn> columns;
    std::vector<NamedExpr> exprs;
    const auto add = [&](const PlanColumn& column) {
      groups.keys.push_back({column, ColumnOf(column, {})});
      columns.push_back(column);
      exprs.push_back({column, ColumnOf(column, {})});
    };
    for (const PlanColumn& key : keys_) add(key);
    std::unordered_set<ColumnId> added;
    for (const BoundExprPtr& column : columns_) {
      const BoundColumn* one = AsColumn(*column);
      if (!added.insert(one->id).second) continue;
      add({one->id, one->name, column->type, column->nullable});
    }
    for (const NamedExpr& aggregate : aggregates_.exprs()) {
      groups.aggregates.push_back(aggregate);
      columns.push_back(aggregate.column);
    }
    for (const NamedExpr& result : results_) exprs.push_back(result);
    return MakeProject(MakePlan(std::move(columns), std::move(groups)), std::move(exprs));
  }

  BoundFrom Plan(ExpressionBinder& binder) {
    AggregatePlan turned;
    turned.child = Grouped();
    std::vector<PlanColumn> columns = keys_;
    for (const PlanColumn& key : keys_) turned.keys.push_back({key, ColumnOf(key, {})});
    for (const Pivoted& value : values_) {
      for (const NamedExpr& result : results_) {
        std::vector<BoundExprPtr> arguments{ColumnOf(result.column, {})};
        const Signature* any = binder.FindSignature("any_value", arguments, item_.span);
        PlanColumn column = result.column;
        column.id = binding_.NewColumn();
        column.nullable = true;
        column.name = results_.size() == 1 ? value.name : value.name + "_" + result.column.name;
        BoundAggregate aggregate{any, std::move(arguments), false, value.matches, {}};
        turned.aggregates.push_back(
            {column, MakeExpr(item_.span, column.type, true, std::move(aggregate))});
        columns.push_back(std::move(column));
      }
    }
    BoundFrom from;
    from.plan = MakePlan(std::move(columns), std::move(turned));
    from.scope = Requalified(input_.scope, *from.plan);
    return from;
  }

  Binding& binding_;
  const FromItem& item_;
  const PivotFrom& pivot_;
  const Surroundings& around_;
  BoundFrom input_;
  ComputedList aggregates_;
  std::vector<NamedExpr> results_;
  std::vector<BoundExprPtr> columns_;
  std::vector<Pivoted> values_;
  std::vector<PlanColumn> keys_;
};

// One UNPIVOT: each row gives one for each of its columns, the others beside them.
class UnpivotBinder {
 public:
  UnpivotBinder(Binding& binding, const FromItem& item, const UnpivotFrom& unpivot,
                const Surroundings& around)
      : binding_(binding), item_(item), unpivot_(unpivot), around_(around) {}

  BoundFrom Bind() {
    input_ = BindFrom(binding_, *unpivot_.input, around_);
    if (input_.plan == nullptr) return FailedFrom();
    input_.scope.outer = around_.outer;
    ExpressionBinder binder(binding_, ContextOf(input_.scope, around_));
    for (const UnpivotFrom::Column& column : unpivot_.columns) {
      if (!BindNames(binder, column)) return FailedFrom();
    }
    std::vector<BoundExprPtr> arguments{
        LiteralOf(Value::Int(static_cast<int32_t>(rows_.size())), item_.span)};
    if (!Unify()) return FailedFrom();
    for (size_t r = 0; r < rows_.size(); ++r) {
      arguments.push_back(LiteralOf(Value::String(names_[r]), item_.span));
      for (const BoundExprPtr& value : rows_[r]) arguments.push_back(value);
    }
    const Signature* stack = binder.FindSignature("stack", arguments, item_.span);
    if (stack == nullptr) return FailedFrom();
    return Plan(binder, stack, std::move(arguments));
  }

 private:
  bool BindNames(ExpressionBinder& binder, const UnpivotFrom::Column& column) {
    if (column.names.size() != unpivot_.values.size()) {
      binding_.Report("UNPIVOT_VALUE_SIZE_MISMATCH", column.names[0].span,
                      "each of the columns of UNPIVOT takes " +
                          std::to_string(unpivot_.values.size()) + " names");
      return false;
    }
    std::vector<BoundExprPtr> row;
    std::string name;
    for (const Name& one : column.names) {
      BoundExprPtr bound;
      const BoundColumn* found =
          BindColumn(binding_, binder, one, "UNPIVOT_REQUIRES_ATTRIBUTES", bound);
      if (found == nullptr) return false;
      used_.insert(found->id);
      name += (name.empty() ? "" : "_") + found->name;
      row.push_back(std::move(bound));
    }
    names_.push_back(column.alias ? column.alias->text : name);
    rows_.push_back(std::move(row));
    return true;
  }

  // Casts each of the values to what its columns have in common.
  bool Unify() {
    for (size_t i = 0; i < unpivot_.values.size(); ++i) {
      DataType type = rows_[0][i]->type;
      for (const auto& row : rows_) {
        const auto common = CommonTypeOfColumns(type, row[i]->type);
        if (!common) {
          binding_.Report("UNPIVOT_VALUE_DATA_TYPE_MISMATCH", item_.span,
                          "the columns for " + QuoteName(unpivot_.values[i].text) +
                              " share no type: " + QuotedType(type) + " and " +
                              QuotedType(row[i]->type),
                          "cast them in a sub-query");
          return false;
        }
        type = *common;
      }
      for (auto& row : rows_) row[i] = CastTo(std::move(row[i]), type);
    }
    return true;
  }

  // As of columns beside each other: texts are not taken for numbers.
  static std::optional<DataType> CommonTypeOfColumns(const DataType& left, const DataType& right) {
    const bool text = left.id() == TypeId::kString || right.id() == TypeId::kString;
    const bool empty = left.id() == TypeId::kVoid || right.id() == TypeId::kVoid;
    if (text && !empty && left.id() != right.id()) return std::nullopt;
    return CommonType(left, right);
  }

  BoundFrom Plan(ExpressionBinder& binder, const Signature* stack,
                 std::vector<BoundExprPtr> arguments) {
    std::vector<PlanColumn> columns;
    const auto star = input_.scope.Star({});
    for (const PlanColumn& column : *star) {
      if (used_.count(column.id) == 0) columns.push_back(column);
    }
    std::vector<PlanColumn> generated;
    for (size_t i = 0; i < stack->generated.size(); ++i) {
      const std::string name = i == 0 ? unpivot_.name.text : unpivot_.values[i - 1].text;
      generated.push_back({binding_.NewColumn(), name, stack->generated[i].type,
                           i > 0 || stack->generated[i].nullable});
    }
    std::vector<PlanColumn> all = input_.plan->columns;
    all.insert(all.end(), generated.begin(), generated.end());
    columns.insert(columns.end(), generated.begin(), generated.end());
    PlanPtr plan = MakePlan(
        std::move(all), GeneratePlan{input_.plan, stack, std::move(arguments), false, generated});
    if (!unpivot_.include_nulls) {
      BoundExprPtr known;
      for (size_t i = 1; i < generated.size(); ++i) {
        BoundExprPtr one = binder.Call("is not null", {ColumnOf(generated[i], {})}, item_.span);
        known = known == nullptr ? one : binder.Call("or", {known, one}, item_.span);
      }
      plan = MakeFilter(std::move(plan), std::move(known));
    }
    std::vector<NamedExpr> exprs;
    for (const PlanColumn& column : columns) exprs.push_back({column, ColumnOf(column, {})});
    BoundFrom from;
    from.plan = MakeProject(std::move(plan), std::move(exprs));
    from.scope = Requalified(input_.scope, *from.plan);
    return from;
  }

  Binding& binding_;
  const FromItem& item_;
  const UnpivotFrom& unpivot_;
  const Surroundings& around_;
  BoundFrom input_;
  std::unordered_set<ColumnId> used_;
  std::vector<std::string> names_;
  std::vector<std::vector<BoundExprPtr>> rows_;
};

}  // namespace

BoundFrom BindShaped(Binding& binding, const FromItem& item, const Surroundings& around) {
  if (const auto* sample = std::get_if<SampleFrom>(&item.node)) {
    return BindSample(binding, *sample, around);
  }
  if (const auto* watermark = std::get_if<WatermarkFrom>(&item.node)) {
    return BindWatermark(binding, *watermark, around);
  }
  if (const auto* pivot = std::get_if<PivotFrom>(&item.node)) {
    return PivotBinder(binding, item, *pivot, around).Bind();
  }
  return UnpivotBinder(binding, item, std::get<UnpivotFrom>(item.node), around).Bind();
}

}  // namespace weir::sql
