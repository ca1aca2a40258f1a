#include <algorithm>
#include <utility>

#include "weir/sql/change_binder.h"
#include "weir/sql/changed_table.h"
#include "weir/sql/column_expr.h"
#include "weir/sql/held_queries.h"
#include "weir/sql/row_places.h"
#include "weir/types/column_rules.h"
#include "weir/types/row_place.h"

// MERGE.
namespace weir::sql {
namespace {

using When = MergeClause::When;
using Action = MergeClause::Action;

// What happens to a row that the join gives: the clause, from 1, or one of these.
constexpr int32_t kStays = 0;
constexpr int32_t kIsNoRow = -1;  // A source row that nothing inserts.

struct BoundClause {
  When when;
  Action action;
  BoundExprPtr condition;            // Null: none.
  std::vector<BoundExprPtr> values;  // By column; null: as before.
  std::vector<bool> given;           // By column: the clause says what it is.
};

BoundExprPtr Number(int32_t number) { return LiteralOf(Value::Int(number), {}); }
BoundExprPtr Long(int64_t number) { return LiteralOf(Value::Long(number), {}); }
BoundExprPtr Flag(bool flag) { return LiteralOf(Value::Boolean(flag), {}); }

class MergeBinder {
 public:
  MergeBinder(const Merge& merge, const ChangeTarget& target, NameResolver& names,
              const BindOptions& options)
      : merge_(merge),
        binding_(options),
        around_(AroundOf(names)),
        table_(binding_, target, merge.alias, around_),
        held_(binding_, target.input) {}

  ChangeResult Bind() {
    const bool has_source = BindSource();
    if (!has_source) source_scope_.unknown = both_.unknown = true;
    if (merge_.schema_evolution && has_source) AddColumns();
    on_ = BindCondition(*merge_.on, both_);
    for (const MergeClause& clause : merge_.clauses) BindClause(clause);
    if (!binding_.diagnostics().empty()) return Failed();
    BoundChange change;
    change.schema = table_.schema();
    change.columns = table_.stored_columns();
    change.picked = InZone(Has(When::kNotMatchedBySource) ? Flag(true) : on_, binding_.zone());
    change.inserts = Has(When::kNotMatched);
    change.ambiguous = !OnlyDeletesMatched();
    if (!AsksTwice()) {
      change.rewritten = Finished(Inserted());
      if (!binding_.diagnostics().empty()) return Failed();
      return change;
    }
    change.rewritten = Finished(Rewritten(false));
    if (change.rewritten == nullptr) return Failed();
    change.rewritten_once = Finished(Rewritten(true));
    change.rows = Finished(Pairs(false));
    if (placed_) {
      change.placed_rows = Finished(Pairs(true));
      change.source = placed_->input;
    }
    change.changed = Finished(Changed(false));
    if (Has(When::kMatched)) change.changed_once = Finished(Changed(true));
    change.feed = Finished(Feed(false));
    if (Has(When::kMatched)) change.feed_once = Finished(Feed(true));
    change.kept = Finished(table_.Kept());
    change.held =
        held_.ReadBy({change.rewritten, change.rewritten_once, change.rows, change.placed_rows,
                      change.changed, change.changed_once, change.feed, change.feed_once});
    if (!binding_.diagnostics().empty()) return Failed();
    return change;
  }

 private:
  static Surroundings AroundOf(NameResolver& names) {
    Surroundings around;
    around.names = &names;
    return around;
  }
  Diagnostics Failed() { return InTextOrder(std::move(binding_.diagnostics())); }

  PlanPtr Finished(const PlanPtr& plan) {
    return plan == nullptr ? nullptr : InForce(Simplify(plan), binding_.options());
  }

