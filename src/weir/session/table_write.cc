#include "weir/session/table_write.h"

#include "weir/base/check.h"
#include "weir/base/error.h"
#include "weir/base/uuid.h"
#include "weir/delta/clustering.h"
#include "weir/delta/column_mapping.h"
#include "weir/delta/known_properties.h"
#include "weir/delta/paths.h"
#include "weir/delta/properties.h"
#include "weir/delta/protocol.h"
#include "weir/delta/schema_rules.h"
#include "weir/session/identity_columns.h"
#include "weir/session/rearranging.h"
#include "weir/session/statement.h"
#include "weir/sql/row_rules.h"
#include "weir/types/column_rules.h"
#include "weir/types/raw_type.h"
#include "weir/types/schema_json.h"

namespace weir::session {
namespace {

constexpr int kCommitTries = 4;

}  // namespace

Field DeclaredField(const sql::ColumnDefinition& column, const DataType& type) {
  Field field{column.name.text, type, !column.not_null, "{}"};
  if (column.raw_type) field.metadata = WithRawType(field.metadata, *column.raw_type);
  if (column.comment) field = field.WithComment(*column.comment);
  if (column.default_value) {
    field = WithMetadataText(field, kDefaultKey, column.default_text);
  }
  if (column.generated) field = WithMetadataText(field, kGenerationKey, column.generated_text);
  if (column.identity) {
    const auto& identity = *column.identity;
    field = WithIdentity(field, {identity.always, identity.start, identity.step, std::nullopt});
  }
  return field;
}

namespace {

void DeleteUnnamed(const io::Location& table, const std::string& path) {
  try {
    table.store->Delete(delta::KeyOfPath(table, path));
  } catch (const Error&) {
    // Nothing refers to the file; whatever kept it from being deleted is not worth failing for.
  }
}

}  // namespace

Schema SchemaOf(const std::vector<sql::ColumnDefinition>& columns) {
  std::vector<Field> fields;
  Diagnostics mistakes;
  for (const auto& column : columns) {
    if (!column.type) {
      mistakes.push_back({"PARSE_SYNTAX_ERROR", "42601", column.span,
                          "column " + column.name.text + " has no type",
                          "write `" + column.name.text + " STRING`, or add AS SELECT ..."});
      continue;
    }
    fields.push_back(DeclaredField(column, *column.type));
  }
  if (!mistakes.empty()) throw DiagnosticError(std::move(mistakes));
  return Schema(std::move(fields));
}

std::string AddCheck(const sql::CheckConstraintDefinition& check,
                     std::map<std::string, std::string>& properties) {
  std::string name;
  if (check.name) {
    name = check.name->text;
  } else {
    for (int number = 1; name.empty(); ++number) {
      const std::string free = "check_" + std::to_string(number);
      if (!FindConstraint(properties, free)) name = free;
    }
  }
  const auto& span = check.name ? check.name->span : check.condition->span;
  if (const auto old = FindConstraint(properties, name)) {
    throw DiagnosticError(
        {{"DELTA_CONSTRAINT_ALREADY_EXISTS", "42710", span,
          "Constraint '" + name + "' already exists; the old one is: " + properties.at(*old),
          "drop it first: ALTER TABLE ... DROP CONSTRAINT " + name}});
  }
  properties[sql::kConstraintPrefix + name] = check.text;
  return name;
}

std::optional<std::string> FindConstraint(const std::map<std::string, std::string>& properties,
                                          const std::string& name) {
  const std::string wanted = LowerName(sql::kConstraintPrefix + name);
  for (const auto& [key, text] : properties) {
    if (LowerName(key) == wanted) return key;
  }
  return std::nullopt;
}

TableDeclaration DeclarationOf(const sql::TableClauses& clauses, Schema schema) {
  if (clauses.using_ && LowerName(clauses.using_->text) != "delta") {
    throw Error(ErrorCode::kUnsupported, "USING " + clauses.using_->text +
                                             " is not supported: weir's tables are Delta tables; "
                                             "leave USING out")
        .WithCondition("UNSUPPORTED_DATASOURCE_FOR_DIRECT_QUERY");
  }
  TableDeclaration declaration{delta::WithoutTableDetails(schema), {}, clauses.comment, {}};
  for (const auto& [written, value] : clauses.properties) {
    const std::string key = delta::PropertyName(written);
    delta::CheckMayBeSet(key);
    declaration.properties[key] = value;
  }
  Diagnostics mistakes;
  for (const auto& check : clauses.checks) AddCheck(check, declaration.properties);
  for (const auto& column : clauses.partitioned_by) {
    const auto at = declaration.schema.Find(column.text);
    if (!at) {
      mistakes.push_back({"UNRESOLVED_COLUMN.WITH_SUGGESTION", "42703", column.span,
                          "the table has no column `" + column.text + "` to partition by",
                          "its columns: " + declaration.schema.ToDdl()});
      continue;
    }
    declaration.partition_columns.push_back(declaration.schema[*at].name);
  }
  if (!mistakes.empty()) throw DiagnosticError(std::move(mistakes));
  declaration.cluster_by =
      ColumnPaths(clauses.cluster_by, declaration.schema, "DELTA_COLUMN_NOT_FOUND_IN_SCHEMA");
  return declaration;
}

void CheckDeclaration(const TableDeclaration& declaration) {
  delta::CheckTableSchema(declaration.schema, declaration.properties);
  delta::CheckPartitionColumns(declaration.schema, declaration.partition_columns);
  delta::Metadata kept;  // Without what asks for a protocol.
  kept.configuration = declaration.properties;
  delta::TakeProtocolProperties(kept, delta::Protocol());
  delta::CheckProperties({}, kept.configuration);
  kept.partition_columns = declaration.partition_columns;
  delta::CheckClusteringColumns(declaration.cluster_by, kept, declaration.schema);
}

delta::Metadata MetadataOf(const TableDeclaration& declaration, const Clock& clock) {
  CheckDeclaration(declaration);
  delta::Metadata metadata;
  metadata.id = NewUuid();
  metadata.description = declaration.comment;
  metadata.schema_json = SchemaToJson(declaration.schema);
  metadata.partition_columns = declaration.partition_columns;
  metadata.configuration = declaration.properties;
  metadata.created_time_millis = clock.Now().millis();
  return metadata;
}

std::vector<delta::DomainMetadata> ClusteringOf(const TableDeclaration& declaration,
                                                const delta::Metadata& metadata,
                                                const delta::Snapshot* base) {
  if (!declaration.cluster_by.empty()) {
    // The domain has the names of files.
    const delta::Metadata mapped = delta::WithMappedColumns(metadata);
    return {delta::ClusteringDomain(declaration.cluster_by, SchemaFromJson(mapped.schema_json))};
  }
  if (base == nullptr) return {};
  const auto there = base->domains().find(delta::kClusteringDomain);
  if (there == base->domains().end()) return {};
  delta::DomainMetadata gone = there->second;
  gone.removed = true;
  return {std::move(gone)};
}

sql::Evolution EvolutionOf(const delta::Snapshot& table) {
  return {table.schema(), [&table](const Schema& given) {
            return delta::EvolvedSchema(table.schema(), given, table.metadata().configuration);
          }};
}

sql::BindOptions RuleOptions(const Services& services, const SessionOptions& options) {
  sql::BindOptions bind;
  bind.current_user = options.principal;
  bind.current_catalog = options.catalog;
  bind.current_schema = options.schema;
  bind.now = services.clock.Now();
  bind.zone = options.zone;
  bind.zones = &services.engine.time_zones();
  return bind;
}

sql::PlanPtr EnforceRules(sql::PlanPtr plan, const delta::Metadata& metadata,
                          const std::string& table, const sql::BindOptions& options) {
  const Schema schema = SchemaFromJson(metadata.schema_json);
  WEIR_CHECK(plan->columns.size() == schema.size());
  return PlanOrThrow(sql::EnforceRules(
      std::move(plan), sql::RowRulesOf(schema, metadata.configuration, table), options));
}

ChangeOutcome CommitChange(const Services& services, const delta::Table& table,
                           const TableChange& change) {
  delta::Transaction transaction(table, change.base);
  if (change.raised_to) transaction.RaiseProtocol(*change.raised_to);
  if (!change.numbers.empty()) {
    transaction.SetMetadata(WithLastNumbers(
        change.metadata ? *change.metadata : change.base->metadata(), change.numbers));
  } else if (change.metadata) {
    transaction.SetMetadata(*change.metadata);
  }
  if (change.files_fit_metadata) transaction.FilesFitMetadata();
  if (change.replace_all && change.base != nullptr) {
    transaction.Reads(Predicate::True());
    transaction.RemoveAll();
  }
  if (change.reads_table) transaction.Reads(Predicate::True());
  for (const Predicate& rows : change.reads) transaction.Reads(rows);
  for (const delta::AddFile& file : change.removed) transaction.Remove(file, !change.rearranges);
  for (const RowsOfFile& one : change.deleted_rows) transaction.DeleteRows(one.file, one.rows);
  for (const RowsOfFile& one : change.read_rows) transaction.ReadsRows(one.file, one.rows);
  if (change.knows_rows && !change.reads_table) transaction.ReadsNoOtherRows();
  for (const delta::AddFile& file : change.returned) transaction.Add(file);
  for (const delta::AddFile& file : change.retold) transaction.Retell(file);
  for (const delta::DomainMetadata& domain : change.domains) transaction.SetDomain(domain);
  if (change.protocol) transaction.SetProtocol(*change.protocol);
  if (change.stands_alone) transaction.StandsAlone();
  for (const delta::AddFile& file : change.files) transaction.Add(file);
  for (const delta::CdcFile& file : change.changes) transaction.AddChanges(file);
  if (change.progress) transaction.SetProgress(change.progress->first, change.progress->second);
  if (change.mark) transaction.Mark(change.mark->first, change.mark->second);
  if (!change.rests_on.empty()) transaction.ReadsProgress(change.rests_on);
  for (int attempt = 1;; ++attempt) {
    try {
      const delta::CommitResult result = transaction.Commit(change.commit);
      if (const auto* committed = std::get_if<delta::Committed>(&result)) {
        if (!committed->warning.empty()) {
          services.log.Log(LogLevel::kWarning, "version " + std::to_string(committed->version) +
                                                   " of " + table.location().uri +
                                                   " is committed, but " + committed->warning);
        }
        return {committed->version, false};
      }
      DeleteFiles(table.location(), change.files);
      DeleteFiles(table.location(), change.changes);
      if (const auto* there = std::get_if<delta::AlreadyCommitted>(&result)) {
        return {there->version, true};
      }
      const auto& conflict = std::get<delta::Conflict>(result);
      throw Error(ErrorCode::kConflict,
                  change.commit.operation + " on " + table.location().uri +
                      " conflicts with version " + std::to_string(conflict.taken) +
                      ", which somebody else committed meanwhile: " + conflict.reason +
                      "; run it again")
          .WithCondition("DELTA_CONCURRENT_WRITE");
    } catch (const Error& error) {
      // The entry may be in the log: asked again, the transaction finds out by its own id.
      if (error.code() == ErrorCode::kUnavailable && attempt < kCommitTries) continue;
      if (error.code() != ErrorCode::kUnavailable && error.code() != ErrorCode::kConflict) {
        DeleteFiles(table.location(), change.files);
        DeleteFiles(table.location(), change.changes);
      }
      throw;
    }
  }
}

engine::WriteResult WriteFiles(const Services& services, const std::string& statement_id,
                               sql::PlanPtr plan, std::map<sql::InputId, engine::Input> inputs,
                               const io::Location& table, const delta::Metadata& metadata,
                               const sql::BindOptions& options,
                               std::shared_ptr<const SourceText> text) {
  // A table that is being made has no name yet.
  const auto info = services.catalog.FindTableIn(table.uri);
  const std::string name = info ? info->name.ToString() : "";
  return CopyRows(services, statement_id, EnforceRules(std::move(plan), metadata, name, options),
                  std::move(inputs), table, metadata, std::move(text));
}

engine::WriteResult CopyRows(const Services& services, const std::string& statement_id,
                             sql::PlanPtr plan, std::map<sql::InputId, engine::Input> inputs,
                             const io::Location& table, const delta::Metadata& unmapped,
                             std::shared_ptr<const SourceText> text) {
  // New columns are called in the files as they will be in the commit.
  const delta::Metadata metadata = delta::WithMappedColumns(unmapped);
  const engine::WriteTarget target{table, SchemaFromJson(metadata.schema_json),
                                   metadata.partition_columns, metadata.configuration};
  return services.engine.Write(
      {statement_id, std::move(plan), std::move(inputs), std::nullopt, std::move(text)}, target);
}

void DeleteFolder(const io::Location& location) { location.store->DeleteAll(location.prefix); }

void DeleteFiles(const io::Location& table, const std::vector<delta::AddFile>& files) {
  for (const delta::AddFile& file : files) DeleteUnnamed(table, file.path);
}

void DeleteFiles(const io::Location& table, const std::vector<delta::CdcFile>& files) {
  for (const delta::CdcFile& file : files) DeleteUnnamed(table, file.path);
}

std::map<std::string, std::string> WriteMetrics(const engine::WriteResult& written) {
  int64_t bytes = 0;
  for (const delta::AddFile& file : written.files) bytes += file.size;
  return {{"numFiles", std::to_string(written.files.size())},
          {"numOutputRows", std::to_string(written.statistics.rows)},
          {"numOutputBytes", std::to_string(bytes)}};
}

}  // namespace weir::session
