#include "weir/session/table_write.h"

#include <span>

#include "weir/base/check.h"
#include "weir/base/error.h"
#include "weir/base/uuid.h"
#include "weir/delta/column_mapping.h"
#include "weir/delta/paths.h"
#include "weir/delta/properties.h"
#include "weir/delta/protocol.h"
#include "weir/delta/schema_rules.h"
#include "weir/sql/functions.h"
#include "weir/types/raw_type.h"
#include "weir/types/schema_json.h"

namespace weir::session {
namespace {

constexpr std::string_view kNotNull = "NOT NULL: ";
constexpr int kCommitTries = 4;

// NOT (operand IS NULL), as a bound expression.
sql::BoundExprPtr IsNotNull(sql::BoundExprPtr operand) {
  const sql::ArgumentShape shape{operand->type, operand->nullable, false, 0};
  const auto found = sql::LookUp("isnotnull", std::span(&shape, 1));
  const auto* signature = std::get_if<const sql::Signature*>(&found);
  WEIR_CHECK(signature != nullptr);
  return std::make_shared<sql::BoundExpr>(sql::BoundExpr{
      {}, TypeId::kBoolean, false, sql::BoundCall{*signature, {std::move(operand)}}});
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
    Field field{column.name.text, *column.type, !column.not_null, "{}"};
    if (column.raw_type) field.metadata = WithRawType(field.metadata, *column.raw_type);
    fields.push_back(column.comment ? field.WithComment(*column.comment) : field);
  }
  if (!mistakes.empty()) throw DiagnosticError(std::move(mistakes));
  return Schema(std::move(fields));
}

TableDeclaration DeclarationOf(const sql::TableClauses& clauses, Schema schema) {
  if (clauses.using_ && LowerName(clauses.using_->text) != "delta") {
    throw Error(ErrorCode::kUnsupported, "USING " + clauses.using_->text +
                                             " is not supported: weir's tables are Delta tables; "
                                             "leave USING out")
        .WithCondition("UNSUPPORTED_DATASOURCE_FOR_DIRECT_QUERY");
  }
  TableDeclaration declaration{
      delta::WithoutTableDetails(schema), {}, clauses.comment, clauses.properties};
  Diagnostics mistakes;
  for (const auto& [key, value] : declaration.properties) delta::CheckMayBeSet(key);
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
  return declaration;
}

void CheckDeclaration(const TableDeclaration& declaration) {
  delta::CheckTableSchema(declaration.schema, declaration.properties);
  delta::CheckPartitionColumns(declaration.schema, declaration.partition_columns);
  delta::Metadata kept;  // Without what asks for a protocol.
  kept.configuration = declaration.properties;
  delta::TakeProtocolProperties(kept, delta::Protocol());
  delta::CheckProperties({}, kept.configuration);
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

sql::PlanPtr EnforceNotNull(sql::PlanPtr plan, const Schema& target) {
  WEIR_CHECK(plan->columns.size() == target.size());
  sql::ExpectPlan expect{plan, {}};
  for (size_t i = 0; i < target.size(); ++i) {
    const sql::PlanColumn& column = plan->columns[i];
    if (target[i].nullable || !column.nullable) continue;
    auto operand = std::make_shared<sql::BoundExpr>(
        sql::BoundExpr{{}, column.type, true, sql::BoundColumn{column.id, column.name}});
    expect.expectations.push_back(
        {std::string(kNotNull) + target[i].name, sql::ViolationAction::kFailUpdate,
         IsNotNull(operand), "DELTA_NOT_NULL_CONSTRAINT_VIOLATED",
         "the column `" + target[i].name +
             "` is declared NOT NULL, and a row has NULL there; nothing was written"});
  }
  if (expect.expectations.empty()) return plan;
  // An ExpectPlan that is there already takes the checks in: a statement has one at most.
  if (const auto* own = std::get_if<sql::ExpectPlan>(&plan->node)) {
    sql::ExpectPlan merged = *own;
    merged.expectations.insert(merged.expectations.end(), expect.expectations.begin(),
                               expect.expectations.end());
    return std::make_shared<sql::Plan>(sql::Plan{plan->columns, std::move(merged)});
  }
  return std::make_shared<sql::Plan>(sql::Plan{plan->columns, std::move(expect)});
}

bool IsNotNullCheck(const std::string& expectation) { return expectation.starts_with(kNotNull); }

ChangeOutcome CommitChange(const Services& services, const delta::Table& table,
                           const TableChange& change) {
  delta::Transaction transaction(table, change.base);
  if (change.metadata) transaction.SetMetadata(*change.metadata);
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
  for (const delta::AddFile& file : change.files) transaction.Add(file);
  if (change.progress) transaction.SetProgress(change.progress->first, change.progress->second);
  if (!change.rests_on.empty()) transaction.ReadsProgress(change.rests_on);
  for (int attempt = 1;; ++attempt) {
    try {
      const delta::CommitResult result = transaction.Commit(change.commit);
      if (const auto* committed = std::get_if<delta::Committed>(&result)) {
        if (!committed->warning.empty()) {
          services.log.Log(LogLevel::kWarning,
                           "version " + std::to_string(committed->version) + " of " +
                               table.location().uri +
                               " is committed, but without its checkpoint: " + committed->warning);
        }
        return {committed->version, false};
      }
      DeleteFiles(table.location(), change.files);
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
      }
      throw;
    }
  }
}

engine::WriteResult WriteFiles(const Services& services, const std::string& statement_id,
                               sql::PlanPtr plan, std::map<sql::InputId, engine::Input> inputs,
                               const io::Location& table, const delta::Metadata& unmapped,
                               std::shared_ptr<const SourceText> text) {
  // New columns are called in the files as they will be in the commit.
  const delta::Metadata metadata = delta::WithMappedColumns(unmapped);
  engine::WriteTarget target{table, SchemaFromJson(metadata.schema_json),
                             metadata.partition_columns, metadata.configuration};
  plan = EnforceNotNull(std::move(plan), target.schema);
  return services.engine.Write(
      {statement_id, std::move(plan), std::move(inputs), std::nullopt, std::move(text)}, target);
}

void DeleteFolder(const io::Location& location) { location.store->DeleteAll(location.prefix); }

void DeleteFiles(const io::Location& table, const std::vector<delta::AddFile>& files) {
  for (const delta::AddFile& file : files) {
    try {
      table.store->Delete(delta::KeyOfPath(table, file.path));
    } catch (const Error&) {
      // Nothing refers to the file; whatever kept it from being deleted is not worth failing for.
    }
  }
}

std::map<std::string, std::string> WriteMetrics(const engine::WriteResult& written) {
  int64_t bytes = 0;
  for (const delta::AddFile& file : written.files) bytes += file.size;
  return {{"numFiles", std::to_string(written.files.size())},
          {"numOutputRows", std::to_string(written.statistics.rows)},
          {"numOutputBytes", std::to_string(bytes)}};
}

}  // namespace weir::session