  bool Has(When when) const {
    return std::any_of(merge_.clauses.begin(), merge_.clauses.end(),
                       [&](const MergeClause& clause) { return clause.when == when; });
  }
  // However many source rows match: a row is deleted once.
  bool OnlyDeletesMatched() const {
    return std::all_of(merge_.clauses.begin(), merge_.clauses.end(), [](const auto& clause) {
      return clause.when != When::kMatched ||
             (clause.action == Action::kDelete && clause.condition == nullptr);
    });
  }

  bool BindSource() {
    both_ = table_.scope();
    BoundFrom from = BindFrom(binding_, *merge_.source, around_);
    if (from.plan == nullptr) return false;
    if (AsksTwice() && !IsSettled(*from.plan)) {
      from.plan = held_.Hold(from.plan, merge_.source->span);
    }
    source_scope_ = std::move(from.scope);
    placed_ = WithPlaces(binding_, from.plan);
    if (placed_) from.plan = placed_->plan;
    present_ = {binding_.NewColumn(), "present", TypeId::kBoolean, false};
    std::vector<NamedExpr> exprs;
    for (const PlanColumn& column : from.plan->columns) {
      exprs.push_back({column, ColumnOf(column, {})});
    }
    exprs.push_back({present_, Flag(true)});
    source_ = MakeProject(from.plan, std::move(exprs));
    both_.Append(source_scope_, false);
    return true;
  }

  // Rows of the table are looked for, and then changed: the source has to be the same.
  bool AsksTwice() const { return Has(When::kMatched) || Has(When::kNotMatchedBySource); }

  BoundExprPtr BindCondition(const Expr& expr, const Scope& scope) {
    BoundExprPtr bound = table_.BindCondition(expr, scope);
    return bound == nullptr || !AsksTwice() ? bound : held_.WithHeld(bound, expr.span);
  }

  // WITH SCHEMA EVOLUTION: what `*` takes of the source and the table does not have.
  void AddColumns() {
    const bool all = std::any_of(merge_.clauses.begin(), merge_.clauses.end(), [](const auto& one) {
      return one.action == Action::kUpdateAll || one.action == Action::kInsertAll;
    });
    if (!all) return;
    std::vector<Field> given;
    const auto starred = source_scope_.Star({});
    for (const PlanColumn& column : *starred) {
      given.push_back(WithoutRules({column.name, column.type, true, column.metadata}));
    }
    table_.Evolve(Schema(std::move(given)));
  }

  void BindClause(const MergeClause& clause) {
    const Scope& scope = clause.when == When::kMatched      ? both_
                         : clause.when == When::kNotMatched ? source_scope_
                                                            : table_.scope();
    BoundClause bound{clause.when, clause.action, nullptr, {}, {}};
    if (clause.condition != nullptr) bound.condition = BindCondition(*clause.condition, scope);
    std::optional<std::vector<BoundExprPtr>> values(std::in_place, table_.schema().size());
    switch (clause.action) {
      case Action::kUpdate:
      case Action::kInsert:
        values = table_.BindSet(clause.values, scope, clause.action == Action::kInsert);
        break;
      case Action::kUpdateAll:
      case Action::kInsertAll:
        values = BindAll(clause);
        break;
      case Action::kDelete:
        break;
    }
    if (!values) return;
    for (const BoundExprPtr& value : *values) bound.given.push_back(value != nullptr);
    const bool inserts = clause.when == When::kNotMatched;
    if (inserts && !FillWithDefaults(*values)) return;
    bound.values = std::move(*values);
    clauses_.push_back(std::move(bound));
  }

  bool FillWithDefaults(std::vector<BoundExprPtr>& values) {
    for (size_t i = 0; i < values.size(); ++i) {
      if (values[i] == nullptr) values[i] = table_.Default(i);
      if (values[i] == nullptr) return false;
    }
    return true;
  }

