// The operators of a pipe. Each takes columns with their qualifiers, and what it passes on keeps
// them.
#include <algorithm>
#include <utility>

#include "weir/sql/ast_clone.h"
#include "weir/sql/ast_visit.h"
#include "weir/sql/expression_binder.h"

namespace weir::sql {

Scope Requalified(const Scope& before, const Plan& plan) {
  struct Known {
    const ScopeEntry* entry;
    const PlanColumn* column;
  };
  std::unordered_map<ColumnId, Known> known;
  for (const ScopeEntry& entry : before.entries) {
    for (const PlanColumn& column : entry.relation->columns()) {
      known.emplace(column.id, Known{&entry, &column});
    }
  }
  // Neighbours of one relation make one again.
  Scope scope;
  scope.outer = before.outer;
  std::vector<std::string> qualifier;
  std::vector<PlanColumn> columns;
  const auto close = [&] {
    if (!columns.empty()) {
      scope.Add(std::make_shared<ScopeRelation>(std::move(qualifier), std::move(columns)));
    }
    columns = {};
  };
  for (const PlanColumn& column : plan.columns) {
    const auto found = known.find(column.id);
    const bool same = found != known.end() && found->second.column->name == column.name;
    std::vector<std::string> own;
    if (same) own = found->second.entry->relation->qualifier();
    if (own != qualifier) close();
    qualifier = std::move(own);
    columns.push_back(column);
  }
  close();
  return scope;
}

namespace {

// The first call of an aggregate function, but for windows; null: none.
const Expr* AggregateIn(const Expr& expr) {
  if (const auto* call = std::get_if<CallExpr>(&expr.node)) {
    if (!call->over && IsAggregate(LowerName(call->function.parts.back().text))) return &expr;
  }
  const Expr* found = nullptr;
  ForEachChild(expr, [&](const ExprPtr& child) {
    if (found == nullptr) found = AggregateIn(*child);
  });
  return found;
}

SelectItem Copied(const SelectItem& item) { return {Clone(*item.expr), item.alias, item.aliases}; }

class PipeBinder {
 public:
  PipeBinder(Binding& binding, const Surroundings& around, BoundFrom from)
      : binding_(binding), around_(around), from_(std::move(from)) {
    from_.scope.outer = around.outer;
  }

  BoundFrom Bind(const PipeFrom& pipe) {
    std::visit([&](const auto& operation) { Apply(operation); }, pipe.operation);
    if (from_.plan == nullptr) from_.scope.unknown = true;
    return std::move(from_);
  }

 private:
  void Apply(const PipeFrom::Where& where) {
    ExprContext context;
    context.clause = Clause::kWhere;
    context.scope = &from_.scope;
    context.around = &around_;
    ExpressionBinder binder(binding_, std::move(context));
    BoundExprPtr condition =
        binder.BindCondition(*where.condition, "DATATYPE_MISMATCH.FILTER_NOT_BOOLEAN");
    const bool failed = condition == nullptr || from_.plan == nullptr;
    from_.plan = failed ? nullptr : MakeFilter(std::move(from_.plan), std::move(condition));
  }

  void Apply(const PipeFrom::Select& select) {
    const auto& body = std::get<Select>(select.query->body);
    if (!CheckPlain(body, "SELECT")) return;
    Take(BindSelectOver(binding_, body, nullptr, from_, around_));
  }

  void Apply(const PipeFrom::Extend& extend) {
    const auto& body = std::get<Select>(extend.query->body);
    if (CheckPlain(body, "EXTEND")) Take(Extended(body.items, body.windows));
  }

  void Apply(const PipeFrom::Set& set) {
    for (const auto& [column, value] : set.columns) {
      if (from_.plan == nullptr || !ApplySet(column, *value)) {
        from_.plan = nullptr;
        return;
      }
    }
  }

  void Apply(const PipeFrom::Drop& drop) {
    std::unordered_set<ColumnId> dropped;
    for (const Identifier& name : drop.columns) {
      const auto column = Find(name);
      if (!column || !dropped.insert(column->id).second) {
        if (column) {
          binding_.Report("EXCEPT_OVERLAPPING_COLUMNS", name.span,
                          "|> DROP names " + QuoteName(name.text) + " twice");
        }
        from_.plan = nullptr;
        return;
      }
    }
    if (from_.plan == nullptr) return;
    std::vector<NamedExpr> exprs;
    const auto star = from_.scope.Star({});
    for (const PlanColumn& column : *star) {
      if (dropped.count(column.id) == 0) exprs.push_back({column, ColumnOf(column, {})});
    }
    Take(MakeProject(from_.plan, std::move(exprs)));
  }

  void Apply(const PipeFrom::As&) {}

  void Apply(const PipeFrom::Aggregate& aggregate) {
    Select& select = NewSelect();
    if (aggregate.grouped) select.group_by.emplace();
    for (const SelectItem& key : aggregate.keys) {
      SelectItem item = Copied(key);
      if (const auto position = OrdinalOf(*key.expr)) {
        item.expr = ColumnAt(*position, key.expr->span);
        if (item.expr == nullptr) return;
      }
      select.group_by->keys.push_back(Clone(*item.expr));
      select.items.push_back(std::move(item));
    }
    for (const SelectItem& item : aggregate.items) {
      if (AggregateIn(*item.expr) == nullptr) {
        binding_.Report("PIPE_OPERATOR_AGGREGATE_EXPRESSION_CONTAINS_NO_AGGREGATE_FUNCTION",
                        item.expr->span, "|> AGGREGATE takes aggregate functions, and this is none",
                        "put it after GROUP BY");
        from_.plan = nullptr;
        return;
      }
      select.items.push_back(Copied(item));
    }
    Take(BindSelectOver(binding_, select, nullptr, from_, around_));
  }

