#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "weir/sql/binding.h"
#include "weir/sql/functions.h"

// Expressions of the text to bound ones. Internal to the binder.
namespace weir::sql {

enum class Clause {
  kSelect,
  kWhere,
  kJoin,
  kGroupBy,
  kHaving,
  kQualify,
  kOrderBy,
  kValues,
  kConstant,  // LIMIT, arguments of table functions, versions.
  kGenerator,
  kExpectation,
  kRoutine,  // The body of a function.
};
std::string_view ClauseName(Clause clause);

// Aggregates, or windows, that expressions ask for and a plan below them computes; equal ones once.
class ComputedList {
 public:
  // A reference to the column that holds it.
  BoundExprPtr Add(Binding& binding, BoundExprPtr expr, const std::string& name);
  std::vector<NamedExpr>& exprs() { return exprs_; }
  const std::vector<NamedExpr>& exprs() const { return exprs_; }

 private:
  std::vector<NamedExpr> exprs_;
  ExprMap index_;
};

// What a name stands for besides the columns of the scope: nothing: not known here; null: it could
// not be bound.
using NameHook = std::function<std::optional<BoundExprPtr>(const std::string& lower_name)>;

struct ExprContext {
  Clause clause = Clause::kSelect;
  const Scope* scope = nullptr;
  const Surroundings* around = nullptr;
  ComputedList* aggregates = nullptr;  // Null: none allowed here.
  ComputedList* windows = nullptr;     // Null: none allowed here.
  const NameHook* before = nullptr;    // Asked before the scope, but not inside aggregates.
  const NameHook* after = nullptr;     // Asked after the scope, before outer ones.
  const std::vector<std::pair<Identifier, WindowSpec>>* named_windows = nullptr;
  std::function<BoundExprPtr(const CallExpr&, const Span&)> grouping;  // grouping(), grouping_id().
  const PlanColumn* time_window = nullptr;  // What window(...) stands for. May be null.
};

// int(x), string(x), ...: the type that a call of that name casts to.
std::optional<DataType> CastFunctionType(const std::string& lower_name);

class ExpressionBinder {
 public:
  ExpressionBinder(Binding& binding, ExprContext context)
      : binding_(binding), context_(std::move(context)) {}

  BoundExprPtr Bind(const Expr& expr);
  // As BOOLEAN; else `condition` is reported.
  BoundExprPtr BindCondition(const Expr& expr, const std::string& condition);
  // The columns that a star stands for, those of EXCEPT left out; nothing: reported.
  std::optional<std::vector<std::pair<std::string, BoundExprPtr>>> BindStar(const StarExpr& star,
                                                                            const Span& span);
  // Arguments of a generator or table function, stars put in.
  std::optional<std::vector<BoundExprPtr>> BindArguments(const std::vector<Argument>& arguments,
                                                         std::string_view function,
                                                         const Span& span);
  // A scalar function or operator over bound arguments, each cast as it takes them.
  BoundExprPtr Call(std::string_view name, std::vector<BoundExprPtr> arguments, const Span& span);
  // Of any kind; null: reported.
  const Signature* FindSignature(std::string_view name, std::vector<BoundExprPtr>& arguments,
                                 const Span& span, bool distinct = false);
  // Casts both to what they have in common; false: nothing, reported.
  bool Unify(std::vector<BoundExprPtr*> exprs, const Span& span, std::string_view what);
  BoundExprPtr ExtractField(BoundExprPtr base, const Identifier& field, const Span& span);
  // One value for each parameter of a user's function; nothing: reported.
  std::optional<std::vector<BoundExprPtr>> BindRoutineArguments(
      const ResolvedRoutine& routine, const std::vector<Argument>& arguments, const Span& span);

 private:
  struct Lambda {
    std::string name;  // Lower case.
    PlanColumn column;
  };

  BoundExprPtr BindNode(const Expr& expr);
  BoundExprPtr BindNode(const LiteralExpr& node, const Expr& expr);
  BoundExprPtr BindNode(const NameExpr& node, const Expr& expr);
  BoundExprPtr BindNode(const StarExpr& node, const Expr& expr);
  BoundExprPtr BindNode(const UnaryExpr& node, const Expr& expr);
  BoundExprPtr BindNode(const BinaryExpr& node, const Expr& expr);
  BoundExprPtr BindNode(const BetweenExpr& node, const Expr& expr);
  BoundExprPtr BindNode(const InListExpr& node, const Expr& expr);
  BoundExprPtr BindNode(const InQueryExpr& node, const Expr& expr);
  BoundExprPtr BindNode(const LikeExpr& node, const Expr& expr);
  BoundExprPtr BindNode(const IsExpr& node, const Expr& expr);
  BoundExprPtr BindNode(const IsDistinctExpr& node, const Expr& expr);
  BoundExprPtr BindNode(const CaseExpr& node, const Expr& expr);
  BoundExprPtr BindNode(const CastExpr& node, const Expr& expr);
  BoundExprPtr BindNode(const CallExpr& node, const Expr& expr);
  BoundExprPtr BindNode(const LambdaExpr& node, const Expr& expr);
  BoundExprPtr BindNode(const SubqueryExpr& node, const Expr& expr);
  BoundExprPtr BindNode(const ExistsExpr& node, const Expr& expr);
  BoundExprPtr BindNode(const IndexExpr& node, const Expr& expr);
  BoundExprPtr BindNode(const FieldExpr& node, const Expr& expr);
  BoundExprPtr BindNode(const IntervalExpr& node, const Expr& expr);
  BoundExprPtr BindNode(const ParameterExpr& node, const Expr& expr);