  // Of each column that of the same name.
  std::optional<std::vector<BoundExprPtr>> BindAll(const MergeClause& clause) {
    if (source_scope_.unknown) return std::nullopt;
    const auto given = *source_scope_.Star({});
    std::vector<BoundExprPtr> values(table_.schema().size());
    bool failed = false;
    for (size_t i = 0; i < values.size(); ++i) {
      const std::string name = LowerName(table_.schema()[i].name);
      const auto is_it = [&](const PlanColumn& column) { return LowerName(column.name) == name; };
      const auto count = std::count_if(given.begin(), given.end(), is_it);
      if (count == 1) {
        const PlanColumn& column = *std::find_if(given.begin(), given.end(), is_it);
        if (!table_.MayGive(i, merge_.source->span, clause.action == Action::kInsertAll)) {
          failed = true;
          continue;
        }
        values[i] = table_.Stored(ColumnOf(column, merge_.source->span), i, merge_.source->span,
                                  clause.action == Action::kInsertAll ? nullptr : table_.Before(i));
        failed |= values[i] == nullptr;
      } else if (count > 1 || !(merge_.schema_evolution || IsComputed(table_.schema()[i]))) {
        binding_.Report("DELTA_MERGE_UNRESOLVED_EXPRESSION", merge_.source->span,
                        std::string(clause.action == Action::kInsertAll ? "INSERT" : "UPDATE SET") +
                            " * needs one column " + QuoteName(table_.schema()[i].name) +
                            " in the source, and there " + (count == 0 ? "is none" : "are several"),
                        "name the columns, or MERGE WITH SCHEMA EVOLUTION");
        failed = true;
      }
    }
    if (failed) return std::nullopt;
    return values;
  }

  // The number of the first clause of that kind whose condition holds.
  BoundExprPtr FirstOf(When when, int32_t otherwise) const {
    BoundCase choice;
    for (size_t i = 0; i < clauses_.size(); ++i) {
      const BoundClause& clause = clauses_[i];
      if (clause.when != when) continue;
      choice.branches.emplace_back(clause.condition != nullptr ? clause.condition : Flag(true),
                                   Number(static_cast<int32_t>(i) + 1));
    }
    if (choice.branches.empty()) return Number(otherwise);
    choice.otherwise = Number(otherwise);
    return MakeExpr({}, TypeId::kInt, false, std::move(choice));
  }

  BoundExprPtr IsThere(const PlanColumn& column) {
    return table_.Call("isnotnull", {Nullable(column)});
  }
  static BoundExprPtr Nullable(PlanColumn column) {
    column.nullable = true;
    return ColumnOf(column, {});
  }

  PlanPtr Join(JoinKind kind) const { return JoinWith(source_, kind); }
  PlanPtr JoinWith(const PlanPtr& source, JoinKind kind) const {
    std::vector<PlanColumn> columns = table_.scan()->columns;
    columns.insert(columns.end(), source->columns.begin(), source->columns.end());
    for (PlanColumn& column : columns) column.nullable = true;
    return MakePlan(std::move(columns), JoinPlan{kind, table_.scan(), source, on_});
  }

  BoundExprPtr ActionOfRow() {
    BoundCase choice;
    choice.branches.emplace_back(table_.Call("and", {IsThere(table_.file()), IsThere(present_)}),
                                 FirstOf(When::kMatched, kStays));
    choice.branches.emplace_back(IsThere(table_.file()),
                                 FirstOf(When::kNotMatchedBySource, kStays));
    choice.otherwise = FirstOf(When::kNotMatched, kIsNoRow);
    return MakeExpr({}, TypeId::kInt, false, std::move(choice));
  }

