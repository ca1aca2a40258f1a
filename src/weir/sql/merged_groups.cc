#include "weir/sql/merged_groups.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "weir/sql/binder_signatures.h"
#include "weir/sql/bound_exprs.h"
#include "weir/sql/functions.h"
#include "weir/sql/key_restriction.h"

namespace weir::sql {
namespace {

// Sums of decimals with more digits behind the point could lose some on the way.
constexpr int kMostScale = 6;
constexpr int kMostPrecision = 26;

bool IsSum(const BoundAggregate& aggregate) { return aggregate.signature->name == "sum"; }

NamedExpr PassedOn(const PlanColumn& column) { return {column, ColumnOf(column, {})}; }

BoundExprPtr LongOf(int64_t value) { return LiteralOf(Value::Long(value), {}); }

BoundExprPtr CaseWhen(BoundExprPtr condition, BoundExprPtr then, BoundExprPtr otherwise) {
  const DataType type = then->type;
  return MakeExpr({}, type, true,
                  BoundCase{{{std::move(condition), std::move(then)}}, std::move(otherwise)});
}

BoundExprPtr AsLong(BoundExprPtr condition) {
  return CaseWhen(std::move(condition), LongOf(1), LongOf(0));
}

BoundExprPtr Not(BoundExprPtr condition) { return MakeCall("not", {std::move(condition)}); }
BoundExprPtr And(BoundExprPtr left, BoundExprPtr right) {
  return MakeCall("and", {std::move(left), std::move(right)});
}
BoundExprPtr Or(BoundExprPtr left, BoundExprPtr right) {
  return MakeCall("or", {std::move(left), std::move(right)});
}
BoundExprPtr IsAbove(BoundExprPtr number, int64_t bound) {
  return MakeCall(">", {std::move(number), LongOf(bound)});
}
BoundExprPtr IsNone(BoundExprPtr number) { return MakeCall("=", {std::move(number), LongOf(0)}); }
BoundExprPtr IsThere(BoundExprPtr value) { return MakeCall("isnotnull", {std::move(value)}); }

BoundExprPtr OrZero(const BoundExprPtr& value) {
  BoundExprPtr zero = CastTo(LiteralOf(Value::Long(0), {}), value->type);
  return CaseWhen(IsThere(value), value, std::move(zero));
}

const BoundAggregate& AggregateOf(const NamedExpr& one) {
  return std::get<BoundAggregate>(one.expr->node);
}

bool CountsRows(const BoundAggregate& aggregate) {
  return !IsSum(aggregate) && std::all_of(aggregate.arguments.begin(), aggregate.arguments.end(),
                                          [](const BoundExprPtr& one) {
                                            const Value* literal = AsLiteral(*one);
                                            return literal != nullptr && !literal->is_null();
                                          });
}

// What is looked at of each row that came or went: the number to add, or whether it counts.
BoundExprPtr LookedAt(const BoundAggregate& aggregate) {
  if (IsSum(aggregate)) return aggregate.arguments.front();
  BoundExprPtr counts;
  for (const BoundExprPtr& argument : aggregate.arguments) {
    BoundExprPtr is_there = IsThere(argument);
    counts = counts == nullptr ? is_there : And(counts, is_there);
  }
  return counts == nullptr ? LiteralOf(Value::Boolean(true), {}) : counts;
}

BoundExprPtr Aggregated(const char* function, BoundExprPtr argument) {
  const std::vector<BoundExprPtr> arguments{std::move(argument)};
  const Signature& signature = FittingSignature(function, arguments);
  return MakeExpr({}, signature.result, true,
                  BoundAggregate{&signature, arguments, false, nullptr, {}});
}

// Of the rows where `condition` is true, how many there are.
BoundExprPtr CountWhere(BoundExprPtr condition) {
  return Aggregated("count", CaseWhen(std::move(condition), LongOf(1),
                                      LiteralOf(Value::Null(TypeId::kLong), {})));
}

BoundExprPtr SumWhere(BoundExprPtr condition, const BoundExprPtr& number) {
  return Aggregated(
      "sum", CaseWhen(std::move(condition), number, LiteralOf(Value::Null(number->type), {})));
}

}  // namespace

bool IsMergeable(const BoundExpr& expr) {
  const auto* aggregate = std::get_if<BoundAggregate>(&expr.node);
  if (aggregate == nullptr || aggregate->distinct || aggregate->filter != nullptr) return false;
  if (aggregate->signature->name == "count") return true;
  if (!IsSum(*aggregate) || aggregate->arguments.size() != 1) return false;
  const DataType& type = aggregate->arguments.front()->type;
  if (type.IsIntegral()) return true;
  return type.id() == TypeId::kDecimal &&
         (type.scale() <= kMostScale || type.precision() <= kMostPrecision);
}

GroupMerge::GroupMerge(const RefreshShape& shape, FreshIds& ids)
    : aggregate_(std::get<AggregatePlan>(shape.merged->node)), shape_(shape), ids_(ids) {}

// How many rows came and went; and of each aggregate what came and went, and of sums how many of
// these were numbers.
std::vector<PlanColumn> GroupMerge::Parts() {
  std::vector<PlanColumn> parts = {ids_.Column("came", TypeId::kLong, false),
                                   ids_.Column("went", TypeId::kLong, false)};
  for (size_t i = 0; i < aggregate_.aggregates.size(); ++i) {
    const NamedExpr& one = aggregate_.aggregates[i];
    const std::string number = std::to_string(i);
    const bool sums = IsSum(AggregateOf(one));
    parts.push_back(ids_.Column("came" + number, one.expr->type, sums));
    parts.push_back(ids_.Column("went" + number, one.expr->type, sums));
    if (!sums) continue;
    parts.push_back(ids_.Column("numbers_came" + number, TypeId::kLong, false));
    parts.push_back(ids_.Column("numbers_went" + number, TypeId::kLong, false));
  }
  return parts;
}

PlanPtr GroupMerge::Differences(const PlanChanges& changes, ChangeDeriver& deriver) {
  std::vector<NamedExpr> exprs;
  std::vector<NamedExpr> keys;
  for (const BoundExprPtr& key : shape_.keys) {
    exprs.push_back({ids_.Column("key", key->type, key->nullable), key});
    keys.push_back(
        {ids_.Column("key", key->type, key->nullable), ColumnOf(exprs.back().column, {})});
  }
  std::vector<BoundExprPtr> looked_at;
  for (const NamedExpr& one : aggregate_.aggregates) {
    const BoundExprPtr expr = LookedAt(AggregateOf(one));
    exprs.push_back({ids_.Column("value", expr->type, expr->nullable), expr});
    looked_at.push_back(ColumnOf(exprs.back().column, {}));
  }
  PlanChanges seen = changes;
  exprs.push_back(PassedOn(seen.weight));
  seen.plan = MakeProject(seen.plan, std::move(exprs));
  // What came and went again is nothing: what is left of those that came is there now.
  seen = deriver.Netted(std::move(seen));
  const BoundExprPtr weight = ColumnOf(seen.weight, {});
  auto with_number = seen.plan->columns;
  const std::vector<PlanColumn> number = {ids_.Column("number", TypeId::kLong, false)};
  with_number.push_back(number.front());
  const PlanPtr each = MakePlan(std::move(with_number),
                                GeneratePlan{seen.plan,
                                             &RangeSignature(),
                                             {LongOf(0), MakeCall("abs", {weight}), LongOf(1)},
                                             false,
                                             number});
  const BoundExprPtr comes = IsAbove(weight, 0);
  const BoundExprPtr goes = MakeCall("<", {weight, LongOf(0)});
  const std::vector<PlanColumn> columns = Parts();
  AggregatePlan sums{each, keys, {}, {}};
  const auto add = [&](BoundExprPtr expr) {
    sums.aggregates.push_back({columns[sums.aggregates.size()], std::move(expr)});
  };
  add(CountWhere(comes));
  add(CountWhere(goes));
  for (size_t i = 0; i < looked_at.size(); ++i) {
    const BoundExprPtr& value = looked_at[i];
    if (!IsSum(AggregateOf(aggregate_.aggregates[i]))) {
      add(CountWhere(And(comes, value)));
      add(CountWhere(And(goes, value)));
      continue;
    }
    add(SumWhere(comes, value));
    add(SumWhere(goes, value));
    add(CountWhere(And(comes, IsThere(value))));
    add(CountWhere(And(goes, IsThere(value))));
  }
  std::vector<PlanColumn> all;
  for (const NamedExpr& key : keys) all.push_back(key.column);
  all.insert(all.end(), columns.begin(), columns.end());
  return MakePlan(std::move(all), std::move(sums));
}

namespace {

// The groups as they become, column by column.
class Becoming {
 public:
  Becoming(const GroupMerge::Pairs& pairs, const RefreshShape& shape,
           const AggregatePlan& aggregate)
      : pairs_(pairs), shape_(shape), aggregate_(aggregate) {
    came_ = ColumnOf(pairs_.parts[next_++], {});
    went_ = ColumnOf(pairs_.parts[next_++], {});
    had_ = IsThere(ColumnOf(pairs_.file, {}));
    for (size_t i = 0; i < aggregate_.aggregates.size(); ++i) Add(i);
    FindWhetherThere();
  }

