#include "weir/sql/change_binder.h"

#include <string_view>
#include <utility>

#include "weir/sql/changed_table.h"

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
    feed_ = MakeProject(MakeFilter(table_.scan(), condition_),
                        table_.FeedOf(before, ChangeType("delete")));
    return Finish(Judged(), table_.columns(), kDeletedRows);
  }

  ChangeResult BindUpdate(const Update& statement) {
    const auto set = table_.BindSet(statement.set, table_.scope());
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
    changed_ = MakeProject(MakeFilter(table_.scan(), condition_), table_.Named(changed));
    feed_ = UpdateFeed(changed);
    return Finish(MakeProject(std::move(judged), std::move(named)), std::move(columns),
                  kUpdatedRows);
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

  PlanPtr UpdateFeed(const std::vector<BoundExprPtr>& changed) {
    PlanPtr both = table_.BeforeAndAfter(MakeFilter(table_.scan(), condition_));
    const BoundExprPtr after = ColumnOf(table_.after(), {});
    std::vector<BoundExprPtr> values;
    for (size_t i = 0; i < changed.size(); ++i) {
      values.push_back(If(after, changed[i], table_.Before(i)));
    }
    std::vector<NamedExpr> named = table_.FeedOf(
        values, If(after, ChangeType("update_postimage"), ChangeType("update_preimage")));
    std::vector<PlanColumn> columns;
    for (const NamedExpr& one : named) columns.push_back(one.column);
    named.push_back({table_.after(), after});
    ExpectPlan expect{MakeProject(std::move(both), std::move(named)), {}};
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
