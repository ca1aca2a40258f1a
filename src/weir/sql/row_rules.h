#pragma once

#include <map>
#include <string>
#include <vector>

#include "weir/sql/binder.h"

// What a table asks of the rows that are written into it. Pure functions.
namespace weir::sql {

// A condition over a table's columns that is TRUE for every row of it. As in Delta, a row for which
// it is NULL does not meet it.
struct RowRule {
  std::string name;       // "positive"
  std::string condition;  // SQL.
  // What is thrown where a row does not meet it. Where `tells_row`, the message goes on with the
  // values that the condition looks at.
  std::string error_condition;
  std::string error_message;
  bool tells_row = false;
};

inline constexpr const char* kConstraintPrefix = "delta.constraints.";

// NOT NULL of columns, of members of structs and in arrays and maps; invariants; generated columns,
// which hold what their expression gives; CHECK constraints, as the table's properties have them.
// `table`: what messages call it; "" for nothing.
std::vector<RowRule> RowRulesOf(const Schema& schema,
                                const std::map<std::string, std::string>& configuration,
                                const std::string& table = "");
RowRule CheckConstraintRule(const std::string& name, const std::string& condition,
                            const std::string& table = "");

// `plan`, whose columns are those of the table, failing on a row that does not meet a rule. Rows
// that an expectation of the plan drops are not judged. Rules that the types keep by themselves
// cost nothing.
BindResult EnforceRules(PlanPtr plan, const std::vector<RowRule>& rules,
                        const BindOptions& options);
// Whether an expectation of a plan is one that EnforceRules added.
bool IsRowRule(const std::string& expectation);

// The rows of `plan`, whose columns are those of the table, that do not meet the rule.
BindResult Violating(PlanPtr plan, const RowRule& rule, const BindOptions& options);

// What is wrong with a CHECK constraint that a table is to have; nothing: it may have it.
Diagnostics CheckConstraint(const Schema& schema, const RowRule& rule, const Span& span,
                            const BindOptions& options);

}  // namespace weir::sql
