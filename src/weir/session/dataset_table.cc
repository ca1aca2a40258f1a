#include "weir/session/dataset_table.h"

#include "weir/base/error.h"
#include "weir/base/uuid.h"
#include "weir/delta/clustering.h"
#include "weir/delta/column_mapping.h"
#include "weir/delta/schema_rules.h"
#include "weir/session/alter_columns.h"
#include "weir/session/binding.h"
#include "weir/session/cdc_state.h"
#include "weir/session/dataset_columns.h"
#include "weir/session/flow_log.h"
#include "weir/session/rearranging.h"
#include "weir/session/sink_table.h"
#include "weir/types/schema_json.h"

namespace weir::session {

using catalog::TableInfo;
using catalog::TableKind;

TableKind KindOf(DatasetKind kind) {
  switch (kind) {
    case DatasetKind::kStreamingTable:
      return TableKind::kStreamingTable;
    case DatasetKind::kMaterializedView:
      return TableKind::kMaterializedView;
    case DatasetKind::kView:
    case DatasetKind::kTemporaryView:
      break;
  }
  return TableKind::kView;
}

std::optional<TableInfo> FindDatasetTable(const Services& services, const PipelineScope& scope,
                                          const Dataset& dataset) {
  const catalog::Catalog& catalog = services.catalog;
  if (dataset.sink != nullptr) return FindSinkTable(services, scope, *dataset.sink);
  auto kept = catalog.FindPrivateTable(dataset.name, scope.pipeline_id);
  if (dataset.is_private && kept) return kept;
  auto known = catalog.FindTable(dataset.name);
  if (!dataset.is_private) return known ? known : kept;
  // A private table may be called like one of somebody else's.
  return known && known->pipeline_id == scope.pipeline_id ? known : std::nullopt;
}

FlowLog FlowLogOf(const PipelineScope& scope, const Dataset& dataset, const Flow& flow,
                  const io::Location& table, const delta::Snapshot& snapshot) {
  return FlowLog(table, scope.LogName(dataset, flow),
                 GenerationOf(snapshot, scope.GenerationApp(dataset)));
}

TableDeclaration DatasetDeclaration(const Dataset& dataset, const Schema& schema) {
  const sql::TableClauses& clauses = *dataset.clauses();
  if (clauses.location) {
    throw DiagnosticError(
        {{"UNSUPPORTED_FEATURE", "0A000", clauses.location_span,
          "LOCATION of a streaming table or materialized view is not supported: as in Unity "
          "Catalog their folders are managed",
          "leave it out, and name where the folders of the schema are with CREATE SCHEMA ... "
          "MANAGED LOCATION; a sink (dp.create_sink) adds the rows to a table in any folder"}});
  }
  TableDeclaration declaration = DeclarationOf(clauses, schema);
  // Few rows of many files change at a time.
  if (dataset.IsKeptByCdc())
    declaration.properties.try_emplace("delta.enableDeletionVectors", "true");
  return declaration;
}

std::vector<std::string> ColumnChanges(const Schema& before, const Schema& after) {
  std::vector<std::string> changes;
  for (const Field& field : after.fields()) {
    const auto at = before.Find(field.name);
    if (!at) {
      changes.push_back("adds the column " + Schema({field}).ToDdl());
    } else if (!before[*at].type.EqualsIgnoringNullability(field.type)) {
      changes.push_back("the column " + QuoteName(field.name) + " becomes " + field.type.ToSql() +
                        " (it was " + before[*at].type.ToSql() + ")");
    }
  }
  for (const Field& field : before.fields()) {
    if (after.Find(field.name)) continue;
    changes.push_back("the column " + QuoteName(field.name) +
                      " is not in the definition any more; it goes");
  }
  return changes;
}

namespace {

std::string ClusteringText(const std::vector<Predicate::Path>& paths) {
  std::string text;
  for (const auto& path : paths) text += (text.empty() ? "" : ", ") + delta::DottedPath(path);
  return text;
}

}  // namespace

std::vector<std::string> ClusteringChanges(const delta::Snapshot& before,
                                           const TableDeclaration& declaration) {
  const auto columns = delta::FindClusteringColumns(before.domains(), before.schema());
  const std::string was = columns ? ClusteringText(*columns) : "";
  const std::string now = ClusteringText(declaration.cluster_by);
  if (LowerName(now) == LowerName(was)) return {};
  if (now.empty()) return {"it is not clustered by (" + was + ") any more"};
  return {"it is clustered by (" + now +
          "): OPTIMIZE orders new rows so, OPTIMIZE FULL those that are there"};
}

// Trying again finds what is there now.
Error MadeMeanwhile(const Dataset& dataset) {
  return Error(ErrorCode::kConflict, "somebody else made " + dataset.name.ToString() +
                                         " at the same moment; run it again")
      .WithCondition("TABLE_OR_VIEW_ALREADY_EXISTS");
}

namespace {

// The columns that a definition clusters by, in the spelling of a schema; nothing where one is not
// there yet, as it is to be.
std::optional<std::vector<Predicate::Path>> ClusterPathsIn(const Schema& schema,
                                                           const Schema& declared,
                                                           const sql::TableClauses& clauses) {
  for (const sql::Name& column : clauses.cluster_by) {
    const auto at = schema.Find(column.parts[0].text);
    const auto wanted = declared.Find(column.parts[0].text);
    if (!at || !wanted || !(schema[*at].type.EqualsIgnoringNullability(declared[*wanted].type))) {
      return std::nullopt;
    }
  }
  return ColumnPaths(clauses.cluster_by, schema, "DELTA_COLUMN_NOT_FOUND_IN_SCHEMA");
}

bool Same(const delta::Metadata& left, const delta::Metadata& right) {
  return left.description == right.description && left.schema_json == right.schema_json &&
         left.partition_columns == right.partition_columns &&
         left.configuration == right.configuration;
}

// Whether rows that are there may stay.
bool CanGrowInto(const delta::Snapshot& base, const TableDeclaration& declaration,
                 const delta::Configuration& properties) {
  try {
    delta::MergeSchema(base.schema(), declaration.schema, properties);
    return base.metadata().partition_columns == declaration.partition_columns;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

std::vector<delta::DomainMetadata> ClusteringChange(const Dataset& dataset,
                                                    const TableDeclaration& declaration,
                                                    const delta::Metadata& next,
                                                    const delta::Snapshot& base) {
  const Schema schema = delta::WithoutTableDetails(SchemaFromJson(next.schema_json));
  const auto wanted = ClusterPathsIn(schema, declaration.schema, *dataset.clauses());
  const bool is_partitioned = !next.partition_columns.empty();
  if (!wanted || (is_partitioned && !wanted->empty())) return {};
  if (delta::FindClusteringColumns(base.domains(), base.schema()) == wanted) return {};
  TableDeclaration clustered = declaration;
  clustered.cluster_by = *wanted;
  return ClusteringOf(clustered, next, &base);
}

void DatasetTable::Create(const TableDeclaration& declaration) {
  const auto reserved = services_.catalog.Reserve({dataset_.name.catalog, dataset_.name.schema});
  TableInfo info;
  info.id = reserved.id;
  info.name = scope_.StoredName(dataset_);
  info.kind = KindOf(dataset_.kind);
  info.owner = options_.principal;
  info.comment = declaration.comment;
  info.location = reserved.location;
  info.pipeline_id = scope_.pipeline_id;
  // The log first, then the row.
  TableChange change;
  change.metadata = MetadataOf(declaration, services_.clock);
  change.domains = ClusteringOf(declaration, *change.metadata, nullptr);
  change.commit.operation = std::string(OperationName());
  const delta::Table table = OpenTable(services_, info.location);
  CommitChange(services_, table, change);
  try {
    services_.catalog.CreateTable(info);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kExists) throw;
    DeleteFolder(table.location());
    throw MadeMeanwhile(dataset_);
  }
}

// What its flows have read is kept with the table.
TableInfo DatasetTable::Move(const TableInfo& info) const {
  const catalog::QualifiedName now = scope_.StoredName(dataset_);
  if (info.name == now) return info;
  services_.catalog.RenameTable(info.name, now);
  return FindDatasetTable(services_, scope_, dataset_).value_or(info);
}

std::vector<std::string> DatasetTable::Update(const TableInfo& info,
                                              const TableDeclaration& declaration,
                                              bool full_refresh) {
  const delta::Table table = OpenTable(services_, info.location);
  const auto base = LatestOf(table, info);
  TableChange change;
  change.base = base;
  if (full_refresh) {
    change.replace_all = true;
    change.progress = {kGenerationAppId, GenerationOf(*base) + 1};
    change.commit.operation = "FULL REFRESH";
  } else {
    change.commit.operation = "ALTER DATASET";
  }
  delta::Metadata next = NextMetadata(*base, declaration, full_refresh);
  change.domains = ClusteringChange(dataset_, declaration, next, *base);
  const Schema columns = SchemaFromJson(next.schema_json);
  auto column_changes = ColumnChanges(base->schema(), columns);
  const auto rule_changes = RuleChanges(base->schema(), columns);
  column_changes.insert(column_changes.end(), rule_changes.begin(), rule_changes.end());
  if (!change.domains.empty()) {
    for (auto& told : ClusteringChanges(*base, declaration)) column_changes.push_back(told);
  }
  if (!Same(next, base->metadata())) change.metadata = std::move(next);
  if (change.metadata && !full_refresh && TightensColumns(base->schema(), *change.metadata)) {
    RequireNoNulls(services_, NewUuid(), table.location(), base, *change.metadata,
                   RuleOptions(services_, options_));
    change.reads_table = true;
  }
  if (change.metadata || !change.domains.empty() || full_refresh) {
    CommitChange(services_, table, change);
  }
  if (full_refresh) {
    const int64_t generation = GenerationOf(*table.Latest());
    DeleteGenerationsBefore(table.location(), generation);
    DeleteStatesBefore(table.location(), generation);
  }
  return column_changes;
}

void DatasetTable::CheckUpdate(const TableInfo& info, const TableDeclaration& declaration,
                               bool full_refresh) const {
  NextMetadata(*LatestOf(OpenTable(services_, info.location), info), declaration, full_refresh);
}

std::string DatasetTable::RebuildHint() const {
  return scope_.FullRefresh(dataset_) + " rebuilds the table that way";
}

Schema DatasetTable::SchemaAfter(const delta::Snapshot& base,
                                 const TableDeclaration& declaration) const {
  return delta::WithoutTableDetails(
      SchemaFromJson(NextMetadata(base, declaration, false).schema_json));
}

std::string_view DatasetTable::OperationName() const {
  return dataset_.kind == DatasetKind::kStreamingTable ? "CREATE STREAMING TABLE"
                                                       : "CREATE MATERIALIZED VIEW";
}

delta::Metadata DatasetTable::NextMetadata(const delta::Snapshot& base,
                                           const TableDeclaration& declaration,
                                           bool full_refresh) const {
  delta::Metadata next = base.metadata();
  next.description = declaration.comment;
  for (const auto& [key, value] : declaration.properties) next.configuration[key] = value;
  if (full_refresh) {
    const auto allowed = next.configuration.find("pipelines.reset.allowed");
    if (allowed != next.configuration.end() && allowed->second == "false") {
      throw Error(ErrorCode::kInvalid,
                  dataset_.name.ToString() +
                      " has the property pipelines.reset.allowed = false, so it is not "
                      "refreshed in full; change the property first");
    }
    next.schema_json = SchemaToJson(declaration.schema);
    next.partition_columns = declaration.partition_columns;
    return delta::WithMappingOf(std::move(next), base.metadata());
  }
  // A materialised view's columns change with the refresh that writes them.
  if (dataset_.kind == DatasetKind::kMaterializedView) {
    const Schema columns = ViewColumnsAfter(base.schema(), declaration.schema);
    if (!(columns == base.schema())) next.schema_json = SchemaToJson(columns);
    return delta::WithColumnsMappedSince(std::move(next), base.metadata());
  }
  // Of a table in which nothing ever was, after a first run that failed, all may change.
  const bool is_unfilled = base.files().empty() && FlowsOf(base).empty();
  if (is_unfilled && !CanGrowInto(base, declaration, next.configuration)) {
    next.schema_json = SchemaToJson(declaration.schema);
    next.partition_columns = declaration.partition_columns;
    return delta::WithMappingOf(std::move(next), base.metadata());
  }
  if (next.partition_columns != declaration.partition_columns) {
    throw Error(ErrorCode::kInvalid,
                "PARTITIONED BY of " + dataset_.name.ToString() + " was changed; " + RebuildHint())
        .WithCondition("DELTA_PARTITION_COLUMN_CHANGED");
  }
  try {
    next.schema_json = SchemaToJson(
        ColumnsAfter(dataset_, base, declaration.schema, next.configuration, RebuildHint()));
  } catch (const Error& error) {
    if (error.condition() != "DELTA_FAILED_TO_MERGE_FIELDS") throw;
    throw Error(error.code(), std::string(error.what()) + "; " + RebuildHint())
        .WithCondition(error.condition());
  }
  return delta::WithColumnsMappedSince(std::move(next), base.metadata());
}

}  // namespace weir::session
