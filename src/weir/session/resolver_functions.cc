// Table functions.
#include <algorithm>
#include <map>

#include "weir/base/error.h"
#include "weir/session/cloud_files_state.h"
#include "weir/session/dataset_table.h"
#include "weir/session/event_log.h"
#include "weir/session/flow_state.h"
#include "weir/session/resolver.h"
#include "weir/session/stream_call.h"
#include "weir/session/volume_path.h"
#include "weir/sql/parser.h"
#include "weir/sql/table_name_text.h"
#include "weir/types/column_rules.h"

namespace weir::session {

using catalog::Privilege;
using catalog::QualifiedName;
using catalog::TableInfo;

namespace {

// What a source opens is judged when it is opened, whatever was judged before.
class JudgedStores : public io::Stores {
 public:
  JudgedStores(const Services& services, const std::string& principal, Privilege use)
      : services_(services), principal_(principal), use_(use) {}
  io::Location Resolve(const std::string& path, const std::string& base_folder) override {
    io::Location location = ResolveJudged(services_, principal_, use_, path, base_folder);
    resolved_.push_back(location.Shown());
    return location;
  }
  std::unique_ptr<io::MessageQueue> OpenQueue(const std::string& url, const std::string& region,
                                              const io::Location& place) override {
    return services_.stores.OpenQueue(url, region, place);
  }
  std::unique_ptr<io::FolderWatch> Watch(const io::Location& place) override {
    return services_.stores.Watch(place);
  }
  const std::vector<std::string>& resolved() const { return resolved_; }

 private:
  const Services& services_;
  const std::string& principal_;
  const Privilege use_;
  std::vector<std::string> resolved_;
};

// The states of flows, under the names that a query of them has.
class StateNames final : public sql::NameResolver {
 public:
  void Put(const std::string& name, sql::ResolvedInput input) {
    known_.insert_or_assign(name, std::move(input));
  }
  std::variant<sql::ResolvedRelation, Diagnostic> Table(const sql::Name& name, bool,
                                                        const std::optional<Value>&) override {
    return known_.at(name.parts.back().text);
  }
  std::variant<sql::ResolvedRelation, Diagnostic> TableFunction(
      const sql::Name& function, const std::vector<sql::NamedArgument>&, bool) override {
    return Diagnostic{"UNRESOLVABLE_TABLE_VALUED_FUNCTION", "42883", function.span,
                      function.ToString() + " is no function", ""};
  }

