#include "weir/session/event_log.h"

#include <algorithm>

#include "weir/base/error.h"
#include "weir/base/fingerprint.h"
#include "weir/base/uuid.h"
#include "weir/session/binding.h"
#include "weir/session/refusal.h"
#include "weir/session/statement_end.h"
#include "weir/session/table_write.h"
#include "weir/sql/bound_exprs.h"
#include "weir/sql/parser.h"

namespace weir::session {

using catalog::Privilege;
using catalog::QualifiedName;
using catalog::TableInfo;

namespace {

constexpr const char* kColumns =
    "id STRING COMMENT 'Of the event: it is there once.', "
    "sequence STRUCT<data_plane_id: STRUCT<instance: STRING, seq_no: BIGINT>, "
    "control_plane_seq_no: BIGINT>, "
    "origin STRUCT<cloud: STRING, region: STRING, org_id: BIGINT, user_id: BIGINT, "
    "pipeline_id: STRING, pipeline_type: STRING, pipeline_name: STRING, cluster_id: STRING, "
    "update_id: STRING, maintenance_id: STRING, table_id: STRING, table_name: STRING, "
    "dataset_name: STRING, sink_name: STRING, flow_id: STRING, flow_name: STRING, "
    "batch_id: BIGINT, request_id: STRING>, "
    "timestamp TIMESTAMP, message STRING, level STRING, maturity_level STRING, "
    "error STRUCT<fatal: BOOLEAN, exceptions: ARRAY<STRUCT<class_name: STRING, message: STRING, "
    "stack: ARRAY<STRUCT<declaring_class: STRING, method_name: STRING, file_name: STRING, "
    "line_number: BIGINT>>>>>, "
    "details STRING, event_type STRING";

const char* LevelName(PipelineEvent::Level level) {
  switch (level) {
    case PipelineEvent::Level::kInfo:
      return "INFO";
    case PipelineEvent::Level::kWarn:
      return "WARN";
    case PipelineEvent::Level::kError:
      return "ERROR";
    case PipelineEvent::Level::kMetrics:
      return "METRICS";
  }
  return "INFO";
}

using Members = std::vector<std::pair<std::string, Value>>;

// A struct with these members; the others are NULL.
Value Struct(const DataType& type, const Members& members) {
  std::vector<Value> values;
  for (const Field& field : type.fields()) {
    const auto at = std::find_if(members.begin(), members.end(),
                                 [&](const auto& member) { return member.first == field.name; });
    values.push_back(at != members.end() ? at->second : Value::Null(field.type));
  }
  return Value(type, std::move(values));
}

Value TextOrAbsent(const std::string& text) {
  return text.empty() ? Value::Null(TypeId::kString) : Value::String(text);
}

Value ErrorOf(const DataType& type, const std::optional<PipelineEvent::Failure>& failure) {
  if (!failure) return Value::Null(type);
  const DataType& list = type.fields()[1].type;
  const Value exception =
      Struct(list.element(), {{"class_name", Value::String(failure->class_name)},
                              {"message", Value::String(failure->message)}});
  return Struct(type, {{"fatal", Value::Boolean(failure->fatal)},
                       {"exceptions", Value(list, std::vector<Value>{exception})}});
}

// What all events of a flush have in common.
struct Origin {
  std::string pipeline_id;
  std::string pipeline_name;
  std::string update_id;
};

std::vector<Value> RowOf(const PipelineEvent& event, const Origin& origin, const Schema& schema) {
  const DataType& sequence = schema[1].type;
  return {
      Value::String(event.id),
      Struct(sequence, {{"data_plane_id", Struct(sequence.fields()[0].type,
                                                 {{"instance", Value::String(origin.update_id)},
                                                  {"seq_no", Value::Long(event.sequence)}})}}),
      Struct(schema[2].type, {{"pipeline_id", Value::String(origin.pipeline_id)},
                              {"pipeline_type", Value::String("WORKSPACE")},
                              {"pipeline_name", Value::String(origin.pipeline_name)},
                              {"update_id", Value::String(origin.update_id)},
                              {"dataset_name", TextOrAbsent(event.dataset)},
                              {"flow_name", TextOrAbsent(event.flow)}}),
      Value(TypeId::kTimestamp, event.timestamp.micros),
      Value::String(event.message),
      Value::String(LevelName(event.level)),
      Value::String("STABLE"),
      ErrorOf(schema[7].type, event.error),
      Value::String(event.details),
      Value::String(event.event_type),
  };
}

class EventRows final : public BatchStream {
 public:
  EventRows(Schema schema, std::shared_ptr<const std::vector<std::vector<Value>>> rows)
      : schema_(std::move(schema)), rows_(std::move(rows)) {}
  const Schema& schema() const override { return schema_; }
  std::optional<Batch> Next() override {
    if (is_done_ || rows_->empty()) return std::nullopt;
    is_done_ = true;
    BatchBuilder builder(schema_);
    for (const auto& row : *rows_) {
      for (size_t i = 0; i < row.size(); ++i) builder.column(i).Append(row[i]);
    }
    return builder.Finish();
  }

