#include "weir/session/resolver.h"

#include <algorithm>

#include "weir/base/check.h"
#include "weir/base/error.h"
#include "weir/delta/log.h"
#include "weir/delta/row_tracking.h"
#include "weir/session/dataset_table.h"
#include "weir/session/information_schema.h"
#include "weir/session/lent_files.h"
#include "weir/session/routine.h"
#include "weir/session/session_zone.h"
#include "weir/session/stream_call.h"
#include "weir/session/view_schema.h"
#include "weir/sql/parser.h"
#include "weir/sql/table_name_text.h"
#include "weir/types/column_rules.h"
#include "weir/types/schema_json.h"

namespace weir::session {

using catalog::Privilege;
using catalog::QualifiedName;
using catalog::TableInfo;

std::variant<sql::ResolvedRelation, Diagnostic> Binding::Resolver::Table(
    const sql::Name& name, bool stream, const std::optional<Value>& as_of) {
  stream = stream || stream_;
  if (IsPathName(name)) return PathTable(name, stream, as_of);
  if (const TemporaryView* view = FindTemporary(name)) return Temporary(*view, name, as_of);
  if (in_ == In::kStatement && binding_.scope_ != nullptr) {
    if (const Dataset* dataset = binding_.scope_->Find(name)) {
      return PipelineDataset(*dataset, name, stream, as_of);
    }
  }
  return CatalogTable(Qualify(name, catalog_, schema_), name, stream, as_of);
}

std::optional<std::variant<sql::ResolvedRoutine, Diagnostic>> Binding::Resolver::Routine(
    const sql::Name& name) {
  if (name.parts.size() == 1) {
    const std::string key = LowerName(name.parts[0].text);
    if (services().connectors.Find(key) != nullptr || key == kEventLogFunction ||
        key == kCloudFilesState || key == kFlowState || IsTableChanges(name) ||
        sql::IsReadStream(name)) {
      return std::nullopt;
    }
    if (const TemporaryFunction* function = FindTemporaryFunction(key)) {
      return Temporary(*function, key, name);
    }
    const catalog::Securable schema{catalog::SecurableKind::kSchema, catalog_, schema_, ""};
    // A mistyped name says nothing of a schema that one may not look into.
    if (!services().catalog.Allows(principal_, Privilege::kUseSchema, schema)) return std::nullopt;
  }
  return CatalogRoutine(Qualify(name, catalog_, schema_));
}

std::optional<std::variant<sql::ResolvedVariable, Diagnostic>> Binding::Resolver::Variable(
    const sql::Name& name) {
  if (in_ == In::kView || binding_.state_ == nullptr) return std::nullopt;
  const auto key = SessionState::VariableKey(name);
  const auto* const variable = key ? binding_.state_->FindVariable(*key) : nullptr;
  const bool known =
      variable != nullptr && (temporaries_ == nullptr || temporaries_->variables.contains(*key));
  if (!known) return std::nullopt;
  if (auto refusal = binding_.Refuses("VARIABLE", QuoteName(variable->name), name.span)) {
    return std::move(*refusal);
  }
  if (temporaries_ == nullptr) binding_.temporaries_.variables.insert(*key);
  return sql::ResolvedVariable{variable->name, variable->value};
}

const TemporaryView* Binding::Resolver::FindTemporary(const sql::Name& name) const {
  if (in_ == In::kView || binding_.state_ == nullptr) return nullptr;
  const TemporaryView* const view = binding_.state_->FindView(name);
  const bool known =
      view != nullptr &&
      (temporaries_ == nullptr || temporaries_->views.contains(*SessionState::ViewKey(name)));
  return known ? view : nullptr;
}

Diagnostic Binding::Resolver::ViewHasNoVersions(const std::string& view, const Span& span) {
  return {"UNSUPPORTED_FEATURE.TIME_TRAVEL", "0A000", span,
          view + " is a view, which has no versions", "name a version of the tables that it reads"};
}

std::variant<sql::ResolvedRelation, Diagnostic> Binding::Resolver::Temporary(
    const TemporaryView& view, const sql::Name& name, const std::optional<Value>& as_of) {
  if (as_of) return ViewHasNoVersions(view.ToString(), name.span);
  if (auto refusal = binding_.Refuses("VIEW", view.ToString(), name.span)) return *refusal;
  if (temporaries_ == nullptr) binding_.temporaries_.views.insert(*SessionState::ViewKey(name));
  auto names = binding_.resolvers_.emplace_back(std::make_shared<Resolver>(
      binding_, in_, principal_, view.catalog, view.schema_name, false, &view.temporaries));
  sql::ResolvedView resolved{std::shared_ptr<const sql::Query>(view.statement, view.query),
                             view.ToString(),
                             view.qualifier,
                             {},
                             names};
  resolved.columns = ViewColumnsOf(view.schema);
  resolved.on_change = sql::ViewSchema::kBinding;
  resolved.zone = view.zone;
  return resolved;
}

const TemporaryFunction* Binding::Resolver::FindTemporaryFunction(const std::string& key) const {
  if (in_ == In::kView || binding_.state_ == nullptr) return nullptr;
  if (temporaries_ != nullptr && !temporaries_->functions.contains(key)) return nullptr;
  return binding_.state_->FindFunction(key);
}

std::variant<sql::ResolvedRoutine, Diagnostic> Binding::Resolver::Temporary(
    const TemporaryFunction& function, const std::string& key, const sql::Name& name) {
  if (auto refusal = binding_.Refuses("FUNCTION", key, name.span)) return *refusal;
  if (temporaries_ == nullptr) binding_.temporaries_.functions.insert(key);
  sql::ResolvedRoutine routine = function.routine;
  routine.names = binding_.resolvers_.emplace_back(
      std::make_shared<Resolver>(binding_, in_, principal_, function.catalog, function.schema_name,
                                 false, &function.temporaries));
  return routine;
}

std::optional<std::variant<sql::ResolvedRoutine, Diagnostic>> Binding::Resolver::CatalogRoutine(
    const QualifiedName& name) {
  catalog::FunctionInfo info;
  try {
    info = services().catalog.RequireFunction(principal_, Privilege::kExecute, name);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kNotFound) return std::nullopt;
    throw;
  }
  binding_.access_.reads.push_back(RoutineObject(name));
  sql::ResolvedRoutine routine = RoutineOf(info);
  if (info.definition.time_zone) {
    routine.zone = ZoneNamed(services(), *info.definition.time_zone);
  }
  routine.names =
      AddResolver(In::kView, info.owner, info.definition.catalog, info.definition.schema, false);
  return routine;
}

