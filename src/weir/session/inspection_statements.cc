#include "weir/base/check.h"
#include "weir/base/error.h"
#include "weir/delta/clustering.h"
#include "weir/delta/column_mapping.h"
#include "weir/session/described_json.h"
#include "weir/session/row_rules.h"
#include "weir/session/rows.h"
#include "weir/session/statement.h"
#include "weir/session/table_keys.h"
#include "weir/session/table_write.h"
#include "weir/session/view_schema.h"
#include "weir/types/column_rules.h"
#include "weir/types/raw_type.h"
#include "weir/types/schema_json.h"

// DESCRIBE, and the files of a table.
namespace weir::session {

using catalog::Privilege;
using catalog::QualifiedName;
using catalog::SchemaName;
using catalog::SecurableKind;
using catalog::TableInfo;
using catalog::TableKind;

// Whoever may read a table may see how it is made.
void Preparer::RequireSee(const sql::Name& name) {
  if (state_.FindView(name) != nullptr) return;
  if (IsPathName(name)) {
    const auto folder =
        AllowedPath(services_, principal(), Privilege::kReadFiles, name, options_.base_folder);
    prepared_.access.reads.push_back(folder.uri);
    return;
  }
  const QualifiedName full = Qualify(name, options_.catalog, options_.schema);
  services_.catalog.RequireTable(principal(), Privilege::kSelect, full);
  prepared_.access.reads.push_back(full.ToString());
}

void Preparer::BindShownView(const sql::Name& name) {
  if (state_.FindView(name) != nullptr || IsPathName(name)) return;
  const auto info = services_.catalog.FindTable(Qualify(name, options_.catalog, options_.schema));
  if (!info || !info->view) return;
  const sql::ViewSchema mode = ViewSchemaOf(info->properties);
  if (mode != sql::ViewSchema::kTypeEvolution && mode != sql::ViewSchema::kEvolution) return;
  const auto text =
      std::make_shared<SourceText>(SourceText{"<view>", "SELECT * FROM " + info->name.ToString()});
  auto parsed = sql::ParseStatement(text);
  if (!std::holds_alternative<sql::StatementPtr>(parsed)) return;
  const auto statement = std::get<sql::StatementPtr>(std::move(parsed));
  Binding binding(services_, options_, nullptr, &state_);
  try {
    const auto& query = *std::get<sql::QueryStatement>(statement->node).query;
    const auto plan = PlanOrThrow(sql::BindQuery(query, binding.Names(), binding.Options()));
    prepared_.view_columns = ShownColumns(*info, sql::SchemaOf(*plan));
  } catch (const Error&) {
    return;  // Whoever reads it is told what is wrong; it has the columns that it had.
  }
}

void Preparer::operator()(const sql::Describe& statement) {
  using What = sql::Describe::What;
  switch (statement.what) {
    case What::kTable:
      RequireSee(statement.name);
      return BindShownView(statement.name);
    case What::kHistory:
    case What::kDetail:
      return RequireSee(statement.name);
    case What::kSchema:
      return services_.catalog.Require(
          principal(), Privilege::kUseSchema,
          SecurableOf(sql::ObjectKind::kSchema, statement.name, options_.catalog, ""));
    case What::kCatalog:
      return services_.catalog.Require(
          principal(), Privilege::kUseCatalog,
          SecurableOf(sql::ObjectKind::kCatalog, statement.name, "", ""));
    case What::kQuery:
      return BindQuery(*statement.query, options_);
    case What::kFunction:
      return RequireExecute(statement.name);
    case What::kVolume: {
      const auto name = Qualify(statement.name, options_.catalog, options_.schema);
      services_.catalog.RequireVolume(principal(), Privilege::kReadVolume, name);
      prepared_.access.reads.push_back(name.ToString());
      return;
    }
  }
}

namespace {

Value Millis(int64_t millis) { return Value(TypeId::kTimestamp, millis * 1000); }

Value TextMap(const std::map<std::string, std::string>& entries) {
  std::vector<Value> items;
  for (const auto& [key, value] : entries) {
    items.push_back(Text(key));
    items.push_back(Text(value));
  }
  return Value(DataType::Map(TypeId::kString, TypeId::kString), std::move(items));
}

void AddColumns(const Schema& schema, Rows& rows) {
  for (const Field& field : schema.fields()) {
    rows.push_back({Text(field.name), Text(DeclaredType(field)), TextOrNull(field.Comment())});
  }
}

Schema ColumnRows() { return TextColumns({"col_name", "data_type", "comment"}); }

std::string PropertiesText(const sql::Properties& properties) {
  std::string text;
  for (const auto& [key, value] : properties) {
    text += (text.empty() ? "[" : ", ") + key + "=" + value;
  }
  return text.empty() ? "" : text + "]";
}

// The names that a view's query gave its columns: "[`a`, `b`]".
std::string QueryColumnsText(const Schema& schema) {
  std::string text;
  for (const sql::ViewColumn& column : ViewColumnsOf(schema)) {
    std::string quoted;
    for (const char c : column.from) quoted.append(c == '`' ? 2 : 1, c);
    text += (text.empty() ? "[`" : ", `") + quoted + "`";
  }
  return text.empty() ? "" : text + "]";
}

void AddDetails(const TableInfo& info, const std::shared_ptr<const delta::Snapshot>& snapshot,
                Rows& rows) {
  const auto add = [&](const std::string& name, const std::string& value) {
    rows.push_back({Text(name), Text(value), Text("")});
  };
  add("", "");
  add("# Detailed Table Information", "");
  add("Catalog", info.name.catalog);
  add("Database", info.name.schema);
  add("Table", info.name.name);
  add("Owner", info.owner);
  add("Created Time", FormatIso(info.created));
  if (info.view) add("Last Access", "UNKNOWN");
  if (info.view) add("Created By", "weir");
  add("Type", catalog::TableTypeName(info));
  if (info.comment) add("Comment", *info.comment);
  if (info.view) {
    const std::string properties = PropertiesText(OwnProperties(info.properties));
    if (!properties.empty()) add("Table Properties", properties);
    add("View Text", info.view->query);
    add("View Original Text", info.view->query);
    add("View Schema Mode", ViewSchemaName(ViewSchemaOf(info.properties)));
    add("View Catalog and Namespace", SchemaName{info.view->catalog, info.view->schema}.ToString());
    const std::string columns = QueryColumnsText(SchemaFromJson(info.view->schema_json));
    if (!columns.empty()) add("View Query Output Columns", columns);
  }
  if (!info.pipeline_id.empty()) add("Pipeline", info.pipeline_id);
  if (snapshot == nullptr) return;
  add("Location", info.location);
  add("Provider", "delta");
  add("Version", std::to_string(snapshot->version()));
  for (const auto& [key, value] : snapshot->metadata().configuration) {
    add("Property " + key, value);
  }
}

// What the table gives its columns; with `extended` what it asks of its rows too.
void AddRules(const delta::Snapshot& snapshot, const std::vector<catalog::KeyInfo>& keys,
              bool extended, Rows& rows) {
  const auto add = [&](const std::string& title, const Rows& found) {
    if (found.empty()) return;
    rows.push_back({Text(""), Text(""), Text("")});
    rows.push_back({Text(title), Text(""), Text("")});
    rows.insert(rows.end(), found.begin(), found.end());
  };
  Rows defaults, generated, constraints;
  for (const catalog::KeyInfo& key : keys) {
    constraints.push_back({Text(key.name), Text(KeyText(key)), Text("")});
  }
  for (const Field& field : snapshot.schema().fields()) {
    const Value name = Text(field.name), type = Text(DeclaredType(field));
    if (const auto value = MetadataText(field, kDefaultKey)) {
      defaults.push_back({name, type, Text(*value)});
    }
    if (const auto made = MetadataText(field, kGenerationKey)) {
      generated.push_back({name, type, Text(*made)});
    }
  }
  for (const auto& [name, condition] : ConstraintsOf(snapshot.metadata().configuration)) {
    constraints.push_back({Text(name), Text("CHECK (" + condition + ")"), Text("")});
  }
  add("# Column Default Values", defaults);
  if (!extended) return;
  add("# Generated Columns", generated);
  add("# Constraints", constraints);
}

void AddClustering(const delta::Snapshot& snapshot, Rows& rows) {
  const auto columns = delta::ClusteringColumns(snapshot.domains(), snapshot.schema());
  if (columns.empty()) return;
  rows.push_back({Text("# Clustering Information"), Text(""), Text("")});
  rows.push_back({Text("# col_name"), Text("data_type"), Text("comment")});
  for (const auto& path : columns) {
    const Schema* level = &snapshot.schema();
    Schema inner;
    for (size_t i = 0; i < path.size(); ++i) {
      const Field field = (*level)[*level->Find(path[i])];
      if (i + 1 == path.size()) {
        rows.push_back({Text(delta::DottedPath(path)), Text(field.type.ToString()),
                        TextOrNull(field.Comment())});
      } else {
        inner = Schema(field.type.fields());
        level = &inner;
      }
    }
  }
}

Rows DescribeTable(const TableInfo& info, const std::shared_ptr<const delta::Snapshot>& snapshot,
                   const std::vector<catalog::KeyInfo>& keys, bool extended) {
  Rows rows;
  AddColumns(snapshot ? snapshot->schema() : SchemaFromJson(info.view->schema_json), rows);
  if (snapshot != nullptr && !snapshot->metadata().partition_columns.empty()) {
    rows.push_back({Text("# Partition Information"), Text(""), Text("")});
    rows.push_back({Text("# col_name"), Text("data_type"), Text("comment")});
    for (const std::string& name : snapshot->metadata().partition_columns) {
      const auto at = snapshot->schema().Find(name);
      if (at) AddColumns(Schema({snapshot->schema()[*at]}), rows);
    }
  }
  if (snapshot != nullptr) AddClustering(*snapshot, rows);
  if (extended) AddDetails(info, snapshot, rows);
  if (snapshot != nullptr) AddRules(*snapshot, keys, extended, rows);
  return rows;
}

// The names and values that describe one column; its statistics are not kept by column.
Rows DescribeColumn(const Schema& schema, const sql::Name& name, bool extended) {
  const auto at = name.parts.size() == 1 ? schema.Find(name.parts[0].text) : std::nullopt;
  if (!at) {
    const bool is_field = name.parts.size() > 1 && schema.Find(name.parts[0].text).has_value();
    throw DiagnosticError(
        {{is_field ? "_LEGACY_ERROR_TEMP_1060" : "UNRESOLVED_COLUMN.WITH_SUGGESTION", "42703",
          name.span,
          is_field ? name.ToString() + " is a field of a column, not a column"
                   : "there is no column " + name.ToString() + " here",
          is_field ? "describe column " + QuoteName(name.parts[0].text)
                   : "columns: " + schema.ToDdl()}});
  }
  const Field& field = schema[*at];
  Rows rows{{Text("col_name"), Text(field.name)},
            {Text("data_type"), Text(DeclaredType(field))},
            {Text("comment"), Text(field.Comment().value_or("NULL"))}};
  if (!extended) return rows;
  for (const char* statistic :
       {"min", "max", "num_nulls", "distinct_count", "avg_col_len", "max_col_len", "histogram"}) {
    rows.push_back({Text(statistic), Text("NULL")});
  }
  return rows;
}

Error HasNoFiles(const std::string& view) {
  return Error(ErrorCode::kInvalid, view + " is a view and has no files")
      .WithCondition("EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE");
}

std::unique_ptr<Result> History(const std::string& id, const delta::Table& table, size_t limit) {
  const DataType map = DataType::Map(TypeId::kString, TypeId::kString);
  const Schema schema({{"version", TypeId::kLong, true, "{}"},
                       {"timestamp", TypeId::kTimestamp, true, "{}"},
                       {"operation", TypeId::kString, true, "{}"},
                       {"operationParameters", map, true, "{}"},
                       {"readVersion", TypeId::kLong, true, "{}"},
                       {"isolationLevel", TypeId::kString, true, "{}"},
                       {"isBlindAppend", TypeId::kBoolean, true, "{}"},
                       {"operationMetrics", map, true, "{}"},
                       {"engineInfo", TypeId::kString, true, "{}"}});
  Rows rows;
  for (const auto& entry : table.History(limit)) {
    const delta::CommitInfo info = entry.info.value_or(delta::CommitInfo{});
    const auto text = [](const std::string& value) {
      return value.empty() ? Value::Null(TypeId::kString) : Text(value);
    };
    rows.push_back(
        {Value::Long(entry.version), Millis(entry.timestamp_millis), text(info.operation),
         TextMap(info.parameters),
         info.read_version ? Value::Long(*info.read_version) : Value::Null(TypeId::kLong),
         text(info.isolation_level), Value::Boolean(info.is_blind_append), TextMap(info.metrics),
         text(info.engine_info)});
  }
  return RowsResult(id, schema, rows);
}

std::unique_ptr<Result> Detail(const std::string& id, const TableInfo& info,
                               const delta::Snapshot& snapshot) {
  const int64_t bytes = snapshot.files().bytes();
  const Schema schema({{"format", TypeId::kString, true, "{}"},
                       {"id", TypeId::kString, true, "{}"},
                       {"name", TypeId::kString, true, "{}"},
                       {"description", TypeId::kString, true, "{}"},
                       {"location", TypeId::kString, true, "{}"},
                       {"createdAt", TypeId::kTimestamp, true, "{}"},
                       {"lastModified", TypeId::kTimestamp, true, "{}"},
                       {"partitionColumns", DataType::Array(TypeId::kString), true, "{}"},
                       {"clusteringColumns", DataType::Array(TypeId::kString), true, "{}"},
                       {"numFiles", TypeId::kLong, true, "{}"},
                       {"sizeInBytes", TypeId::kLong, true, "{}"},
                       {"properties", DataType::Map(TypeId::kString, TypeId::kString), true, "{}"},
                       {"minReaderVersion", TypeId::kInt, true, "{}"},
                       {"minWriterVersion", TypeId::kInt, true, "{}"}});
  std::vector<Value> partitions;
  for (const auto& name : snapshot.metadata().partition_columns) partitions.push_back(Text(name));
  std::vector<Value> clustering;
  for (const auto& path : delta::ClusteringColumns(snapshot.domains(), snapshot.schema())) {
    clustering.push_back(Text(delta::DottedPath(path)));
  }
  const auto& created = snapshot.metadata().created_time_millis;
  return RowsResult(id, schema,
                    {{Text("delta"), Text(snapshot.metadata().id),
                      info.id.empty() ? Value::Null(TypeId::kString) : Text(info.name.ToString()),
                      TextOrNull(snapshot.metadata().description), Text(info.location),
                      created ? Millis(*created) : Value::Null(TypeId::kTimestamp),
                      Millis(snapshot.timestamp_millis()),
                      Value(DataType::Array(TypeId::kString), std::move(partitions)),
                      Value(DataType::Array(TypeId::kString), std::move(clustering)),
                      Value::Long(static_cast<int64_t>(snapshot.files().size())),
                      Value::Long(bytes), TextMap(snapshot.metadata().configuration),
                      Value::Int(snapshot.protocol().min_reader_version),
                      Value::Int(snapshot.protocol().min_writer_version)}});
}

}  // namespace

TableInfo Executor::GetShown(const sql::Name& name) const {
  TableInfo info = GetTable(name);
  if (info.view && prepared_.view_columns) {
    info.view->schema_json = SchemaToJson(*prepared_.view_columns);
  }
  return info;
}

std::unique_ptr<Result> Executor::JsonRow(const std::string& json) const {
  return RowsResult(id_, TextColumns({"json_metadata"}), {{Text(json)}});
}

std::unique_ptr<Result> Executor::ColumnRow(const Schema& schema,
                                            const sql::Describe& statement) const {
  return RowsResult(id_, TextColumns({"info_name", "info_value"}),
                    DescribeColumn(schema, *statement.column, statement.extended));
}

std::unique_ptr<Result> Executor::operator()(const sql::Describe& statement) {
  using What = sql::Describe::What;
  if (statement.what == What::kQuery) {
    Rows rows;
    // The result of a query is made of strings, whatever its columns were declared as.
    const Schema columns = sql::SchemaOf(*prepared_.plan);
    for (const Field& field : columns.fields()) {
      rows.push_back({Text(field.name), Text(field.type.ToString()), TextOrNull(field.Comment())});
    }
    return RowsResult(id_, ColumnRows(), rows);
  }
  if (statement.what == What::kSchema || statement.what == What::kCatalog) {
    const bool is_schema = statement.what == What::kSchema;
    const auto on = SecurableOf(is_schema ? sql::ObjectKind::kSchema : sql::ObjectKind::kCatalog,
                                statement.name, prepared_.catalog, "");
    Rows rows{{Text("Catalog Name"), Text(on.catalog)}};
    std::optional<std::string> comment;
    std::string owner;
    std::string managed_location;
    if (is_schema) {
      const auto info = services_.catalog.FindSchema({on.catalog, on.schema});
      if (!info) {
        throw Error(ErrorCode::kNotFound, "the " + on.ToString() + " can't be found")
            .WithCondition("SCHEMA_NOT_FOUND");
      }
      rows.push_back({Text("Namespace Name"), Text(on.schema)});
      comment = info->comment;
      owner = info->owner;
      managed_location = info->managed_location;
    } else {
      const auto info = services_.catalog.FindCatalog(on.catalog);
      if (!info) {
        throw Error(ErrorCode::kNotFound, "the catalog " + on.catalog + " can't be found")
            .WithCondition("CATALOG_NOT_FOUND");
      }
      comment = info->comment;
      owner = info->owner;
      managed_location = info->managed_location;
    }
    rows.push_back({Text("Comment"), Text(comment.value_or(""))});
    if (!managed_location.empty()) rows.push_back({Text("Location"), Text(managed_location)});
    rows.push_back({Text("Owner"), Text(owner)});
    return RowsResult(id_, TextColumns({"info_name", "info_value"}), rows);
  }
  if (statement.what == What::kVolume) return DescribeVolume(statement.name);
  if (statement.what == What::kFunction) return DescribeFunction(statement);
  if (const TemporaryView* const view = state_.FindView(statement.name)) {
    if (statement.what != What::kTable) throw HasNoFiles(view->ToString());
    if (statement.as_json) return JsonRow(DescribedAsJson(*view));
    if (statement.column) return ColumnRow(view->schema, statement);
    Rows rows;
    AddColumns(view->schema, rows);
    return RowsResult(id_, ColumnRows(), rows);
  }
  const TableInfo info = GetShown(statement.name);
  if (info.kind == TableKind::kView) {
    if (statement.what != What::kTable) throw HasNoFiles(info.name.ToString());
    if (statement.as_json) return JsonRow(DescribedAsJson(info, nullptr));
    if (statement.column) return ColumnRow(SchemaFromJson(info.view->schema_json), statement);
    return RowsResult(id_, ColumnRows(), DescribeTable(info, nullptr, {}, statement.extended));
  }
  const delta::Table table = OpenTable(services_, info.location);
  if (statement.what == What::kHistory) {
    return History(id_, table, statement.limit ? static_cast<size_t>(*statement.limit) : SIZE_MAX);
  }
  const auto snapshot = LatestOf(table, info);
  if (statement.what == What::kDetail) return Detail(id_, info, *snapshot);
  if (statement.as_json) return JsonRow(DescribedAsJson(info, snapshot.get()));
  if (statement.column) return ColumnRow(snapshot->schema(), statement);
  return RowsResult(
      id_, ColumnRows(),
      DescribeTable(info, snapshot, services_.catalog.KeysOf(info.id), statement.extended));
}

std::unique_ptr<Result> Session::TableFiles(const std::string& table) {
  const auto source =
      std::make_shared<SourceText>(SourceText{"<table name>", "DESCRIBE DETAIL " + table});
  // The same look-up and the same rights as DESCRIBE DETAIL, whose record this is filed under.
  auto prepared = Prepare(source);
  if (auto* wrong = std::get_if<Diagnostics>(&prepared)) throw DiagnosticError(std::move(*wrong));
  const auto detail = Execute(std::get<Prepared>(prepared));
  const size_t location = *detail->schema().Find("location");
  std::string folder;
  while (const auto batch = detail->Next()) folder = batch->At(location, 0).text();
  const auto snapshot = OpenTable(services_, folder).Latest();
  const auto stored = delta::StoredFieldsOf(snapshot->schema(), snapshot->metadata().configuration);
  Rows rows;
  for (const delta::AddFile& file : snapshot->files()) {
    const auto count = snapshot->StatisticsOf(file).rows;
    std::map<std::string, std::string> partition;
    for (const std::string& name : snapshot->metadata().partition_columns) {
      const auto value =
          file.partition_values.find(delta::StoredName(snapshot->schema(), stored, name));
      if (value != file.partition_values.end()) partition[name] = value->second.value_or("NULL");
    }
    rows.push_back({Text(file.path), count ? Value::Long(*count) : Value::Null(TypeId::kLong),
                    Value::Long(file.size), TextMap(partition),
                    Millis(file.modification_time_millis)});
  }
  return RowsResult(
      detail->statement_id(),
      Schema({{"path", TypeId::kString, true, "{}"},
              {"rows", TypeId::kLong, true, "{}"},
              {"size", TypeId::kLong, true, "{}"},
              {"partition", DataType::Map(TypeId::kString, TypeId::kString), true, "{}"},
              {"modified", TypeId::kTimestamp, true, "{}"}}),
      rows);
}

}  // namespace weir::session
