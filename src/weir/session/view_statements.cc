#include <algorithm>

#include "weir/base/error.h"
#include "weir/session/rows.h"
#include "weir/session/session_zone.h"
#include "weir/session/statement.h"
#include "weir/session/view_schema.h"
#include "weir/types/schema_json.h"

// Views: of the catalog, and temporary ones of the session.
namespace weir::session {

using catalog::QualifiedName;
using catalog::TableKind;

namespace {

std::string QuotedNames(const Schema& schema) {
  std::string text;
  for (const Field& field : schema.fields()) {
    text += (text.empty() ? "" : ", ") + QuoteName(field.name);
  }
  return text;
}

void CheckNamesDiffer(const std::vector<Field>& fields, const Span& span) {
  std::set<std::string> seen;
  for (const Field& field : fields) {
    if (seen.insert(LowerName(field.name)).second) continue;
    throw DiagnosticError({{"COLUMN_ALREADY_EXISTS", "42711", span,
                            "the view would have two columns " + QuoteName(field.name),
                            "give one of them another name with AS"}});
  }
}

// The columns of a view: those of its query under the names and comments of its list.
Schema ViewColumns(const Schema& given, const std::vector<sql::ColumnDefinition>& list,
                   const sql::Name& view) {
  std::vector<Field> fields = given.fields();
  if (!list.empty() && list.size() != fields.size()) {
    const bool few = fields.size() < list.size();
    throw DiagnosticError(
        {{few ? "CREATE_VIEW_COLUMN_ARITY_MISMATCH.NOT_ENOUGH_DATA_COLUMNS"
              : "CREATE_VIEW_COLUMN_ARITY_MISMATCH.TOO_MANY_DATA_COLUMNS",
          "21S01", view.span,
          "the view lists " + std::to_string(list.size()) + " columns, but its query gives " +
              std::to_string(fields.size()) + ": " + QuotedNames(given),
          "list as many"}});
  }
  for (Field& field : fields) field = WithQueryColumn(field, field.name);
  for (size_t i = 0; i < list.size(); ++i) {
    fields[i].name = list[i].name.text;
    if (list[i].comment) fields[i] = fields[i].WithComment(*list[i].comment);
  }
  CheckNamesDiffer(fields, view.span);
  return Schema(std::move(fields));
}

std::string TemporaryKey(const sql::CreateView& statement) {
  const std::string name = LowerName(statement.name.parts.back().text);
  return statement.global ? std::string(SessionState::kGlobalSchema) + "." + name : name;
}

std::vector<std::string> TemporaryQualifier(const sql::CreateView& statement) {
  const std::string& name = statement.name.parts.back().text;
  if (!statement.global) return {name};
  return {SessionState::kGlobalSchema, name};
}

Error NotForTemporaries(const std::string& operation, const TemporaryView& view) {
  return Error(ErrorCode::kInvalid, operation + " is for views that are kept, and " +
                                        view.ToString() + " is a temporary view")
      .WithCondition("EXPECT_PERMANENT_VIEW_NOT_TEMP");
}

}  // namespace

const TemporaryView* FindTemporary(const SessionState& state, sql::ObjectKind kind,
                                   const sql::Name& name) {
  const bool may_be = kind == sql::ObjectKind::kTable || kind == sql::ObjectKind::kView;
  return may_be ? state.FindView(name) : nullptr;
}

void Preparer::BindTemporaryView(const std::string& key, const sql::Query& query) {
  BindQuery(query, options_);
  const auto cycle = state_.CycleOfView(key, prepared_.temporaries);
  if (cycle.empty()) return;
  std::string path;
  for (const std::string& name : cycle) path += (path.empty() ? "" : " -> ") + name;
  throw DiagnosticError(
      {{"RECURSIVE_VIEW", "42K0H", query.span, "the view " + key + " would read itself: " + path,
        "give the new view another name"}});
}

// What is kept is kept as text, which has to say everything.
void Preparer::CheckTextIsWhole(const std::string& what) const {
  const bool is_whole =
      !prepared_.statement->has_parameters && prepared_.given->identifiers.empty();
  if (is_whole) return;
  throw DiagnosticError({{"UNSUPPORTED_FEATURE.PARAMETER_MARKER_IN_UNEXPECTED_STATEMENT", "0A000",
                          prepared_.statement->span,
                          "a " + what + " that is kept can't have parameters or computed names",
                          "write the values, or make it TEMPORARY"}});
}

void Preparer::BindKeptView(const QualifiedName& name, const sql::Query& query) {
  // Its paths have to mean the same wherever its readers stand.
  SessionOptions nowhere = options_;
  nowhere.base_folder.clear();
  Binding binding(services_, nowhere, nullptr, &state_);
  binding.IsFor("the view " + name.ToString(), "VIEW");
  BindQuery(query, binding);
  RefuseRecursion(query, name);
  prepared_.access.writes.push_back(name.ToString());
}

// What the query reads through other views is among what was bound.
void Preparer::RefuseRecursion(const sql::Query& query, const QualifiedName& name) const {
  const auto& reads = prepared_.access.reads;
  if (std::find(reads.begin(), reads.end(), name.ToString()) == reads.end()) return;
  throw DiagnosticError({{"RECURSIVE_VIEW", "42K0H", query.span,
                          "view " + name.ToString() + " would read itself: its query reads " +
                              name.ToString() + ", directly or through other views",
                          "take it out of the query, or give the new view another name"}});
}

void Preparer::operator()(const sql::CreateView& statement) {
  if (statement.temporary) {
    if (!statement.properties.empty()) {
      throw DiagnosticError({{"_LEGACY_ERROR_TEMP_0035", "42000", statement.name.span,
                              "a temporary view takes no TBLPROPERTIES", "leave them out"}});
    }
    BindTemporaryView(TemporaryKey(statement), *statement.query);
    return;
  }
  CheckTextIsWhole("view");
  const QualifiedName name = Qualify(statement.name, options_.catalog, options_.schema);
  RequireMayCreate(name);
  if (services_.catalog.FindTable(name) && statement.or_replace) {
    services_.catalog.RequireManage(principal(), SecurableOf(name));
  }
  BindKeptView(name, *statement.query);
}

std::unique_ptr<Result> Executor::CreateTemporary(const sql::CreateView& statement) {
  const std::string key = TemporaryKey(statement);
  if (state_.FindView(key) != nullptr && !statement.or_replace) {
    throw Error(ErrorCode::kExists, "the temporary view " + key +
                                        " exists already; use CREATE OR REPLACE TEMPORARY VIEW, "
                                        "or another name")
        .WithCondition("TEMP_TABLE_OR_VIEW_ALREADY_EXISTS");
  }
  TemporaryView view;
  view.qualifier = TemporaryQualifier(statement);
  view.statement = prepared_.statement;
  view.query = statement.query.get();
  view.schema = ViewColumns(sql::SchemaOf(*prepared_.plan), statement.columns, statement.name);
  view.comment = statement.comment;
  view.catalog = prepared_.catalog;
  view.schema_name = prepared_.schema;
  view.temporaries = prepared_.temporaries;
  view.zone = options_.zone;
  state_.PutView(key, std::move(view));
  return Done();
}

std::unique_ptr<Result> Executor::operator()(const sql::CreateView& statement) {
  if (statement.temporary) return CreateTemporary(statement);
  const QualifiedName name = Name(statement.name);
  auto info = services_.catalog.FindTable(name);
  if (info && statement.if_not_exists) return Done();
  if (info && (!statement.or_replace || info->kind != TableKind::kView)) {
    const bool is_view = info->kind == TableKind::kView;
    throw Error(ErrorCode::kExists,
                name.ToString() + " exists already as " +
                    std::string(catalog::TableKindPhrase(info->kind)) + "; " +
                    (is_view ? "use CREATE OR REPLACE VIEW, IF NOT EXISTS, or another name"
                             : "give the view another name, or drop that first"))
        .WithCondition(statement.or_replace ? "EXPECT_VIEW_NOT_TABLE.NO_ALTERNATIVE"
                                            : "TABLE_OR_VIEW_ALREADY_EXISTS");
  }
  const Schema columns =
      ViewColumns(sql::SchemaOf(*prepared_.plan), statement.columns, statement.name);
  if (info) CheckIsAsJudged(*info);
  catalog::TableInfo view = info.value_or(catalog::TableInfo{});
  view.view = DefinitionOf(*statement.query, columns);
  view.comment = statement.comment;
  view.properties = statement.properties;
  PutViewZone(view.properties, *options_.zone);
  if (statement.schema) view.properties[kViewSchemaProperty] = ViewSchemaName(*statement.schema);
  if (info) {
    services_.catalog.UpdateTable(view);
  } else {
    view.id = services_.catalog.Reserve({name.catalog, name.schema}).id;
    view.name = name;
    view.kind = TableKind::kView;
    view.owner = options_.principal;
    MakeUnlessThere(
        statement.if_not_exists, [&] { services_.catalog.CreateTable(view); },
        [&] { return services_.catalog.FindTable(name).has_value(); });
  }
  return Done();
}

catalog::ViewDefinition Executor::DefinitionOf(const sql::Query& query,
                                               const Schema& columns) const {
  return {std::string(query.span.Text()), prepared_.catalog, prepared_.schema,
          SchemaToJson(columns)};
}

void Preparer::operator()(const sql::AlterViewAs& statement) {
  if (const auto key = SessionState::ViewKey(statement.name); key && state_.FindView(*key)) {
    return BindTemporaryView(*key, *statement.query);
  }
  CheckTextIsWhole("view");
  RequireManage(sql::ObjectKind::kView, statement.name);
  const QualifiedName name = Qualify(statement.name, options_.catalog, options_.schema);
  prepared_.access.writes.clear();
  BindKeptView(name, *statement.query);
}

std::unique_ptr<Result> Executor::operator()(const sql::AlterViewAs& statement) {
  const Schema columns = ViewColumns(sql::SchemaOf(*prepared_.plan), {}, statement.name);
  if (const TemporaryView* const there = state_.FindView(statement.name)) {
    TemporaryView view = *there;
    view.statement = prepared_.statement;
    view.query = statement.query.get();
    view.schema = columns;
    view.catalog = prepared_.catalog;
    view.schema_name = prepared_.schema;
    view.temporaries = prepared_.temporaries;
    view.zone = options_.zone;
    state_.PutView(*SessionState::ViewKey(statement.name), std::move(view));
    return Done();
  }
  catalog::TableInfo info = GetTable(Name(statement.name));
  if (info.kind != TableKind::kView) {
    throw Error(ErrorCode::kInvalid,
                info.name.ToString() + " is a table; ALTER VIEW ... AS works on views")
        .WithCondition("EXPECT_VIEW_NOT_TABLE.NO_ALTERNATIVE");
  }
  info.view = DefinitionOf(*statement.query, columns);
  PutViewZone(info.properties, *options_.zone);
  services_.catalog.UpdateTable(info);
  return Done();
}

// Of a temporary view only the name can be altered, and its query by ALTER VIEW ... AS.
void Preparer::CheckAlterTemporary(const sql::AlterTable& statement,
                                   const TemporaryView& view) const {
  const auto& action = statement.action;
  if (std::holds_alternative<sql::AlterTable::AddColumns>(action) ||
      std::holds_alternative<sql::AlterTable::ReplaceColumns>(action) ||
      std::holds_alternative<sql::AlterTable::RenameColumn>(action) ||
      std::holds_alternative<sql::AlterTable::DropColumns>(action) ||
      std::holds_alternative<sql::AlterTable::ChangeColumns>(action)) {
    throw Error(ErrorCode::kInvalid,
                view.ToString() + " is a view; columns of tables can be altered")
        .WithCondition("EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE");
  }
  const auto* const rename = std::get_if<sql::AlterTable::RenameTo>(&statement.action);
  if (rename == nullptr) throw NotForTemporaries("ALTER VIEW", view);
  if (rename->name.parts.size() > view.qualifier.size()) {
    throw DiagnosticError(
        {{"_LEGACY_ERROR_TEMP_1074", "42000", rename->name.span,
          "a temporary view belongs to the session, not to a schema", "give its new name alone"}});
  }
}

std::unique_ptr<Result> Executor::RenameTemporary(const sql::Name& from, const sql::Name& to) {
  const std::string old_key = *SessionState::ViewKey(from);
  TemporaryView view = *state_.FindView(old_key);
  view.qualifier.back() = to.parts.back().text;
  sql::Name full;
  for (const std::string& part : view.qualifier) full.parts.push_back({part, {}});
  const std::string key = *SessionState::ViewKey(full);
  if (key != old_key && state_.FindView(key) != nullptr) {
    throw Error(ErrorCode::kExists, "the temporary view " + key + " exists already")
        .WithCondition("TEMP_TABLE_OR_VIEW_ALREADY_EXISTS");
  }
  state_.DropView(old_key);
  state_.PutView(key, std::move(view));
  return Done();
}

}  // namespace weir::session