std::optional<TableInfo> Binding::Resolver::TableOf(const Dataset& dataset) const {
  return FindDatasetTable(services(), *binding_.scope_, dataset);
}

void Binding::Resolver::RequireReadable(const std::optional<TableInfo>& info) const {
  if (info) services().catalog.RequireTable(principal_, Privilege::kSelect, info->name);
}

std::string Binding::Resolver::BaseFolder() const {
  if (in_ == In::kView) return "";
  return binding_.scope_ != nullptr ? binding_.scope_->base_folder : binding_.options_.base_folder;
}

sql::ResolvedRelation Binding::Resolver::PathTable(const sql::Name& name, bool stream,
                                                   const std::optional<Value>& as_of) {
  const io::Location location =
      AllowedPath(services(), principal_, Privilege::kReadFiles, name, BaseFolder());
  binding_.access_.reads.push_back(location.uri);
  BoundInput& input = binding_.NewInput(name.ToString(), stream);
  input.identity = "path:" + location.uri;
  return OpenSnapshot(input, location.uri, as_of, {"delta", name.parts[1].text});
}

std::variant<sql::ResolvedRelation, Diagnostic> Binding::Resolver::PipelineDataset(
    const Dataset& dataset, const sql::Name& name, bool stream, const std::optional<Value>& as_of) {
  if (!dataset.IsTable()) {
    if (as_of) return ViewHasNoVersions(dataset.name.ToString(), name.span);
    return DatasetView(dataset, stream);
  }
  const std::string keeper = dataset.WhatChangesRows();
  if (stream && !skips_changes_ && !keeper.empty()) {
    return Diagnostic{
        "DELTA_SOURCE_TABLE_IGNORE_CHANGES", "0A000", name.span,
        dataset.name.ToString() + " is kept by " + keeper +
            ", which changes and deletes rows: it can't be read as a stream of new ones",
        "read it without STREAM in a materialized view; or give it TBLPROPERTIES "
        "('delta.enableChangeDataFeed' = 'true') and read STREAM table_changes('" +
            dataset.name.ToString() + "', 0)"};
  }
  const auto info = TableOf(dataset);
  RequireReadable(info);
  if (!binding_.scope_->planning) {
    if (!info) return NotFound(dataset.name, name);
    TableInfo shown = *info;
    shown.name = dataset.name;
    return OpenedTable(shown, stream, as_of);
  }
  const auto schema = binding_.scope_->schemas.find(dataset.name);
  if (schema == binding_.scope_->schemas.end()) return NotReady(dataset, name);
  BoundInput& input = binding_.NewInput(dataset.name.ToString(), stream);
  input.identity = "planned:" + dataset.name.ToString();
  input.planned = dataset.name;
  return sql::ResolvedInput{
      input.id, dataset.name.ToString(), WithoutRules(schema->second), {}, Qualifier(dataset.name)};
}

