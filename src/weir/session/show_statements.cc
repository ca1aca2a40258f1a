#include <fnmatch.h>

#include <algorithm>

#include "weir/base/error.h"
#include "weir/delta/clustering.h"
#include "weir/delta/properties.h"
#include "weir/session/row_rules.h"
#include "weir/session/rows.h"
#include "weir/session/statement.h"
#include "weir/session/table_keys.h"
#include "weir/session/table_write.h"
#include "weir/session/view_schema.h"
#include "weir/sql/ast_printer.h"
#include "weir/sql/functions.h"
#include "weir/sql/row_rules.h"
#include "weir/types/schema_json.h"

// SHOW.
namespace weir::session {

using catalog::Privilege;
using catalog::SchemaName;
using catalog::SecurableKind;
using catalog::TableInfo;
using catalog::TableKind;

namespace {

bool IsGlobalSchema(const std::optional<sql::Name>& in) {
  return in && in->parts.size() == 1 && LowerName(in->parts[0].text) == SessionState::kGlobalSchema;
}

}  // namespace

void Preparer::operator()(const sql::Show& statement) {
  using What = sql::Show::What;
  if (statement.what == What::kColumns || statement.what == What::kTblProperties ||
      statement.what == What::kCreateTable || statement.what == What::kPartitions) {
    RequireSee(*statement.in);
    BindShownView(*statement.in);
  } else if (statement.what == What::kGrants && statement.in) {
    services_.catalog.RequireManage(principal(), SecurableOf(statement.in_kind, *statement.in,
                                                             options_.catalog, options_.schema));
  } else if (IsGlobalSchema(statement.in)) {
    return;  // Of the session alone.
  } else if (statement.what == What::kTables || statement.what == What::kViews ||
             statement.what == What::kVolumes ||
             (statement.what == What::kFunctions &&
              (statement.in || statement.whose == sql::Show::Whose::kUser))) {
    const auto on =
        statement.in
            ? SecurableOf(sql::ObjectKind::kSchema, *statement.in, options_.catalog, "")
            : catalog::Securable{SecurableKind::kSchema, options_.catalog, options_.schema, ""};
    services_.catalog.RequireLook(principal(), {on.catalog, on.schema});
  } else if (statement.what == What::kSchemas) {
    const auto on = SecurableKind::kCatalog;
    services_.catalog.Require(
        principal(), Privilege::kUseCatalog,
        {on, statement.in ? LowerName(statement.in->parts.back().text) : options_.catalog, "", ""});
  }
}

namespace {

// SHOW ... LIKE: `*` for any text, `|` between alternatives, without case.
bool Matches(const std::optional<std::string>& pattern, const std::string& name) {
  if (!pattern) return true;
  size_t at = 0;
  while (at <= pattern->size()) {
    const size_t bar = std::min(pattern->find('|', at), pattern->size());
    const std::string part = LowerName(pattern->substr(at, bar - at));
    if (fnmatch(part.c_str(), LowerName(name).c_str(), 0) == 0) return true;
    at = bar + 1;
  }
  return false;
}

// In backticks only where it needs them.
std::string PlainName(const std::string& name) {
  return sql::Name{{sql::Identifier{name, {}}}, {}}.ToString();
}

// Views of the session follow the schema's, whatever schema it is.
void AddTemporaries(const SessionState& state, bool with_global,
                    const std::optional<std::string>& pattern, Rows& rows) {
  for (const bool global : {true, false}) {
    if (global && !with_global) continue;
    for (const auto& [key, view] : state.views()) {
      const std::string name = LowerName(view.qualifier.back());
      if ((view.qualifier.size() == 2) != global || !Matches(pattern, name)) continue;
      rows.push_back(
          {Text(global ? SessionState::kGlobalSchema : ""), Text(name), Value::Boolean(true)});
    }
  }
}

// TBLPROPERTIES, or nothing.
std::string PropertiesClause(const sql::Properties& properties) {
  std::string text;
  for (const auto& [key, value] : properties) {
    text +=
        (text.empty() ? "  " : ",\n  ") + sql::QuoteString(key) + " = " + sql::QuoteString(value);
  }
  return text.empty() ? "" : "TBLPROPERTIES (\n" + text + ")\n";
}

// The statement that makes the view again, in the catalog in force; as Spark names it.
std::string CreateViewText(const TableInfo& info, const std::string& catalog) {
  const SchemaName in{info.name.catalog, info.name.schema};
  std::string text = "CREATE VIEW " +
                     (in.catalog == catalog ? PlainName(in.schema) : in.ToString()) + "." +
                     PlainName(info.name.name) + " (";
  const Schema columns = SchemaFromJson(info.view->schema_json);
  for (size_t i = 0; i < columns.size(); ++i) {
    text += (i == 0 ? "\n  " : ",\n  ") + PlainName(columns[i].name);
    if (const auto comment = columns[i].Comment()) text += " COMMENT " + sql::QuoteString(*comment);
  }
  text += ")\n";
  if (info.comment) text += "COMMENT " + sql::QuoteString(*info.comment) + "\n";
  text += PropertiesClause(OwnProperties(info.properties));
  return text + "WITH SCHEMA " + ViewSchemaName(ViewSchemaOf(info.properties)) + "\nAS " +
         info.view->query;
}

// What CREATE TABLE may say of the properties: constraints are said where they belong, and ids of
// columns are given anew.
sql::Properties PropertiesToDeclare(const std::map<std::string, std::string>& configuration) {
  sql::Properties properties;
  for (const auto& [key, value] : configuration) {
    if (key.starts_with(sql::kConstraintPrefix) || key == "delta.columnMapping.maxColumnId" ||
        key.starts_with("delta.rowTracking.materialized") ||
        key.starts_with("delta.inCommitTimestampEnablement") || key == delta::kProtectedBefore) {
      continue;
    }
    properties.emplace(key, value);
  }
  return properties;
}

// Of the dataset of a pipeline, whose project has the rest of its definition.
std::string CreateDatasetWords(const TableInfo& info) {
  return "-- The pipeline " + info.pipeline_id + " fills it by a query of its project.\nCREATE " +
         (info.kind == TableKind::kMaterializedView ? "MATERIALIZED VIEW " : "STREAMING TABLE ");
}

std::string CreateTableText(const TableInfo& info, const delta::Snapshot* snapshot,
                            const std::vector<catalog::KeyInfo>& keys,
                            const std::optional<catalog::DatasetDefinition>& definition,
                            const std::string& catalog) {
  if (info.view) return CreateViewText(info, catalog);
  if (definition) return definition->statement;
  const bool is_dataset =
      info.kind == TableKind::kMaterializedView || info.kind == TableKind::kStreamingTable;
  std::string text =
      (is_dataset ? CreateDatasetWords(info) : "CREATE TABLE ") + info.name.ToString() + " (\n";
  const auto& fields = snapshot->schema().fields();
  for (size_t i = 0; i < fields.size(); ++i) text += (i ? ",\n  " : "  ") + ColumnDdl(fields[i]);
  for (const auto& [name, condition] : ConstraintsOf(snapshot->metadata().configuration)) {
    text += ",\n  CONSTRAINT " + QuoteName(name) + " CHECK (" + condition + ")";
  }
  for (const catalog::KeyInfo& key : keys) {
    text += ",\n  CONSTRAINT " + QuoteName(key.name) + " " + KeyText(key);
  }
  text += is_dataset ? ")\n" : ")\nUSING delta\n";
  const auto& metadata = snapshot->metadata();
  if (!metadata.partition_columns.empty()) {
    text += "PARTITIONED BY (";
    for (size_t i = 0; i < metadata.partition_columns.size(); ++i) {
      text += (i ? ", " : "") + QuoteName(metadata.partition_columns[i]);
    }
    text += ")\n";
  }
  const auto clustering = delta::ClusteringColumns(snapshot->domains(), snapshot->schema());
  for (size_t i = 0; i < clustering.size(); ++i) {
    text += (i == 0 ? "CLUSTER BY (" : ", ") + delta::DottedPath(clustering[i]);
    if (i + 1 == clustering.size()) text += ")\n";
  }
  if (info.kind == TableKind::kExternal) {
    text += "LOCATION " + sql::QuoteString(info.location) + "\n";
  }
  if (metadata.description) text += "COMMENT " + sql::QuoteString(*metadata.description) + "\n";
  return text + PropertiesClause(PropertiesToDeclare(metadata.configuration));
}

// Names of functions, in order: those of the schema in full.
std::vector<std::string> FunctionsShown(const Services& services, const SessionState& state,
                                        const std::string& principal, const SchemaName& schema,
                                        const sql::Show& statement) {
  using Whose = sql::Show::Whose;
  std::vector<std::string> names;
  if (statement.whose != Whose::kUser) names = sql::FunctionNames();
  const bool looks =
      services.catalog.Allows(principal, Privilege::kUseSchema,
                              {SecurableKind::kSchema, schema.catalog, schema.schema, ""});
  if (statement.whose != Whose::kSystem) {
    for (const auto& [name, function] : state.functions()) names.push_back(name);
    if (looks) {
      for (const auto& info : services.catalog.ListFunctions(principal, schema)) {
        names.push_back(info.name.ToString());
      }
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

std::unique_ptr<Result> Executor::operator()(const sql::Show& statement) {
  using What = sql::Show::What;
  const std::string& principal = options_.principal;
  Rows rows;
  const auto schema_in = [&] {
    if (!statement.in) return SchemaName{prepared_.catalog, prepared_.schema};
    const auto on = SecurableOf(sql::ObjectKind::kSchema, *statement.in, prepared_.catalog, "");
    if (!services_.catalog.FindSchema({on.catalog, on.schema})) {
      throw Error(ErrorCode::kNotFound,
                  "the " + on.ToString() + " can't be found; SHOW SCHEMAS lists them")
          .WithCondition("SCHEMA_NOT_FOUND");
    }
    return SchemaName{on.catalog, on.schema};
  };
  switch (statement.what) {
    case What::kCatalogs:
      for (const auto& info : services_.catalog.ListCatalogs(principal)) {
        if (Matches(statement.pattern, info.name)) rows.push_back({Text(info.name)});
      }
      return RowsResult(id_, TextColumns({"catalog"}), rows);
    case What::kSchemas: {
      const std::string catalog =
          statement.in ? LowerName(statement.in->parts.back().text) : prepared_.catalog;
      for (const auto& info : services_.catalog.ListSchemas(principal, catalog)) {
        if (Matches(statement.pattern, info.name.schema)) rows.push_back({Text(info.name.schema)});
      }
      return RowsResult(id_, TextColumns({"databaseName"}), rows);
    }
    case What::kTables:
    case What::kViews: {
      const bool global = IsGlobalSchema(statement.in);
      const SchemaName schema = global ? SchemaName{} : schema_in();
      const auto tables =
          global ? std::vector<TableInfo>{} : services_.catalog.ListTables(principal, schema);
      for (const auto& info : tables) {
        const bool wanted = statement.what == What::kTables || info.kind == TableKind::kView;
        // Event logs are shown to those who ask for them.
        if (info.kind == TableKind::kEventLog && !statement.pattern) continue;
        if (!wanted || !Matches(statement.pattern, info.name.name)) continue;
        rows.push_back({Text(schema.schema), Text(info.name.name), Value::Boolean(false)});
      }
      AddTemporaries(state_, global, statement.pattern, rows);
      return RowsResult(id_,
                        Schema({{statement.what == What::kTables ? "database" : "namespace",
                                 TypeId::kString, true, "{}"},
                                {statement.what == What::kTables ? "tableName" : "viewName",
                                 TypeId::kString, true, "{}"},
                                {"isTemporary", TypeId::kBoolean, true, "{}"}}),
                        rows);
    }
    case What::kVolumes: {
      const SchemaName schema = schema_in();
      for (const auto& info : services_.catalog.ListVolumes(principal, schema)) {
        if (!Matches(statement.pattern, info.name.name)) continue;
        rows.push_back({Text(schema.schema), Text(info.name.name)});
      }
      return RowsResult(id_, TextColumns({"database", "volume_name"}), rows);
    }
    case What::kFunctions: {
      // Of a schema that they may not look into, users see the built-in ones.
      const SchemaName schema =
          statement.in ? schema_in() : SchemaName{prepared_.catalog, prepared_.schema};
      for (const std::string& name :
           FunctionsShown(services_, state_, principal, schema, statement)) {
        if (Matches(statement.pattern, name.substr(name.rfind('.') + 1)))
          rows.push_back({Text(name)});
      }
      return RowsResult(id_, TextColumns({"function"}), rows);
    }
    case What::kGrants: {
      if (!statement.in) {
        throw Error(ErrorCode::kUnsupported, "SHOW GRANTS needs ON TABLE name for now");
      }
      const auto on =
          SecurableOf(statement.in_kind, *statement.in, prepared_.catalog, prepared_.schema);
      for (const auto& grant : services_.catalog.Grants(on)) {
        if (statement.principal && grant.principal != *statement.principal) continue;
        rows.push_back({Text(grant.principal), Text(std::string(PrivilegeName(grant.privilege))),
                        Text(grant.securable.ToString())});
      }
      return RowsResult(id_, TextColumns({"Principal", "ActionType", "ObjectKey"}), rows);
    }
    case What::kColumns:
    case What::kTblProperties:
    case What::kCreateTable:
    case What::kPartitions:
      break;
  }
  if (const TemporaryView* const view = state_.FindView(*statement.in)) {
    return ShowTemporary(statement, *view);
  }
  const TableInfo info = GetShown(*statement.in);
  std::shared_ptr<const delta::Snapshot> snapshot;
  if (info.kind != TableKind::kView) snapshot = LatestOf(OpenTable(services_, info.location), info);
  if (statement.what == What::kCreateTable) {
    return RowsResult(
        id_, TextColumns({"createtab_stmt"}),
        {{Text(CreateTableText(info, snapshot.get(), services_.catalog.KeysOf(info.id),
                               services_.catalog.FindDefinition(info.id), prepared_.catalog))}});
  }
  if (statement.what == What::kTblProperties) {
    const auto properties =
        snapshot ? snapshot->metadata().configuration : OwnProperties(info.properties);
    if (statement.key) {
      const auto found = properties.find(*statement.key);
      const std::string none =
          "Table " + info.name.ToString() + " does not have property: " + *statement.key;
      rows.push_back(
          {Text(*statement.key), Text(found == properties.end() ? none : found->second)});
    } else {
      for (const auto& [key, value] : properties) rows.push_back({Text(key), Text(value)});
    }
    return RowsResult(id_, TextColumns({"key", "value"}), rows);
  }
  if (statement.what == What::kPartitions) {
    if (!snapshot) {
      throw Error(ErrorCode::kInvalid,
                  info.name.ToString() + " is a view; SHOW PARTITIONS works on tables")
          .WithCondition("EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE");
    }
    return ShowPartitions(*snapshot);
  }
  const Schema columns = snapshot ? snapshot->schema() : SchemaFromJson(info.view->schema_json);
  for (const Field& field : columns.fields()) rows.push_back({Text(field.name)});
  return RowsResult(id_, TextColumns({"col_name"}), rows);
}

std::unique_ptr<Result> Executor::ShowTemporary(const sql::Show& statement,
                                                const TemporaryView& view) const {
  using What = sql::Show::What;
  if (statement.what == What::kCreateTable) {
    throw Error(ErrorCode::kInvalid, "SHOW CREATE TABLE is for views that are kept, and " +
                                         view.ToString() + " is a temporary view")
        .WithCondition("EXPECT_PERMANENT_VIEW_NOT_TEMP");
  }
  if (statement.what == What::kPartitions) {
    throw Error(ErrorCode::kInvalid,
                view.ToString() + " is a temporary view; SHOW PARTITIONS works on tables")
        .WithCondition("EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE");
  }
  if (statement.what == What::kTblProperties) {
    return RowsResult(id_, TextColumns({"key", "value"}), {});
  }
  Rows rows;
  for (const Field& field : view.schema.fields()) rows.push_back({Text(field.name)});
  return RowsResult(id_, TextColumns({"col_name"}), rows);
}

}  // namespace weir::session
