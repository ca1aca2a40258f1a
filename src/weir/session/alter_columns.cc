#include "weir/session/alter_columns.h"

#include <map>
#include <set>
#include <utility>
#include <vector>

#include "weir/base/error.h"
#include "weir/delta/column_changes.h"
#include "weir/delta/replaced_columns.h"
#include "weir/session/binding.h"
#include "weir/session/lent_files.h"
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
  static const std::map<std::string, std::string, std::less<>> kStates = {
      {"UNRESOLVED_COLUMN.WITH_SUGGESTION", "42703"},
      {"INVALID_FIELD_NAME", "42000"},
      {"FIELD_ALREADY_EXISTS", "42710"},
      {"FIELD_NOT_FOUND", "42704"}};
  try {
    change();
  } catch (const Error& error) {
    const auto state = kStates.find(error.condition());
    if (state == kStates.end()) throw;
    throw DiagnosticError({{error.condition(), state->second, span, error.what(), ""}});
  }
}

delta::ColumnPlace PlaceOf(const sql::AlterTable::ColumnPlace& place) {
  if (!place.after) return {};
  return {place.after->text};
}

// Of columns that one statement names; `inside` is the struct of each.
void CheckNamedOnce(
    const std::vector<std::pair<sql::Name, const sql::ColumnDefinition*>>& columns) {
  std::set<std::vector<std::string>> seen;
  for (const auto& [inside, column] : columns) {
    std::vector<std::string> path;
    for (const auto& part : inside.parts) path.push_back(LowerName(part.text));
    path.push_back(LowerName(column->name.text));
    if (seen.insert(std::move(path)).second) continue;
    throw DiagnosticError({{"COLUMN_ALREADY_EXISTS", "42711", column->name.span,
                            "The column `" + column->name.text + "` is named twice",
                            "choose another name for one of them"}});
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

void Alter(delta::Metadata& metadata, const sql::AlterTable::AddColumns& change) {
  std::vector<std::pair<sql::Name, const sql::ColumnDefinition*>> named;
  for (const auto& added : change.columns) named.emplace_back(added.inside, &added.definition);
  CheckNamedOnce(named);
  for (const auto& added : change.columns) {
    const Field field = SchemaOf({added.definition})[0];
    const auto place =
        added.place ? std::optional(PlaceOf(*added.place)) : std::optional<delta::ColumnPlace>();
    PlacedAt(added.definition.span,
             [&] { delta::AddColumn(metadata, PathTo(added.inside), field, place); });
  }
}

void Alter(delta::Metadata& metadata, const sql::AlterTable::ReplaceColumns& change) {
  std::vector<std::pair<sql::Name, const sql::ColumnDefinition*>> named;
  for (const auto& column : change.columns) named.emplace_back(sql::Name{}, &column);
  CheckNamedOnce(named);
  delta::ReplaceColumns(metadata, SchemaOf(change.columns));
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

namespace {

void AlterColumn(delta::Metadata& metadata, const sql::AlterTable::ColumnChange& change) {
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
  PlacedAt(after ? after->span : change.column.span,
           [&] { delta::MoveColumn(metadata, column, PlaceOf(*change.place)); });
}

}  // namespace

void Alter(delta::Metadata& metadata, const sql::AlterTable::ChangeColumns& change) {
  for (const auto& column : change.changes) AlterColumn(metadata, column);
}

namespace {

// What ALTER TABLE does to columns that rules may look at.
class DependentCheck {
 public:
  DependentCheck(const delta::Metadata& before, const delta::Metadata& now,
                 const sql::BindOptions& options)
      : before_(before),
        now_(now),
        options_(options),
        schema_(SchemaFromJson(before.schema_json)) {}

  void operator()(const sql::AlterTable::RenameColumn& rename) const {
    Check(rename.column, "be renamed");
  }
  void operator()(const sql::AlterTable::DropColumns& drop) const {
    for (const sql::Name& column : drop.columns) Check(column, "be dropped");
  }
  void operator()(const sql::AlterTable::ChangeColumns& alter) const {
    for (const auto& change : alter.changes) {
      if (change.type) CheckRetyped(change.column);
    }
  }
  void operator()(const sql::AlterTable::AddColumns&) const {
    CheckRulesHold(before_, now_, options_);
  }
  void operator()(const sql::AlterTable::ReplaceColumns&) const {
    const Schema now = SchemaFromJson(now_.schema_json);
    for (const Field& field : schema_.fields()) {
      const auto at = now.Find(field.name);
      if (!at) {
        CheckNoRuleLooksAt(before_, field.name, "be dropped", options_);
      } else if (IdentityOf(field) && now[*at].type.id() != TypeId::kLong) {
        RefuseIdentity({});
      }
    }
    CheckRulesHold(before_, now_, options_);
  }
  template <typename Other>
  void operator()(const Other&) const {}

 private:
  // A path into a struct may be meant as part of the whole.
  void Check(const sql::Name& column, const std::string& change) const {
    if (const auto at = schema_.Find(column.parts.front().text)) {
      CheckNoRuleLooksAt(before_, schema_[*at].name, change, options_);
    }
  }

  void CheckRetyped(const sql::Name& column) const {
    Check(column, "get another type");
    const auto at = schema_.Find(column.parts.front().text);
    if (at && IdentityOf(schema_[*at])) RefuseIdentity(column.span);
  }

  [[noreturn]] static void RefuseIdentity(const Span& span) {
    throw DiagnosticError(
        {{"DELTA_IDENTITY_COLUMNS_ALTER_COLUMN_NOT_SUPPORTED", "429BQ", span,
          "ALTER TABLE ALTER COLUMN is not supported for IDENTITY columns", "they are BIGINT"}});
  }

  const delta::Metadata& before_;
  const delta::Metadata& now_;
  const sql::BindOptions& options_;
  const Schema schema_;
};

}  // namespace

void CheckDependents(const delta::Metadata& before, const delta::Metadata& now,
                     const sql::AlterTable& statement, const sql::BindOptions& options) {
  std::visit(DependentCheck(before, now, options), statement.action);
}

bool TightensColumns(const Schema& before, const delta::Metadata& now) {
  return !TightenedColumns(before, now).empty();
}

void RequireNoNulls(const Services& services, const std::string& statement_id,
                    const io::Location& table, const std::shared_ptr<const delta::Snapshot>& base,
                    const delta::Metadata& now, const sql::BindOptions& options) {
  JudgeFiles(services, options.current_user, *base, table);
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
