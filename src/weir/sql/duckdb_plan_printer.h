#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "weir/sql/bound_exprs.h"
#include "weir/sql/duckdb_block.h"

namespace weir::sql {

// One plan to DuckDB text. Used once.
class DuckdbPlanPrinter {
 public:
  explicit DuckdbPlanPrinter(const std::function<std::string(InputId)>& scan) : scan_(scan) {}
  std::string Print(const Plan& plan);

 private:
  // duckdb_plan_printer.cc
  std::string Statement(const Plan& plan);
  SelectBlock Block(const Plan& plan);
  SelectBlock Block(const ScanPlan& scan, const Plan& plan);
  SelectBlock Block(const ValuesPlan& values, const Plan& plan);
  SelectBlock Block(const ProjectPlan& project, const Plan& plan);
  SelectBlock Block(const FilterPlan& filter, const Plan& plan);
  SelectBlock Block(const AggregatePlan& aggregate, const Plan& plan);
  SelectBlock Block(const WindowPlan& window, const Plan& plan);
  SelectBlock Block(const JoinPlan& join, const Plan& plan);
  SelectBlock Block(const SetPlan& set, const Plan& plan);
  SelectBlock Block(const SortPlan& sort, const Plan& plan);
  SelectBlock Block(const LimitPlan& limit, const Plan& plan);
  SelectBlock Block(const DistinctPlan& distinct, const Plan& plan);
  SelectBlock Block(const DedupPlan& dedup, const Plan& plan);
  SelectBlock Block(const WatermarkPlan& watermark, const Plan&) { return Block(*watermark.child); }
  SelectBlock Block(const SamplePlan& sample, const Plan& plan);
  SelectBlock Block(const GeneratePlan& generate, const Plan& plan);
  SelectBlock Block(const CtePlan& cte, const Plan& plan);
  SelectBlock Block(const CteRefPlan& ref, const Plan& plan);
  SelectBlock Block(const ExpectPlan& expect, const Plan& plan);
  SelectBlock RangeBlock(const GeneratePlan& generate);
  std::string Close(const SelectBlock& block, const std::vector<ColumnId>& columns,
                    const std::vector<ColumnId>& names, bool distinct = false);
  std::string Close(const SelectBlock& block, const std::vector<PlanColumn>& columns);
  std::string Tail(const SelectBlock& block) const;
  void Wrap(SelectBlock& block, const std::vector<PlanColumn>& columns);
  // Makes `block` one whose columns `exprs` may use as they are: computed ones become columns.
  void Settle(SelectBlock& block, const std::vector<PlanColumn>& columns,
              const std::vector<const BoundExpr*>& exprs);
  bool UsesComputed(const SelectBlock& block, const std::vector<const BoundExpr*>& exprs) const;
  SelectBlock MakeStatement(std::string text, const std::vector<PlanColumn>& columns);
  void JoinSide(SelectBlock& block, const std::vector<PlanColumn>& columns, bool right);

  // duckdb_expr_printer.cc: in terms of `block`.
  std::string Expr(const BoundExpr& expr);
  std::string Node(const BoundLiteral& node, const BoundExpr& expr);
  std::string Node(const BoundColumn& node, const BoundExpr& expr);
  std::string Node(const BoundCall& node, const BoundExpr& expr);
  std::string Node(const BoundCast& node, const BoundExpr& expr);
  std::string Node(const BoundCase& node, const BoundExpr& expr);
  std::string Node(const BoundLambda& node, const BoundExpr& expr);
  std::string Node(const BoundField& node, const BoundExpr& expr);
  std::string Node(const BoundSubquery& node, const BoundExpr& expr);
  std::string Node(const BoundAggregate& node, const BoundExpr& expr);
  std::string Node(const BoundWindow& node, const BoundExpr& expr);
  std::vector<std::string> Texts(const std::vector<BoundExprPtr>& exprs);
  std::string Sorts(const std::vector<BoundSort>& sorts);
  std::string LocalDistance(const std::string& offset, const BoundFrameBound& bound,
                            const BoundWindow& window);
  std::string FrameBound(const BoundFrameBound& bound, const BoundWindow& window);
  std::string Filter(const Signature& signature, const std::vector<std::string>& arguments,
                     const BoundExprPtr& filter);
  // The parts of a condition that AND joins, where NULL counts as false.
  void AddConditions(const BoundExprPtr& condition, std::vector<std::string>& where);
  std::string Condition(const BoundExpr& condition, bool negated);
  // duckdb_logic_printer.cc
  std::string Logic(const BoundExpr& expr, bool is_and);
  std::optional<std::string> GuardedIn(const BoundCall& in);
  std::optional<std::string> GuardedCoalesce(const BoundCall& coalesce);
  std::string JoinCondition(const BoundExpr& condition);
  std::string InQuery(const BoundSubquery& node);
  std::string ExprIn(const BoundExpr& expr, const SelectBlock& block);

  std::string NewAlias() { return "t" + std::to_string(next_alias_++); }

  const std::function<std::string(InputId)>& scan_;
  // Blocks whose columns expressions may name, the innermost last.
  std::vector<const ColumnTexts*> visible_;
  std::unordered_set<ColumnId> lambda_columns_;
  bool RefersToOpen(const Plan& plan) const;

  std::vector<std::string> with_;
  bool recursive_ = false;             // One of these refers to itself.
  std::unordered_set<CteId> open_;     // Recursive ones that are being printed.
  std::map<CteId, PlanPtr> repeated_;  // CTEs that refer to what is around them: no WITH for them.
  std::map<CteId, std::vector<PlanColumn>> ctes_;
  size_t next_alias_ = 1;
  size_t next_expect_ = 0;
};

}  // namespace weir::sql
