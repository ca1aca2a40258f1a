// GROUP BY, and what it means for everything above it.
#include <algorithm>
#include <utility>

#include "weir/sql/binder_signatures.h"
#include "weir/sql/pretty_name.h"
#include "weir/sql/select_binder.h"

namespace weir::sql {

namespace {

std::vector<std::vector<size_t>> Rollup(const std::vector<size_t>& keys) {
  std::vector<std::vector<size_t>> sets;
  for (size_t n = keys.size() + 1; n-- > 0;) {
    sets.emplace_back(keys.begin(), keys.begin() + static_cast<ptrdiff_t>(n));
  }
  return sets;
}

std::vector<std::vector<size_t>> Cube(const std::vector<size_t>& keys) {
  std::vector<std::vector<size_t>> sets;
  for (size_t mask = size_t{1} << keys.size(); mask-- > 0;) {
    std::vector<size_t> set;
    for (size_t i = 0; i < keys.size(); ++i) {
      if ((mask >> (keys.size() - 1 - i)) & 1) set.push_back(keys[i]);
    }
    sets.push_back(std::move(set));
  }
  return sets;
}

// Calendar intervals have no order, but groups. Null, with a report, for what has none.
BoundExprPtr Groupable(Binding& binding, BoundExprPtr key, const Span& span) {
  if (key == nullptr) return nullptr;
  if (!key->type.Holds(TypeId::kMap) && !key->type.Holds(TypeId::kVariant)) return key;
  binding.Report("GROUP_EXPRESSION_TYPE_IS_NOT_ORDERABLE", span,
                 "GROUP BY cannot compare values of type " + QuotedType(key->type));
  return nullptr;
}

}  // namespace

bool SelectBinder::IsAboveGroups(const BoundExpr& expr) const {
  std::unordered_set<ColumnId> used;
  CollectColumns(expr, used);
  for (const NamedExpr& aggregate : aggregates_.exprs()) {
    if (used.count(aggregate.column.id) > 0) return true;
  }
  for (const NamedExpr& window : windows_.exprs()) {
    if (used.count(window.column.id) > 0) return true;
  }
  for (const Item& item : items_) {
    if (item.computed && item.expr != nullptr && item.expr.get() != &expr &&
        used.count(item.column.id) > 0 && IsAboveGroups(*item.expr)) {
      return true;
    }
  }
  return false;
}

BoundExprPtr SelectBinder::WithoutAliases(const BoundExprPtr& expr) const {
  return Rewrite(expr, [&](const BoundExprPtr& one) -> BoundExprPtr {
    const BoundColumn* column = AsColumn(*one);
    if (column == nullptr) return nullptr;
    for (const Item& item : items_) {
      if (item.computed && item.column.id == column->id && item.expr != nullptr) {
        return WithoutAliases(item.expr);
      }
    }
    return one;
  });
}

BoundExprPtr SelectBinder::KeyAtPosition(int64_t position, const Span& span) {
  if (position < 1 || position > static_cast<int64_t>(items_.size())) {
    if (items_unknown_) return nullptr;
    binding_.Report("GROUP_BY_POS_OUT_OF_RANGE", span,
                    "GROUP BY " + std::to_string(position) +
                        " names no item of SELECT: there are " + std::to_string(items_.size()));
    return nullptr;
  }
  const bool star = std::any_of(
      select_.items.begin(), select_.items.end(),
      [](const SelectItem& item) { return std::holds_alternative<StarExpr>(item.expr->node); });
  if (star) {
    binding_.Report("STAR_GROUP_BY_POS", span,
                    "GROUP BY cannot count items of a SELECT that holds a *");
    return nullptr;
  }
  const Item& item = items_[static_cast<size_t>(position) - 1];
  if (item.expr == nullptr) return nullptr;
  if (IsAboveGroups(*item.expr)) {
    binding_.Report("GROUP_BY_POS_AGGREGATE", span,
                    "GROUP BY " + std::to_string(position) +
                        " names an item with an aggregate or window function, " +
                        QuoteName(item.column.name));
    return nullptr;
  }
  return WithoutAliases(item.expr);
}

BoundExprPtr SelectBinder::BindKey(const Expr& expr) {
  if (const auto position = OrdinalOf(expr)) {
    return Groupable(binding_, KeyAtPosition(*position, expr.span), expr.span);
  }
  const NameHook hook = [&](const std::string& name) -> std::optional<BoundExprPtr> {
    const auto [begin, end] = aliases_.equal_range(name);
    if (begin == end) return std::nullopt;
    const Item& item = items_[begin->second];
    if (item.expr == nullptr) return BoundExprPtr();
    if (IsAboveGroups(*item.expr)) {
      binding_.Report("GROUP_BY_AGGREGATE", expr.span,
                      "GROUP BY cannot use " + QuoteName(name) + ", an aggregate");
      return BoundExprPtr();
    }
    return WithoutAliases(item.expr);
  };
  ExprContext context = Context(Clause::kGroupBy);
  context.aggregates = nullptr;
  context.windows = nullptr;
  context.after = &hook;
  ExpressionBinder binder(binding_, std::move(context));
  return Groupable(binding_, binder.Bind(expr), expr.span);
}

size_t SelectBinder::AddKey(BoundExprPtr key) {
  if (const auto known = key_index_.Find(*key)) return *known;
  if (const BoundColumn* column = AsColumn(*key)) key_ids_.insert(column->id);
  key_index_.Add(key, keys_.size());
  keys_.push_back(std::move(key));
  return keys_.size() - 1;
}

void SelectBinder::BindKeys(const std::vector<ExprPtr>& exprs, std::vector<size_t>& positions) {
  for (const ExprPtr& expr : exprs) {
    BoundExprPtr key = BindKey(*expr);
    failed_ |= key == nullptr;
    if (key != nullptr) positions.push_back(AddKey(std::move(key)));
  }
}

void SelectBinder::AddAllKeys() {
  all_keys_ = true;
  for (const Item& item : items_) {
    if (item.expr == nullptr || IsAboveGroups(*item.expr)) continue;
    BoundExprPtr key = Groupable(binding_, WithoutAliases(item.expr), select_.group_by->span);
    failed_ |= key == nullptr;
    if (key != nullptr) AddKey(std::move(key));
  }
}

void SelectBinder::BindGroupBy() {
  if (!select_.group_by) return;
  const GroupBy& group_by = *select_.group_by;
  std::vector<size_t> positions;
  switch (group_by.kind) {
    case GroupingKind::kPlain:
      BindKeys(group_by.keys, positions);
      break;
    case GroupingKind::kAll:
      if (const auto column = scope_.Find({"all"}); std::holds_alternative<ScopeMatch>(column)) {
        BoundExprPtr key = Groupable(
            binding_, ColumnOf(std::get<ScopeMatch>(column).column, group_by.span), group_by.span);
        failed_ |= key == nullptr;
        if (key != nullptr) AddKey(std::move(key));
      } else {
        AddAllKeys();
      }
      break;
    case GroupingKind::kRollup:
      BindKeys(group_by.keys, positions);
      sets_ = Rollup(positions);
      break;
    case GroupingKind::kCube:
      BindKeys(group_by.keys, positions);
      if (positions.size() > 12) {
        binding_.Report("GROUPING_SIZE_LIMIT_EXCEEDED", group_by.span,
                        "CUBE of more than 12 expressions is too much");
        failed_ = true;
        return;
      }
      sets_ = Cube(positions);
      break;
    case GroupingKind::kGroupingSets:
      BindKeys(group_by.keys, positions);
      for (const auto& set : group_by.sets) {
        std::vector<size_t> members;
        BindKeys(set, members);
        sets_.push_back(std::move(members));
      }
      break;
  }
}

BoundExprPtr SelectBinder::BindGrouping(const CallExpr& call, const Span& span) {
  const bool one = LowerName(call.function.parts.back().text) == "grouping";
  if (one && call.arguments.size() != 1) {
    binding_.Report("WRONG_NUM_ARGS.WITHOUT_SUGGESTION", span, "grouping takes one argument");
    return nullptr;
  }
  BoundAggregate grouping;
  grouping.signature = one ? &GroupingSignature() : &GroupingIdSignature();
  for (const Argument& argument : call.arguments) {
    BoundExprPtr key = BindKey(*argument.value);
    if (key == nullptr) return nullptr;
    grouping.arguments.push_back(std::move(key));
  }
  const DataType type = grouping.signature->result;
  return aggregates_.Add(binding_, MakeExpr(span, type, false, std::move(grouping)), "grouping");
}

// `expr` over the groups: keys in place of what they compute. Reports other columns of the input.
BoundExprPtr SelectBinder::Grouped(const BoundExprPtr& expr, Clause clause) {
  bool reported = false;
  return Rewrite(expr, [&](const BoundExprPtr& one) -> BoundExprPtr {
    if (AsLiteral(*one) != nullptr) return one;
    const BoundColumn* column = AsColumn(*one);
    const bool plain = column != nullptr && input_.count(column->id) > 0;
    if (plain || column == nullptr) {
      if (const auto key = key_index_.Find(*one)) return ColumnOf(key_columns_[*key], one->span);
    }
    if (column == nullptr) return nullptr;
    if (plain && !reported) {
      reported = failed_ = true;
      const Span& span = one->span.source == nullptr ? expr->span : one->span;
      const std::string name = QuoteName(column->name);
      if (clause != Clause::kSelect) {
        binding_.Report("UNRESOLVED_COLUMN.WITH_SUGGESTION", span,
                        std::string(ClauseName(clause)) + " sees groups, and column " + name +
                            " is neither in GROUP BY nor in an aggregate function",
                        "add it to GROUP BY, or take any_value(" + name + ")");
      } else if (all_keys_) {
        binding_.Report("UNRESOLVED_ALL_IN_GROUP_BY", span,
                        "GROUP BY ALL cannot tell whether to group by " + name +
                            ", which stands beside an aggregate function in one expression",
                        "name the grouping columns");
      } else if (select_.group_by) {
        binding_.Report("MISSING_AGGREGATION", span,
                        "column " + name + " is neither in GROUP BY nor in an aggregate function",
                        "add it to GROUP BY, or take any_value(" + name + ")");
      } else {
        binding_.Report(
            "MISSING_GROUP_BY", span,
            "column " + name + " stands beside an aggregate function, and there is no GROUP BY",
            "add GROUP BY, or take any_value(" + name + ")");
      }
    }
    return one;
  });
}

void SelectBinder::GroupAll() {
  for (Item& item : items_) {
    item.expr = Grouped(item.expr);
    item.column.nullable = item.expr->nullable;
    const BoundColumn* column = AsColumn(*item.expr);
    if (column != nullptr && column->id == item.column.id) item.computed = false;
  }
  if (having_ != nullptr) having_ = Grouped(having_, Clause::kHaving);
  if (qualify_ != nullptr) qualify_ = Grouped(qualify_, Clause::kQualify);
  for (NamedExpr& window : windows_.exprs()) window.expr = Grouped(window.expr);
  for (BoundSort& sort : sorts_) sort.expr = Grouped(sort.expr, Clause::kOrderBy);
  for (BoundGenerator& generator : generators_) {
    for (BoundExprPtr& argument : generator.arguments) argument = Grouped(argument);
  }
}

// Whether these are the keys, one by one.
bool SelectBinder::SameKeys(const std::vector<BoundExprPtr>& exprs) const {
  if (exprs.empty()) return true;
  if (exprs.size() != keys_.size()) return false;
  for (size_t i = 0; i < exprs.size(); ++i) {
    if (key_index_.Find(*exprs[i]) != i) return false;
  }
  return true;
}

// A session is merged with others of the same group only.
void SelectBinder::MergeOwnSessions() {
  std::vector<BoundExprPtr> others;
  bool grouped = false;
  for (const BoundExprPtr& key : keys_) {
    const BoundColumn* column = AsColumn(*key);
    const bool session = column != nullptr && column->id == time_window_.column()->id;
    grouped |= session;
    if (!session) others.push_back(key);
  }
  if (grouped) plan_ = MergeSessions(binding_, std::move(plan_), *time_window_.column(), others);
}

void SelectBinder::PlanAggregate() {
  if (time_window_.is_session()) MergeOwnSessions();
  AggregatePlan aggregate;
  std::vector<PlanColumn> columns;
  for (size_t i = 0; i < keys_.size(); ++i) {
    PlanColumn column{0, "key", keys_[i]->type, keys_[i]->nullable};
    const BoundColumn* plain = AsColumn(*keys_[i]);
    if (plain != nullptr && input_.count(plain->id) > 0) column = input_.at(plain->id);
    column.nullable = keys_[i]->nullable || grouping_sets_;
    if (plain == nullptr || grouping_sets_) column.id = binding_.NewColumn();
    if (plain != nullptr) column.name = plain->name;
    // An item that is this key: they share the id.
    for (const Item& item : items_) {
      if (plain != nullptr || grouping_sets_ || !item.computed) continue;
      if (!SameExpr(*item.expr, *keys_[i])) continue;
      column.id = item.column.id;
      column.name = item.column.name;
      break;
    }
    key_columns_.push_back(column);
    columns.push_back(column);
    aggregate.keys.push_back({column, keys_[i]});
  }
  GroupAll();
  for (NamedExpr named : aggregates_.exprs()) {
    const auto& node = std::get<BoundAggregate>(named.expr->node);
    const bool grouping =
        node.signature == &GroupingSignature() || node.signature == &GroupingIdSignature();
    if (grouping) {
      BoundAggregate over = node;
      if (over.arguments.empty()) over.arguments = keys_;
      for (BoundExprPtr& argument : over.arguments) {
        if (node.signature == &GroupingIdSignature() && !SameKeys(node.arguments)) {
          binding_.Report("GROUPING_ID_COLUMN_MISMATCH", named.expr->span,
                          "grouping_id() takes all that stands in GROUP BY, in that order");
          failed_ = true;
          break;
        }
        if (const auto key = key_index_.Find(*argument)) {
          argument = ColumnOf(key_columns_[*key], argument->span);
          continue;
        }
        binding_.Report("GROUPING_COLUMN_MISMATCH", named.expr->span,
                        "grouping() takes what stands in GROUP BY");
        failed_ = true;
      }
      named.expr = MakeExpr(named.expr->span, named.expr->type, false, std::move(over));
    }
    columns.push_back(named.column);
    aggregate.aggregates.push_back(std::move(named));
  }
  if (grouping_sets_) aggregate.grouping_sets = sets_;
  aggregate.child = std::move(plan_);
  plan_ = MakePlan(std::move(columns), std::move(aggregate));
}

}  // namespace weir::sql