  // Rows that match, once for each match, and rows that a clause changes without.
  PlanPtr Pairs(bool placed) {
    const bool all = Has(When::kNotMatchedBySource);
    const PlanColumn action{binding_.NewColumn(), "action", TypeId::kLong, false};
    const PlanColumn place{binding_.NewColumn(), "source", TypeId::kLong, false};
    const BoundExprPtr matched = placed ? IsThere(placed_->place) : IsThere(present_);
    const BoundExprPtr where = placed ? Nullable(placed_->place) : Long(0);
    PlanPtr pairs = MakeProject(
        JoinWith(placed ? CountedSource() : source_, all ? JoinKind::kLeft : JoinKind::kInner),
        {{table_.file(), ColumnOf(table_.file(), {})},
         {table_.row(), ColumnOf(table_.row(), {})},
         {action, CastTo(ActionOfRow(), TypeId::kLong)},
         {place, If(matched, where, Long(kNoPlace))}});
    if (!all) return pairs;
    return MakeFilter(
        std::move(pairs),
        table_.Call("or", {table_.Call(">", {ColumnOf(action, {}), Long(kStays)}),
                           table_.Call("<>", {ColumnOf(place, {}), Long(kNoPlace)})}));
  }

  PlanPtr CountedSource() const {
    ExpectPlan all{source_, {}};
    all.expectations.push_back(Counted(kSourceRows, Flag(false), false));
    return MakePlan(source_->columns, std::move(all));
  }

  // `once`: of several matches of one row the one that changes it, or any.
  PlanPtr Rewritten(bool once) {
    return Outcome(Join(Has(When::kNotMatched) ? JoinKind::kFull : JoinKind::kLeft), once, kStays);
  }

  // Only rows that a clause acts on.
  PlanPtr Changed(bool once) { return Outcome(JoinForChanges(), once, kStays + 1); }

  PlanPtr JoinForChanges() const {
    const bool source = Has(When::kNotMatched);
    const bool target = Has(When::kNotMatchedBySource);
    return Join(source && target ? JoinKind::kFull
                : source         ? JoinKind::kRight
                : target         ? JoinKind::kLeft
                                 : JoinKind::kInner);
  }

  // The same rows as a change feed has them.
  PlanPtr Feed(bool once) {
    const PlanColumn action{binding_.NewColumn(), "action", TypeId::kInt, false};
    PlanPtr both = table_.BeforeAndAfter(JudgedRows(JoinForChanges(), once, kStays + 1, action));
    const BoundExprPtr is_after = ColumnOf(table_.after(), {});
    const BoundExprPtr not_deleted = IsNone(action, IsDelete);
    const BoundExprPtr not_inserted = IsNone(action, IsInsert);
    both = MakeFilter(std::move(both), If(is_after, not_deleted, not_inserted));
    std::vector<BoundExprPtr> values = ValuesBy(action);
    for (size_t i = 0; i < values.size(); ++i) {
      values[i] = If(is_after, values[i], table_.Before(i));
    }
    const BoundExprPtr updated =
        If(is_after, ChangeType("update_postimage"), ChangeType("update_preimage"));
    std::vector<NamedExpr> named = table_.FeedOf(
        values,
        If(not_deleted, If(not_inserted, updated, ChangeType("insert")), ChangeType("delete")));
    std::vector<PlanColumn> columns;
    for (const NamedExpr& one : named) columns.push_back(one.column);
    const PlanColumn change_type = columns.back();
    columns.pop_back();
    named.push_back({action, ColumnOf(action, {})});
    named.push_back({table_.after(), is_after});
    // What a row was stays as it was.
    std::vector<BoundExprPtr> computed = ComputedBy(action);
    for (BoundExprPtr& when : computed) {
      if (when != nullptr) when = table_.Call("and", {is_after, when});
    }
    PlanPtr rows =
        table_.WithGenerated(MakeProject(std::move(both), std::move(named)), columns, computed);
    if (rows == nullptr) return nullptr;
    columns.push_back(change_type);
    ExpectPlan expect{std::move(rows), {}};
    // Of the two rows of an update one counts.
    expect.expectations.push_back(Counted(
        kUpdatedRows, table_.Call("or", {table_.Call("not", {is_after}), IsNone(action, IsUpdate)}),
        false));
    expect.expectations.push_back(Counted(kDeletedRows, not_deleted, false));
    expect.expectations.push_back(Counted(kInsertedRows, not_inserted, false));
    return MakePlan(std::move(columns), std::move(expect));
  }