 private:
  std::map<std::string, sql::ResolvedInput> known_;
};

}  // namespace

std::variant<sql::ResolvedRelation, Diagnostic> Binding::Resolver::TableFunction(
    const sql::Name& function, const std::vector<sql::NamedArgument>& arguments, bool stream) {
  const std::string name = LowerName(function.parts.back().text);
  const connect::Connector* connector =
      function.parts.size() == 1 ? services().connectors.Find(name) : nullptr;
  if (function.parts.size() == 1 && name == kEventLogFunction) {
    return EventLog(function, arguments, stream || stream_);
  }
  if (IsTableChanges(function)) return Changes(function, arguments, stream || stream_);
  if (sql::IsReadStream(function)) return ReadStream(function, arguments);
  if (function.parts.size() == 1 && name == kCloudFilesState) {
    return CloudFiles(function, arguments, stream || stream_);
  }
  if (function.parts.size() == 1 && name == kFlowState) {
    return FlowState(function, arguments, stream || stream_);
  }
  if (connector == nullptr) return UnknownFunction(function);
  std::vector<connect::Argument> given;
  for (const auto& argument : arguments) {
    given.push_back({argument.name, argument.value, argument.span, argument.name_span});
  }
  return OpenSource(*connector, given, function, stream || stream_);
}

std::variant<sql::ResolvedRelation, Diagnostic> Binding::Resolver::EventLog(
    const sql::Name& function, const std::vector<sql::NamedArgument>& arguments, bool stream) {
  const auto log = FindEventLog(services(), principal_, catalog_, schema_, function, arguments);
  if (const auto* wrong = std::get_if<Diagnostic>(&log)) return *wrong;
  return BoundTable(std::get<TableInfo>(log), stream, std::nullopt);
}

std::variant<TableInfo, Diagnostic> Binding::Resolver::ManagedTable(
    const sql::Name& function, const std::vector<sql::NamedArgument>& arguments,
    size_t most_arguments, bool stream, const std::string& takes) {
  const std::string called = LowerName(function.ToString());
  const auto is_text = [](const sql::NamedArgument& argument) {
    return !argument.value.is_null() && argument.value.type().id() == TypeId::kString;
  };
  if (arguments.empty() || arguments.size() > most_arguments || arguments[0].name != "of_table" ||
      !std::all_of(arguments.begin(), arguments.end(), is_text)) {
    return Diagnostic{"WRONG_NUM_ARGS.WITHOUT_SUGGESTION", "42605", function.span,
                      called + " takes " + takes, "write " + called + "(TABLE(main.default.t))"};
  }
  if (stream || binding_.scope_ != nullptr) {
    return Diagnostic{"UNSUPPORTED_FEATURE", "0A000", function.span,
                      called + " tells how things are now, and not the flows of pipelines",
                      "ask it with a statement"};
  }
  const QualifiedName name = TableArgument(function, arguments[0], catalog_, schema_);
  auto info = services().catalog.FindTable(name);
  if (!info) return NotFound(name, function);
  services().catalog.RequireTable(principal_, Privilege::kSelect, name);
  services().catalog.RequireManage(principal_, SecurableOf(name));
  if (info->kind == catalog::TableKind::kView) {
    return Diagnostic{"EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE", "42809", function.span,
                      name.ToString() + " is a view, into which no stream writes",
                      "name the streaming table"};
  }
  binding_.access_.reads.push_back(name.ToString());
  return *std::move(info);
}

// Paths of files are for who may change where they are read from.
std::variant<sql::ResolvedRelation, Diagnostic> Binding::Resolver::CloudFiles(
    const sql::Name& function, const std::vector<sql::NamedArgument>& arguments, bool stream) {
  const auto table = ManagedTable(function, arguments, 1, stream,
                                  "TABLE(name of a streaming table); weir keeps no checkpoints in "
                                  "folders of their own");
  if (const auto* wrong = std::get_if<Diagnostic>(&table)) return *wrong;
  const auto& info = std::get<TableInfo>(table);
  BoundInput& input = binding_.NewInput(info.name.ToString(), false);
  input.identity = "cloud_files_state:" + info.name.ToString();
  BatchSequence rows = CloudFilesStateOf(services(), info);
  const Schema columns = rows.schema;
  input.made = std::move(rows);
  return sql::ResolvedInput{
      input.id, std::string(kCloudFilesState), columns, {}, {std::string(kCloudFilesState)}};
}

// What is kept are rows of what the flows read, also such as never come out.
std::variant<sql::ResolvedRelation, Diagnostic> Binding::Resolver::FlowState(
    const sql::Name& function, const std::vector<sql::NamedArgument>& arguments, bool stream) {
  const auto table = ManagedTable(function, arguments, 2, stream,
                                  "TABLE(name of a streaming table), and the name of a flow");
  if (const auto* wrong = std::get_if<Diagnostic>(&table)) return *wrong;
  const auto& info = std::get<TableInfo>(table);
  const auto flow = arguments.size() == 2 ? std::optional(arguments[1].value.text()) : std::nullopt;
  auto names = std::make_shared<StateNames>();
  const auto states = FlowStatesOf(services(), info, flow);
  for (size_t i = 0; i < states.size(); ++i) {
    BoundInput& input = binding_.NewInput(info.name.ToString(), false);
    input.identity = "flow_state:" + info.name.ToString() + ":" + states[i].flow;
    input.reader = principal_;
    input.table = states[i].table;
    input.snapshot = states[i].snapshot;
    const std::string called = "state" + std::to_string(i);
    names->Put(called, {input.id, called, input.snapshot->schema(), {}, {called}});
  }
  binding_.resolvers_.push_back(names);
  return sql::ResolvedView{
      FlowStateQuery(states), std::string(kFlowState), {std::string(kFlowState)}, {}, names};
}

std::variant<sql::ResolvedRelation, Diagnostic> Binding::Resolver::Changes(
    const sql::Name& function, const std::vector<sql::NamedArgument>& arguments, bool stream) {
  const FeedCall call =
      FeedCallOf(function, arguments, stream, *binding_.zone_, services().engine.time_zones());
  const sql::Name& table = call.table;
  if (IsPathName(table)) {
    const io::Location location =
        AllowedPath(services(), principal_, Privilege::kReadFiles, table, BaseFolder());
    binding_.access_.reads.push_back(location.uri);
    return FeedOfTable(call, function.span, "path:" + location.uri, location.uri, stream,
                       {"delta", table.parts[1].text});
  }
  if (const TemporaryView* view = FindTemporary(table)) return NoFeed(view->ToString(), table);
  QualifiedName name = Qualify(table, catalog_, schema_);
  const Dataset* dataset = nullptr;
  if (in_ == In::kStatement && binding_.scope_ != nullptr) {
    dataset = binding_.scope_->Find(table);
  }
  if (dataset != nullptr) {
    if (!dataset->IsTable()) return NoFeed(dataset->name.ToString(), table);
    if (binding_.scope_->planning) return PlannedFeed(call, *dataset, stream);
    name = dataset->name;
  }
  const auto info = dataset != nullptr ? TableOf(*dataset) : services().catalog.FindTable(name);
  if (!info) return NotFound(name, table);
  services().catalog.RequireTable(principal_, Privilege::kSelect, info->name);
  if (info->kind == catalog::TableKind::kView) return NoFeed(name.ToString(), table);
  binding_.access_.reads.push_back(name.ToString());
  try {
    return NamingTable(*info, [&] {
      return FeedOfTable(call, function.span, "table:" + info->id, info->location, stream,
                         Qualifier(name));
    });
  } catch (const Error& error) {
    // What is wrong with the range is not what is wrong with the table.
    if (error.code() == ErrorCode::kCorrupt) throw DamagedTable(error, *info);
    throw;
  }
}

std::variant<sql::ResolvedRelation, Diagnostic> Binding::Resolver::ReadStream(
    const sql::Name& function, const std::vector<sql::NamedArgument>& arguments) {
  const StreamCall call = StreamCallOf(function, arguments);
  if (!call.skip_change_commits) return Table(call.table, true, std::nullopt);
  const Dataset* dataset = in_ == In::kStatement && binding_.scope_ != nullptr
                               ? binding_.scope_->Find(call.table)
                               : nullptr;
  const auto info = dataset != nullptr || IsPathName(call.table)
                        ? std::nullopt
                        : services().catalog.FindTable(Qualify(call.table, catalog_, schema_));
  const bool is_view =
      dataset != nullptr ? !dataset->IsTable() : info && info->kind == catalog::TableKind::kView;
  // Whoever may not see the view is told what they are told of any other name.
  if (is_view) {
    auto view = Table(call.table, true, std::nullopt);
    if (auto* wrong = std::get_if<Diagnostic>(&view)) return *wrong;
    return Diagnostic{"EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE", "42809", call.table.span,
                      call.table.ToString() + " is a view, and only tables have versions",
                      "name the table that it reads"};
  }
  skips_changes_ = true;
  const size_t before = binding_.inputs_.size();
  auto table = dataset != nullptr ? PipelineDataset(*dataset, call.table, true, std::nullopt)
                                  : Table(call.table, true, std::nullopt);
  skips_changes_ = false;
  if (binding_.inputs_.size() > before) binding_.inputs_.back().skips_changes = true;
  return table;
}

Diagnostic Binding::Resolver::NoFeed(const std::string& view, const sql::Name& name) {
  return {"EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE", "42809", name.span,
          view + " is a view, and only tables have a change feed", "name the table that it reads"};
}

std::variant<sql::ResolvedRelation, Diagnostic> Binding::Resolver::PlannedFeed(
    const FeedCall& call, const Dataset& dataset, bool stream) {
  RequireReadable(TableOf(dataset));
  const auto schema = binding_.scope_->schemas.find(dataset.name);
  if (schema == binding_.scope_->schemas.end()) return NotReady(dataset, call.table);
  BoundInput& input = binding_.NewInput(call.text, stream);
  input.identity = "planned:changes:" + dataset.name.ToString();
  input.planned = dataset.name;
  Schema columns = delta::FeedSchema(WithoutRules(schema->second));
  return sql::ResolvedInput{input.id, call.text, std::move(columns), {}, Qualifier(dataset.name)};
}

sql::ResolvedRelation Binding::Resolver::FeedOfTable(const FeedCall& call, const Span& span,
                                                     const std::string& table,
                                                     const std::string& location, bool stream,
                                                     std::vector<std::string> qualifier) {
  BoundInput& input = binding_.NewInput(call.text, stream);
  input.span = span;
  // A stream goes on where it was, wherever it is said to start now.
  input.identity = "changes:" + table + (stream ? "" : " " + call.text);
  if (qualifier.size() == 3) {
    input.table_name = QualifiedName{qualifier[0], qualifier[1], qualifier[2]}.ToString();
  }
  input.table = std::make_shared<delta::Table>(OpenTable(services(), location));
  input.snapshot = input.table->Latest();
  input.feed = delta::RangeOf(*input.table, *input.snapshot, call.start, call.end);
  for (const BoundInput& other : binding_.inputs_) {
    if (other.identity != input.identity || other.feed->first == input.feed->first) continue;
    throw DiagnosticError({{"UNSUPPORTED_FEATURE", "0A000", span,
                            "the query reads two streams of the changes of one table that start "
                            "at different versions",
                            "let both start at the same version, and filter by _commit_version"}});
  }
  if (!stream && input.feed->last >= 0 && input.feed->last < input.snapshot->version()) {
    input.snapshot = input.table->At(input.feed->last);
  }
  Schema columns = delta::FeedSchema(WithoutRules(input.snapshot->schema()));
  return sql::ResolvedInput{input.id, call.text, std::move(columns), {}, std::move(qualifier)};
}

Diagnostic Binding::Resolver::UnknownFunction(const sql::Name& function) {
  std::string known;
  for (const auto& connector : services().connectors.all()) known += " " + connector.name;
  return {"UNRESOLVABLE_TABLE_VALUED_FUNCTION", "42883", function.span,
          "no table function is called " + function.ToString(),
          "known here: cloud_files_state event_log flow_state read_stream table_changes "
          "table_changes_by_path" +
              known};
}

sql::ResolvedRelation Binding::Resolver::OpenSource(const connect::Connector& connector,
                                                    const std::vector<connect::Argument>& arguments,
                                                    const sql::Name& function, bool stream) {
  JudgedStores stores(services(), principal_, Privilege::kReadFiles);
  JudgedStores writable(services(), principal_, Privilege::kWriteFiles);
  connect::OpenContext context{
      stores,         services().engine.format_reader(), BaseFolder(),       ParseColumnsOption,
      binding_.zone_, &services().engine.time_zones(),   binding_.statement_};
  context.stream = stream;
  context.clock = &services().clock;
  context.writable = &writable;
  if (binding_.progress_ != nullptr && stream) context.memory = &binding_.progress_->memory();
  const std::string path = connector.path_of(arguments, context);
  binding_.access_.reads.push_back(path);
  BoundInput& input = binding_.NewInput(function.ToString(), stream);
  input.span = function.span;
  input.source = At(input.span, [&] { return connector.open(arguments, context); });
  for (const std::string& place : writable.resolved()) binding_.access_.writes.push_back(place);
  input.store = stores.Resolve(path, BaseFolder()).store;
  input.identity = input.source->Identity();
  for (const connect::Argument& argument : arguments) {
    const std::string value = argument.value.is_null() ? "" : argument.value.ToString();
    input.options += "\n" + argument.name + " " + std::to_string(value.size()) + ":" + value;
  }
  input.has_given_schema = std::any_of(
      arguments.begin(), arguments.end(),
      [](const connect::Argument& argument) { return LowerName(argument.name) == "schema"; });
  input.source_schema = At(input.span, [&] { return binding_.ColumnsOf(input); });
  return sql::ResolvedInput{input.id,
                            function.ToString(),
                            input.source_schema,
                            Field{"_metadata", FileMetadataType(), false, "{}"},
                            {LowerName(function.parts.back().text)}};
}

Schema Binding::Resolver::ParseColumnsOption(const std::string& columns,
                                             const std::string& option) {
  const auto source = std::make_shared<SourceText>(SourceText{"option " + option, columns});
  StringTypes strings;
  auto parsed = sql::ParseColumns(source, &strings);
  if (auto* diagnostics = std::get_if<Diagnostics>(&parsed)) throw DiagnosticError(*diagnostics);
  if (HasLengths(strings)) {
    throw Error(ErrorCode::kInvalid, "option " + option +
                                         ": the char/varchar type can only be that of a table's "
                                         "column; write STRING")
        .WithCondition("UNSUPPORTED_CHAR_OR_VARCHAR_AS_STRING");
  }
  return std::get<Schema>(std::move(parsed));
}

}  // namespace weir::session
