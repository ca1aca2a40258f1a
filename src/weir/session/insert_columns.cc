#include "weir/session/insert_columns.h"

#include <algorithm>

#include "weir/session/statement.h"
#include "weir/sql/column_values.h"
#include "weir/types/diagnostic.h"

namespace weir::session {

sql::PlanPtr FillColumns(sql::PlanPtr plan, const Schema& given, const PartitionValues& values,
                         const Schema& target, const sql::BindOptions& options) {
  constexpr sql::ColumnId kFirstFilled = 0x40000000;
  sql::ProjectPlan project{plan, {}};
  std::vector<sql::PlanColumn> columns;
  for (size_t i = 0; i < target.size(); ++i) {
    sql::BoundExpr expr;
    const sql::ColumnId id = kFirstFilled + static_cast<sql::ColumnId>(i);
    const auto value = values.find(target[i].name);
    if (const auto from = given.Find(target[i].name)) {
      const sql::PlanColumn& column = plan->columns[*from];
      expr = {{}, column.type, column.nullable, sql::BoundColumn{column.id, column.name}};
    } else if (value != values.end()) {
      expr = {{}, target[i].type, value->second.is_null(), sql::BoundLiteral{value->second}};
    } else {
      continue;
    }
    columns.push_back({id, target[i].name, expr.type, expr.nullable, "{}"});
    project.exprs.push_back({columns.back(), std::make_shared<sql::BoundExpr>(std::move(expr))});
  }
  return PlanOrThrow(sql::BindMissing(
      std::make_shared<sql::Plan>(sql::Plan{std::move(columns), std::move(project)}), target,
      options));
}

size_t ColumnOf(const sql::Identifier& name, const Schema& target) {
  if (const auto at = target.Find(name.text)) return *at;
  throw DiagnosticError(
      {{"UNRESOLVED_COLUMN.WITH_SUGGESTION", "42703", name.span,
        "the table has no column `" + name.text + "`", "its columns: " + target.ToDdl()}});
}

[[noreturn]] void NamedTwice(const sql::Identifier& name) {
  throw DiagnosticError({{"COLUMN_ALREADY_EXISTS", "42711", name.span,
                          "the column `" + name.text + "` stands twice", ""}});
}

Schema GivenColumns(const std::vector<sql::Identifier>& columns, const PartitionValues& values,
                    const Schema& target) {
  std::vector<Field> fields;
  if (columns.empty()) {
    for (const Field& field : target.fields()) {
      if (!values.contains(field.name)) fields.push_back(field);
    }
    return Schema(std::move(fields));
  }
  for (const auto& name : columns) {
    const Field& field = target[ColumnOf(name, target)];
    const bool again = std::any_of(fields.begin(), fields.end(),
                                   [&](const Field& other) { return other.name == field.name; });
    if (again || values.contains(field.name)) NamedTwice(name);
    fields.push_back(field);
  }
  return Schema(std::move(fields));
}

}  // namespace weir::session
