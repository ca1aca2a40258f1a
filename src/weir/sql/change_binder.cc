#include "weir/sql/change_binder.h"

#include <string_view>
#include <utility>

#include "weir/sql/changed_table.h"
#include "weir/types/column_rules.h"

// DELETE and UPDATE.
namespace weir::sql {
namespace {

class ChangeBinder {
 public:
  ChangeBinder(const ChangeTarget& target, const std::optional<Identifier>& alias,
               NameResolver& names, const BindOptions& options)
      : binding_(options), table_(binding_, target, alias, AroundOf(names)) {}

  ChangeResult BindDelete(const Delete& statement) {
    BindPicked(statement.where);
    if (condition_ == nullptr) return Failed();
    std::vector<BoundExprPtr> before;
    for (size_t i = 0; i < table_.schema().size(); ++i) before.push_back(table_.Before(i));
    feed_ = MakeProject(PickedAlone(), table_.FeedOf(before, ChangeType("delete")));
    return Finish(Judged(), table_.columns(), kDeletedRows);
  }

  ChangeResult BindUpdate(const Update& statement) {
    const auto set = table_.BindSet(statement.set, table_.scope(), false);
    BindPicked(statement.where);
    if (condition_ == nullptr || !set) return Failed();
    PlanPtr judged = Judged();
    const BoundExprPtr picked = ColumnOf(flag_, {});
    std::vector<BoundExprPtr> values;
    std::vector<BoundExprPtr> changed;
    for (size_t i = 0; i < set->size(); ++i) {
      const BoundExprPtr before = table_.Before(i);
      const BoundExprPtr& after = (*set)[i];
      changed.push_back(after == nullptr ? before : after);
      if (after == nullptr) {
        values.push_back(before);
        continue;
      }
      values.push_back(MakeExpr(after->span, table_.schema()[i].type,
                                before->nullable || after->nullable,
                                BoundCase{{{picked, after}}, before}));
    }
    std::vector<NamedExpr> named = table_.Named(values);
    std::vector<PlanColumn> columns;
    for (const NamedExpr& one : named) columns.push_back(one.column);
    named.push_back({flag_, picked});
    // What is generated follows what it is generated from, unless it is set itself.
    PlanPtr rows = table_.WithGenerated(MakeProject(std::move(judged), std::move(named)), columns,
                                        Recomputed(*set, picked));
    if (rows == nullptr) return Failed();
    changed_ = Changed(changed, *set);
    feed_ = UpdateFeed(changed, *set);
    if (changed_ == nullptr || feed_ == nullptr) return Failed();
    return Finish(std::move(rows), std::move(columns), kUpdatedRows);
  }

 private:
  static Surroundings AroundOf(NameResolver& names) {
    Surroundings around;
    around.names = &names;
    return around;
  }

  void BindPicked(const ExprPtr& where) {
    condition_ = where == nullptr ? LiteralOf(Value::Boolean(true), {})
                                  : table_.BindCondition(*where, table_.scope());
  }

  // The picked rows; where the condition is not settled all of those that are given.
  PlanPtr PickedAlone() const {
    return IsSettled(*condition_) ? MakeFilter(table_.scan(), condition_) : table_.scan();
  }

  // The rows with `flag_`, which is whether the row is picked and never NULL.
  PlanPtr Judged() {
    flag_ = {binding_.NewColumn(), "picked", TypeId::kBoolean, false};
    std::vector<NamedExpr> exprs = {
        {flag_, table_.Call("<=>", {condition_, LiteralOf(Value::Boolean(true), {})})}};
    for (const PlanColumn& column : table_.columns()) {
      exprs.push_back({column, ColumnOf(column, {})});
    }
    return MakeProject(table_.scan(), std::move(exprs));
  }

  // Where the table computes each column of a row that is changed: it is not set, and a row keeps
  // its number.
  std::vector<BoundExprPtr> Recomputed(const std::vector<BoundExprPtr>& set,
                                       const BoundExprPtr& changed) const {
    std::vector<BoundExprPtr> computed;
    for (size_t i = 0; i < set.size(); ++i) {
      const bool is = set[i] == nullptr && !IdentityOf(table_.schema()[i]);
      computed.push_back(is ? changed : nullptr);
    }
    return computed;
  }