  const std::vector<BoundExprPtr>& values() const { return values_; }
  const BoundExprPtr& is_there() const { return is_there_; }
  const BoundExprPtr& had() const { return had_; }
  const BoundExprPtr& unsure() const { return unsure_; }
  BoundExprPtr StaysAsItWas() const {
    BoundExprPtr stays = And(And(had_, is_there_), Not(unsure_));
    for (size_t i = 0; i < values_.size(); ++i) {
      stays = And(stays, IsSameValue(values_[i], Old(i)));
    }
    return stays;
  }

 private:
  BoundExprPtr Old(size_t i) const { return ColumnOf(pairs_.view[shape_.merged_columns[i]], {}); }

  void Add(size_t i) {
    const BoundAggregate& aggregate = AggregateOf(aggregate_.aggregates[i]);
    const BoundExprPtr came = ColumnOf(pairs_.parts[next_++], {});
    const BoundExprPtr went = ColumnOf(pairs_.parts[next_++], {});
    if (!IsSum(aggregate)) {
      values_.push_back(MakeCall("-", {MakeCall("+", {OrZero(Old(i)), came}), went}));
      if (CountsRows(aggregate)) rows_ = values_.back();
      return;
    }
    const BoundExprPtr numbers_came = ColumnOf(pairs_.parts[next_++], {});
    const BoundExprPtr numbers_went = ColumnOf(pairs_.parts[next_++], {});
    const BoundExprPtr old = Old(i);
    const BoundExprPtr total = CastTo(
        MakeCall("-", {MakeCall("+", {OrZero(old), OrZero(came)}), OrZero(went)}), old->type);
    const BoundExprPtr zero = CastTo(LiteralOf(Value::Long(0), {}), old->type);
    // A sum of no numbers is NULL. There are some if some came, if none of those before went, and
    // if they don't add up to nothing.
    const BoundExprPtr nothing_went = IsNone(numbers_went);
    const BoundExprPtr none = And(And(nothing_went, IsNone(numbers_came)), Not(IsThere(old)));
    BoundExprPtr some = Or(IsAbove(numbers_came, 0), And(nothing_went, IsThere(old)));
    some = Or(some, MakeCall("<>", {total, zero}));
    if (!aggregate.arguments.front()->nullable) some = LiteralOf(Value::Boolean(true), {});
    values_.push_back(CaseWhen(none, LiteralOf(Value::Null(old->type), {}), total));
    const BoundExprPtr known = And(some, IsThere(total));
    unsure_sums_ = Or(unsure_sums_, And(Not(none), Not(known)));
  }