  // What becomes of the rows with an action of that number at least.
  PlanPtr Outcome(const PlanPtr& joined, bool once, int32_t least) {
    const PlanColumn action{binding_.NewColumn(), "action", TypeId::kInt, false};
    PlanPtr judged = JudgedRows(joined, once, least, action);
    return Valued(std::move(judged), ValuesBy(action), action);
  }

  // The rows of a join with an action of that number at least, and the action.
  PlanPtr JudgedRows(const PlanPtr& joined, bool once, int32_t least, const PlanColumn& action) {
    std::vector<NamedExpr> exprs = {{action, ActionOfRow()}};
    for (const PlanColumn& column : joined->columns)
      exprs.push_back({column, ColumnOf(column, {})});
    PlanPtr judged = MakeProject(joined, std::move(exprs));
    if (once) judged = Once(std::move(judged), action);
    return MakeFilter(std::move(judged), table_.Call(">=", {ColumnOf(action, {}), Number(least)}));
  }

  PlanPtr Once(PlanPtr judged, const PlanColumn& action) {
    const PlanColumn number{binding_.NewColumn(), "number", TypeId::kInt, false};
    BoundExprPtr first = table_.AggregateCall("row_number", {});
    BoundWindow window;
    window.signature = std::get<BoundAggregate>(first->node).signature;
    window.partition_by = {ColumnOf(table_.file(), {}), ColumnOf(table_.row(), {})};
    window.order_by = {{ColumnOf(action, {}), true, false}};
    std::vector<PlanColumn> columns = judged->columns;
    columns.push_back(number);
    const PlanPtr numbered = MakePlan(
        std::move(columns),
        WindowPlan{std::move(judged), {{number, MakeExpr({}, TypeId::kInt, false, window)}}});
    return MakeFilter(numbered,
                      table_.Call("or", {table_.Call("isnull", {Nullable(table_.file())}),
                                         table_.Call("=", {ColumnOf(number, {}), Number(1)})}));
  }

  // Each column's value, whatever happens to the row.
  std::vector<BoundExprPtr> ValuesBy(const PlanColumn& action) {
    std::vector<BoundExprPtr> values;
    for (size_t column = 0; column < table_.schema().size(); ++column) {
      const BoundExprPtr before = table_.Before(column);
      BoundCase choice;
      bool nullable = before->nullable;
      for (size_t i = 0; i < clauses_.size(); ++i) {
        const BoundExprPtr& value = clauses_[i].values[column];
        if (value == nullptr) continue;
        nullable |= value->nullable;
        choice.branches.emplace_back(
            table_.Call("=", {ColumnOf(action, {}), Number(static_cast<int32_t>(i) + 1)}), value);
      }
      if (choice.branches.empty()) {
        values.push_back(before);
        continue;
      }
      choice.otherwise = before;
      values.push_back(MakeExpr({}, table_.schema()[column].type, nullable, std::move(choice)));
    }
    return values;
  }

  // Whether the table computes each column of a row: one of the clauses that do not say what it is
  // writes the row. Null: never.
  std::vector<BoundExprPtr> ComputedBy(const PlanColumn& action) {
    std::vector<BoundExprPtr> computed(table_.schema().size());
    for (size_t column = 0; column < computed.size(); ++column) {
      const bool numbered = IdentityOf(table_.schema()[column]).has_value();
      for (size_t i = 0; i < clauses_.size(); ++i) {
        if (clauses_[i].given[column] || clauses_[i].action == Action::kDelete) continue;
        // A row keeps its number.
        if (numbered && clauses_[i].when != When::kNotMatched) continue;
        const BoundExprPtr is_it =
            table_.Call("=", {ColumnOf(action, {}), Number(static_cast<int32_t>(i) + 1)});
        computed[column] =
            computed[column] == nullptr ? is_it : table_.Call("or", {computed[column], is_it});
      }
    }
    return computed;
  }

