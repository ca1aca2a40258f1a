#include "weir/sql/changed_table.h"

#include <algorithm>
#include <utility>

#include "weir/base/check.h"
#include "weir/sql/binder_signatures.h"
#include "weir/sql/column_expr.h"
#include "weir/sql/declared_strings.h"
#include "weir/sql/evolved_columns.h"
#include "weir/sql/functions.h"
#include "weir/types/column_rules.h"

namespace weir::sql {

ChangedTable::ChangedTable(Binding& binding, const ChangeTarget& target,
                           const std::optional<Identifier>& alias, const Surroundings& around)
    : binding_(binding), around_(around), evolution_(target.evolution), schema_(target.schema) {
  for (const Field& field : schema_.fields()) {
    stored_columns_.push_back(
        {binding.NewColumn(), field.name, field.type, field.nullable, field.metadata});
  }
  file_ = {binding.NewColumn(), kFileColumn, TypeId::kLong, false};
  row_ = {binding.NewColumn(), kRowColumn, TypeId::kLong, false};
  std::vector<PlanColumn> all = stored_columns_;
  all.push_back(file_);
  all.push_back(row_);
  scan_ =
      PaddedScan(binding, MakePlan(std::move(all), ScanPlan{target.input, target.display_name}));
  columns_ = scan_->columns;
  columns_.resize(stored_columns_.size());
  auto qualifier = alias ? std::vector<std::string>{alias->text} : target.qualifier;
  scope_.Add(std::make_shared<ScopeRelation>(std::move(qualifier), columns_));
}

ExpressionBinder ChangedTable::BinderOver(const Scope& scope, Clause clause) {
  ExprContext context;
  context.clause = clause;
  context.scope = &scope;
  context.around = &around_;
  return ExpressionBinder(binding_, std::move(context));
}

BoundExprPtr ChangedTable::BindCondition(const Expr& expr, const Scope& scope) {
  BoundExprPtr bound =
      BinderOver(scope, Clause::kWhere).BindCondition(expr, "DATATYPE_MISMATCH.FILTER_NOT_BOOLEAN");
  if (bound == nullptr || !CheckPicksByRule(binding_, *bound, expr.span)) return nullptr;
  return bound;
}

BoundExprPtr ChangedTable::BindValue(const Expr& expr, const Scope& scope) {
  return BinderOver(scope, Clause::kWhere).Bind(expr);
}

BoundExprPtr ChangedTable::Call(std::string_view name, std::vector<BoundExprPtr> arguments) {
  const Scope none;
  BoundExprPtr call = BinderOver(none, Clause::kWhere).Call(name, std::move(arguments), {});
  WEIR_CHECK(call != nullptr);
  return call;
}

BoundExprPtr ChangedTable::AggregateCall(std::string_view name,
                                         std::vector<BoundExprPtr> arguments) {
  const Scope none;
  const Signature* signature = BinderOver(none, Clause::kSelect).FindSignature(name, arguments, {});
  WEIR_CHECK(signature != nullptr);
  BoundAggregate call;
  call.signature = signature;
  call.arguments = std::move(arguments);
  return MakeExpr({}, signature->result, true, std::move(call));
}

void ChangedTable::Evolve(const Schema& given) {
  WEIR_CHECK(evolution_.has_value());
  schema_ = evolution_->with(given);
}

std::optional<std::vector<BoundExprPtr>> ChangedTable::BindSet(const std::vector<Assignment>& set,
                                                               const Scope& scope, bool inserts) {
  std::vector<BoundExprPtr> values(schema_.size());
  std::vector<bool> whole(schema_.size());
  bool failed = false;
  for (const Assignment& one : set) {
    const ScopeLookup found = scope_.Find(LowerParts(one.column));
    const auto* match = std::get_if<ScopeMatch>(&found);
    const auto at = match == nullptr
                        ? columns_.end()
                        : std::find_if(columns_.begin(), columns_.end(), [&](const auto& column) {
                            return column.id == match->column.id;
                          });
    if (at == columns_.end()) {
      binding_.Report("UNRESOLVED_COLUMN.WITH_SUGGESTION", one.column.span,
                      "the table has no column " + one.column.ToString(),
                      DidYouMean(scope_.Suggestions(one.column.parts.back().text)));
      failed = true;
      continue;
    }
    const auto column = static_cast<size_t>(at - columns_.begin());
    const bool is_whole = match->parts == one.column.parts.size();
    if (whole[column] || (is_whole && values[column] != nullptr)) {
      binding_.Report("DUPLICATE_ASSIGNMENTS", one.column.span,
                      QuoteName(at->name) + " is set twice", "leave one of them out");
      failed = true;
      continue;
    }
    whole[column] = is_whole;
    const bool leaves = is_whole && IsDefaultWord(*one.value) && IsComputed(schema_[column]);
    if (!(leaves && inserts) && !MayGive(column, one.column.span, inserts)) {
      failed = true;
      continue;
    }
    if (leaves) continue;
    BoundExprPtr base = values[column] != nullptr ? values[column] : ColumnOf(*at, one.column.span);
    BoundExprPtr value =
        is_whole ? BindAssigned(*one.value, column, scope)
                 : WithField(std::move(base), one.column.parts, match->parts, *one.value, scope);
    if (value != nullptr) value = Stored(std::move(value), column, one.value->span);
    failed |= value == nullptr;
    values[column] = std::move(value);
  }
  if (failed) return std::nullopt;
  return values;
}

bool ChangedTable::MayGive(size_t column, const Span& span, bool inserts) {
  const Field& field = schema_[column];
  const auto rule = IdentityOf(field);
  if (!rule || (inserts && !rule->always)) return true;
  if (inserts) {
    ReportExplicitNumber(binding_, field, span);
  } else {
    binding_.Report("DELTA_IDENTITY_COLUMNS_UPDATE_NOT_SUPPORTED", span,
                    "UPDATE on IDENTITY column " + field.name + " is not supported",
                    "leave it as it is, or delete the row and insert it anew");
  }
  return false;
}

// The word DEFAULT stands for what the table gives the column.
BoundExprPtr ChangedTable::BindAssigned(const Expr& value, size_t column, const Scope& scope) {
  return IsDefaultWord(value) ? Default(column) : BindValue(value, scope);
}

BoundExprPtr ChangedTable::Default(size_t column) { return DefaultOf(binding_, schema_[column]); }

PlanPtr ChangedTable::WithGenerated(PlanPtr rows, std::vector<PlanColumn>& columns,
                                    const std::vector<BoundExprPtr>& when) {
  return sql::WithGenerated(binding_, std::move(rows), columns, schema_, when);
}

// The struct with one member, maybe further down, replaced.
BoundExprPtr ChangedTable::WithField(BoundExprPtr base, const std::vector<Identifier>& path,
                                     size_t from, const Expr& value, const Scope& scope) {
  if (from == path.size()) {
    BoundExprPtr bound = BindValue(value, scope);
    if (bound == nullptr) return nullptr;
    if (CanCast(bound->type, base->type)) return CastTo(std::move(bound), base->type);
    binding_.Report("DATATYPE_MISMATCH", value.span,
                    "a value of type " + QuotedType(bound->type) + " cannot be stored as " +
                        QuotedType(base->type),
                    "convert it with CAST");
    return nullptr;
  }
  std::vector<BoundExprPtr> members;
  bool found = false;
  if (base->type.id() == TypeId::kStruct) {
    const auto& fields = base->type.fields();
    for (size_t i = 0; i < fields.size(); ++i) {
      BoundExprPtr member = MakeExpr(base->span, fields[i].type, true, BoundField{base, i});
      if (LowerName(fields[i].name) == LowerName(path[from].text)) {
        found = true;
        member = WithField(std::move(member), path, from + 1, value, scope);
        if (member == nullptr) return nullptr;
      }
      members.push_back(LiteralOf(Value::String(fields[i].name), base->span));
      members.push_back(std::move(member));
    }
  }
  if (!found) {
    binding_.Report(
        "FIELD_NOT_FOUND", path[from].span,
        "there is no field " + QuoteName(path[from].text) + " in " + QuotedType(base->type));
    return nullptr;
  }
  return Call("named_struct", std::move(members));
}

BoundExprPtr ChangedTable::Stored(BoundExprPtr value, size_t column, const Span& span,
                                  const BoundExprPtr& before) {
  const Field& field = schema_[column];
  if (evolution_) {
    if (BoundExprPtr fitted = FitByName(binding_, value, field.type, before)) {
      return StoredStrings(binding_, std::move(fitted), field.metadata);
    }
  } else if (CanCast(value->type, field.type)) {
    return StoredStrings(binding_, CastTo(std::move(value), field.type), field.metadata);
  }
  binding_.Report("DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION", span,
                  "column " + QuoteName(field.name) + " is of type " + QuotedType(field.type) +
                      ", in which a value of type " + QuotedType(value->type) + " cannot be stored",
                  "convert it with CAST");
  return nullptr;
}

BoundExprPtr ChangedTable::Before(size_t column) const {
  if (column < columns_.size()) {
    BoundExprPtr fitted = FitByName(binding_, ColumnOf(columns_[column], {}), schema_[column].type);
    WEIR_CHECK(fitted != nullptr);  // Types only grow.
    return fitted;
  }
  return LiteralOf(Value::Null(schema_[column].type), {});
}

PlanPtr ChangedTable::Kept() {
  std::vector<BoundExprPtr> values;
  for (size_t i = 0; i < schema_.size(); ++i) values.push_back(Before(i));
  return MakeProject(scan_, Named(values));
}

PlanPtr ChangedTable::BeforeAndAfter(PlanPtr changed) {
  after_ = {binding_.NewColumn(), "after", TypeId::kBoolean, false};
  ValuesPlan both;
  for (const bool after : {false, true})
    both.rows.push_back({LiteralOf(Value::Boolean(after), {})});
  std::vector<PlanColumn> columns = changed->columns;
  columns.push_back(after_);
  return MakePlan(std::move(columns), JoinPlan{JoinKind::kCross, std::move(changed),
                                               MakePlan({after_}, std::move(both)), nullptr});
}

std::vector<NamedExpr> ChangedTable::FeedOf(const std::vector<BoundExprPtr>& values,
                                            BoundExprPtr type) {
  std::vector<NamedExpr> named = Named(values);
  named.push_back(
      {{binding_.NewColumn(), "_change_type", TypeId::kString, false}, std::move(type)});
  return named;
}

std::vector<NamedExpr> ChangedTable::Named(const std::vector<BoundExprPtr>& values) {
  std::vector<NamedExpr> named;
  for (size_t i = 0; i < values.size(); ++i) {
    const Field& field = schema_[i];
    named.push_back(
        {{binding_.NewColumn(), field.name, field.type, values[i]->nullable, field.metadata},
         values[i]});
  }
  return named;
}

BoundExprPtr ChangeType(const char* type) { return LiteralOf(Value::String(type), {}); }

BoundExprPtr If(BoundExprPtr condition, BoundExprPtr yes, BoundExprPtr no) {
  const DataType type = yes->type;
  const bool nullable = yes->nullable || no->nullable;
  return MakeExpr({}, type, nullable,
                  BoundCase{{{std::move(condition), std::move(yes)}}, std::move(no)});
}

BoundExpectation Counted(const char* name, BoundExprPtr condition, bool dropped) {
  return {name, dropped ? ViolationAction::kDropRow : ViolationAction::kWarn, std::move(condition)};
}

bool CheckPicksByRule(Binding& binding, const BoundExpr& expr, const Span& span) {
  // The time of the statement is bound once.
  bool by_rule = true;
  ForEachExpr(expr, [&](const BoundExpr& one) {
    const auto* call = std::get_if<BoundCall>(&one.node);
    by_rule &= call == nullptr || call->signature->deterministic ||
               call->signature == &StatementConstant();
  });
  if (by_rule) return true;
  binding.Report("DELTA_NON_DETERMINISTIC_FUNCTION_NOT_SUPPORTED", span,
                 "what picks the rows to change must say the same each time it is asked",
                 "leave out functions such as rand()");
  return false;
}

}  // namespace weir::sql
