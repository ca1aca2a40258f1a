#pragma once

#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "weir/sql/binder.h"
#include "weir/sql/bound_exprs.h"
#include "weir/sql/scope.h"

// What the binders of queries, FROM clauses and expressions share. Internal to the binder.
namespace weir::sql {

// A mistake was reported where a pointer is null: what stands on it is left alone.

struct CteDefinition {
  CteId id = 0;
  PlanPtr plan;            // Null: it could not be bound.
  bool recursive = false;  // The last column is the level, which no name means.
};
// The CTEs of one WITH; look-ups go on outwards.
struct CteFrame {
  const CteFrame* outer = nullptr;
  std::unordered_map<std::string, CteDefinition> ctes;

  const CteDefinition* Find(const std::string& lower_name) const;
};

// What is in force around a query.
struct Surroundings {
  NameResolver* names = nullptr;
  const Scope* outer = nullptr;    // Of the query around a sub-query; may be null.
  const CteFrame* ctes = nullptr;  // May be null.
  size_t views = 0;                // Views that this text stands in.
  // Of the expression that a sub-query stands in: whose aggregates it may ask for. May be null.
  const struct ExprContext* outer_context = nullptr;
};

// One statement while it is bound. Not thread-safe.
class Binding {
 public:
  explicit Binding(const BindOptions& options) : options_(options), zone_(options.zone) {}

  const BindOptions& options() const { return options_; }
  // That of the text which is bound: a view has its own.
  const TimeZonePtr& zone() const { return zone_; }
  void SetZone(TimeZonePtr zone) { zone_ = std::move(zone); }
  ColumnId NewColumn() { return next_column_++; }
  CteId NewCte() { return next_cte_++; }
  // Later ids than any in `plan`.
  void StartAfter(const Plan& plan);
  void Report(std::string condition, const Span& span, std::string message, std::string hint = {});
  void Report(Diagnostic diagnostic);
  Diagnostics& diagnostics() { return diagnostics_; }

  // The text that a name gave to columns without alias: "a" for t.a, "s.f" for s.f within.
  std::unordered_map<const Expr*, std::string> name_texts;
  // Of + - * with dates, timestamps or intervals, whose text depends on what they are.
  std::unordered_map<const Expr*, std::pair<TypeId, TypeId>> temporal_operands;
  // Names of outer columns that a sub-query refers to, which are part of its text.
  std::unordered_map<const Query*, std::vector<std::string>> outer_names;
  // Trees that the binder itself made: what is noted about expressions points into them.
  std::vector<std::shared_ptr<const void>> made;
  // Calls of users' functions: the function's full name, and the arguments in the order of its
  // parameters.
  struct RoutineText {
    std::string name;
    std::vector<const Expr*> arguments;
  };
  std::unordered_map<const Expr*, RoutineText> routine_texts;
  // Plans of sub-queries by their text: the same text over the same columns is the same plan, so
  // that GROUP BY (SELECT ...) and SELECT (SELECT ...) are seen to mean the same.
  struct SubqueryPlan {
    std::vector<std::shared_ptr<const ScopeRelation>> scopes;  // In sight, nulls between levels.
    std::vector<bool> nullable;                                // Of each.
    std::vector<std::pair<std::string, CteId>> ctes;           // In sight.
    const NameResolver* names = nullptr;
    TimeZonePtr zone;  // That it was bound in.
    PlanPtr plan;
  };
  std::unordered_multimap<std::string, SubqueryPlan> subqueries;
  // Calls of users' functions whose values hold queries.
  struct RoutineCall {
    std::string routine;
    std::vector<BoundExprPtr> arguments;
    BoundExprPtr value;
    TimeZonePtr zone;  // That it was bound in.
  };
  std::vector<RoutineCall> routine_calls;
  // CHAR columns that were read or named, with their lengths (declared_strings.h).
  std::unordered_map<ColumnId, int64_t> char_lengths;
  // Of the SELECT whose items are being named.
  std::unordered_map<std::string, const WindowSpec*> named_windows;