  // The rows with the table's columns as they will be, and what happens to each.
  PlanPtr Valued(PlanPtr judged, const std::vector<BoundExprPtr>& values,
                 const PlanColumn& action) {
    std::vector<NamedExpr> named = table_.Named(values);
    std::vector<PlanColumn> columns;
    for (const NamedExpr& one : named) columns.push_back(one.column);
    named.push_back({action, ColumnOf(action, {})});
    PlanPtr rows = table_.WithGenerated(MakeProject(std::move(judged), std::move(named)), columns,
                                        ComputedBy(action));
    return rows == nullptr ? nullptr : Counting(std::move(rows), std::move(columns), action);
  }
  static bool IsUpdate(Action one) { return one == Action::kUpdate || one == Action::kUpdateAll; }
  static bool IsDelete(Action one) { return one == Action::kDelete; }
  static bool IsInsert(Action one) { return one == Action::kInsert || one == Action::kInsertAll; }

  // Rows of actions of a kind are counted as those that fail to be none of it.
  BoundExprPtr IsNone(const PlanColumn& action, const std::function<bool(Action)>& of_kind) {
    BoundExprPtr none = Flag(true);
    for (size_t i = 0; i < clauses_.size(); ++i) {
      if (!of_kind(clauses_[i].action)) continue;
      const BoundExprPtr other = table_.Call(
          "not", {table_.Call("=", {ColumnOf(action, {}), Number(static_cast<int32_t>(i) + 1)})});
      none = table_.Call("and", {none, other});
    }
    return none;
  }

  PlanPtr Counting(PlanPtr rows, std::vector<PlanColumn> columns, const PlanColumn& action) {
    ExpectPlan expect{std::move(rows), {}};
    expect.expectations.push_back(Counted(kUpdatedRows, IsNone(action, IsUpdate), false));
    expect.expectations.push_back(Counted(kDeletedRows, IsNone(action, IsDelete), true));
    expect.expectations.push_back(Counted(kInsertedRows, IsNone(action, IsInsert), false));
    return MakePlan(std::move(columns), std::move(expect));
  }

  // Only new rows: nothing of the table is written anew.
  PlanPtr Inserted() {
    const PlanPtr unmatched =
        MakePlan(source_->columns, JoinPlan{JoinKind::kLeftAnti, source_, table_.scan(), on_});
    const PlanColumn action{binding_.NewColumn(), "action", TypeId::kInt, false};
    std::vector<NamedExpr> exprs = {{action, FirstOf(When::kNotMatched, kIsNoRow)}};
    for (const PlanColumn& column : source_->columns)
      exprs.push_back({column, ColumnOf(column, {})});
    const PlanPtr judged = MakeFilter(MakeProject(unmatched, std::move(exprs)),
                                      table_.Call(">", {ColumnOf(action, {}), Number(kStays)}));
    std::vector<BoundExprPtr> values = ValuesBy(action);
    // One of the clauses gives each of them.
    for (BoundExprPtr& value : values) {
      BoundCase choice = std::get<BoundCase>(value->node);
      choice.otherwise = LiteralOf(Value::Null(value->type), {});
      value = MakeExpr({}, value->type, value->nullable, std::move(choice));
    }
    return Valued(judged, values, action);
  }

  const Merge& merge_;
  Binding binding_;
  Surroundings around_;
  ChangedTable table_;
  HeldQueries held_;
  Scope source_scope_, both_;
  PlanPtr source_;
  std::optional<PlacedRows> placed_;  // Its rows, where they have places.
  PlanColumn present_;  // TRUE in each row of the source; NULL where a join found none.
  BoundExprPtr on_;
  std::vector<BoundClause> clauses_;
};

}  // namespace

ChangeResult BindMerge(const Merge& statement, const ChangeTarget& target, NameResolver& names,
                       const BindOptions& options) {
  return MergeBinder(statement, target, names, options).Bind();
}

}  // namespace weir::sql
