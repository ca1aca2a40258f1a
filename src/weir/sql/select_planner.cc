// The plan of a bound SELECT.
#include <algorithm>
#include <utility>

#include "weir/sql/select_binder.h"

namespace weir::sql {

namespace {

NamedExpr PassOn(const PlanColumn& column) { return {column, ColumnOf(column, {})}; }

}  // namespace

PlanPtr SelectBinder::Plan() {
  const bool grouped = select_.group_by || having_ != nullptr || !aggregates_.exprs().empty();
  if (grouped) PlanAggregate();
  if (failed_) return nullptr;
  if (having_ != nullptr) plan_ = MakeFilter(std::move(plan_), having_);
  PlanGenerators();
  PlanLevels();
  return PlanSort();
}

void SelectBinder::PlanGenerators() {
  for (BoundGenerator& generator : generators_) {
    std::vector<PlanColumn> columns = plan_->columns;
    columns.insert(columns.end(), generator.columns.begin(), generator.columns.end());
    plan_ = MakePlan(std::move(columns), GeneratePlan{std::move(plan_), generator.signature,
                                                      std::move(generator.arguments),
                                                      generator.outer, generator.columns});
  }
}

size_t SelectBinder::LevelOf(const BoundExpr& expr) const {
  if (levels_.empty()) return 0;
  std::unordered_set<ColumnId> used;
  CollectColumns(expr, used);
  size_t level = 0;
  for (ColumnId id : used) {
    const auto found = levels_.find(id);
    if (found != levels_.end()) level = std::max(level, found->second);
  }
  return level;
}

// Items and windows may use items to their left: each level is computed on top of the one before.
void SelectBinder::PlanLevels() {
  // Both lists are in the order of the text, where uses follow definitions; a window may be asked
  // for by the item that comes after an alias, so the two are taken in turns until nothing moves.
  std::vector<size_t> window_levels(windows_.exprs().size(), 0);
  bool moved = true;
  while (moved) {
    moved = false;
    for (size_t i = 0; i < window_levels.size(); ++i) {
      const NamedExpr& window = windows_.exprs()[i];
      const size_t level = LevelOf(*window.expr);
      const bool is_new = levels_.emplace(window.column.id, level).second;
      if (is_new || window_levels[i] != level) {
        window_levels[i] = levels_[window.column.id] = level;
        moved |= level > 0;
      }
    }
    for (Item& item : items_) {
      if (!item.computed) continue;
      const size_t level = LevelOf(*item.expr);
      const bool is_new = levels_.emplace(item.column.id, level + 1).second;
      if (is_new || item.level != level) {
        item.level = level;
        levels_[item.column.id] = level + 1;
        moved |= level > 0 || is_new;
      }
    }
  }
  for (Item& item : items_) {
    if (!item.computed) item.level = LevelOf(*item.expr);
  }
  const size_t qualify_level = qualify_ == nullptr ? 0 : LevelOf(*qualify_);
  size_t last = qualify_level;
  for (size_t level : window_levels) last = std::max(last, level);
  for (const Item& item : items_) last = std::max(last, item.level);
  for (size_t level = 0; level <= last; ++level) {
    WindowPlan windows;
    std::vector<PlanColumn> columns = plan_->columns;
    for (size_t i = 0; i < window_levels.size(); ++i) {
      if (window_levels[i] != level) continue;
      windows.windows.push_back(windows_.exprs()[i]);
      columns.push_back(windows_.exprs()[i].column);
    }
    if (!windows.windows.empty()) {
      windows.child = std::move(plan_);
      plan_ = MakePlan(std::move(columns), std::move(windows));
    }
    if (qualify_ != nullptr && qualify_level == level) plan_ = MakeFilter(plan_, qualify_);
    if (level == last) break;
    std::vector<NamedExpr> exprs;
    for (const PlanColumn& column : plan_->columns) exprs.push_back(PassOn(column));
    for (Item& item : items_) {
      if (item.level != level || !item.computed) continue;
      exprs.push_back({item.column, item.expr});
      item.expr = ColumnOf(item.column, {});
    }
    plan_ = MakeProject(std::move(plan_), std::move(exprs));
  }
}

// Puts items in place of equal parts of ORDER BY. False: something that DISTINCT leaves out.
bool SelectBinder::MatchItems() {
  ExprMap known;
  for (size_t i = 0; i < items_.size(); ++i) {
    if (items_[i].computed && AsColumn(*items_[i].expr) == nullptr) known.Add(items_[i].expr, i);
  }
  bool covered = true;
  for (BoundSort& sort : sorts_) {
    if (!known.empty()) {
      sort.expr = Rewrite(sort.expr, [&](const BoundExprPtr& one) -> BoundExprPtr {
        if (AsColumn(*one) != nullptr || AsLiteral(*one) != nullptr) return one;
        const auto item = known.Find(*one);
        return item ? ColumnOf(items_[*item].column, one->span) : nullptr;
      });
    }
    std::unordered_set<ColumnId> used;
    CollectColumns(*sort.expr, used);
    for (const PlanColumn& column : plan_->columns) {
      covered &= used.count(column.id) == 0 || item_ids_.count(column.id) > 0;
    }
  }
  return covered;
}

PlanPtr SelectBinder::PlanDistinctOn(PlanPtr plan) {
  const DistinctOn& on = *select_.distinct_on;
  if (!sorts_.empty()) {
    binding_.Report(
        "UNSUPPORTED_FEATURE", on.span,
        "DISTINCT ON with ORDER BY is not supported: it gives any one of several rows",
        "put the SELECT into FROM ( ) and sort what it gives; or pick rows with QUALIFY "
        "row_number() OVER (PARTITION BY ... ORDER BY ...) = 1");
    return nullptr;
  }
  if (on.within_watermark && !binding_.options().allow_streams) {
    binding_.Report("UNSUPPORTED_FEATURE", on.span,
                    "WITHIN WATERMARK is for streams: where all rows are there, none is too late",
                    "leave WITHIN WATERMARK out");
    return nullptr;
  }
  DedupPlan dedup{std::move(plan), {}, on.within_watermark};
  std::vector<PlanColumn> keys;
  for (const Identifier& name : on.columns) {
    const auto at = std::find_if(items_.begin(), items_.end(), [&](const Item& item) {
      return LowerName(item.column.name) == LowerName(name.text);
    });
    if (at == items_.end()) {
      binding_.Report("UNRESOLVED_COLUMN.WITH_SUGGESTION", name.span,
                      "DISTINCT ON takes columns that the SELECT gives, and " +
                          QuoteName(name.text) + " is none of them",
                      "add it to the items");
      return nullptr;
    }
    keys.push_back(at->column);
    dedup.keys.push_back(at->column.id);
  }
  if (on.columns.empty()) {
    for (const PlanColumn& column : dedup.child->columns) {
      keys.push_back(column);
      dedup.keys.push_back(column.id);
    }
  }
  if (!CheckComparable(binding_, keys, "DISTINCT ON", on.span)) return nullptr;
  auto columns = dedup.child->columns;
  return MakePlan(std::move(columns), std::move(dedup));
}

PlanPtr SelectBinder::PlanSort() {
  const bool covered = MatchItems();
  std::vector<NamedExpr> exprs;
  for (const Item& item : items_) exprs.push_back({item.column, item.expr});
  if (select_.distinct && !covered) {
    binding_.Report("UNRESOLVED_COLUMN.WITH_SUGGESTION", ordered_->order_by[0].span,
                    "ORDER BY uses a column that SELECT DISTINCT does not give",
                    "add it to the items, or leave DISTINCT out");
    return nullptr;
  }
  std::vector<NamedExpr> shown = exprs;
  if (!covered) {
    std::unordered_set<ColumnId> used;
    for (const BoundSort& sort : sorts_) CollectColumns(*sort.expr, used);
    for (const PlanColumn& column : plan_->columns) {
      if (used.count(column.id) > 0 && item_ids_.count(column.id) == 0) {
        exprs.push_back(PassOn(column));
      }
    }
  }
  PlanPtr plan = MakeProject(std::move(plan_), std::move(exprs));
  if (select_.distinct) {
    auto columns = plan->columns;
    if (!CheckComparable(binding_, columns, "SELECT DISTINCT", select_.items[0].expr->span)) {
      return nullptr;
    }
    plan = MakePlan(std::move(columns), DistinctPlan{std::move(plan)});
  }
  if (select_.distinct_on) plan = PlanDistinctOn(std::move(plan));
  if (plan == nullptr) return nullptr;
  if (!sorts_.empty()) {
    auto columns = plan->columns;
    plan = MakePlan(std::move(columns), SortPlan{std::move(plan), sorts_});
  }
  if (covered) return plan;
  for (NamedExpr& one : shown) one = PassOn(one.column);
  return MakeProject(std::move(plan), std::move(shown));
}

}  // namespace weir::sql