Diagnostic Binding::Resolver::NotReady(const Dataset& dataset, const sql::Name& name) {
  return {"TABLE_OR_VIEW_NOT_FOUND", "42P01", name.span,
          dataset.name.ToString() + " could not be worked out, so this can't be either",
          "mend the definition of " + dataset.name.ToString() + " first"};
}

sql::ResolvedRelation Binding::Resolver::DatasetView(const Dataset& dataset, bool stream) {
  const bool has_own =
      std::any_of(dataset.flows.begin(), dataset.flows.end(), [](const Flow& flow) {
        const auto inputs = sql::InputsOf(*flow.query);
        return std::any_of(inputs.begin(), inputs.end(),
                           [](const sql::NamedInput& input) { return input.stream; });
      });
  auto names = AddResolver(in_, principal_, catalog_, schema_, stream && !has_own);
  sql::ResolvedView view{
      dataset.flows.front().query, dataset.name.ToString(), Qualifier(dataset.name), {}, names};
  const auto& create = std::get<sql::CreateView>(dataset.statement->node);
  for (const auto& column : create.columns) view.column_names.push_back(column.name.text);
  return view;
}

std::variant<sql::ResolvedRelation, Diagnostic> Binding::Resolver::CatalogTable(
    const QualifiedName& name, const sql::Name& written, bool stream,
    const std::optional<Value>& as_of) {
  if (name.schema == kInformationSchema) return Information(name, written, as_of);
  const auto info = services().catalog.FindTable(name);
  if (!info) return NotFound(name, written);
  services().catalog.RequireTable(principal_, Privilege::kSelect, name);
  if (info->kind != catalog::TableKind::kView) return BoundTable(*info, stream, as_of);
  if (as_of) return ViewHasNoVersions(name.ToString(), written.span);
  binding_.access_.reads.push_back(name.ToString());
  return CatalogView(*info, stream);
}

std::variant<sql::ResolvedRelation, Diagnostic> Binding::Resolver::Information(
    const QualifiedName& name, const sql::Name& written, const std::optional<Value>& as_of) {
  if (binding_.scope_ != nullptr || (as_of && !as_of->is_null())) {
    return Diagnostic{"UNSUPPORTED_FEATURE", "0A000", written.span,
                      "relations of information_schema are read as they are now, and not by the "
                      "flows of pipelines",
                      "read them with a statement"};
  }
  const std::string& reader = binding_.options_.principal;
  services().catalog.Require(reader, Privilege::kUseCatalog,
                             {catalog::SecurableKind::kCatalog, name.catalog, "", ""});
  auto rows = InformationOf(services(), reader, name.catalog, name.name);
  if (!rows) {
    return Diagnostic{"TABLE_OR_VIEW_NOT_FOUND", "42P01", written.span,
                      "the table or view " + name.ToString() + " can't be found",
                      "information_schema has: " + InformationRelations()};
  }
  binding_.access_.reads.push_back(name.ToString());
  BoundInput& input = binding_.NewInput(name.ToString(), false);
  input.identity = "information:" + name.ToString();
  auto shared = std::make_shared<const InformationRows>(*std::move(rows));
  input.made = InformationRows::AsRelation(shared);
  return sql::ResolvedInput{input.id, name.ToString(), shared->schema, {}, Qualifier(name)};
}

std::optional<Diagnostic> Binding::Resolver::FilesByName(const sql::Name& written) {
  if (written.parts.size() != 2 || written.parts[1].text.find('/') == std::string::npos) {
    return std::nullopt;
  }
  const std::string format = LowerName(written.parts[0].text);
  for (const char* const one : {"parquet", "csv", "json", "text", "binaryFile"}) {
    if (format != LowerName(one)) continue;
    std::string path;
    for (const char c : written.parts[1].text) {
      if (c == '\'' || c == '\\') path += '\\';
      path += c;
    }
    return Diagnostic{"UNSUPPORTED_FEATURE", "0A000", written.span,
                      "files can't be named as " + written.ToString() +
                          "; only Delta tables can, as delta.`/path`",
                      "write read_files('" + path + "', format => '" + one + "')"};
  }
  return std::nullopt;
}

