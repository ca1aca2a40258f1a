#pragma once

#include <functional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "weir/sql/plan.h"

// Building, comparing and rewriting bound expressions. Pure functions; nothing here reports
// mistakes.
namespace weir::sql {

BoundExprPtr MakeExpr(Span span, DataType type, bool nullable, decltype(BoundExpr::node) node);
BoundExprPtr ColumnOf(const PlanColumn& column, Span span);
BoundExprPtr LiteralOf(Value value, Span span);
// The function that fits these arguments as they are: nothing is cast. That there is one is up to
// the caller.
const Signature& FittingSignature(std::string_view name,
                                  const std::vector<BoundExprPtr>& arguments);
// A call of it.
BoundExprPtr MakeCall(std::string_view name, std::vector<BoundExprPtr> arguments);
// As CastTo, but always a cast where types differ: what a text writes as CAST is no literal.
BoundExprPtr ExplicitCast(BoundExprPtr expr, const DataType& type, CastMode mode, const Span& span);
// `expr` itself when it has that type but for nullability. Literals are converted at once where
// that cannot fail.
BoundExprPtr CastTo(BoundExprPtr expr, const DataType& type, CastMode mode = CastMode::kAnsi);

const BoundColumn* AsColumn(const BoundExpr& expr);  // Null when it is none.
const Value* AsLiteral(const BoundExpr& expr);       // Null when it is none.
// The constant that literals, casts of them, array(), map() and struct() of them and signs spell.
// `zone` is that of casts that were not put in one.
std::optional<Value> ConstantOf(const BoundExpr& expr, const TimeZone& zone = *UtcZone());

// Every direct child, lambda bodies and operands of sub-queries included, plans not.
void ForEachChild(const BoundExpr& expr, const std::function<void(const BoundExprPtr&)>& visit);
// The expression and all below it, those in plans of sub-queries included.
void ForEachExpr(const BoundExpr& expr, const std::function<void(const BoundExpr&)>& visit);
void ForEachExpr(const Plan& plan, const std::function<void(const BoundExpr&)>& visit);
// The plans directly below.
void ForEachChildPlan(const Plan& plan, const std::function<void(const PlanPtr&)>& visit);
// The expressions of this one node.
void ForEachOwnExpr(const Plan& plan, const std::function<void(const BoundExprPtr&)>& visit);

// All in it whose result depends on a time zone, put in this one; but what is in another already.
PlanPtr InZone(const PlanPtr& plan, const TimeZonePtr& zone);
BoundExprPtr InZone(const BoundExprPtr& expr, const TimeZonePtr& zone);

// A new expression in place of one; null: go on below it.
using Replacement = std::function<BoundExprPtr(const BoundExprPtr&)>;
// From the top down, also inside the plans of sub-queries. What does not change is shared.
BoundExprPtr Rewrite(const BoundExprPtr& expr, const Replacement& replace);
PlanPtr Rewrite(const PlanPtr& plan, const Replacement& replace);
// The same for plans: a new one in place of one, null: go on below it.
using PlanReplacement = std::function<PlanPtr(const PlanPtr&)>;
PlanPtr RewritePlans(const PlanPtr& plan, const PlanReplacement& replace);

// Same meaning: spans, nullability and names for messages aside. Sub-queries only when shared.
bool SameExpr(const BoundExpr& left, const BoundExpr& right);
size_t HashOf(const BoundExpr& expr);
bool IsDeterministic(const BoundExpr& expr);
bool IsSettled(const BoundExpr& expr);  // As IsSettled of the plans in it.
// Whether evaluating it may end the statement, as a division does. Sub-queries do not count: they
// are joins wherever they stand.
bool MayFail(const BoundExpr& expr);

// Expressions found again by what they mean.
class ExprMap {
 public:
  // The number given when an equal expression was added.
  std::optional<size_t> Find(const BoundExpr& expr) const;
  void Add(BoundExprPtr expr, size_t number);
  bool empty() const { return entries_.empty(); }

 private:
  std::unordered_multimap<size_t, std::pair<BoundExprPtr, size_t>> entries_;
};

// All column ids that expressions of `expr` or of plans in it refer to.
void CollectColumns(const BoundExpr& expr, std::unordered_set<ColumnId>& ids);
void CollectColumns(const Plan& plan, std::unordered_set<ColumnId>& ids);

// The columns of a table, numbered from 0.
std::vector<PlanColumn> NumberedColumns(const Schema& schema);
PlanPtr MakePlan(std::vector<PlanColumn> columns, decltype(Plan::node) node);
// Columns of `child`, and one row more or less: filters, sorts, limits.
PlanPtr MakeFilter(PlanPtr child, BoundExprPtr condition);
PlanPtr MakeProject(PlanPtr child, std::vector<NamedExpr> exprs);

}  // namespace weir::sql
