#pragma once

#include <optional>
#include <string>
#include <vector>

#include "weir/sql/binding.h"
#include "weir/sql/change_binder.h"
#include "weir/sql/expression_binder.h"

// What the binders of DELETE, UPDATE and MERGE share. Internal to the binder.
namespace weir::sql {

// The target while its change is bound: a scan that also tells where each row stands.
class ChangedTable {
 public:
  ChangedTable(Binding& binding, const ChangeTarget& target, const std::optional<Identifier>& alias,
               const Surroundings& around);

  const Schema& schema() const { return schema_; }
  const PlanPtr& scan() const { return scan_; }  // columns(), file(), row()
  const Scope& scope() const { return scope_; }
  const std::vector<PlanColumn>& columns() const { return columns_; }
  // As they stand in the files, whose statistics tell of them: columns() has CHAR filled up.
  const std::vector<PlanColumn>& stored_columns() const { return stored_columns_; }
  const PlanColumn& file() const { return file_; }
  const PlanColumn& row() const { return row_; }

  // A condition or value over `scope`; null: reported.
  BoundExprPtr BindCondition(const Expr& expr, const Scope& scope);
  BoundExprPtr BindValue(const Expr& expr, const Scope& scope);
  // Calls, null-safe: "and", "isnotnull", "<=>".
  BoundExprPtr Call(std::string_view name, std::vector<BoundExprPtr> arguments);
  BoundExprPtr AggregateCall(std::string_view name, std::vector<BoundExprPtr> arguments);

  // The table takes in what these columns have more (see Evolution).
  void Evolve(const Schema& given);

  // The values that SET gives the columns, by position; null where it gives none, or leaves the
  // column to the table. Names of columns are looked up in the target, values in `scope`.
  // `inserts`: they are of a new row. Nothing: reported.
  std::optional<std::vector<BoundExprPtr>> BindSet(const std::vector<Assignment>& set,
                                                   const Scope& scope, bool inserts);
  // Whether a statement may say what the column holds; else that is reported.
  bool MayGive(size_t column, const Span& span, bool inserts);
  // `value` as the column stores it; null: reported. `before`: see FitByName.
  BoundExprPtr Stored(BoundExprPtr value, size_t column, const Span& span,
                      const BoundExprPtr& before = nullptr);
  // What the table gives a column that is left out; null: reported.
  BoundExprPtr Default(size_t column);
  // `rows`, whose `columns` are the table's as they will be, with the generated ones computed where
  // `when` of their position is TRUE (null: never). Null: reported.
  PlanPtr WithGenerated(PlanPtr rows, std::vector<PlanColumn>& columns,
                        const std::vector<BoundExprPtr>& when);
  // What the column holds before the change; NULL where the change adds it.
  BoundExprPtr Before(size_t column) const;
  // The rows of the table as they are before the change, with the columns it has afterwards.
  PlanPtr Kept();
  // The rows of `changed` twice: with `after()` FALSE and TRUE, for what they were and what they
  // become.
  PlanPtr BeforeAndAfter(PlanPtr changed);
  const PlanColumn& after() const { return after_; }
  // `values` and `type`, the rows of a change feed.
  std::vector<NamedExpr> FeedOf(const std::vector<BoundExprPtr>& values, BoundExprPtr type);
  // `values` under the names of the table.
  std::vector<NamedExpr> Named(const std::vector<BoundExprPtr>& values);

 private:
  ExpressionBinder BinderOver(const Scope& scope, Clause clause);
  BoundExprPtr BindAssigned(const Expr& value, size_t column, const Scope& scope);
  BoundExprPtr WithField(BoundExprPtr base, const std::vector<Identifier>& path, size_t from,
                         const Expr& value, const Scope& scope);

  Binding& binding_;
  Surroundings around_;
  std::optional<Evolution> evolution_;
  Schema schema_;
  std::vector<PlanColumn> stored_columns_;
  std::vector<PlanColumn> columns_;
  PlanColumn file_, row_, after_;
  PlanPtr scan_;
  Scope scope_;
};

// What _change_type says (delta/change_feed.h).
BoundExprPtr ChangeType(const char* type);
// `yes` where `condition` is TRUE, else `no`.
BoundExprPtr If(BoundExprPtr condition, BoundExprPtr yes, BoundExprPtr no);

// The rows of `child` for which `condition` is FALSE are counted under `name`, and stay unless they
// are dropped.
BoundExpectation Counted(const char* name, BoundExprPtr condition, bool dropped);
// Whether no function of chance is in it; else reports that.
bool CheckPicksByRule(Binding& binding, const BoundExpr& expr, const Span& span);

}  // namespace weir::sql