Diagnostic Binding::Resolver::NotFound(const QualifiedName& name, const sql::Name& written) {
  if (auto files = FilesByName(written)) return *std::move(files);
  services().catalog.RequireAbsence(principal_, Privilege::kSelect, SecurableOf(name));
  // Only names that the principal may see are offered.
  std::string near;
  for (const auto& table : services().catalog.ListTables(principal_, {name.catalog, name.schema})) {
    if (near.size() < 200) near += (near.empty() ? "" : ", ") + table.name.name;
  }
  const std::string place = catalog::SchemaName{name.catalog, name.schema}.ToString();
  return {"TABLE_OR_VIEW_NOT_FOUND", "42P01", written.span,
          "the table or view " + name.ToString() + " can't be found",
          near.empty() ? "nothing that you may see is in " + place : place + " has: " + near};
}

sql::ResolvedRelation Binding::Resolver::CatalogView(const TableInfo& info, bool stream) {
  const auto source =
      std::make_shared<SourceText>(SourceText{"view " + info.name.ToString(), info.view->query});
  auto parsed = sql::ParseStatement(source);
  if (auto* diagnostics = std::get_if<Diagnostics>(&parsed)) throw DiagnosticError(*diagnostics);
  std::shared_ptr<const sql::StatementNode> statement(
      std::get<sql::StatementPtr>(std::move(parsed)));
  if (!statement->refused.empty()) throw DiagnosticError(statement->refused);
  const auto* query = std::get_if<sql::QueryStatement>(&statement->node);
  WEIR_CHECK(query != nullptr);
  // A view reads with its owner's rights.
  auto names = AddResolver(In::kView, info.owner, info.view->catalog, info.view->schema, stream);
  sql::ResolvedView view{std::shared_ptr<const sql::Query>(statement, query->query.get()),
                         info.name.ToString(),
                         Qualifier(info.name),
                         {},
                         names};
  const Schema columns = SchemaFromJson(info.view->schema_json);
  view.columns = ViewColumnsOf(columns);
  view.on_change = ViewSchemaOf(info.properties);
  view.zone = ViewZoneOf(services(), info.properties);
  for (const Field& field : columns.fields()) view.column_names.push_back(field.name);
  return view;
}

sql::ResolvedRelation Binding::Resolver::BoundTable(const TableInfo& info, bool stream,
                                                    const std::optional<Value>& as_of) {
  services().catalog.RequireTable(principal_, Privilege::kSelect, info.name);
  return OpenedTable(info, stream, as_of);
}

sql::ResolvedRelation Binding::Resolver::OpenedTable(const TableInfo& info, bool stream,
                                                     const std::optional<Value>& as_of) {
  binding_.access_.reads.push_back(info.name.ToString());
  BoundInput& input = binding_.NewInput(info.name.ToString(), stream);
  input.identity = "table:" + info.id;
  try {
    return OpenSnapshot(input, info.location, as_of, Qualifier(info.name));
  } catch (const Error& error) {
    throw DamagedTable(error, info);
  }
}

sql::ResolvedRelation Binding::Resolver::OpenSnapshot(BoundInput& input,
                                                      const std::string& location,
                                                      const std::optional<Value>& as_of,
                                                      std::vector<std::string> qualifier) {
  input.table = std::make_shared<delta::Table>(OpenTable(services(), location));
  if (!as_of || as_of->is_null()) {
    input.snapshot = input.table->Latest();
  } else if (as_of->type().IsIntegral()) {
    input.snapshot = input.table->At(as_of->integer());
  } else {
    input.snapshot = SnapshotAsOf(*input.table, Instant{as_of->integer()});
  }
  if (as_of && !as_of->is_null()) {
    const auto commits = input.table->Commits();
    input.is_past = !commits.empty() && commits.back().version > input.snapshot->version();
  }
  input.reader = principal_;
  JudgeFiles(services(), principal_, *input.snapshot, input.table->location());
  Schema schema = WithoutRules(input.snapshot->schema());
  const bool has_row_ids =
      delta::TracksRows(input.snapshot->metadata().configuration) && !schema.Find("_metadata");
  return sql::ResolvedInput{input.id, input.display_name,   std::move(schema),
                            {},       std::move(qualifier), has_row_ids};
}

std::shared_ptr<sql::NameResolver> Binding::Resolver::AddResolver(In in,
                                                                  const std::string& principal,
                                                                  const std::string& catalog,
                                                                  const std::string& schema,
                                                                  bool stream) {
  return binding_.resolvers_.emplace_back(
      std::make_shared<Resolver>(binding_, in, principal, catalog, schema, stream, temporaries_));
}

std::vector<std::string> Binding::Resolver::Qualifier(const QualifiedName& name) {
  return {name.catalog, name.schema, name.name};
}

}  // namespace weir::session