 private:
  const BindOptions& options_;
  TimeZonePtr zone_;
  ColumnId next_column_ = 0;
  CteId next_cte_ = 0;
  Diagnostics diagnostics_;
};

// The plan in the session's time zone.
PlanPtr InForce(PlanPtr plan, const BindOptions& options);
// The moment that a TIMESTAMP literal means; nothing for other literals, and where it names a zone
// that there is not.
std::optional<Value> MomentOf(const LiteralExpr& literal, const Binding& binding);

struct BoundFrom {
  PlanPtr plan;  // Null: it could not be bound.
  Scope scope;
};
// Of what could not be bound: any name may be in it.
inline BoundFrom FailedFrom() {
  BoundFrom from;
  from.scope.unknown = true;
  return from;
}
BoundFrom BindFrom(Binding& binding, const FromItem& item, const Surroundings& around);
// Null when it could not be bound.
PlanPtr BindQueryPlan(Binding& binding, const Query& query, const Surroundings& around);
// A SELECT with the ORDER BY of the query that it is the body of.
PlanPtr BindSelect(Binding& binding, const Select& select, const Query* ordered,
                   const Surroundings& around);
// The same where FROM is bound already; `select` has none.
PlanPtr BindSelectOver(Binding& binding, const Select& select, const Query* ordered,
                       const BoundFrom& from, const Surroundings& around);
// All columns that * stands for, in the order of `ordered`.
PlanPtr BindAllOver(Binding& binding, const Query* ordered, const BoundFrom& from,
                    const Surroundings& around);
// LIMIT and OFFSET of a query over `plan`; null: reported.
PlanPtr BindLimits(Binding& binding, const Query& query, PlanPtr plan, const Surroundings& around);
// The number that LIMIT and such take; nothing: reported.
std::optional<int64_t> BindRowCount(Binding& binding, const Expr& expr, std::string_view what,
                                    const Surroundings& around);
// A set operation whose left side is bound.
PlanPtr BindCombination(Binding& binding, const Query& query, PlanPtr left,
                        const Surroundings& around);
// Whether WITH RECURSIVE defines this one in terms of itself.
bool RefersToItself(const Cte& cte);
// Its plan, bound in a frame of its own within `around`; its last column is the level.
CteDefinition BindRecursiveCte(Binding& binding, const Cte& cte, const Surroundings& around);
// The same, ending after that many levels.
PlanPtr StoppedAt(const PlanPtr& recursion, int64_t levels);
// The columns of `plan` that a scope had before keep their qualifiers.
Scope Requalified(const Scope& before, const Plan& plan);
// Reports columns whose values can't be compared, as `operation` has to; false then.
bool CheckComparable(Binding& binding, const std::vector<PlanColumn>& columns,
                     std::string_view operation, const Span& span);
PlanPtr BindValues(Binding& binding, const std::vector<std::vector<ExprPtr>>& rows,
                   const Span& span, const Surroundings& around);
// Calls like range(10) and explode(array(1, 2)) in FROM, which the binder knows itself; nothing
// for others.
std::optional<BoundFrom> BindKnownTableFunction(Binding& binding, const FromItem& item,
                                                const FunctionFrom& call,
                                                const Surroundings& around);
// Columns dropped where nothing above needs them; CTEs used once put in place; conditions with what
// their ORs share in front. The plan gives the same rows.
PlanPtr Simplify(const PlanPtr& plan);
// A condition with what all branches of an OR in it ask for taken out of that OR:
// (a AND b) OR (a AND c) becomes a AND (b OR c), so that an engine finds what to join by and what
// to skip files by. TRUE, FALSE and NULL stay what they were. Only what cannot fail and gives the
// same whenever it is evaluated is taken out; where something that is left may fail, the OR stays
// whole behind it, since its parts may guard each other.
BoundExprPtr WithSharedParts(const BoundExprPtr& condition);

// Sorted by where in the text they are; of equal ones the first.
Diagnostics InTextOrder(Diagnostics diagnostics);
// One row without columns.
PlanPtr OneRow();
// The plan's columns with fresh ids under other names.
PlanPtr Renamed(Binding& binding, const PlanPtr& plan, const std::vector<Identifier>& names);
// "`a`, `b`"
std::string JoinNames(const std::vector<std::string>& names);
std::string DidYouMean(const std::vector<std::string>& names);
// Those of `names` that are near to `name`, best first, quoted.
std::vector<std::string> Nearest(const std::string& name, const std::vector<std::string>& names);

}  // namespace weir::sql
