#include "weir/sql/row_rules.h"

#include <functional>
#include <unordered_set>
#include <utility>

#include "weir/sql/column_expr.h"
#include "weir/types/column_rules.h"

namespace weir::sql {
namespace {

// No text can name an expectation so.
constexpr std::string_view kRulePrefix = "\x01";

RowRule NotNullRule(const std::string& column, std::string condition) {
  return {"NOT NULL " + column, std::move(condition), "DELTA_NOT_NULL_CONSTRAINT_VIOLATED",
          "NOT NULL constraint violated for column: " + column + "; nothing was written", false};
}

std::string InBackticks(const std::string& name) {
  std::string quoted = "`";
  for (const char c : name) quoted.append(c == '`' ? 2 : 1, c);
  return quoted + "`";
}

// Walks a type for what must not be NULL in it. `around` puts a condition about the value at hand
// into one about the whole row.
class NotNullWalk {
 public:
  using Around = std::function<std::string(const std::string&)>;

  explicit NotNullWalk(std::vector<RowRule>& rules) : rules_(rules) {}

  void Field(const weir::Field& field, const std::string& path, const std::string& value,
             const Around& around) {
    if (!field.nullable) rules_.push_back(NotNullRule(path, around(value + " IS NOT NULL")));
    Type(field.type, path, value, [&](const std::string& condition) {
      return around("(" + value + " IS NULL OR " + condition + ")");
    });
  }

 private:
  void Type(const DataType& type, const std::string& path, const std::string& value,
            const Around& around) {
    switch (type.id()) {
      case TypeId::kStruct:
        for (const weir::Field& field : type.fields()) {
          Field(field, path + "." + field.name, value + "." + InBackticks(field.name), around);
        }
        return;
      case TypeId::kArray:
        return Elements(type.element(), type.contains_null(), path + ".element", value, around);
      case TypeId::kMap:
        Elements(type.key(), true, path + ".key", "map_keys(" + value + ")", around);
        return Elements(type.value(), type.contains_null(), path + ".value",
                        "map_values(" + value + ")", around);
      default:
        return;
    }
  }

  void Elements(const DataType& type, bool nullable, const std::string& path,
                const std::string& array, const Around& around) {
    const std::string element = "e" + std::to_string(++lambdas_);
    Field({path, type, nullable, "{}"}, path, element, [&](const std::string& condition) {
      return around("forall(" + array + ", " + element + " -> " + condition + ")");
    });
  }

