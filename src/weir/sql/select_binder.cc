#include "weir/sql/select_binder.h"

#include <algorithm>
#include <utility>

#include "weir/sql/ast_printer.h"
#include "weir/sql/pretty_name.h"

namespace weir::sql {

SelectBinder::SelectBinder(Binding& binding, const Select& select, const Query* ordered,
                           const Surroundings& around, const BoundFrom* from)
    : binding_(binding),
      select_(select),
      ordered_(ordered),
      around_(around),
      from_(from),
      time_window_(binding, around_) {
  alias_hook_ = [this](const std::string& name) { return FindAlias(name); };
}

PlanPtr SelectBinder::Bind() {
  BindFromAndWhere();
  BindItems();
  BindGroupBy();
  BindHaving();
  BindQualify();
  BindOrder();
  if (failed_) return nullptr;
  return Plan();
}

void SelectBinder::BindFromAndWhere() {
  if (from_ != nullptr) {
    plan_ = from_->plan;
    scope_ = from_->scope;
    failed_ |= plan_ == nullptr;
  } else if (select_.from == nullptr) {
    plan_ = OneRow();
  } else {
    BoundFrom from = BindFrom(binding_, *select_.from, around_);
    plan_ = std::move(from.plan);
    scope_ = std::move(from.scope);
    failed_ |= plan_ == nullptr;
  }
  scope_.outer = around_.outer;
  if (!failed_) failed_ = !time_window_.Bind(select_, ordered_, plan_, scope_);
  for (const ScopeEntry& entry : scope_.entries) {
    for (const PlanColumn& column : entry.relation->columns()) input_.emplace(column.id, column);
  }
  if (select_.where == nullptr) return;
  ExprContext context;
  context.clause = Clause::kWhere;
  context.scope = &scope_;
  if (time_window_.column()) context.time_window = &*time_window_.column();
  context.around = &around_;
  ExpressionBinder binder(binding_, std::move(context));
  BoundExprPtr condition =
      binder.BindCondition(*select_.where, "DATATYPE_MISMATCH.FILTER_NOT_BOOLEAN");
  failed_ |= condition == nullptr;
  if (!failed_) plan_ = MakeFilter(std::move(plan_), std::move(condition));
}

ExprContext SelectBinder::Context(Clause clause) {
  ExprContext context;
  context.clause = clause;
  context.scope = &scope_;
  context.around = &around_;
  context.aggregates = &aggregates_;
  context.named_windows = &select_.windows;
  if (time_window_.column()) context.time_window = &*time_window_.column();
  context.grouping = nullptr;
  if (select_.group_by && select_.group_by->kind != GroupingKind::kPlain &&
      select_.group_by->kind != GroupingKind::kAll) {
    context.grouping = [this](const CallExpr& call, const Span& span) {
      return BindGrouping(call, span);
    };
  }
  if (clause != Clause::kHaving && clause != Clause::kGenerator) context.windows = &windows_;
  return context;
}

void SelectBinder::BindItems() {
  grouping_sets_ = select_.group_by && select_.group_by->kind != GroupingKind::kPlain &&
                   select_.group_by->kind != GroupingKind::kAll;
  binding_.named_windows.clear();
  for (const auto& [name, spec] : select_.windows) {
    if (!binding_.named_windows.emplace(LowerName(name.text), &spec).second) {
      binding_.Report("INVALID_SQL_SYNTAX.REPETITIVE_WINDOW_DEFINITION", name.span,
                      "window " + QuoteName(name.text) + " is defined twice");
      failed_ = true;
    }
  }
  items_.reserve(select_.items.size());
  for (const SelectItem& item : select_.items) BindItem(item);
  scope_.unknown |= items_unknown_;  // What stands above may mean one of their columns.
  if (items_.empty() && !failed_ && generators_.empty() && !select_.items.empty()) {
    binding_.Report("UNSUPPORTED_FEATURE", select_.items.front().expr->span,
                    "this SELECT gives no column", "leave one in EXCEPT out");
    failed_ = true;
  }
}

// Whether the column comes from this SELECT, rather than from a query around it.
bool SelectBinder::IsOwn(ColumnId id) const {
  if (input_.count(id) > 0) return true;
  const auto has = [&](const NamedExpr& one) { return one.column.id == id; };
  const auto& aggregates = aggregates_.exprs();
  const auto& windows = windows_.exprs();
  return std::any_of(aggregates.rbegin(), aggregates.rend(), has) ||
         std::any_of(windows.rbegin(), windows.rend(), has) ||
         std::any_of(generators_.begin(), generators_.end(), [&](const BoundGenerator& generator) {
           return std::any_of(generator.columns.begin(), generator.columns.end(),
                              [&](const PlanColumn& one) { return one.id == id; });
         });
}

void SelectBinder::AddItem(BoundExprPtr expr, std::string name, const Expr* text, bool aliased) {
  Item item;
  item.text = text;
  item.aliased = aliased;
  failed_ |= expr == nullptr;
  if (expr != nullptr) {
    item.column = {0, name, expr->type, expr->nullable};
    const BoundColumn* column = AsColumn(*expr);
    if (column != nullptr && !grouping_sets_ && IsOwn(column->id) &&
        item_ids_.insert(column->id).second) {
      item.column.id = column->id;
    } else {
      item.column.id = binding_.NewColumn();
      item_ids_.insert(item.column.id);
      item.computed = true;
    }
    if (column != nullptr) {
      const auto below = input_.find(column->id);
      if (below != input_.end()) item.column.metadata = below->second.metadata;
    }
  }
  item.expr = std::move(expr);
  item.column.name = name;
  if (aliased) aliases_.emplace(LowerName(name), items_.size());
  items_.push_back(std::move(item));
}

void SelectBinder::BindItem(const SelectItem& item) {
  if (const auto* star = std::get_if<StarExpr>(&item.expr->node)) {
    ExpressionBinder binder(binding_, Context(Clause::kSelect));
    auto columns = binder.BindStar(*star, item.expr->span);
    if (!columns) {
      AddFailed(item);
      return;
    }
    for (auto& [name, expr] : *columns) AddItem(std::move(expr), name, nullptr, false);
    return;
  }
  if (const auto* call = std::get_if<CallExpr>(&item.expr->node)) {
    const std::string name = LowerName(call->function.parts.back().text);
    if (!call->over && IsGenerator(name)) {
      BindGenerator(item, *call, name);
      return;
    }
  }
  if (!item.aliases.empty()) {
    binding_.Report("MULTI_ALIAS_WITHOUT_GENERATOR", item.expr->span,
                    "several names need a generator such as explode, which gives several columns");
    AddFailed(item);
    return;
  }
  ExprContext context = Context(Clause::kSelect);
  context.after = &alias_hook_;
  ExpressionBinder binder(binding_, std::move(context));
  BoundExprPtr expr = binder.Bind(*item.expr);
  std::string name = item.alias ? item.alias->text : OutputName(*item.expr, binding_);
  AddItem(std::move(expr), std::move(name), item.expr.get(), item.alias.has_value());
}

// In place of columns that could not be bound: whoever names them is not told again.
void SelectBinder::AddFailed(const SelectItem& item) {
  failed_ = true;
  std::vector<Identifier> names = item.aliases;
  if (item.alias) names = {*item.alias};
  for (const Identifier& name : names) AddItem(nullptr, name.text, item.expr.get(), true);
  items_unknown_ |= names.empty();
}

void SelectBinder::BindGenerator(const SelectItem& item, const CallExpr& call,
                                 const std::string& name) {
  const Span& span = item.expr->span;
  ExpressionBinder binder(binding_, Context(Clause::kGenerator));
  BoundGenerator generator = BindGeneratorCall(binder, name, call.arguments, span);
  if (generator.signature == nullptr) {
    AddFailed(item);
    return;
  }
  std::vector<Identifier> names = item.aliases;
  if (item.alias) names = {*item.alias};
  auto columns = GeneratedColumns(binding_, generator, names, span);
  if (!columns) {
    AddFailed(item);
    return;
  }
  generator.columns = *columns;
  generators_.push_back(std::move(generator));
  for (const PlanColumn& column : *columns) {
    AddItem(ColumnOf(column, span), column.name, nullptr, !names.empty());
  }
}

std::vector<size_t> SelectBinder::ItemsNamed(const std::string& lower_name) const {
  std::vector<size_t> found;
  for (size_t i = 0; i < items_.size(); ++i) {
    if (LowerName(items_[i].column.name) == lower_name) found.push_back(i);
  }
  return found;
}

bool SelectBinder::InScope(const std::string& lower_name) const {
  return !std::holds_alternative<std::monostate>(scope_.Find({lower_name}));
}

// An item of the same SELECT, to its left.
std::optional<BoundExprPtr> SelectBinder::FindAlias(const std::string& lower_name) {
  const auto [begin, end] = aliases_.equal_range(lower_name);
  if (begin == end) return std::nullopt;
  if (std::next(begin) != end) {
    binding_.Report("AMBIGUOUS_LATERAL_COLUMN_ALIAS", {},
                    "more than one item of this SELECT is named " + QuoteName(lower_name));
    return BoundExprPtr();
  }
  const Item& item = items_[begin->second];
  if (item.expr == nullptr) return BoundExprPtr();
  return ColumnOf(item.column, item.text == nullptr ? Span{} : item.text->span);
}

// For ORDER BY: output columns come first, unless their name says nothing.
std::optional<BoundExprPtr> SelectBinder::FindOutput(const std::string& lower_name) {
  const std::vector<size_t> found = ItemsNamed(lower_name);
  if (found.empty()) return std::nullopt;
  for (size_t i : found) {
    if (items_[i].expr == nullptr) return BoundExprPtr();
  }
  const bool same = std::all_of(found.begin(), found.end(), [&](size_t i) {
    return SameExpr(*items_[i].expr, *items_[found[0]].expr);
  });
  if (!same && InScope(lower_name)) return std::nullopt;
  if (!same) {
    binding_.Report("AMBIGUOUS_REFERENCE", ordered_->order_by[0].span,
                    "more than one column of the result is named " + QuoteName(lower_name));
    return BoundExprPtr();
  }
  return ColumnOf(items_[found[0]].column, {});
}

// For HAVING: grouping columns come first, then output columns, then the rest of the input.
std::optional<BoundExprPtr> SelectBinder::FindForHaving(const std::string& lower_name) {
  const ScopeLookup column = scope_.Find({lower_name});
  if (const auto* match = std::get_if<ScopeMatch>(&column)) {
    if (key_ids_.count(match->column.id) > 0) return std::nullopt;
  }
  const std::vector<size_t> found = ItemsNamed(lower_name);
  if (found.empty()) return std::nullopt;
  if (found.size() > 1) {
    const bool same = std::all_of(found.begin(), found.end(), [&](size_t i) {
      return items_[i].expr != nullptr && items_[found[0]].expr != nullptr &&
             SameExpr(*items_[i].expr, *items_[found[0]].expr);
    });
    if (!same) {
      binding_.Report("AMBIGUOUS_REFERENCE", select_.having->span,
                      "more than one column of the result is named " + QuoteName(lower_name));
      return BoundExprPtr();
    }
  }
  const Item& item = items_[found[0]];
  if (item.expr == nullptr) return BoundExprPtr();
  return WithoutAliases(item.expr);
}

void SelectBinder::BindHaving() {
  if (select_.having == nullptr) return;
  const NameHook hook = [this](const std::string& name) { return FindForHaving(name); };
  ExprContext context = Context(Clause::kHaving);
  context.before = &hook;
  ExpressionBinder binder(binding_, std::move(context));
  having_ = binder.Bind(*select_.having);
  // Unlike WHERE, HAVING converts what it is given.
  if (having_ != nullptr && CanCast(having_->type, TypeId::kBoolean)) {
    having_ = CastTo(std::move(having_), TypeId::kBoolean);
  } else if (having_ != nullptr) {
    binding_.Report("DATATYPE_MISMATCH.FILTER_NOT_BOOLEAN", select_.having->span,
                    "HAVING needs a condition, not a value of type " + QuotedType(having_->type));
    having_ = nullptr;
  }
  failed_ |= having_ == nullptr;
}

void SelectBinder::BindQualify() {
  if (select_.qualify == nullptr) return;
  const NameHook hook = [this](const std::string& name) -> std::optional<BoundExprPtr> {
    const std::vector<size_t> found = ItemsNamed(name);
    if (found.empty()) return std::nullopt;
    if (items_[found[0]].expr == nullptr) return BoundExprPtr();
    return WithoutAliases(items_[found[0]].expr);
  };
  ExprContext context = Context(Clause::kQualify);
  context.after = &hook;
  ExpressionBinder binder(binding_, std::move(context));
  qualify_ = binder.BindCondition(*select_.qualify, "DATATYPE_MISMATCH.FILTER_NOT_BOOLEAN");
  failed_ |= qualify_ == nullptr;
  if (qualify_ != nullptr && windows_.exprs().empty()) {
    binding_.Report("UNSUPPORTED_FEATURE.QUALIFY_WITHOUT_WINDOW", select_.qualify->span,
                    "QUALIFY filters by window functions, and there is none here",
                    "use WHERE or HAVING");
    failed_ = true;
  }
}

void SelectBinder::AddSort(BoundExprPtr expr, const SortItem& sort) {
  failed_ |= expr == nullptr;
  if (expr == nullptr) return;
  if (!IsOrderable(expr->type)) {
    binding_.Report("DATATYPE_MISMATCH.INVALID_ORDERING_TYPE", sort.span,
                    "values of type " + QuotedType(expr->type) + " have no order");
    failed_ = true;
    return;
  }
  sorts_.push_back({std::move(expr), sort.descending, sort.nulls_first.value_or(!sort.descending)});
}

void SelectBinder::BindSortItem(const SortItem& sort, const NameHook& hook) {
  if (const auto position = OrdinalOf(*sort.expr)) {
    if (*position < 1 || *position > static_cast<int64_t>(items_.size())) {
      if (items_unknown_) return;
      binding_.Report("ORDER_BY_POS_OUT_OF_RANGE", sort.expr->span,
                      "ORDER BY " + std::to_string(*position) + " names no column: there are " +
                          std::to_string(items_.size()));
      failed_ = true;
      return;
    }
    const Item& item = items_[static_cast<size_t>(*position) - 1];
    if (item.expr != nullptr) AddSort(ColumnOf(item.column, sort.expr->span), sort);
    return;
  }
  if (!IsWritten(*sort.expr) && !CheckSortable(binding_, *sort.expr)) {
    failed_ = true;
    return;
  }
  ExprContext context = Context(Clause::kOrderBy);
  context.before = &hook;
  ExpressionBinder binder(binding_, std::move(context));
  AddSort(binder.Bind(*sort.expr), sort);
}

// Whether an item or a key is written like this: it is that one then.
bool SelectBinder::IsWritten(const Expr& expr) const {
  if (std::holds_alternative<NameExpr>(expr.node)) return true;
  const std::string text = ToSql(expr);
  const auto same = [&](const Expr& other) { return ToSql(other) == text; };
  const auto& items = select_.items;
  if (std::any_of(items.begin(), items.end(),
                  [&](const SelectItem& item) { return same(*item.expr); })) {
    return true;
  }
  if (!select_.group_by) return false;
  const auto& keys = select_.group_by->keys;
  return std::any_of(keys.begin(), keys.end(), [&](const ExprPtr& key) { return same(*key); });
}

void SelectBinder::BindOrder() {
  if (ordered_ == nullptr) return;
  const NameHook hook = [this](const std::string& name) { return FindOutput(name); };
  for (const SortItem& sort : ordered_->order_by) BindSortItem(sort, hook);
  if (!ordered_->order_by_all) return;
  SortItem all;
  all.descending = ordered_->order_by_all_descending;
  all.nulls_first = ordered_->order_by_all_nulls_first;
  all.span = ordered_->span;
  if (ItemsNamed("all").empty() && !InScope("all")) {
    for (const Item& item : items_) {
      if (item.expr != nullptr) AddSort(ColumnOf(item.column, all.span), all);
    }
    return;
  }
  // There is a column of that name, which is what is meant then.
  NameExpr name{Name{{Identifier{"all", all.span}}, all.span}};
  all.expr = std::make_unique<Expr>(Expr{all.span, std::move(name)});
  BindSortItem(all, hook);
}

PlanPtr BindSelect(Binding& binding, const Select& select, const Query* ordered,
                   const Surroundings& around) {
  return SelectBinder(binding, select, ordered, around).Bind();
}

PlanPtr BindSelectOver(Binding& binding, const Select& select, const Query* ordered,
                       const BoundFrom& from, const Surroundings& around) {
  return SelectBinder(binding, select, ordered, around, &from).Bind();
}

PlanPtr BindAllOver(Binding& binding, const Query* ordered, const BoundFrom& from,
                    const Surroundings& around) {
  Select all;
  SelectItem star;
  star.expr = std::make_unique<Expr>();
  star.expr->node = StarExpr{};
  all.items.push_back(std::move(star));
  return BindSelectOver(binding, all, ordered, from, around);
}

}  // namespace weir::sql
