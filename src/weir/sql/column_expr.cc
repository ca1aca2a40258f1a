#include "weir/sql/column_expr.h"

#include <algorithm>
#include <utility>

#include "weir/base/check.h"
#include "weir/sql/binder_signatures.h"
#include "weir/sql/column_values.h"
#include "weir/sql/declared_strings.h"
#include "weir/sql/parser.h"
#include "weir/types/column_rules.h"

namespace weir::sql {
namespace {

// A table's expressions name nothing outside of it.
class NoNames final : public NameResolver {
 public:
  std::variant<ResolvedRelation, Diagnostic> Table(const Name& name, bool,
                                                   const std::optional<Value>&) override {
    return Refusal(name);
  }
  std::variant<ResolvedRelation, Diagnostic> TableFunction(const Name& name,
                                                           const std::vector<NamedArgument>&,
                                                           bool) override {
    return Refusal(name);
  }

 private:
  static Diagnostic Refusal(const Name& name) {
    return {"UNSUPPORTED_FEATURE", "0A000", name.span,
            "an expression that belongs to a table cannot read " + name.ToString(),
            "it sees the columns of its table"};
  }
};

}  // namespace

BoundExprPtr BindColumnText(Binding& binding, const std::vector<PlanColumn>& columns,
                            const std::string& text, const std::string& what) {
  auto parsed = ParseExpression(std::make_shared<SourceText>(SourceText{"<" + what + ">", text}));
  if (auto* diagnostics = std::get_if<Diagnostics>(&parsed)) {
    for (Diagnostic& one : *diagnostics) binding.Report(std::move(one));
    return nullptr;
  }
  const std::shared_ptr<const Expr> expr(std::get<ExprPtr>(std::move(parsed)));
  binding.made.push_back(expr);
  NoNames names;
  Surroundings around;
  around.names = &names;
  Scope scope;
  scope.Add(std::make_shared<ScopeRelation>(std::vector<std::string>{}, columns));
  ExprContext context;
  context.clause = Clause::kWhere;
  context.scope = &scope;
  context.around = &around;
  return ExpressionBinder(binding, std::move(context)).Bind(*expr);
}

BoundExprPtr CallOf(Binding& binding, std::string_view name, std::vector<BoundExprPtr> arguments) {
  const Scope none;
  const Surroundings around;
  ExprContext context;
  context.clause = Clause::kWhere;
  context.scope = &none;
  context.around = &around;
  BoundExprPtr call =
      ExpressionBinder(binding, std::move(context)).Call(name, std::move(arguments), {});
  WEIR_CHECK(call != nullptr);
  return call;
}

PlanPtr ColumnsOnly(Binding& binding, const Schema& schema) {
  std::vector<PlanColumn> columns;
  for (const Field& field : schema.fields()) {
    columns.push_back(
        {binding.NewColumn(), field.name, field.type, field.nullable, field.metadata});
  }
  return MakePlan(std::move(columns), ValuesPlan{});
}

void CheckColumnExpr(Binding& binding, const BoundExpr& expr, const Span& span,
                     const std::string& condition, const std::string& what, bool of_the_moment) {
  bool has_query = false, varies = false;
  ForEachExpr(expr, [&](const BoundExpr& one) {
    has_query |= std::holds_alternative<BoundSubquery>(one.node);
    const auto* call = std::get_if<BoundCall>(&one.node);
    if (call == nullptr || call->signature->deterministic) return;
    varies |= !of_the_moment || call->signature != &StatementConstant();
  });
  if (has_query) {
    binding.Report(condition, span, what + " cannot hold a sub-query",
                   "compare the columns of the row with each other and with values");
  } else if (varies) {
    binding.Report(condition, span, what + " must give the same each time it is asked",
                   of_the_moment ? "leave out functions such as rand()"
                                 : "leave out functions such as rand() and current_date()");
  }
}

bool IsDefaultWord(const Expr& expr) {
  const auto* name = std::get_if<NameExpr>(&expr.node);
  return name != nullptr && name->name.parts.size() == 1 &&
         LowerName(name->name.parts[0].text) == "default" &&
         !name->name.parts[0].span.Text().starts_with('`');
}

BoundExprPtr DefaultOf(Binding& binding, const Field& field) {
  const auto text = MetadataText(field, kDefaultKey);
  if (!text) return LiteralOf(Value::Null(field.type), {});
  BoundExprPtr value = BindColumnText(binding, {}, *text, "DEFAULT of " + field.name);
  if (value == nullptr) return nullptr;
  if (!CanAssign(value->type, field.type)) {
    binding.Report("INVALID_DEFAULT_VALUE.DATA_TYPE", value->span,
                   "the DEFAULT of column " + QuoteName(field.name) + ", which is of type " +
                       QuotedType(field.type) + ", is of type " + QuotedType(value->type),
                   "convert it with CAST");
    return nullptr;
  }
  return StoredStrings(binding, CastTo(std::move(value), field.type), field.metadata);
}

bool IsComputed(const Field& field) {
  return MetadataText(field, kGenerationKey).has_value() || IdentityOf(field).has_value();
}

void ReportExplicitNumber(Binding& binding, const Field& field, const Span& span) {
  binding.Report("DELTA_IDENTITY_COLUMNS_EXPLICIT_INSERT_NOT_SUPPORTED", span,
                 "Providing values for GENERATED ALWAYS AS IDENTITY column " + field.name +
                     " is not supported",
                 "leave the column out, or say DEFAULT: the table gives the number");
}

namespace {

// What the table gives the column in a new row; null: it gives nothing, or that is reported.
BoundExprPtr ComputedValue(Binding& binding, const std::vector<PlanColumn>& given,
                           const Field& field) {
  if (const auto text = MetadataText(field, kGenerationKey)) {
    return BindColumnText(binding, given, *text, "generated column " + field.name);
  }
  const auto rule = IdentityOf(field);
  if (!rule) return nullptr;
  const auto next = NextNumber(*rule);
  if (!next) {
    binding.Report("ARITHMETIC_OVERFLOW", {},
                   "the numbers of identity column " + QuoteName(field.name) + " are used up");
    return nullptr;
  }
  return MakeExpr(
      {}, TypeId::kLong, false,
      BoundCall{&NextNumberSignature(),
                {LiteralOf(Value::String(field.name), {}), LiteralOf(Value::Long(*next), {}),
                 LiteralOf(Value::Long(rule->step), {})}});
}

}  // namespace

PlanPtr WithGenerated(Binding& binding, PlanPtr plan, std::vector<PlanColumn>& columns,
                      const Schema& schema, const std::vector<BoundExprPtr>& when) {
  const std::vector<PlanColumn> given = columns;
  std::vector<NamedExpr> exprs;
  bool any = false;
  for (size_t i = 0; i < schema.size(); ++i) {
    const Field& field = schema[i];
    BoundExprPtr value = ColumnOf(given[i], {});
    if (when[i] != nullptr && IsComputed(field)) {
      any = true;
      BoundExprPtr made = ComputedValue(binding, given, field);
      if (made == nullptr) return nullptr;
      made = StoredStrings(binding, CastTo(std::move(made), field.type), field.metadata);
      const Value* always = AsLiteral(*when[i]);
      const bool is_always = always != nullptr && !always->is_null() && always->boolean();
      const bool nullable = made->nullable || (!is_always && value->nullable);
      value = is_always ? std::move(made)
                        : MakeExpr({}, field.type, nullable,
                                   BoundCase{{{when[i], std::move(made)}}, std::move(value)});
      columns[i] = {binding.NewColumn(), field.name, field.type, value->nullable, field.metadata};
    }
    exprs.push_back({columns[i], std::move(value)});
  }
  if (!any) return plan;
  // What else the plan gives goes on.
  for (const PlanColumn& column : plan->columns) {
    const bool is_given = std::any_of(
        given.begin(), given.end(), [&](const PlanColumn& other) { return other.id == column.id; });
    if (!is_given) exprs.push_back({column, ColumnOf(column, {})});
  }
  return MakeProject(std::move(plan), std::move(exprs));
}

}  // namespace weir::sql
