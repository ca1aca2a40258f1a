#include "weir/session/binding.h"

#include <algorithm>

#include "weir/base/check.h"
#include "weir/base/error.h"
#include "weir/delta/column_mapping.h"
#include "weir/delta/log.h"
#include "weir/delta/row_tracking.h"
#include "weir/session/cloud_files_state.h"
#include "weir/session/dataset_table.h"
#include "weir/session/event_log.h"
#include "weir/session/flow_state.h"
#include "weir/session/information_schema.h"
#include "weir/session/lent_files.h"
#include "weir/session/routine.h"
#include "weir/session/session_zone.h"
#include "weir/session/stream_call.h"
#include "weir/session/table_feed.h"
#include "weir/session/view_schema.h"
#include "weir/session/volume_path.h"
#include "weir/sql/parser.h"
#include "weir/sql/table_name_text.h"
#include "weir/types/column_rules.h"
#include "weir/types/schema_json.h"

namespace weir::session {

using catalog::Privilege;
using catalog::QualifiedName;
using catalog::TableInfo;

namespace {
// `act`, whose diagnostics without a place get this one.
template <typename Act>
auto At(const Span& span, const Act& act) {
  try {
    return act();
  } catch (const DiagnosticError& error) {
    Diagnostics diagnostics = error.diagnostics();
    for (Diagnostic& diagnostic : diagnostics) {
      if (!diagnostic.span.source) diagnostic.span = span;
    }
    throw DiagnosticError(std::move(diagnostics));
  }
}
}  // namespace

std::optional<connect::BatchPlan> BoundInput::Plan(const connect::Progress& done,
                                                   const connect::ReadLimit& limit) const {
  return At(span, [&] { return source->Plan(done, limit); });
}

namespace {

constexpr std::string_view kCloudFilesState = "cloud_files_state";
constexpr std::string_view kFlowState = "flow_state";

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

}  // namespace

// Names as seen by one principal from one catalog and schema: the statement's own, or a view's.
class Binding::Resolver : public sql::NameResolver {
 public:
  // Where its names stand: in the statement or the pipeline, or in a view of the catalog. A view
  // means the same whoever reads it, from wherever: it sees neither the reader's pipeline nor
  // their folder.
  enum class In { kStatement, kView };

  // `temporaries`: those that may be named; null: all of the session.
  Resolver(Binding& binding, In in, std::string principal, std::string catalog, std::string schema,
           bool stream, const TemporaryNames* temporaries)
      : binding_(binding),
        in_(in),
        temporaries_(temporaries),
        principal_(std::move(principal)),
        catalog_(std::move(catalog)),
        schema_(std::move(schema)),
        stream_(stream) {}