  std::vector<RowRule>& rules_;
  int lambdas_ = 0;
};

void AddInvariants(const std::vector<Field>& fields, const std::string& above,
                   std::vector<RowRule>& rules) {
  for (const Field& field : fields) {
    if (const auto condition = InvariantOf(field)) {
      RowRule rule = CheckConstraintRule("EXPRESSION(" + *condition + ")", *condition);
      rules.push_back(std::move(rule));
    }
    if (field.type.id() == TypeId::kStruct) {
      AddInvariants(field.type.fields(), above + field.name + ".", rules);
    }
  }
}

// The condition, bound over the plan's columns; null: reported.
BoundExprPtr BindRule(Binding& binding, const Plan& plan, const RowRule& rule) {
  const BoundExprPtr bound = BindColumnText(binding, plan.columns, rule.condition, rule.name);
  if (bound == nullptr || bound->type.id() == TypeId::kBoolean) return bound;
  if (bound->type.id() == TypeId::kVoid) return CastTo(bound, TypeId::kBoolean);
  binding.Report("DELTA_NON_BOOLEAN_CHECK_CONSTRAINT", bound->span,
                 "CHECK constraint '" + rule.name + "' (" + rule.condition +
                     ") should be a boolean expression");
  return nullptr;
}

std::vector<std::string> NamesIn(const BoundExpr& condition,
                                 const std::vector<PlanColumn>& columns) {
  std::unordered_set<ColumnId> ids;
  CollectColumns(condition, ids);
  std::vector<std::string> names;
  for (const PlanColumn& column : columns) {
    if (ids.contains(column.id)) names.push_back(column.name);
  }
  return names;
}

// Whether the plan's types say already that no row can break it.
bool IsKept(const BoundExpr& condition) {
  const auto* call = std::get_if<BoundCall>(&condition.node);
  if (call == nullptr || call->arguments.size() != 1) return false;
  const bool is_column = AsColumn(*call->arguments[0]) != nullptr;
  const std::string_view name = call->signature->name;
  return is_column && (name == "isnotnull" || name == "is not null") &&
         !call->arguments[0]->nullable;
}

}  // namespace

RowRule CheckConstraintRule(const std::string& name, const std::string& condition,
                            const std::string& table) {
  return {name, condition, "DELTA_VIOLATE_CONSTRAINT_WITH_VALUES",
          "CHECK constraint " + name + " (" + condition + ")" +
              (table.empty() ? "" : " of table " + table) + " violated by row with values:",
          true};
}

std::vector<RowRule> RowRulesOf(const Schema& schema,
                                const std::map<std::string, std::string>& configuration,
                                const std::string& table) {
  std::vector<RowRule> rules;
  for (const Field& field : schema.fields()) {
    NotNullWalk(rules).Field(field, field.name, InBackticks(field.name),
                             [](const std::string& condition) { return condition; });
  }
  AddInvariants(schema.fields(), "", rules);
  for (const Field& field : schema.fields()) {
    const auto text = MetadataText(field, kGenerationKey);
    if (!text) continue;
    rules.push_back(CheckConstraintRule("Generated Column",
                                        InBackticks(field.name) + " <=> (" + *text + ")", table));
  }
  const std::string_view prefix = kConstraintPrefix;
  for (auto at = configuration.lower_bound(kConstraintPrefix);
       at != configuration.end() && at->first.starts_with(prefix); ++at) {
    rules.push_back(CheckConstraintRule(at->first.substr(prefix.size()), at->second, table));
  }
  return rules;
}

BindResult EnforceRules(PlanPtr plan, const std::vector<RowRule>& rules,
                        const BindOptions& options) {
  if (rules.empty()) return BoundQuery{std::move(plan)};
  Binding binding(options);
  binding.StartAfter(*plan);
  ExpectPlan expect{plan, {}};
  // An ExpectPlan that is there already takes the rules in: a statement has one at most.
  if (const auto* own = std::get_if<ExpectPlan>(&plan->node)) expect = *own;
  const size_t before = expect.expectations.size();
  for (const RowRule& rule : rules) {
    BoundExprPtr condition = BindRule(binding, *plan, rule);
    if (condition == nullptr || IsKept(*condition)) continue;
    BoundExpectation one{std::string(kRulePrefix) + rule.name, ViolationAction::kFailUpdate,
                         condition, rule.error_condition, rule.error_message};
    if (rule.tells_row) one.error_columns = NamesIn(*condition, plan->columns);
    one.condition = InZone(std::move(condition), options.zone);
    expect.expectations.push_back(std::move(one));
  }
  if (!binding.diagnostics().empty()) return std::move(binding.diagnostics());
  if (expect.expectations.size() == before) return BoundQuery{std::move(plan)};
  auto columns = plan->columns;
  return BoundQuery{MakePlan(std::move(columns), std::move(expect))};
}

bool IsRowRule(const std::string& expectation) { return expectation.starts_with(kRulePrefix); }

BindResult Violating(PlanPtr plan, const RowRule& rule, const BindOptions& options) {
  Binding binding(options);
  binding.StartAfter(*plan);
  BoundExprPtr condition = BindRule(binding, *plan, rule);
  if (condition == nullptr) return std::move(binding.diagnostics());
  const BoundExprPtr yes = LiteralOf(Value::Boolean(true), {});
  condition = CallOf(binding, "not", {CallOf(binding, "<=>", {std::move(condition), yes})});
  return BoundQuery{InForce(MakeFilter(std::move(plan), std::move(condition)), options)};
}

Diagnostics CheckConstraint(const Schema& schema, const RowRule& rule, const Span& span,
                            const BindOptions& options) {
  Binding binding(options);
  const auto plan = ColumnsOnly(binding, schema);
  if (const BoundExprPtr condition = BindRule(binding, *plan, rule); condition != nullptr) {
    CheckColumnExpr(binding, *condition, span, "DELTA_UNSUPPORTED_EXPRESSION_CHECK_CONSTRAINT",
                    "a CHECK constraint", /*of_the_moment=*/true);
  }
  Diagnostics found = InTextOrder(std::move(binding.diagnostics()));
  for (Diagnostic& one : found) one.span = span;
  return found;
}

}  // namespace weir::sql