  void Apply(const PipeFrom::Organize& organize) {
    PlanPtr plan = BindAllOver(binding_, organize.query.get(), from_, around_);
    const bool limited = organize.query->limit != nullptr || organize.query->offset != nullptr;
    if (limited) plan = BindLimits(binding_, *organize.query, std::move(plan), around_);
    Take(std::move(plan));
  }

  void Apply(const PipeFrom::Combine& combine) {
    PlanPtr left = BindAllOver(binding_, nullptr, from_, around_);
    PlanPtr plan = BindCombination(binding_, *combine.query, left, around_);
    if (plan == nullptr || left == nullptr) return Take(nullptr);
    // By position, the columns are those of the first.
    const Scope before = Requalified(from_.scope, *left);
    from_.scope = Scope();
    size_t at = 0;
    for (const ScopeEntry& entry : before.entries) {
      const size_t count = entry.relation->columns().size();
      const auto begin = plan->columns.begin() + static_cast<ptrdiff_t>(at);
      std::vector<PlanColumn> columns(begin, begin + static_cast<ptrdiff_t>(count));
      from_.scope.Add(
          std::make_shared<ScopeRelation>(entry.relation->qualifier(), std::move(columns)));
      at += count;
    }
    from_.plan = std::move(plan);
  }

  // Goes on with `plan`, in which columns that were there keep their ids.
  void Take(PlanPtr plan) {
    if (plan != nullptr) from_.scope = Requalified(from_.scope, *plan);
    from_.plan = std::move(plan);
  }

  bool CheckPlain(const Select& select, const std::string& word) {
    for (const SelectItem& item : select.items) {
      if (!CheckPlain(*item.expr, word)) return false;
    }
    return true;
  }
  bool CheckPlain(const Expr& expr, const std::string& word) {
    const Expr* aggregate = AggregateIn(expr);
    if (aggregate == nullptr) return true;
    binding_.Report("PIPE_OPERATOR_CONTAINS_AGGREGATE_FUNCTION", aggregate->span,
                    "|> " + word + " takes no aggregate function", "use |> AGGREGATE");
    from_.plan = nullptr;
    return false;
  }

  Select& NewSelect() {
    auto select = std::make_shared<Select>();
    binding_.made.push_back(select);
    return *select;
  }

  // All columns, and `items` after them.
  PlanPtr Extended(const std::vector<SelectItem>& items,
                   const std::vector<std::pair<Identifier, WindowSpec>>& windows) {
    Select& select = NewSelect();
    SelectItem star;
    star.expr = std::make_unique<Expr>();
    star.expr->node = StarExpr{};
    select.items.push_back(std::move(star));
    for (const SelectItem& item : items) select.items.push_back(Copied(item));
    for (const auto& [name, window] : windows) select.windows.emplace_back(name, Clone(window));
    return BindSelectOver(binding_, select, nullptr, from_, around_);
  }

  std::optional<PlanColumn> Find(const Identifier& name) {
    ExprContext context;
    context.scope = &from_.scope;
    context.around = &around_;
    Expr expr;
    expr.span = name.span;
    expr.node = NameExpr{Name{{name}, name.span}};
    const BoundExprPtr bound = ExpressionBinder(binding_, std::move(context)).Bind(expr);
    const BoundColumn* column = bound == nullptr ? nullptr : AsColumn(*bound);
    if (column == nullptr) return std::nullopt;
    return PlanColumn{column->id, column->name, bound->type, bound->nullable};
  }

  bool ApplySet(const Identifier& name, const Expr& value) {
    const auto replaced = Find(name);
    if (!replaced || !CheckPlain(value, "SET")) return false;
    std::vector<SelectItem> items;
    items.push_back({Clone(value), name, {}});
    PlanPtr extended = Extended(items, {});
    if (extended == nullptr) return false;
    const PlanColumn added = extended->columns.back();
    std::vector<NamedExpr> exprs;
    for (size_t i = 0; i + 1 < extended->columns.size(); ++i) {
      const PlanColumn& column = extended->columns[i];
      const PlanColumn& shown = column.id == replaced->id ? added : column;
      exprs.push_back({shown, ColumnOf(shown, {})});
    }
    Take(MakeProject(std::move(extended), std::move(exprs)));
    return true;
  }

  // The column that GROUP BY 2 means: of the input.
  ExprPtr ColumnAt(int64_t position, const Span& span) {
    const auto columns = from_.scope.Star({});
    if (position < 1 || position > static_cast<int64_t>(columns->size())) {
      binding_.Report("GROUP_BY_POS_OUT_OF_RANGE", span,
                      "GROUP BY " + std::to_string(position) + " names no column: there are " +
                          std::to_string(columns->size()));
      from_.plan = nullptr;
      return nullptr;
    }
    auto expr = std::make_unique<Expr>();
    expr->span = span;
    const std::string& name = (*columns)[static_cast<size_t>(position) - 1].name;
    expr->node = NameExpr{Name{{Identifier{name, span}}, span}};
    return expr;
  }

  Binding& binding_;
  const Surroundings& around_;
  BoundFrom from_;
};

}  // namespace

BoundFrom BindPipe(Binding& binding, const PipeFrom& pipe, const Surroundings& around) {
  return PipeBinder(binding, around, BindFrom(binding, *pipe.input, around)).Bind(pipe);
}

}  // namespace weir::sql
