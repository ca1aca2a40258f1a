#include "weir/session/alter_columns.h"

#include <utility>
#include <vector>

#include "weir/base/error.h"
#include "weir/delta/column_changes.h"
#include "weir/session/binding.h"
#include "weir/session/row_rules.h"
#include "weir/session/statement.h"
#include "weir/session/table_write.h"
#include "weir/sql/row_rules.h"
#include "weir/types/column_rules.h"
#include "weir/types/schema_json.h"

namespace weir::session {
namespace {

constexpr sql::InputId kAlteredTable = 0;

delta::ColumnPath PathTo(const sql::Name& column) {
  delta::ColumnPath path;
  for (const sql::Identifier& part : column.parts) path.push_back(part.text);
  return path;
}

// Runs `change`, and says of what is wrong with the column where it stands.
template <typename Change>
void PlacedAt(const Span& span, const Change& change) {
  try {
    change();
  } catch (const Error& error) {
    if (error.condition() == "UNRESOLVED_COLUMN.WITH_SUGGESTION") {
      throw DiagnosticError({{error.condition(), "42703", span, error.what(), ""}});
    }
    if (error.condition() == "INVALID_FIELD_NAME") {
      throw DiagnosticError({{error.condition(), "42000", span, error.what(), ""}});
    }
    throw;
  }
}

std::vector<Field> TightenedColumns(const Schema& before, const delta::Metadata& now) {
  std::vector<Field> tightened;
  const Schema schema = SchemaFromJson(now.schema_json);
  for (const Field& field : schema.fields()) {
    const auto at = before.Find(field.name);
    if (at && before[*at].nullable && !field.nullable) tightened.push_back(field);
  }
  return tightened;
}

}  // namespace

void Alter(delta::Metadata& metadata, const sql::AlterTable::ColumnComment& change) {
  PlacedAt(change.column.span,
           [&] { delta::SetColumnComment(metadata, PathTo(change.column), change.comment); });
}

void Alter(delta::Metadata& metadata, const sql::AlterTable::RenameColumn& change) {
  PlacedAt(change.column.span,
           [&] { delta::RenameColumn(metadata, PathTo(change.column), change.to.text); });
}

void Alter(delta::Metadata& metadata, const sql::AlterTable::DropColumns& change) {
  for (const sql::Name& column : change.columns) {
    PlacedAt(column.span,
             [&] { delta::DropColumns(metadata, {PathTo(column)}, change.if_exists); });
  }
}

void Alter(delta::Metadata& metadata, const sql::AlterTable::ChangeColumn& change) {
  const delta::ColumnPath column = PathTo(change.column);
  if (change.nullable == false && column.size() > 1) {
    throw DiagnosticError(
        {{"DELTA_UNSUPPORTED_ALTER_TABLE_CHANGE_COL_OP", "0AKDC", change.column.span,
          "SET NOT NULL works on columns, not on fields of them",
          "check for NULL where the rows are written"}});
  }
  PlacedAt(change.column.span, [&] {
    if (change.type) delta::ChangeColumnType(metadata, column, *change.type);
    if (change.nullable) delta::SetColumnNullable(metadata, column, *change.nullable);
    if (change.comment) delta::SetColumnComment(metadata, column, *change.comment);
  });
  if (!change.place) return;
  const auto& after = change.place->after;
  PlacedAt(after ? after->span : change.column.span, [&] {
    delta::MoveColumn(metadata, column, after ? std::optional(after->text) : std::nullopt);
  });
}

void CheckDependents(const delta::Metadata& before, const sql::AlterTable& statement,
                     const sql::BindOptions& options) {
  const Schema schema = SchemaFromJson(before.schema_json);
  // A path into a struct may be meant as part of the whole.
  const auto check = [&](const sql::Name& column, const std::string& change) {
    if (const auto at = schema.Find(column.parts.front().text)) {
      CheckNoRuleLooksAt(before, schema[*at].name, change, options);
    }
  };
  if (const auto* rename = std::get_if<sql::AlterTable::RenameColumn>(&statement.action)) {
    check(rename->column, "be renamed");
  } else if (const auto* drop = std::get_if<sql::AlterTable::DropColumns>(&statement.action)) {
    for (const sql::Name& column : drop->columns) check(column, "be dropped");
  } else if (const auto* change = std::get_if<sql::AlterTable::ChangeColumn>(&statement.action);
             change != nullptr && change->type) {
    check(change->column, "get another type");
    const auto at = schema.Find(change->column.parts.front().text);
    if (at && IdentityOf(schema[*at])) {
      throw DiagnosticError(
          {{"DELTA_IDENTITY_COLUMNS_ALTER_COLUMN_NOT_SUPPORTED", "429BQ", change->column.span,
            "ALTER TABLE ALTER COLUMN is not supported for IDENTITY columns", "they are BIGINT"}});
    }
  }
}

bool TightensColumns(const Schema& before, const delta::Metadata& now) {
  return !TightenedColumns(before, now).empty();
}

void RequireNoNulls(const Services& services, const std::string& statement_id,
                    const io::Location& table, const std::shared_ptr<const delta::Snapshot>& base,
                    const delta::Metadata& now, const sql::BindOptions& options) {
  CheckFilesAreInside(*base, table);
  const Schema tightened(TightenedColumns(base->schema(), now));
  // Of that alone they are asked.
  std::vector<Field> asked;
  for (const Field& field : tightened.fields()) {
    asked.push_back(AsNullable({field.name, field.type, true, "{}"}));
    asked.back().nullable = false;
  }
  std::vector<sql::PlanColumn> columns;
  for (size_t i = 0; i < tightened.size(); ++i) {
    columns.push_back({static_cast<sql::ColumnId>(i), tightened[i].name, tightened[i].type, true});
  }
  const auto scan = std::make_shared<sql::Plan>(
      sql::Plan{std::move(columns), sql::ScanPlan{kAlteredTable, table.uri}});
  try {
    const auto rows =
        services.engine.Query({statement_id,
                               PlanOrThrow(sql::EnforceRules(
                                   scan, sql::RowRulesOf(Schema(std::move(asked)), {}), options)),
                               {{kAlteredTable, engine::TableInput{table, base, std::nullopt}}},
                               std::nullopt});
    while (rows->Next()) {
    }
  } catch (const Error& error) {
    if (error.condition() != "DELTA_NOT_NULL_CONSTRAINT_VIOLATED") throw;
    throw Error(ErrorCode::kInvalid, "rows of the table have NULL in " + tightened.ToDdl() +
                                         ", so it can't be declared NOT NULL; UPDATE or DELETE "
                                         "them first")
        .WithCondition("DELTA_NEW_NOT_NULL_VIOLATION");
  }
}

}  // namespace weir::session