  // Where no rows are counted, a group is there for certain if rows came that stay, or none went.
  void FindWhetherThere() {
    if (rows_ != nullptr) {
      is_there_ = IsAbove(rows_, 0);
      const BoundExprPtr out_of_step = MakeCall("<", {rows_, LongOf(0)});
      unsure_ = Or(out_of_step, And(is_there_, unsure_sums_));
      return;
    }
    is_there_ = Or(IsAbove(came_, 0), IsNone(went_));
    unsure_ = Or(Not(is_there_), unsure_sums_);
  }

  const GroupMerge::Pairs& pairs_;
  const RefreshShape& shape_;
  const AggregatePlan& aggregate_;
  size_t next_ = 0;
  BoundExprPtr came_;
  BoundExprPtr went_;
  BoundExprPtr had_;
  std::vector<BoundExprPtr> values_;
  BoundExprPtr rows_;  // How many the group has, where that is counted.
  BoundExprPtr unsure_sums_ = LiteralOf(Value::Boolean(false), {});
  BoundExprPtr is_there_;
  BoundExprPtr unsure_;
};

// The projections of `plan` above `below`, with `behind` passed on through all of them.
PlanPtr Above(const PlanPtr& plan, const PlanPtr& below, const PlanPtr& instead,
              const std::vector<PlanColumn>& behind) {
  if (plan == below) return instead;
  if (const auto* sort = std::get_if<SortPlan>(&plan->node)) {
    return Above(sort->child, below, instead, behind);
  }
  const auto& project = std::get<ProjectPlan>(plan->node);
  std::vector<NamedExpr> exprs = project.exprs;
  for (const PlanColumn& column : behind) exprs.push_back(PassedOn(column));
  return MakeProject(Above(project.child, below, instead, behind), std::move(exprs));
}

}  // namespace

GroupMerge::Groups GroupMerge::Merged(const Pairs& pairs) {
  const Becoming becoming(pairs, shape_, aggregate_);
  Groups groups{nullptr, ids_.Column("weight", TypeId::kLong, false),
                ids_.Column("file", TypeId::kLong, false), ids_.Column("row", TypeId::kLong, false),
                ids_.Column("unsure", TypeId::kLong, false)};
  std::vector<NamedExpr> exprs;
  for (size_t i = 0; i < aggregate_.keys.size(); ++i) {
    exprs.push_back({aggregate_.keys[i].column, ColumnOf(pairs.keys[i], {})});
  }
  for (size_t i = 0; i < aggregate_.aggregates.size(); ++i) {
    exprs.push_back({aggregate_.aggregates[i].column, becoming.values()[i]});
  }
  const auto place = [&](const PlanColumn& column) {
    return CaseWhen(becoming.had(), ColumnOf(column, {}), LongOf(-1));
  };
  exprs.push_back({groups.weight, AsLong(becoming.is_there())});
  exprs.push_back({groups.file, place(pairs.file)});
  exprs.push_back({groups.row, place(pairs.row)});
  exprs.push_back({groups.unsure, AsLong(becoming.unsure())});
  std::vector<PlanColumn> behind = {groups.weight, groups.file, groups.row, groups.unsure};
  for (const PlanColumn& column : pairs.view) {
    exprs.push_back(PassedOn(column));
    behind.push_back(column);
  }
  const PlanPtr changed = MakeFilter(pairs.plan, Not(becoming.StaysAsItWas()));
  groups.plan = Above(shape_.query, shape_.merged, MakeProject(changed, std::move(exprs)), behind);
  return groups;
}

}  // namespace weir::sql
