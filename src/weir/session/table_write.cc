#include "weir/session/table_write.h"

#include <algorithm>
#include <set>

#include "weir/base/check.h"
#include "weir/base/error.h"
#include "weir/base/json.h"
#include "weir/base/uuid.h"
#include "weir/types/schema_json.h"

namespace weir::session {
namespace {

constexpr std::string_view kNotNull = "NOT NULL: ";
constexpr int kCommitTries = 4;

void CheckProperty(const std::string& key) {
  static const std::set<std::string> kHonoured = {
      "delta.appendOnly",
      "delta.checkpointInterval",
      "delta.dataSkippingNumIndexedCols",
      "delta.deletedFileRetentionDuration",
      "delta.logRetentionDuration",
  };
  if (!key.starts_with("delta.") || kHonoured.count(key)) return;
  std::string known;
  for (const auto& name : kHonoured) known += (known.empty() ? "" : ", ") + name;
  throw Error(ErrorCode::kUnsupported, "the table property `" + key +
                                           "` is not supported yet; of Delta's own properties "
                                           "weir honours " + known)
      .WithCondition("DELTA_UNKNOWN_CONFIGURATION");
}

void CheckColumns(const Schema& schema) {
  std::set<std::string> seen;
  for (const Field& field : schema.fields()) {
    if (!seen.insert(LowerName(field.name)).second) {
      throw Error(ErrorCode::kInvalid, "the column `" + field.name + "` stands twice; give one of "
                                           "them another name with AS")
          .WithCondition("COLUMN_ALREADY_EXISTS");
    }
    if (field.name.find_first_of(" ,;{}()\n\t=") != std::string::npos) {
      throw Error(ErrorCode::kInvalid,
                  "the column name `" + field.name +
                      "` holds a character that Delta tables don't allow in names ( ,;{}()=, tab, "
                      "line feed); rename it with AS")
          .WithCondition("DELTA_INVALID_CHARACTERS_IN_COLUMN_NAMES");
    }
    if (field.type.id() == TypeId::kVoid || field.type.IsInterval()) {
      throw Error(ErrorCode::kUnsupported, "the column `" + field.name + "` is of type " +
                                               field.type.ToSql() +
                                               ", which tables can't hold; CAST it to another type")
          .WithCondition("DELTA_UNSUPPORTED_DATA_TYPES");
    }
  }
}

}  // namespace

Schema SchemaOf(const std::vector<sql::ColumnDefinition>& columns) {
  std::vector<Field> fields;
  for (const auto& column : columns) {
    if (!column.type) {
      throw DiagnosticError({{"PARSE_SYNTAX_ERROR", "42601", column.span,
                              "column " + column.name.text + " has no type",
                              "write `" + column.name.text + " STRING`, or add AS SELECT ..."}});
    }
    Field field{column.name.text, *column.type, !column.not_null, "{}"};
    fields.push_back(column.comment ? field.WithComment(*column.comment) : field);
  }
  return Schema(std::move(fields));
}

TableDeclaration DeclarationOf(const sql::TableClauses& clauses, Schema schema) {
  if (clauses.using_ && LowerName(clauses.using_->text) != "delta") {
    throw Error(ErrorCode::kUnsupported, "USING " + clauses.using_->text +
                                             " is not supported: weir's tables are Delta tables; "
                                             "leave USING out")
        .WithCondition("UNSUPPORTED_DATASOURCE_FOR_DIRECT_QUERY");
  }
  TableDeclaration declaration{std::move(schema), {}, clauses.comment, clauses.properties};
  for (const auto& column : clauses.partitioned_by) {
    const auto at = declaration.schema.Find(column.text);
    if (!at) {
      throw DiagnosticError({{"UNRESOLVED_COLUMN.WITH_SUGGESTION", "42703", column.span,
                              "the table has no column `" + column.text + "` to partition by",
                              "its columns: " + declaration.schema.ToDdl()}});
    }
    declaration.partition_columns.push_back(declaration.schema[*at].name);
  }
  return declaration;
}

void CheckDeclaration(const TableDeclaration& declaration) {
  CheckColumns(declaration.schema);
  for (const auto& [key, value] : declaration.properties) CheckProperty(key);
  for (const std::string& name : declaration.partition_columns) {
    const Field& field = declaration.schema[*declaration.schema.Find(name)];
    if (field.type.IsNested()) {
      throw Error(ErrorCode::kInvalid, "the table can't be partitioned by `" + name +
                                           "`: its type is " + field.type.ToSql())
          .WithCondition("INVALID_PARTITION_COLUMN_DATA_TYPE");
    }
  }
  if (!declaration.partition_columns.empty() &&
      declaration.partition_columns.size() == declaration.schema.size()) {
    throw Error(ErrorCode::kInvalid, "every column is a partition column; a table needs another one")
        .WithCondition("ALL_PARTITION_COLUMNS_NOT_ALLOWED");
  }
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
         sql::IsNotNull(operand)});
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

ChangeOutcome CommitChange(const delta::Table& table, const TableChange& change) {
  delta::Transaction transaction(table, change.base);
  if (change.metadata) transaction.SetMetadata(*change.metadata);
  if (change.replace_all && change.base != nullptr) {
    transaction.Reads(Predicate::True());
    transaction.RemoveAll();
  }
  for (const delta::AddFile& file : change.files) transaction.Add(file);
  if (change.progress) transaction.SetProgress(change.progress->first, change.progress->second);
  for (int attempt = 1;; ++attempt) {
    try {
      const delta::CommitResult result = transaction.Commit(change.commit);
      if (const auto* committed = std::get_if<delta::Committed>(&result)) {
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
                               const io::Location& table, const delta::Metadata& metadata) {
  engine::WriteTarget target{table, SchemaFromJson(metadata.schema_json),
                             metadata.partition_columns, metadata.configuration};
  plan = EnforceNotNull(std::move(plan), target.schema);
  return services.engine.Write({statement_id, std::move(plan), std::move(inputs), std::nullopt},
                               target);
}

void DeleteFolder(const io::Location& location) {
  for (const auto& object : location.store->List(location.prefix, "", io::ObjectStore::kNoLimit)) {
    location.store->Delete(object.key);
  }
}

void DeleteFiles(const io::Location& table, const std::vector<delta::AddFile>& files) {
  for (const delta::AddFile& file : files) {
    try {
      table.store->Delete(table.prefix + delta::DecodePath(file.path));
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
