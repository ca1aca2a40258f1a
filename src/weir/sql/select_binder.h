#pragma once

#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "weir/sql/expression_binder.h"
#include "weir/sql/time_window_binder.h"

namespace weir::sql {

// The generator that a call names, with "_outer" taken off, cast arguments; null: reported.
struct BoundGenerator {
  const Signature* signature = nullptr;
  std::vector<BoundExprPtr> arguments;
  bool outer = false;
  std::vector<PlanColumn> columns = {};  // What it gives, where an item of SELECT is bound.
};

// One SELECT with the ORDER BY that belongs to it. Everything is bound first, so that all mistakes
// are found and all aggregates and windows are known; then the plan is put together:
// FROM, WHERE, aggregates, HAVING, generator, windows and QUALIFY, items, DISTINCT, ORDER BY.
class SelectBinder {
 public:
  // `from`: bound already, where `select` has none; may be null.
  SelectBinder(Binding& binding, const Select& select, const Query* ordered,
               const Surroundings& around, const BoundFrom* from = nullptr);
  PlanPtr Bind();  // Null: reported.

 private:
  struct Item {
    BoundExprPtr expr;  // Null: could not be bound.
    PlanColumn column;
    const Expr* text = nullptr;
    bool aliased = false;
    bool computed = false;  // Its id is its own, not that of a column below.
    size_t level = 0;
  };

  // select_binder.cc
  void BindFromAndWhere();
  void BindItems();
  void BindItem(const SelectItem& item);
  bool IsOwn(ColumnId id) const;
  void AddItem(BoundExprPtr expr, std::string name, const Expr* text, bool aliased);
  void BindGenerator(const SelectItem& item, const CallExpr& call, const std::string& name);
  void AddFailed(const SelectItem& item);
  void BindHaving();
  void BindQualify();
  void BindOrder();
  void BindSortItem(const SortItem& sort, const NameHook& hook);
  bool IsWritten(const Expr& expr) const;
  void AddSort(BoundExprPtr expr, const SortItem& sort);
  ExprContext Context(Clause clause);
  std::optional<BoundExprPtr> FindAlias(const std::string& lower_name);
  std::optional<BoundExprPtr> FindOutput(const std::string& lower_name);
  std::optional<BoundExprPtr> FindForHaving(const std::string& lower_name);
  std::vector<size_t> ItemsNamed(const std::string& lower_name) const;
  bool InScope(const std::string& lower_name) const;

  // group_binder.cc
  void BindGroupBy();
  void BindKeys(const std::vector<ExprPtr>& exprs, std::vector<size_t>& positions);
  BoundExprPtr BindKey(const Expr& expr);
  BoundExprPtr KeyAtPosition(int64_t position, const Span& span);
  void AddAllKeys();
  size_t AddKey(BoundExprPtr key);
  BoundExprPtr BindGrouping(const CallExpr& call, const Span& span);
  // Whether it is made of aggregates or windows, so that it cannot be a key.
  bool IsAboveGroups(const BoundExpr& expr) const;
  BoundExprPtr WithoutAliases(const BoundExprPtr& expr) const;
  bool SameKeys(const std::vector<BoundExprPtr>& exprs) const;
  void PlanAggregate();
  void MergeOwnSessions();
  BoundExprPtr Grouped(const BoundExprPtr& expr, Clause clause = Clause::kSelect);
  void GroupAll();

  // select_planner.cc
  PlanPtr Plan();
  size_t LevelOf(const BoundExpr& expr) const;
  void PlanLevels();
  void PlanGenerators();
  PlanPtr PlanSort();
  PlanPtr PlanDistinctOn(PlanPtr plan);
  bool MatchItems();

  Binding& binding_;
  const Select& select_;
  const Query* ordered_;
  Surroundings around_;
  const BoundFrom* from_;
  Scope scope_;
  PlanPtr plan_;
  bool failed_ = false;
  bool items_unknown_ = false;  // An item failed, and it is not known what columns it gives.
  TimeWindowBinder time_window_;
  std::vector<Item> items_;
  std::unordered_multimap<std::string, size_t> aliases_;
  std::unordered_set<ColumnId> item_ids_;
  std::unordered_map<ColumnId, PlanColumn> input_;  // Columns of FROM by id.
  ComputedList aggregates_;
  ComputedList windows_;
  std::vector<BoundExprPtr> keys_;
  std::vector<PlanColumn> key_columns_;
  ExprMap key_index_;
  std::unordered_set<ColumnId> key_ids_;  // Of keys that are plain columns.
  std::vector<std::vector<size_t>> sets_;
  bool grouping_sets_ = false;
  bool all_keys_ = false;
  std::vector<BoundGenerator> generators_;  // Each over the rows that the one before gives.
  BoundExprPtr having_;
  BoundExprPtr qualify_;
  std::vector<BoundSort> sorts_;
  std::unordered_map<ColumnId, size_t> levels_;  // Of computed items (+1) and windows.
  NameHook alias_hook_;
};

BoundGenerator BindGeneratorCall(ExpressionBinder& binder, const std::string& name,
                                 const std::vector<Argument>& arguments, const Span& span);
// The columns it gives, under these names or its own; nothing: their number is wrong, reported.
std::optional<std::vector<PlanColumn>> GeneratedColumns(Binding& binding,
                                                        const BoundGenerator& generator,
                                                        const std::vector<Identifier>& names,
                                                        const Span& span);

}  // namespace weir::sql