  // The picked rows as they will be, and nothing else.
  PlanPtr Changed(const std::vector<BoundExprPtr>& values, const std::vector<BoundExprPtr>& set) {
    std::vector<NamedExpr> named = table_.Named(values);
    std::vector<PlanColumn> columns;
    for (const NamedExpr& one : named) columns.push_back(one.column);
    PlanPtr rows = MakeProject(PickedAlone(), std::move(named));
    rows = table_.WithGenerated(std::move(rows), columns,
                                Recomputed(set, LiteralOf(Value::Boolean(true), {})));
    if (rows == nullptr) return nullptr;
    std::vector<NamedExpr> ordered;
    for (const PlanColumn& column : columns) ordered.push_back({column, ColumnOf(column, {})});
    return MakeProject(std::move(rows), std::move(ordered));
  }

  // The same rows as a change feed has them.
  PlanPtr UpdateFeed(const std::vector<BoundExprPtr>& changed,
                     const std::vector<BoundExprPtr>& set) {
    PlanPtr both = table_.BeforeAndAfter(PickedAlone());
    const BoundExprPtr after = ColumnOf(table_.after(), {});
    std::vector<BoundExprPtr> values;
    for (size_t i = 0; i < changed.size(); ++i) {
      values.push_back(If(after, changed[i], table_.Before(i)));
    }
    std::vector<NamedExpr> named = table_.FeedOf(
        values, If(after, ChangeType("update_postimage"), ChangeType("update_preimage")));
    std::vector<PlanColumn> columns;
    for (const NamedExpr& one : named) columns.push_back(one.column);
    const PlanColumn change_type = columns.back();
    columns.pop_back();
    named.push_back({table_.after(), after});
    PlanPtr rows = table_.WithGenerated(MakeProject(std::move(both), std::move(named)), columns,
                                        Recomputed(set, after));
    if (rows == nullptr) return nullptr;
    columns.push_back(change_type);
    ExpectPlan expect{std::move(rows), {}};
    expect.expectations.push_back(Counted(kUpdatedRows, table_.Call("not", {after}), false));
    return MakePlan(std::move(columns), std::move(expect));
  }

  ChangeResult Finish(PlanPtr judged, std::vector<PlanColumn> columns, const char* counted) {
    if (!binding_.diagnostics().empty()) return Failed();
    const bool dropped = std::string_view(counted) == kDeletedRows;
    ExpectPlan expect{std::move(judged), {}};
    expect.expectations.push_back(
        Counted(counted, table_.Call("not", {ColumnOf(flag_, {})}), dropped));
    BoundChange change;
    change.rewritten =
        InForce(Simplify(MakePlan(std::move(columns), std::move(expect))), binding_.options());
    const PlanPtr files = MakeProject(MakeFilter(table_.scan(), condition_),
                                      {{table_.file(), ColumnOf(table_.file(), {})}});
    change.touched =
        InForce(Simplify(MakePlan(files->columns, DistinctPlan{files})), binding_.options());
    change.rows = InForce(Simplify(MakeProject(MakeFilter(table_.scan(), condition_),
                                               {{table_.file(), ColumnOf(table_.file(), {})},
                                                {table_.row(), ColumnOf(table_.row(), {})}})),
                          binding_.options());
    if (changed_ != nullptr) change.changed = InForce(Simplify(changed_), binding_.options());
    change.feed = InForce(Simplify(feed_), binding_.options());
    change.kept = InForce(Simplify(table_.Kept()), binding_.options());
    change.settled = IsSettled(*condition_);
    change.picked = InZone(condition_, binding_.zone());
    change.columns = table_.stored_columns();
    change.schema = table_.schema();
    return change;
  }

  Diagnostics Failed() { return InTextOrder(std::move(binding_.diagnostics())); }

  Binding binding_;
  ChangedTable table_;
  BoundExprPtr condition_;
  PlanColumn flag_;
  PlanPtr changed_;  // Of UPDATE.
  PlanPtr feed_;
};

}  // namespace

ChangeResult BindDelete(const Delete& statement, const ChangeTarget& target, NameResolver& names,
                        const BindOptions& options) {
  return ChangeBinder(target, statement.alias.name, names, options).BindDelete(statement);
}

ChangeResult BindUpdate(const Update& statement, const ChangeTarget& target, NameResolver& names,
                        const BindOptions& options) {
  return ChangeBinder(target, statement.alias.name, names, options).BindUpdate(statement);
}

}  // namespace weir::sql
