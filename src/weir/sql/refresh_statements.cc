#include "weir/sql/refresh_statements.h"

#include <string>
#include <utility>

#include "weir/base/check.h"
#include "weir/sql/binder_signatures.h"
#include "weir/sql/bound_exprs.h"
#include "weir/sql/functions.h"
#include "weir/sql/merged_groups.h"

namespace weir::sql {
namespace {

std::string FoundName(size_t position) { return "c" + std::to_string(position); }

NamedExpr Same(const PlanColumn& column) { return {column, ColumnOf(column, {})}; }

BoundExprPtr NoLong() { return LiteralOf(Value::Null(TypeId::kLong), {}); }

// What a query before gave: keys, under the names of found rows.
class FoundKeys final : public KeyRows {
 public:
  FoundKeys(const std::vector<BoundExprPtr>& keys, const std::vector<bool>& never_null)
      : keys_(keys), never_null_(never_null) {}
  bool IsNeverNull(size_t position) const override { return never_null_.at(position); }
  PlanPtr Read(FreshIds& ids) const override {
    std::vector<PlanColumn> columns;
    for (size_t i = 0; i < keys_.size(); ++i) {
      columns.push_back(ids.Column(FoundName(i), keys_[i]->type));
    }
    return MakePlan(std::move(columns), ScanPlan{kFoundInput, "keys"});
  }

