#include "weir/sql/refresh_issues.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "weir/sql/binder_signatures.h"
#include "weir/sql/bound_exprs.h"
#include "weir/sql/clocks.h"
#include "weir/sql/functions.h"
#include "weir/sql/key_restriction.h"

namespace weir::sql {
namespace {

class IssueFinder {
 public:
  std::vector<IncrementalIssue> Find(const Plan& query,
                                     const std::vector<BoundExpectation>& expectations) {
    Look(query);
    for (const BoundExpectation& one : expectations) {
      if (IsDeterministic(*one.condition) && !HasQuery(*one.condition)) continue;
      Add("EXPECTATIONS_NOT_SUPPORTED", "the condition of the expectation " + one.name +
                                            " has a sub-query, or gives something else each time");
    }
    return std::move(issues_);
  }

 private:
  void Add(const std::string& name, std::string message) {
    IncrementalIssue issue{name, std::move(message)};
    if (std::find(issues_.begin(), issues_.end(), issue) == issues_.end()) {
      issues_.push_back(std::move(issue));
    }
  }
  void Refuse(std::string message) { Add("OPERATOR_NOT_SUPPORTED", std::move(message)); }

  static bool HasQuery(const BoundExpr& expr) {
    bool found = false;
    ForEachExpr(expr, [&](const BoundExpr& one) {
      found = found || std::holds_alternative<BoundSubquery>(one.node);
    });
    return found;
  }

  void Look(const Plan& plan) {
    ForEachChildPlan(plan, [&](const PlanPtr& child) { Look(*child); });
    const bool filters = std::holds_alternative<FilterPlan>(plan.node);
    ForEachOwnExpr(plan, [&](const BoundExprPtr& expr) { LookAt(*expr, filters); });
    std::visit([&](const auto& node) { LookAt(node, plan); }, plan.node);
  }

  // Which rows a filter leaves out by its clocks can be told for two moments.
  void LookAt(const BoundExpr& expr, bool filters) {
    if (filters && IsClockCall(expr)) return;
    if (const auto* query = std::get_if<BoundSubquery>(&expr.node)) {
      Add("SUBQUERY_EXPRESSION", "it has a sub-query in an expression that can't be made a join");
      for (const BoundExprPtr& operand : query->operands) LookAt(*operand, filters);
      return;
    }
    const Signature* signature = nullptr;
    if (const auto* call = std::get_if<BoundCall>(&expr.node)) signature = call->signature;
    if (const auto* call = std::get_if<BoundAggregate>(&expr.node)) signature = call->signature;
    if (const auto* call = std::get_if<BoundWindow>(&expr.node)) signature = call->signature;
    if (signature != nullptr) LookAt(*signature);
    ForEachChild(expr, [&](const BoundExprPtr& child) { LookAt(*child, filters); });
  }

  void LookAt(const Signature& signature) {
    if (signature.deterministic) return;
    if (&signature == &StatementConstant()) {
      Add("TIME_FUNCTION",
          "it asks for the user of the refresh, or for its time in a column or in the condition of "
          "a "
          "join or a correlated sub-query");
      return;
    }
    Add("NON_DETERMINISTIC_EXPRESSION",
        std::string(signature.name) + "() gives something else each time");
  }

  void LookAt(const ScanPlan& scan, const Plan& plan) {
    for (const PlanColumn& column : plan.columns) {
      if (!column.name.starts_with('\x01')) continue;
      Refuse("it reads _metadata of the rows of " + scan.name);
    }
  }
  void LookAt(const WindowPlan& window, const Plan&) {
    if (CommonPartitions(window).empty()) {
      Add("WINDOW_FUNCTION_WITHOUT_PARTITION_BY",
          "its window functions have no PARTITION BY expression in common");
    }
  }
  void LookAt(const JoinPlan& join, const Plan&) {
    if (join.lateral) Refuse("it has a LATERAL join");
  }
  void LookAt(const LimitPlan&, const Plan&) { Refuse("LIMIT takes some rows of several"); }
  void LookAt(const DedupPlan&, const Plan&) { Refuse("DISTINCT ON takes some rows of several"); }
  void LookAt(const SamplePlan&, const Plan&) {
    Add("NON_DETERMINISTIC_EXPRESSION", "TABLESAMPLE takes other rows each time");
  }
  void LookAt(const GeneratePlan& generate, const Plan&) { LookAt(*generate.signature); }
  void LookAt(const CtePlan&, const Plan&) { Refuse("it has a recursive CTE"); }
  void LookAt(const auto&, const Plan&) {}

  std::vector<IncrementalIssue> issues_;
};

}  // namespace

std::vector<IncrementalIssue> IssuesOf(const Plan& query,
                                       const std::vector<BoundExpectation>& expectations) {
  return IssueFinder().Find(query, expectations);
}

}  // namespace weir::sql