 private:
  const Schema schema_;
  const std::shared_ptr<const std::vector<std::vector<Value>>> rows_;
  bool is_done_ = false;
};

sql::PlanPtr ScanOf(const Schema& schema) {
  return sql::MakePlan(sql::NumberedColumns(schema), sql::ScanPlan{0, "events of an update"});
}

// "event_log_" and the pipeline's name as far as a name of a table goes.
std::string TableNameFor(const std::string& pipeline_name) {
  std::string name = "event_log_";
  for (const char c : LowerName(pipeline_name)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    name += plain ? c : '_';
  }
  return name;
}

// One flush on its way into the log.
class EventFlush {
 public:
  EventFlush(const Services& services, const SessionOptions& options, const PipelineScope& scope,
             std::string update_id, int64_t flush)
      : services_(services),
        options_(options),
        scope_(scope),
        update_id_(std::move(update_id)),
        flush_(flush) {}

  // The log if there is one. May the principal write it, or make it?
  std::optional<TableInfo> Judge() const {
    for (const TableInfo& info : services_.catalog.EventLogs(scope_.pipeline_id)) {
      if (info.pipeline_id != scope_.pipeline_id) continue;
      services_.catalog.RequireTable(options_.principal, Privilege::kModify, info.name);
      return info;
    }
    services_.catalog.Require(options_.principal, Privilege::kCreateTable,
                              {catalog::SecurableKind::kSchema, scope_.catalog, scope_.schema, ""});
    return std::nullopt;
  }

  void Append(const std::optional<TableInfo>& there, const std::vector<PipelineEvent>& events) {
    const TableInfo info = there ? *there : NewLog();
    const delta::Table table = OpenTable(services_, info.location);
    TableChange change;
    if (there) change.base = LatestOf(table, info);
    const delta::Metadata metadata =
        there ? change.base->metadata()
              : MetadataOf({EventLogSchema(), {}, info.comment, {}}, services_.clock);
    if (!there) change.metadata = metadata;
    change.progress = {"weir/events/" + update_id_, flush_};
    change.commit.operation = "WRITE";
    change.commit.parameters["mode"] = "\"Append\"";

    const std::string id = NewUuid();
    services_.catalog.BeginStatement(
        {id,
         options_.principal,
         "events of update " + update_id_ + " of pipeline " + scope_.pipeline_name,
         {},
         {info.name.ToString()},
         "ALLOWED"});
    try {
      const auto written = WriteFiles(services_, id, ScanOf(EventLogSchema()), {{0, Rows(events)}},
                                      table.location(), metadata, RuleOptions(services_, options_));
      change.files = written.files;
      change.commit.metrics = WriteMetrics(written);
      change.commit.more["weirStatement"] = "\"" + id + "\"";
      const auto committed = CommitChange(services_, table, change);
      if (!there) MakeRow(info, table);
      EndStatement(services_, id, "SUCCEEDED", {{info.name.ToString(), committed.version}});
    } catch (const Error& error) {
      EndStatement(services_, id, "FAILED: " + std::string(ErrorCodeName(error.code())), {});
      throw;
    }
  }

 private:
  TableInfo NewLog() const {
    const auto reserved = services_.catalog.Reserve({scope_.catalog, scope_.schema});
    TableInfo info;
    info.id = reserved.id;
    info.location = reserved.location;
    info.name = {scope_.catalog, scope_.schema, TableNameFor(scope_.pipeline_name)};
    // Pipelines of one name, or a table that somebody called so.
    if (services_.catalog.FindTable(info.name)) {
      info.name.name += "_" + Fingerprint(scope_.pipeline_id).substr(0, 8);
    }
    info.kind = catalog::TableKind::kEventLog;
    info.owner = options_.principal;
    info.comment = "What happened in the updates of pipeline " + scope_.pipeline_name;
    info.pipeline_id = scope_.pipeline_id;
    return info;
  }

  // The log first, then the row.
  void MakeRow(const TableInfo& info, const delta::Table& table) {
    try {
      services_.catalog.CreateTable(info);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kExists) throw;
      // Trying again finds what is there now.
      DeleteFolder(table.location());
      throw Error(ErrorCode::kConflict, "somebody else made " + info.name.ToString() +
                                            " at the same moment; run it again")
          .WithCondition("TABLE_OR_VIEW_ALREADY_EXISTS");
    }
  }