 private:
  const std::vector<BoundExprPtr>& keys_;
  const std::vector<bool>& never_null_;
};

// One window over all rows that have the same values of `partition`.
NamedExpr Window(PlanColumn column, std::string_view function, std::vector<BoundExprPtr> arguments,
                 const std::vector<BoundExprPtr>& partition, const BoundExprPtr& order) {
  BoundWindow window;
  window.signature = &FittingSignature(function, arguments);
  window.arguments = std::move(arguments);
  window.partition_by = partition;
  if (order != nullptr) window.order_by.push_back({order, false, true});
  return {column, MakeExpr({}, column.type, true, std::move(window))};
}

std::vector<BoundExprPtr> ExprsOf(const std::vector<PlanColumn>& columns) {
  std::vector<BoundExprPtr> exprs;
  for (const PlanColumn& column : columns) exprs.push_back(ColumnOf(column, {}));
  return exprs;
}

PlanPtr WithWindows(PlanPtr rows, std::vector<NamedExpr> windows) {
  auto columns = rows->columns;
  for (const NamedExpr& window : windows) columns.push_back(window.column);
  return MakePlan(std::move(columns), WindowPlan{std::move(rows), std::move(windows)});
}

BoundExprPtr Negated(const BoundExprPtr& weight) { return MakeCall("*", {weight, WeightOf(-1)}); }

}  // namespace

RefreshStatements::RefreshStatements(const RefreshShape& shape, const ChangedInputs& changed,
                                     std::optional<Instant> before)
    : shape_(shape), ids_(*shape.query), changes_(changed, before, ids_) {
  WEIR_CHECK(shape.way != RefreshShape::Way::kNone);
}

// `columns` of `rows` under the names of found rows, and some more.
PlanPtr RefreshStatements::AsFound(const PlanPtr& rows, const std::vector<PlanColumn>& columns,
                                   const std::vector<NamedExpr>& behind) {
  std::vector<NamedExpr> exprs;
  for (size_t i = 0; i < columns.size(); ++i) {
    PlanColumn column = ids_.Column(FoundName(i), columns[i].type, columns[i].nullable);
    exprs.push_back({std::move(column), ColumnOf(columns[i], {})});
  }
  exprs.insert(exprs.end(), behind.begin(), behind.end());
  return MakeProject(rows, std::move(exprs));
}

// Found rows, as `columns` and those of `behind`.
PlanPtr RefreshStatements::FoundRows(const std::vector<PlanColumn>& columns,
                                     std::vector<PlanColumn>& behind) {
  std::vector<PlanColumn> read;
  std::vector<NamedExpr> exprs;
  for (size_t i = 0; i < columns.size(); ++i) {
    read.push_back(ids_.Column(FoundName(i), columns[i].type, columns[i].nullable));
    exprs.push_back({columns[i], ColumnOf(read.back(), {})});
  }
  for (const PlanColumn& column : behind) {
    read.push_back(column);
    exprs.push_back(Same(column));
  }
  return MakeProject(MakePlan(std::move(read), ScanPlan{kFoundInput, "found"}), std::move(exprs));
}

PlanPtr RefreshStatements::ViewRows(std::vector<PlanColumn>& columns, PlanColumn& file,
                                    PlanColumn& row) {
  columns = ids_.Like(shape_.query->columns);
  file = ids_.Column(kFileColumn, TypeId::kLong, false);
  row = ids_.Column(kRowColumn, TypeId::kLong, false);
  std::vector<PlanColumn> all = columns;
  all.push_back(file);
  all.push_back(row);
  return MakePlan(std::move(all), ScanPlan{kViewInput, "the view"});
}

std::vector<BoundExprPtr> RefreshStatements::KeysOf(const std::vector<PlanColumn>& view) const {
  std::vector<BoundExprPtr> keys;
  for (const size_t position : shape_.key_columns) keys.push_back(ColumnOf(view[position], {}));
  return keys;
}

// By rows -----------------------------------------------------------------------------------------

std::optional<RefreshStatements::RowChanges> RefreshStatements::FindRows() {
  auto changes = changes_.Of(shape_.query);
  if (!changes) return std::nullopt;
  const auto& columns = shape_.query->columns;
  if (changes->only_inserts) {
    std::vector<NamedExpr> exprs;
    for (const PlanColumn& column : columns) exprs.push_back(Same(column));
    return RowChanges{MakeProject(changes->plan, std::move(exprs)), true};
  }
  const PlanChanges netted = changes_.Netted(std::move(*changes));
  PlanColumn weight = ids_.Column(kFoundWeight, TypeId::kLong, false);
  return RowChanges{
      AsFound(netted.plan, columns, {{std::move(weight), ColumnOf(netted.weight, {})}}), false};
}

// As many of the equal rows as are to go.
PlanPtr RefreshStatements::RowsThatGo(const std::vector<bool>& never_null) {
  std::vector<PlanColumn> behind = {ids_.Column(kFoundWeight, TypeId::kLong, false)};
  const BoundExprPtr weight = ColumnOf(behind[0], {});
  const auto& columns = shape_.query->columns;
  PlanPtr gone = MakeFilter(FoundRows(columns, behind), MakeCall("<", {weight, WeightOf(0)}));
  // Rows that the view does not have since they broke an expectation do not go.
  for (const BoundExpectation& one : shape_.expectations) {
    if (one.action == ViolationAction::kDropRow) gone = MakeFilter(gone, one.condition);
  }
  std::vector<PlanColumn> of_view;
  PlanColumn file;
  PlanColumn row;
  const PlanPtr view = ViewRows(of_view, file, row);
  std::vector<BoundExprPtr> same;
  for (size_t i = 0; i < columns.size(); ++i) {
    const BoundExprPtr left = ColumnOf(of_view[i], {});
    const BoundExprPtr right = ColumnOf(columns[i], {});
    same.push_back(never_null.at(i) ? IsEqualValue(left, right) : IsSameValue(left, right));
  }
  auto both = view->columns;
  both.insert(both.end(), gone->columns.begin(), gone->columns.end());
  PlanPtr met = MakePlan(std::move(both), JoinPlan{JoinKind::kInner, view, gone, AllOf(same)});
  const PlanColumn rank = ids_.Column("rank", TypeId::kInt, false);
  met = WithWindows(met, {Window(rank, "row_number", {}, ExprsOf(columns), ColumnOf(file, {}))});
  met =
      MakeFilter(met, MakeCall("<=", {CastTo(ColumnOf(rank, {}), TypeId::kLong), Negated(weight)}));
  return MakeProject(met, {Same(file), Same(row)});
}

PlanPtr RefreshStatements::RowsLikeThoseThatGo(size_t column) {
  std::vector<PlanColumn> behind = {ids_.Column(kFoundWeight, TypeId::kLong, false)};
  const PlanPtr gone = MakeFilter(FoundRows(shape_.query->columns, behind),
                                  MakeCall("<", {ColumnOf(behind[0], {}), WeightOf(0)}));
  std::vector<PlanColumn> of_view;
  PlanColumn file;
  PlanColumn row;
  const PlanPtr view = ViewRows(of_view, file, row);
  const BoundExprPtr same =
      IsEqualValue(ColumnOf(of_view[column], {}), ColumnOf(shape_.query->columns[column], {}));
  auto columns = view->columns;
  const PlanPtr met = MakePlan(std::move(columns), JoinPlan{JoinKind::kLeftSemi, view, gone, same});
  return MakeProject(met, {Same(file), Same(row)});
}

// By keys -----------------------------------------------------------------------------------------

PlanPtr RefreshStatements::FindKeys() {
  auto changes = changes_.Of(shape_.keyed);
  if (!changes) return nullptr;
  PlanPtr keys = changes_.Keys(*changes, shape_.keys);
  return AsFound(keys, keys->columns, {});
}

PlanPtr RefreshStatements::ReplaceKeys(const FoundKeyFacts& facts) {
  const FoundKeys keys(shape_.keys, facts.never_null);
  const auto& columns = shape_.query->columns;
  const PlanPtr now = RewritePlans(shape_.query, [&](const PlanPtr& one) -> PlanPtr {
    return one == shape_.keyed ? RestrictTo(one, shape_.keys, keys, ids_) : nullptr;
  });
  std::vector<PlanColumn> of_view;
  PlanColumn file;
  PlanColumn row;
  PlanPtr view = ViewRows(of_view, file, row);
  view = WithKeys(std::move(view), KeysOf(of_view), facts);
  const auto named = [&](const char* name, BoundExprPtr expr) {
    return NamedExpr{ids_.Column(name, TypeId::kLong), std::move(expr)};
  };
  SetPlan both{SetKind::kUnion, true, {}};
  both.inputs.push_back(AsFound(
      now, columns,
      {named(kFoundWeight, WeightOf(1)), named(kFoundFile, NoLong()), named(kFoundRow, NoLong())}));
  both.inputs.push_back(
      AsFound(view, of_view,
              {named(kFoundWeight, WeightOf(-1)), named(kFoundFile, ColumnOf(file, {})),
               named(kFoundRow, ColumnOf(row, {}))}));
  // Of equal rows those stay that are on both sides.
  auto of_both = ids_.Like(both.inputs.front()->columns);
  PlanPtr rows = MakePlan(of_both, std::move(both));
  const std::vector<BoundExprPtr> values(
      ExprsOf({of_both.begin(), of_both.begin() + static_cast<ptrdiff_t>(columns.size())}));
  const BoundExprPtr weight = ColumnOf(of_both[columns.size()], {});
  const PlanColumn total = ids_.Column("total", TypeId::kLong);
  const PlanColumn rank = ids_.Column("rank", TypeId::kInt, false);
  std::vector<BoundExprPtr> of_side = values;
  of_side.push_back(weight);
  rows = WithWindows(rows, {Window(total, "sum", {weight}, values, nullptr),
                            Window(rank, "row_number", {}, of_side, weight)});
  // rank <= weight * total: only on the side that has more of them.
  rows = MakeFilter(rows, MakeCall("<=", {CastTo(ColumnOf(rank, {}), TypeId::kLong),
                                          MakeCall("*", {weight, ColumnOf(total, {})})}));
  std::vector<NamedExpr> kept;
  for (const PlanColumn& column : of_both) kept.push_back(Same(column));
  return MakeProject(rows, std::move(kept));
}

PlanPtr RefreshStatements::FindDifferences() {
  const auto changes = changes_.Of(shape_.keyed);
  if (!changes) return nullptr;
  const PlanPtr differences = GroupMerge(shape_, ids_).Differences(*changes, changes_);
  const auto& columns = differences->columns;
  const auto parts = columns.begin() + static_cast<ptrdiff_t>(shape_.keys.size());
  std::vector<NamedExpr> behind;
  for (auto part = parts; part != columns.end(); ++part) behind.push_back(Same(*part));
  return AsFound(differences, {columns.begin(), parts}, behind);
}

PlanPtr RefreshStatements::WithKeys(PlanPtr rows, const std::vector<BoundExprPtr>& view,
                                    const FoundKeyFacts& facts) {
  if (facts.telling) rows = WithTellingKey(std::move(rows), view, facts);
  return RestrictTo(rows, view, FoundKeys(shape_.keys, facts.never_null), ids_);
}

// Engines leave out rows by one key as they read it, but by several only once they have read all
// that is asked for.
PlanPtr RefreshStatements::WithTellingKey(PlanPtr rows, const std::vector<BoundExprPtr>& view,
                                          const FoundKeyFacts& facts) {
  const PlanPtr read = FoundKeys(shape_.keys, facts.never_null).Read(ids_);
  const BoundExprPtr key = ColumnOf(read->columns[*facts.telling], {});
  const PlanPtr known = MakeFilter(read, MakeCall("isnotnull", {key}));
  auto columns = rows->columns;
  return MakePlan(std::move(columns), JoinPlan{JoinKind::kLeftSemi, std::move(rows), known,
                                               IsEqualValue(view[*facts.telling], key)});
}

PlanPtr RefreshStatements::MergeGroups(const FoundKeyFacts& facts) {
  const std::vector<bool>& never_null = facts.never_null;
  GroupMerge merge(shape_, ids_);
  GroupMerge::Pairs pairs;
  std::vector<PlanColumn> read;
  for (size_t i = 0; i < shape_.keys.size(); ++i) {
    pairs.keys.push_back(ids_.Column(FoundName(i), shape_.keys[i]->type));
    read.push_back(pairs.keys.back());
  }
  pairs.parts = merge.Parts();
  read.insert(read.end(), pairs.parts.begin(), pairs.parts.end());
  const PlanPtr differences = MakePlan(read, ScanPlan{kFoundInput, "differences"});
  PlanPtr view = ViewRows(pairs.view, pairs.file, pairs.row);
  const auto keys = KeysOf(pairs.view);
  // What the telling key leaves of others meets no difference.
  view = facts.telling ? WithTellingKey(std::move(view), keys, facts)
                       : WithKeys(std::move(view), keys, facts);
  std::vector<BoundExprPtr> same;
  for (size_t i = 0; i < keys.size(); ++i) {
    const BoundExprPtr key = ColumnOf(pairs.keys[i], {});
    same.push_back(never_null.at(i) ? IsEqualValue(keys[i], key) : IsSameValue(keys[i], key));
  }
  // A group that is new has no row in the view.
  for (PlanColumn& column : pairs.view) column.nullable = true;
  pairs.file.nullable = pairs.row.nullable = true;
  auto both = differences->columns;
  both.insert(both.end(), pairs.view.begin(), pairs.view.end());
  both.push_back(pairs.file);
  both.push_back(pairs.row);
  pairs.plan = MakePlan(std::move(both),
                        JoinPlan{JoinKind::kLeft, differences, std::move(view), AllOf(same)});
  const GroupMerge::Groups groups = merge.Merged(pairs);
  const auto named = [&](const char* name, const PlanColumn& column) {
    return NamedExpr{ids_.Column(name, TypeId::kLong, false), ColumnOf(column, {})};
  };
  std::vector<NamedExpr> behind = {named(kFoundWeight, groups.weight),
                                   named(kFoundFile, groups.file), named(kFoundRow, groups.row),
                                   named(kFoundUnsure, groups.unsure)};
  for (size_t i = 0; i < pairs.view.size(); ++i) {
    behind.push_back({ids_.Column("before" + std::to_string(i), pairs.view[i].type),
                      ColumnOf(pairs.view[i], {})});
  }
  return AsFound(groups.plan, shape_.query->columns, behind);
}

// What comes --------------------------------------------------------------------------------------

PlanPtr RefreshStatements::RowsThatCome(bool repeated) {
  std::vector<PlanColumn> behind = {ids_.Column(kFoundWeight, TypeId::kLong, false)};
  const BoundExprPtr weight = ColumnOf(behind[0], {});
  const auto& columns = shape_.query->columns;
  PlanPtr rows = MakeFilter(FoundRows(columns, behind), MakeCall(">", {weight, WeightOf(0)}));
  if (repeated) {
    const std::vector<PlanColumn> counted = {ids_.Column("number", TypeId::kLong, false)};
    auto with = rows->columns;
    with.push_back(counted[0]);
    rows = MakePlan(
        std::move(with),
        GeneratePlan{rows, &RangeSignature(), {WeightOf(0), weight, WeightOf(1)}, false, counted});
  }
  std::vector<NamedExpr> exprs;
  for (const PlanColumn& column : columns) exprs.push_back(Same(column));
  return Expected(MakeProject(std::move(rows), std::move(exprs)));
}

PlanPtr RefreshStatements::Expected(PlanPtr rows) const {
  if (shape_.expectations.empty()) return rows;
  auto columns = rows->columns;
  return MakePlan(std::move(columns), ExpectPlan{std::move(rows), shape_.expectations});
}

}  // namespace weir::sql