  std::variant<sql::ResolvedRelation, Diagnostic> Table(
      const sql::Name& name, bool stream, const std::optional<Value>& as_of) override {
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

  std::variant<sql::ResolvedRelation, Diagnostic> TableFunction(
      const sql::Name& function, const std::vector<sql::NamedArgument>& arguments,
      bool stream) override {
    const std::string name = LowerName(function.parts.back().text);
    const connect::Connector* connector =
        function.parts.size() == 1 ? services().connectors.Find(name) : nullptr;
    if (function.parts.size() == 1 && name == "event_log") {
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

  std::optional<std::variant<sql::ResolvedRoutine, Diagnostic>> Routine(
      const sql::Name& name) override {
    if (name.parts.size() == 1) {
      const std::string key = LowerName(name.parts[0].text);
      if (services().connectors.Find(key) != nullptr || key == "event_log" ||
          key == kCloudFilesState || key == kFlowState || IsTableChanges(name) ||
          sql::IsReadStream(name)) {
        return std::nullopt;
      }
      if (const TemporaryFunction* function = FindTemporaryFunction(key)) {
        return Temporary(*function, key, name);
      }
      const catalog::Securable schema{catalog::SecurableKind::kSchema, catalog_, schema_, ""};
      // A mistyped name says nothing of a schema that one may not look into.
      if (!services().catalog.Allows(principal_, Privilege::kUseSchema, schema))
        return std::nullopt;
    }
    return CatalogRoutine(Qualify(name, catalog_, schema_));
  }

  std::optional<std::variant<sql::ResolvedVariable, Diagnostic>> Variable(
      const sql::Name& name) override {
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

 private:
  const Services& services() const { return binding_.services_; }

  const TemporaryView* FindTemporary(const sql::Name& name) const {
    if (in_ == In::kView || binding_.state_ == nullptr) return nullptr;
    const TemporaryView* const view = binding_.state_->FindView(name);
    const bool known =
        view != nullptr &&
        (temporaries_ == nullptr || temporaries_->views.contains(*SessionState::ViewKey(name)));
    return known ? view : nullptr;
  }

  static Diagnostic ViewHasNoVersions(const std::string& view, const Span& span) {
    return {"UNSUPPORTED_FEATURE.TIME_TRAVEL", "0A000", span,
            view + " is a view, which has no versions",
            "name a version of the tables that it reads"};
  }

  std::variant<sql::ResolvedRelation, Diagnostic> Temporary(const TemporaryView& view,
                                                            const sql::Name& name,
                                                            const std::optional<Value>& as_of) {
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

  const TemporaryFunction* FindTemporaryFunction(const std::string& key) const {
    if (in_ == In::kView || binding_.state_ == nullptr) return nullptr;
    if (temporaries_ != nullptr && !temporaries_->functions.contains(key)) return nullptr;
    return binding_.state_->FindFunction(key);
  }

  std::variant<sql::ResolvedRoutine, Diagnostic> Temporary(const TemporaryFunction& function,
                                                           const std::string& key,
                                                           const sql::Name& name) {
    if (auto refusal = binding_.Refuses("FUNCTION", key, name.span)) return *refusal;
    if (temporaries_ == nullptr) binding_.temporaries_.functions.insert(key);
    sql::ResolvedRoutine routine = function.routine;
    routine.names = binding_.resolvers_.emplace_back(
        std::make_shared<Resolver>(binding_, in_, principal_, function.catalog,
                                   function.schema_name, false, &function.temporaries));
    return routine;
  }

  // A function reads with its owner's rights.
  std::optional<std::variant<sql::ResolvedRoutine, Diagnostic>> CatalogRoutine(
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

  std::variant<sql::ResolvedRelation, Diagnostic> EventLog(
      const sql::Name& function, const std::vector<sql::NamedArgument>& arguments, bool stream) {
    const auto log = FindEventLog(services(), principal_, catalog_, schema_, function, arguments);
    if (const auto* wrong = std::get_if<Diagnostic>(&log)) return *wrong;
    return BoundTable(std::get<TableInfo>(log), stream, std::nullopt);
  }

  std::variant<sql::ResolvedRelation, Diagnostic> CloudFiles(
      const sql::Name& function, const std::vector<sql::NamedArgument>& arguments, bool stream) {
    if (arguments.size() != 1 || arguments[0].name != "of_table" || arguments[0].value.is_null() ||
        arguments[0].value.type().id() != TypeId::kString) {
      return Diagnostic{"WRONG_NUM_ARGS.WITHOUT_SUGGESTION", "42605", function.span,
                        "cloud_files_state takes TABLE(name of a streaming table); weir keeps no "
                        "checkpoints in folders of their own",
                        "write cloud_files_state(TABLE(main.default.t))"};
    }
    if (stream || binding_.scope_ != nullptr) {
      return Diagnostic{"UNSUPPORTED_FEATURE", "0A000", function.span,
                        "cloud_files_state tells how things are now, and not the flows of "
                        "pipelines",
                        "ask it with a statement"};
    }
    const QualifiedName name = TableArgument(function, arguments[0], catalog_, schema_);
    const auto info = services().catalog.FindTable(name);
    if (!info) return NotFound(name, function);
    services().catalog.RequireTable(principal_, Privilege::kSelect, name);
    // Paths of files are for who may change where they are read from.
    services().catalog.RequireManage(principal_, SecurableOf(name));
    if (info->kind == catalog::TableKind::kView) {
      return Diagnostic{"EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE", "42809", function.span,
                        name.ToString() + " is a view, into which no stream writes",
                        "name the streaming table"};
    }
    binding_.access_.reads.push_back(name.ToString());
    BoundInput& input = binding_.NewInput(name.ToString(), false);
    input.identity = "cloud_files_state:" + name.ToString();
    BatchSequence rows = CloudFilesStateOf(services(), *info);
    const Schema columns = rows.schema;
    input.made = std::move(rows);
    return sql::ResolvedInput{
        input.id, std::string(kCloudFilesState), columns, {}, {std::string(kCloudFilesState)}};
  }

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

  std::variant<sql::ResolvedRelation, Diagnostic> FlowState(
      const sql::Name& function, const std::vector<sql::NamedArgument>& arguments, bool stream) {
    const auto is_text = [](const sql::NamedArgument& argument) {
      return !argument.value.is_null() && argument.value.type().id() == TypeId::kString;
    };
    if (arguments.empty() || arguments.size() > 2 ||
        !std::all_of(arguments.begin(), arguments.end(), is_text)) {
      return Diagnostic{"WRONG_NUM_ARGS.WITHOUT_SUGGESTION", "42605", function.span,
                        "flow_state takes TABLE(name of a streaming table), and the name of a flow",
                        "write flow_state(TABLE(main.default.t))"};
    }
    if (stream || binding_.scope_ != nullptr) {
      return Diagnostic{"UNSUPPORTED_FEATURE", "0A000", function.span,
                        "flow_state tells how things are now, and not the flows of pipelines",
                        "ask it with a statement"};
    }
    const QualifiedName name = TableArgument(function, arguments[0], catalog_, schema_);
    const auto info = services().catalog.FindTable(name);
    if (!info) return NotFound(name, function);
    services().catalog.RequireTable(principal_, Privilege::kSelect, name);
    // What is kept are rows of what the flows read, also such as never come out.
    services().catalog.RequireManage(principal_, SecurableOf(name));
    if (info->kind == catalog::TableKind::kView) {
      return Diagnostic{"EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE", "42809", function.span,
                        name.ToString() + " is a view, into which no stream writes",
                        "name the streaming table"};
    }
    binding_.access_.reads.push_back(name.ToString());
    const auto flow =
        arguments.size() == 2 ? std::optional(arguments[1].value.text()) : std::nullopt;
    auto names = std::make_shared<StateNames>();
    const auto states = FlowStatesOf(services(), *info, flow);
    for (size_t i = 0; i < states.size(); ++i) {
      BoundInput& input = binding_.NewInput(name.ToString(), false);
      input.identity = "flow_state:" + name.ToString() + ":" + states[i].flow;
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

  std::variant<sql::ResolvedRelation, Diagnostic> Changes(
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

  std::optional<TableInfo> TableOf(const Dataset& dataset) const {
    return FindDatasetTable(services(), *binding_.scope_, dataset);
  }

  void RequireReadable(const std::optional<TableInfo>& info) const {
    if (info) services().catalog.RequireTable(principal_, Privilege::kSelect, info->name);
  }

  std::variant<sql::ResolvedRelation, Diagnostic> ReadStream(
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

  static Diagnostic NoFeed(const std::string& view, const sql::Name& name) {
    return {"EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE", "42809", name.span,
            view + " is a view, and only tables have a change feed",
            "name the table that it reads"};
  }

  // Its table need not be there, nor have the columns that it will have.
  std::variant<sql::ResolvedRelation, Diagnostic> PlannedFeed(const FeedCall& call,
                                                              const Dataset& dataset, bool stream) {
    RequireReadable(TableOf(dataset));
    const auto schema = binding_.scope_->schemas.find(dataset.name);
    if (schema == binding_.scope_->schemas.end()) return NotReady(dataset, call.table);
    BoundInput& input = binding_.NewInput(call.text, stream);
    input.identity = "planned:changes:" + dataset.name.ToString();
    input.planned = dataset.name;
    Schema columns = delta::FeedSchema(WithoutRules(schema->second));
    return sql::ResolvedInput{input.id, call.text, std::move(columns), {}, Qualifier(dataset.name)};
  }

  sql::ResolvedRelation FeedOfTable(const FeedCall& call, const Span& span,
                                    const std::string& table, const std::string& location,
                                    bool stream, std::vector<std::string> qualifier) {
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
      throw DiagnosticError(
          {{"UNSUPPORTED_FEATURE", "0A000", span,
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

  Diagnostic UnknownFunction(const sql::Name& function) {
    std::string known;
    for (const auto& connector : services().connectors.all()) known += " " + connector.name;
    return {"UNRESOLVABLE_TABLE_VALUED_FUNCTION", "42883", function.span,
            "no table function is called " + function.ToString(),
            "known here: cloud_files_state event_log flow_state read_stream table_changes "
            "table_changes_by_path" +
                known};
  }

  sql::ResolvedRelation OpenSource(const connect::Connector& connector,
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

  static Schema ParseColumnsOption(const std::string& columns, const std::string& option) {
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

  std::string BaseFolder() const {
    if (in_ == In::kView) return "";
    return binding_.scope_ != nullptr ? binding_.scope_->base_folder
                                      : binding_.options_.base_folder;
  }

  sql::ResolvedRelation PathTable(const sql::Name& name, bool stream,
                                  const std::optional<Value>& as_of) {
    const io::Location location =
        AllowedPath(services(), principal_, Privilege::kReadFiles, name, BaseFolder());
    binding_.access_.reads.push_back(location.uri);
    BoundInput& input = binding_.NewInput(name.ToString(), stream);
    input.identity = "path:" + location.uri;
    return OpenSnapshot(input, location.uri, as_of, {"delta", name.parts[1].text});
  }

  std::variant<sql::ResolvedRelation, Diagnostic> PipelineDataset(
      const Dataset& dataset, const sql::Name& name, bool stream,
      const std::optional<Value>& as_of) {
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
    return sql::ResolvedInput{input.id,
                              dataset.name.ToString(),
                              WithoutRules(schema->second),
                              {},
                              Qualifier(dataset.name)};
  }

  static Diagnostic NotReady(const Dataset& dataset, const sql::Name& name) {
    return {"TABLE_OR_VIEW_NOT_FOUND", "42P01", name.span,
            dataset.name.ToString() + " could not be worked out, so this can't be either",
            "mend the definition of " + dataset.name.ToString() + " first"};
  }

  sql::ResolvedRelation DatasetView(const Dataset& dataset, bool stream) {
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

  std::variant<sql::ResolvedRelation, Diagnostic> CatalogTable(const QualifiedName& name,
                                                               const sql::Name& written,
                                                               bool stream,
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

  // Whoever asks sees what they themselves may know of, through views of others, too.
  std::variant<sql::ResolvedRelation, Diagnostic> Information(const QualifiedName& name,
                                                              const sql::Name& written,
                                                              const std::optional<Value>& as_of) {
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

  // Spark's way to name files: csv.`/path`.
  static std::optional<Diagnostic> FilesByName(const sql::Name& written) {
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

  Diagnostic NotFound(const QualifiedName& name, const sql::Name& written) {
    if (auto files = FilesByName(written)) return *std::move(files);
    services().catalog.RequireAbsence(principal_, Privilege::kSelect, SecurableOf(name));
    // Only names that the principal may see are offered.
    std::string near;
    for (const auto& table :
         services().catalog.ListTables(principal_, {name.catalog, name.schema})) {
      if (near.size() < 200) near += (near.empty() ? "" : ", ") + table.name.name;
    }
    const std::string place = catalog::SchemaName{name.catalog, name.schema}.ToString();
    return {"TABLE_OR_VIEW_NOT_FOUND", "42P01", written.span,
            "the table or view " + name.ToString() + " can't be found",
            near.empty() ? "nothing that you may see is in " + place : place + " has: " + near};
  }

  sql::ResolvedRelation CatalogView(const TableInfo& info, bool stream) {
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

  sql::ResolvedRelation BoundTable(const TableInfo& info, bool stream,
                                   const std::optional<Value>& as_of) {
    services().catalog.RequireTable(principal_, Privilege::kSelect, info.name);
    return OpenedTable(info, stream, as_of);
  }

  // A table that was judged.
  sql::ResolvedRelation OpenedTable(const TableInfo& info, bool stream,
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

  sql::ResolvedRelation OpenSnapshot(BoundInput& input, const std::string& location,
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

  std::shared_ptr<sql::NameResolver> AddResolver(In in, const std::string& principal,
                                                 const std::string& catalog,
                                                 const std::string& schema, bool stream) {
    return binding_.resolvers_.emplace_back(
        std::make_shared<Resolver>(binding_, in, principal, catalog, schema, stream, temporaries_));
  }

  static std::vector<std::string> Qualifier(const QualifiedName& name) {
    return {name.catalog, name.schema, name.name};
  }

  Binding& binding_;
  In in_;
  const TemporaryNames* temporaries_;
  std::string principal_;
  std::string catalog_;
  std::string schema_;
  bool stream_;                 // Inside STREAM(view): its tables are read as streams.
  bool skips_changes_ = false;  // What is read just now may change rows.
};

Binding::Binding(const Services& services, const SessionOptions& options,
                 const PipelineScope* scope, const SessionState* state)
    : services_(services),
      options_(options),
      scope_(scope),
      state_(state),
      now_(services.clock.Now()),
      zone_(scope == nullptr           ? options.zone
            : scope->time_zone.empty() ? UtcZone()
                                       : ZoneNamed(services, scope->time_zone)) {
  const std::string& catalog = scope != nullptr ? scope->catalog : options.catalog;
  const std::string& schema = scope != nullptr ? scope->schema : options.schema;
  root_ =
      resolvers_
          .emplace_back(std::make_shared<Resolver>(
              *this, Resolver::In::kStatement, options.principal, catalog, schema, false, nullptr))
          .get();
}

void Binding::IsFor(std::string object, std::string kind) {
  object_ = std::move(object);
  object_kind_ = std::move(kind);
}

std::optional<Diagnostic> Binding::Refuses(const std::string& kind, const std::string& name,
                                           const Span& span) const {
  if (object_.empty()) return std::nullopt;
  return Diagnostic{"INVALID_TEMP_OBJ_REFERENCE", "42K0F", span,
                    object_ + " is kept, and can't refer to the temporary " + kind + " " + name +
                        ", which ends with the session",
                    "make a " + kind + " that is kept, or a TEMPORARY " + object_kind_};
}

sql::BindOptions Binding::Options() const {
  sql::BindOptions options;
  options.current_user = options_.principal;
  options.current_catalog = scope_ != nullptr ? scope_->catalog : options_.catalog;
  options.current_schema = scope_ != nullptr ? scope_->schema : options_.schema;
  options.now = now_;
  options.zone = zone_;
  options.zones = &services_.engine.time_zones();
  options.allow_streams = scope_ != nullptr;
  return options;
}

}  // namespace weir::session