  engine::Input Rows(const std::vector<PipelineEvent>& events) const {
    const Schema schema = EventLogSchema();
    const Origin origin{scope_.pipeline_id, scope_.pipeline_name, update_id_};
    auto rows = std::make_shared<std::vector<std::vector<Value>>>();
    for (const PipelineEvent& event : events) rows->push_back(RowOf(event, origin, schema));
    return engine::RelationInput{
        BatchSequence{schema, [schema, rows]() -> std::unique_ptr<BatchStream> {
                        return std::make_unique<EventRows>(schema, rows);
                      }}};
  }

  const Services& services_;
  const SessionOptions& options_;
  const PipelineScope& scope_;
  const std::string update_id_;
  const int64_t flush_;
};

}  // namespace

QualifiedName TableArgument(const sql::Name& function, const sql::NamedArgument& argument,
                            const std::string& catalog, const std::string& schema) {
  const auto parsed = sql::ParseExpression(
      std::make_shared<SourceText>(SourceText{"TABLE(...)", argument.value.text()}));
  const auto* expr = std::get_if<sql::ExprPtr>(&parsed);
  const auto* name = expr != nullptr ? std::get_if<sql::NameExpr>(&(*expr)->node) : nullptr;
  if (name == nullptr) {
    throw DiagnosticError({{"TABLE_OR_VIEW_NOT_FOUND", "42P01", argument.span,
                            function.ToString() + "(TABLE(t)) takes the name of a table",
                            "write " + function.ToString() + "(TABLE(catalog.schema.name))"}});
  }
  return Qualify(name->name, catalog, schema);
}

Schema EventLogSchema() {
  auto parsed =
      sql::ParseColumns(std::make_shared<SourceText>(SourceText{"the event log", kColumns}));
  if (auto* diagnostics = std::get_if<Diagnostics>(&parsed)) throw DiagnosticError(*diagnostics);
  return std::get<Schema>(std::move(parsed));
}

void Session::AppendEvents(const PipelineScope& scope, const std::string& update_id, int64_t flush,
                           const std::vector<PipelineEvent>& events) {
  if (events.empty()) return;
  EventFlush writing(services_, options_, scope, update_id, flush);
  const auto there = RecordingRefusals(services_, options_.principal,
                                       "events of pipeline " + scope.pipeline_name, [&] {
                                         EnsureSchema({scope.catalog, scope.schema});
                                         return writing.Judge();
                                       });
  writing.Append(there, events);
}

std::variant<TableInfo, Diagnostic> FindEventLog(const Services& services,
                                                 const std::string& principal,
                                                 const std::string& catalog,
                                                 const std::string& schema,
                                                 const sql::Name& function,
                                                 const std::vector<sql::NamedArgument>& arguments) {
  const bool is_text = arguments.size() == 1 && arguments[0].value.type().id() == TypeId::kString &&
                       !arguments[0].value.is_null();
  const bool of_table = is_text && arguments[0].name == "of_table";
  if (!is_text || (!of_table && !arguments[0].name.empty())) {
    return Diagnostic{"WRONG_NUM_ARGS.WITHOUT_SUGGESTION", "42605", function.span,
                      "event_log takes the name or id of a pipeline, or TABLE(name of a table)",
                      "write event_log('my_pipeline') or event_log(TABLE(main.default.t))"};
  }
  std::string pipeline = arguments[0].value.text();
  std::string whose = "of a pipeline called " + pipeline;
  if (of_table) {
    const QualifiedName name = TableArgument(function, arguments[0], catalog, schema);
    services.catalog.RequireTable(principal, Privilege::kSelect, name);
    const auto info = services.catalog.FindTable(name);
    pipeline = info ? info->pipeline_id : "";
    whose = "of a pipeline that fills " + name.ToString();
  }
  std::vector<TableInfo> readable;
  bool refused = false;
  for (const TableInfo& info : services.catalog.EventLogs(pipeline)) {
    const bool allowed =
        services.catalog.Allows(principal, Privilege::kSelect, SecurableOf(info.name));
    refused |= !allowed;
    if (allowed) readable.push_back(info);
  }
  if (readable.size() == 1) return readable.front();
  if (readable.empty()) {
    const std::string message = "no event log " + whose + " is here that you may read";
    if (refused) {
      RecordRefusal(services, principal, std::string(function.span.Text()), {},
                    Error(ErrorCode::kDenied, message));
    }
    return Diagnostic{"TABLE_OR_VIEW_NOT_FOUND", "42P01", function.span, message,
                      "a pipeline has one once it ran; SELECT on it is its owner's to grant"};
  }
  std::string ids;
  for (const TableInfo& info : readable) ids += (ids.empty() ? "" : ", ") + info.pipeline_id;
  return Diagnostic{"AMBIGUOUS_REFERENCE_TO_FIELDS", "42000", function.span,
                    "several pipelines are called " + pipeline, "name one by its id: " + ids};
}

}  // namespace weir::session