  BoundExprPtr Convert(BoundExprPtr operand, const DataType& type, CastMode mode, const Span& span);
  BoundExprPtr Negate(BoundExprPtr expr, bool negated, const Span& span);
  // name_binder.cc
  BoundExprPtr Fields(BoundExprPtr base, const Name& name, size_t from, const Expr& expr);
  BoundExprPtr FieldOfEach(BoundExprPtr array, const Identifier& field, const Span& span);
  const PlanColumn* FindLambda(const std::string& lower_name) const;
  bool FindInHook(const NameHook* hook, const Name& name, const std::vector<std::string>& parts,
                  const Expr& expr, BoundExprPtr& result);
  bool FindInScope(const Scope& scope, const Name& name, const std::vector<std::string>& parts,
                   const Expr& expr, BoundExprPtr& result);
  bool FindOutside(const Name& name, const std::vector<std::string>& parts, const Expr& expr,
                   BoundExprPtr& result);
  bool FindVariable(const Name& name, const Expr& expr, BoundExprPtr& result);
  void ReportUnresolved(const Name& name, const Expr& expr);
  // call_binder.cc
  BoundExprPtr BindStruct(const CallExpr& call, const Span& span);
  BoundExprPtr BindCastCall(const std::string& name, const CallExpr& call, const Span& span);
  BoundExprPtr BindCurrentTime(const CallExpr& call, const Span& span);
  BoundExprPtr BindTypeOf(const CallExpr& call, const Span& span);
  // named_call_binder.cc
  BoundExprPtr BindNamedCall(const std::string& name, const CallExpr& call, const Span& span);
  BoundExprPtr BindRoutineCall(const ResolvedRoutine& routine, const CallExpr& call,
                               const Expr& expr);
  BoundExprPtr BindScalar(const std::string& name, const CallExpr& call, const Span& span);
  BoundExprPtr BindHigherOrder(const std::string& name, const CallExpr& call, const Span& span);
  BoundExprPtr BindLambda(const LambdaExpr& lambda, const std::vector<Field>& parameters,
                          const Span& span);
  BoundExprPtr BindFolded(const std::string& name, const CallExpr& call, const Span& span,
                          bool& known);
  BoundExprPtr Finish(const Signature* signature, std::vector<BoundExprPtr> arguments,
                      const Span& span);
  const Signature* FindSignature(std::string_view name, std::vector<ArgumentShape>& shapes,
                                 const Span& span, bool distinct);
  // aggregate_binder.cc
  BoundExprPtr BindAggregate(const std::string& name, const CallExpr& call, const Span& span);
  bool IsOuterAggregate(const CallExpr& call) const;
  BoundExprPtr BindOuterAggregate(const std::string& name, const CallExpr& call, const Span& span);
  bool CheckAggregateAllowed(const std::string& name, const Span& span);
  // window_binder.cc
  BoundExprPtr BindWindow(const std::string& name, const CallExpr& call, const Span& span);
  bool BindWindowSpec(const WindowSpec& spec, BoundWindow& window, const Span& span);
  bool BindFrame(const WindowFrame& frame, BoundWindow& window, const Span& span);
  bool BindFrameBound(const FrameBound& bound, const BoundWindow& window, BoundFrameBound& result,
                      const Span& span);
  const WindowSpec* FindWindow(const Identifier& name);
  // For both: arguments, IGNORE NULLS and ORDER BY as one call of the function.
  struct AggregateCall {
    std::string function;  // As the table names it.
    std::vector<BoundExprPtr> arguments;
    BoundExprPtr filter;
    std::vector<BoundSort> order_by;
    bool ignore_nulls = false;
  };
  std::optional<AggregateCall> BindAggregateCall(const std::string& name, const CallExpr& call,
                                                 const Span& span);
  bool BindSorts(const std::vector<SortItem>& items, std::vector<BoundSort>& sorts);
  bool CheckWithinGroup(const std::string& name, const CallExpr& call, const Span& span);
  static void TakeOrder(AggregateCall& bound);
  // subquery_binder.cc
  void NoteOuterNames(const Query& query, const Plan& plan);
  PlanPtr BindSubplan(const Query& query);

  Binding& binding_;
  ExprContext context_;
  std::vector<Lambda> lambdas_;
  bool inside_aggregate_ = false;
  bool inside_window_ = false;
};

// first, last, any_value ...: whose second argument may say whether NULLs count.
bool TakesNullsFlag(const std::string& name);
// The number where an expression is a bare integer: ORDER BY 2.
std::optional<int64_t> OrdinalOf(const Expr& expr);
// Reports IN and EXISTS with a sub-query, which filter and cannot order.
bool CheckSortable(Binding& binding, const Expr& expr);
// Types as a message shows them: "INT", "STRING".
std::string QuotedType(const DataType& type);
// The span's text cut to one line, for messages.
std::string QuotedText(const Span& span);

}  // namespace weir::sql
