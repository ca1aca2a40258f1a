#include <algorithm>
#include <map>

#include "weir/base/error.h"
#include "weir/delta/file_key.h"
#include "weir/delta/schema_rules.h"
#include "weir/session/changed_files.h"
#include "weir/session/dataset_table.h"
#include "weir/session/file_subset.h"
#include "weir/session/flow_replace.h"
#include "weir/session/flow_run.h"
#include "weir/session/insert_columns.h"
#include "weir/session/lent_files.h"
#include "weir/session/refusal.h"
#include "weir/session/sink_table.h"
#include "weir/session/statement.h"
#include "weir/session/stream_rules.h"
#include "weir/session/table_feed.h"
#include "weir/sql/bound_exprs.h"
#include "weir/sql/clocks.h"
#include "weir/sql/fresh_ids.h"
#include "weir/sql/stateful_query.h"

// How a flow's query is bound, and what its inputs are for one batch.
namespace weir::session {
namespace {

std::set<sql::InputId> StreamsOf(const Binding& binding) {
  std::set<sql::InputId> streams;
  for (const BoundInput& input : binding.inputs()) {
    if (input.stream) streams.insert(input.id);
  }
  return streams;
}

// Rows may be kept between batches by flows that add rows, batch after batch.
void CheckKeepsRows(const sql::Plan& plan, const std::set<sql::InputId>& streams,
                    const Dataset& dataset, const Flow& flow) {
  const std::string what = flow.once                 ? "a flow that runs ONCE"
                           : flow.cdc != nullptr     ? "AUTO CDC"
                           : flow.replace != nullptr ? "a flow that replaces rows"
                           : dataset.sink != nullptr ? "a flow into a sink"
                                                     : "";
  if (what.empty() || !sql::IsStateful(plan, streams)) return;
  throw DiagnosticError({{"UNSUPPORTED_STREAMING_OPERATION", "0A000", flow.span,
                          what + " takes no groups, DISTINCT or joins of streams",
                          "put them into a streaming table of its own, and read that"}});
}

void CheckFits(const Dataset& dataset, const Flow& flow, const BoundFlow& bound) {
  if (flow.cdc != nullptr && flow.cdc->source == nullptr) {
    if (!bound.streaming) return;
    throw DiagnosticError({{"INVALID_FLOW_QUERY_TYPE.STREAMING_RELATION_FOR_SNAPSHOT", "42000",
                            flow.span, "FROM SNAPSHOT reads whole tables, and this query a stream",
                            "leave STREAM out, or write AUTO CDC ... FROM STREAM"}});
  }
  if (flow.ReplacesWhere()) {
    if (!bound.streaming) return;
    throw DiagnosticError(
        {{"INVALID_FLOW_QUERY_TYPE.STREAMING_RELATION_FOR_REPLACE_WHERE", "42000", flow.span,
          "REPLACE WHERE computes its rows from whole tables, and this query "
          "reads a stream",
          "leave STREAM out; or add what is new with INSERT INTO, or REPLACE "
          "USING (...) SEQUENCE BY ..."}});
  }
  if (dataset.kind == DatasetKind::kStreamingTable && !bound.streaming && !flow.once) {
    throw DiagnosticError(
        {{"INVALID_FLOW_QUERY_TYPE.BATCH_RELATION_FOR_STREAMING_TABLE", "42000", flow.span,
          "the query of streaming table " + dataset.name.ToString() + " reads no stream",
          "read its source with STREAM, as in FROM STREAM read_files(...) or FROM STREAM t; or "
          "make "
          "it a MATERIALIZED VIEW"}});
  }
  if (dataset.IsTable() && dataset.kind != DatasetKind::kStreamingTable && bound.streaming) {
    throw DiagnosticError(
        {{"INVALID_FLOW_QUERY_TYPE.STREAMING_RELATION_FOR_MATERIALIZED_VIEW", "42000", flow.span,
          "the query of materialized view " + dataset.name.ToString() + " reads a stream",
          "leave STREAM out, or make it a STREAMING TABLE"}});
  }
  if (dataset.kind == DatasetKind::kView && bound.streaming) {
    throw DiagnosticError(
        {{"INVALID_FLOW_QUERY_TYPE.STREAMING_RELATION_FOR_PERSISTED_VIEW", "42000", flow.span,
          "the query of view " + dataset.name.ToString() + " reads a stream",
          "make it a TEMPORARY VIEW"}});
  }
  if (dataset.kind != DatasetKind::kStreamingTable) return;
  const auto streams = StreamsOf(*bound.binding);
  const sql::PlanPtr plan = sql::WithoutCtes(bound.plan);
  CheckKeepsRows(*plan, streams, dataset, flow);
  Diagnostics problems = StreamProblems(*plan, streams, flow.span);
  if (!problems.empty()) throw DiagnosticError(std::move(problems));
}

// By name when the query has the target's names, else by position, as in CREATE ... (a, b) AS.
bool GoesByName(const Schema& query, const Schema& target) {
  return std::all_of(query.fields().begin(), query.fields().end(),
                     [&](const Field& field) { return target.Find(field.name).has_value(); });
}

// A file with a new column, or with a wider type where the table takes that, may have come after
// the table was made or altered for this update.
Schema Evolved(const Schema& target, const Schema& query, const Dataset& dataset,
               const delta::Configuration& properties) {
  const bool may_grow = dataset.sink != nullptr ? dataset.sink->merge_schema
                                                : dataset.kind == DatasetKind::kStreamingTable &&
                                                      dataset.clauses()->columns.empty();
  if (!may_grow) return target;
  return delta::EvolvedSchema(target, query, properties);
}

// By name; what the query does not give is what an INSERT would put there.
sql::PlanPtr SinkRows(const sql::Query& query, const Schema& columns, const BoundFlow& bound) {
  std::vector<Field> given;
  for (const Field& field : bound.target.fields()) {
    if (columns.Find(field.name)) given.push_back(field);
  }
  const Schema given_columns(std::move(given));
  sql::PlanPtr plan = PlanOrThrow(sql::BindInsert(
      query, given_columns, true, false, bound.binding->Names(), bound.binding->Options()));
  if (given_columns.size() == bound.target.size()) return plan;
  return FillColumns(std::move(plan), given_columns, {}, bound.target, bound.binding->Options());
}

// Brings `progress` to where the flow got, as its table's log says; false when all that it read
// does not count.
bool GoToTable(const Services& services, const PipelineScope& scope, const Dataset& dataset,
               const Flow& flow, FlowProgress& progress) {
  const auto info = FindDatasetTable(services, scope, dataset);
  const bool is_own =
      info && (dataset.sink != nullptr || (info->kind == catalog::TableKind::kStreamingTable &&
                                           info->pipeline_id == scope.pipeline_id));
  if (!is_own || scope.starting_anew.count(dataset.name)) return false;
  const delta::Table table = OpenTable(services, info->location);
  const auto base = LatestOf(table, *info);
  progress.GoTo(FlowLogOf(scope, dataset, flow, table.location(), *base), *base);
  return true;
}

std::unique_ptr<Binding> NewBinding(const Services& services, const SessionOptions& options,
                                    const PipelineScope& scope, FlowProgress& progress) {
  auto binding = std::make_unique<Binding>(services, options, &scope, nullptr);
  binding->GoOnAfter(&progress);
  return binding;
}

}  // namespace

std::string FlowKey(const PipelineScope& scope, const Dataset& dataset, const Flow& flow) {
  return scope.pipeline_id + "\n" + dataset.name.ToString() + "\n" + flow.name;
}

void WithProgressOf(const Services& services, const SessionOptions& options,
                    const PipelineScope& scope, const Dataset& dataset, const Flow& flow,
                    const std::function<void(FlowProgress& progress)>& act) {
  if (dataset.sink != nullptr) {
    RequireMayFillSink(services, options, scope, *dataset.sink,
                       FindSinkTable(services, scope, *dataset.sink));
  }
  const HeldProgress held(services.flows, FlowKey(scope, dataset, flow));
  if (GoToTable(services, scope, dataset, flow, *held)) return act(*held);
  FlowProgress anew;
  act(anew);
}

BoundFlow BindVersionQuery(const Services& services, const SessionOptions& options,
                           const PipelineScope& scope, const Flow& flow,
                           const std::optional<SnapshotVersion>& last, FlowProgress& progress) {
  BoundFlow bound;
  bound.binding = NewBinding(services, options, scope, progress);
  bound.versions =
      std::make_shared<const SnapshotVersions>(SnapshotVersions{last, std::nullopt, TypeId::kVoid});
  bound.snapshot_names = std::make_shared<SnapshotNames>(
      bound.binding->Names(), SnapshotNames::In::kVersion, *bound.versions);
  const sql::Query& query = *flow.cdc->version;
  bound.plan = PlanOrThrow(sql::BindQuery(query, bound.Names(), bound.binding->Options()));
  if (bound.plan->columns.size() == 1 && !bound.binding->HasStream()) return bound;
  throw DiagnosticError({{"INVALID_FLOW_QUERY_TYPE.VERSION_QUERY", "42000", query.span,
                          "WITH VERSION takes a query that gives one column, of whole tables",
                          "let it give the next version, or no row when there is none"}});
}

namespace {

// As far as the flow got; versions are of the type that its query gives, or the times of batches.
std::shared_ptr<const SnapshotVersions> VersionsKnown(const Services& services,
                                                      const SessionOptions& options,
                                                      const PipelineScope& scope, const Flow& flow,
                                                      FlowProgress& progress) {
  SnapshotVersions versions{std::nullopt, std::nullopt, TypeId::kTimestamp};
  if (flow.cdc->version != nullptr) {
    const BoundFlow query =
        BindVersionQuery(services, options, scope, flow, std::nullopt, progress);
    versions.type = query.plan->columns[0].type;
  }
  return std::make_shared<const SnapshotVersions>(std::move(versions));
}

// What the names of a flow's query mean.
void PutNames(const Services& services, const SessionOptions& options, const PipelineScope& scope,
              const Flow& flow, FlowProgress& progress,
              std::shared_ptr<const SnapshotVersions> versions, BoundFlow& bound) {
  bound.binding = NewBinding(services, options, scope, progress);
  if (!IsSnapshotFlow(flow)) return;
  bound.versions = versions != nullptr ? std::move(versions)
                                       : VersionsKnown(services, options, scope, flow, progress);
  if (flow.cdc->version == nullptr) return;
  bound.snapshot_names = std::make_shared<SnapshotNames>(
      bound.binding->Names(), SnapshotNames::In::kSnapshot, *bound.versions);
}

// What an expectation leaves out is no part of the table.
void CountExpectations(BoundFlow& bound) {
  const auto* expect = std::get_if<sql::ExpectPlan>(&bound.plan->node);
  if (expect == nullptr) return;
  bool by_time = bound.deterministic || bound.varies_by_time;
  for (const sql::BoundExpectation& one : expect->expectations) {
    if (sql::IsDeterministic(*one.condition)) continue;
    bound.deterministic = false;
    by_time = by_time && sql::VariesByTimeAlone(one.condition);
  }
  bound.varies_by_time = !bound.deterministic && by_time;
}

}  // namespace

BoundFlow BindFlow(const Services& services, const SessionOptions& options,
                   const PipelineScope& scope, const Dataset& dataset, const Flow& flow,
                   FlowProgress& progress, std::shared_ptr<const SnapshotVersions> versions) {
  BoundFlow bound;
  PutNames(services, options, scope, flow, progress, std::move(versions), bound);
  bound.plan = PlanOrThrow(sql::BindQuery(*flow.query, bound.Names(), bound.binding->Options()));
  bound.streaming = bound.binding->HasStream();
  bound.deterministic = sql::IsDeterministic(*bound.plan);
  bound.varies_by_time = sql::VariesByTimeAlone(bound.plan);
  CheckFits(dataset, flow, bound);
  RequireFilePaths(dataset, flow, bound);
  return bound;
}

BoundFlow BindFlowInto(const Services& services, const SessionOptions& options,
                       const PipelineScope& scope, const Dataset& dataset, const Flow& flow,
                       const Schema& target, const delta::Configuration& properties,
                       FlowProgress& progress, std::shared_ptr<const SnapshotVersions> versions) {
  const BoundFlow query = BindFlow(services, options, scope, dataset, flow, progress, versions);
  BoundFlow bound;
  bound.streaming = query.streaming;
  bound.deterministic = query.deterministic;
  bound.varies_by_time = query.varies_by_time;
  PutNames(services, options, scope, flow, progress, query.versions, bound);
  if (flow.cdc != nullptr) {
    bound.target = Evolved(target, BoundCdcShape(flow, query).Target(), dataset, properties);
    BindCdcInto(dataset, flow, query, bound);
    bound.plan = sql::WithoutWatermarks(bound.plan);
    return bound;
  }
  bound.target = Evolved(target, sql::SchemaOf(*query.plan), dataset, properties);
  const bool by_name =
      flow.replace != nullptr || GoesByName(sql::SchemaOf(*query.plan), bound.target);
  bound.plan = dataset.sink != nullptr
                   ? SinkRows(*flow.query, sql::SchemaOf(*query.plan), bound)
                   : PlanOrThrow(sql::BindInsert(*flow.query, bound.target, by_name, false,
                                                 bound.binding->Names(), bound.binding->Options()));
  if (flow.replace != nullptr) BindReplace(flow, sql::SchemaOf(*query.plan), bound);
  const auto& expectations = dataset.clauses()->expectations;
  if (!expectations.empty()) {
    bound.plan = PlanOrThrow(sql::BindExpectations(bound.plan, expectations, bound.binding->Names(),
                                                   bound.binding->Options()));
    CountExpectations(bound);
  }
  bound.streams = StreamsOf(*bound.binding);
  bound.latest_watermark = scope.latest_watermark;
  bound.is_stateful = sql::IsStateful(*sql::WithoutCtes(bound.plan), bound.streams);
  if (!bound.is_stateful) bound.plan = sql::WithoutWatermarks(bound.plan);
  return bound;
}

namespace {

// What an input gives that no text of the project says.
Schema FoundColumnsOf(const PipelineScope& scope, const BoundInput& input) {
  if (input.source != nullptr) return input.has_given_schema ? Schema() : input.source_schema;
  if (!input.planned) return input.snapshot != nullptr ? input.snapshot->schema() : Schema();
  const auto schema = scope.schemas.find(*input.planned);
  const auto found = scope.found.find(*input.planned);
  if (schema == scope.schemas.end() || found == scope.found.end()) return {};
  std::vector<Field> fields;
  for (const Field& field : schema->second.fields()) {
    if (found->second.contains(LowerName(field.name))) fields.push_back(field);
  }
  return Schema(std::move(fields));
}

std::set<std::string> FoundColumns(const PipelineScope& scope, const Binding& binding,
                                   const Schema& columns) {
  std::set<std::string> found;
  for (const BoundInput& input : binding.inputs()) {
    const Schema there = FoundColumnsOf(scope, input);
    for (const Field& field : columns.fields()) {
      const auto at = there.Find(field.name);
      if (at && there[*at].type.EqualsIgnoringNullability(field.type)) {
        found.insert(LowerName(field.name));
      }
    }
  }
  return found;
}

}  // namespace

std::variant<CheckedFlow, Diagnostics> Session::CheckFlow(const PipelineScope& scope,
                                                          const Dataset& dataset,
                                                          const Flow& flow) {
  try {
    std::optional<CheckedFlow> checked;
    RecordingRefusals(services_, options_.principal, std::string(flow.query->span.Text()), [&] {
      WithProgressOf(services_, options_, scope, dataset, flow, [&](FlowProgress& progress) {
        const BoundFlow bound = BindFlow(services_, options_, scope, dataset, flow, progress);
        const Schema schema =
            flow.cdc == nullptr ? sql::SchemaOf(*bound.plan) : BoundCdcShape(flow, bound).Target();
        checked = CheckedFlow{schema, bound.streaming, bound.deterministic,
                              FoundColumns(scope, *bound.binding, schema)};
      });
    });
    return *std::move(checked);
  } catch (const DiagnosticError& error) {
    return error.diagnostics();
  }
}

void Session::RunFlow(const PipelineScope& scope, const Dataset& dataset, const Flow& flow,
                      FlowOutcome& outcome) {
  RecordingRefusals(services_, options_.principal, std::string(flow.query->span.Text()), [&] {
    FlowRun(services_, options_, scope, dataset, flow, outcome, [this](const std::string& id) {
      SetExecuted(id);
    }).Run();
  });
}

std::map<sql::InputId, engine::Input> FlowRun::InputsOf(const BoundFlow& bound,
                                                        const FlowBatch& batch) {
  std::map<sql::InputId, engine::Input> inputs;
  std::set<std::string> counted;
  batch_files_ = 0;
  for (const BoundInput& input : bound.binding->inputs()) {
    engine::Input filled = InputFor(input, batch.Find(input.identity));
    if (const auto* relation = std::get_if<engine::RelationInput>(&filled)) {
      if (const auto* files = std::get_if<FileSet>(&relation->relation);
          files != nullptr && counted.insert(input.identity).second) {
        batch_files_ += static_cast<int64_t>(files->files.size());
      }
    }
    inputs.emplace(input.id, std::move(filled));
  }
  return inputs;
}

// `plan` is null for an input that the stored batch does not know: the query was changed after a
// batch was stored and before it ran. Its new stream has no rows in that batch, but in the next.
engine::Input FlowRun::InputFor(const BoundInput& input, const InputPlan* plan) {
  if (input.source != nullptr) {
    const connect::BatchPlan taken =
        plan != nullptr && plan->source ? *plan->source : connect::BatchPlan{};
    return engine::RelationInput{input.source->Read(taken, input.source_schema), input.store};
  }
  if (input.feed) {
    if (plan == nullptr) {
      return FeedInputOf(services_, input, input.stream ? delta::FeedRange{0, -1} : *input.feed);
    }
    return FeedInputOf(services_, input,
                       input.stream ? delta::FeedRange{plan->from + 1, plan->to}
                                    : delta::FeedRange{input.feed->first, plan->to});
  }
  if (plan == nullptr && !input.stream) {
    return engine::TableInput{input.table->location(), input.snapshot, std::nullopt};
  }
  if (plan == nullptr) {
    return engine::TableInput{input.table->location(), input.snapshot, std::vector<size_t>{}};
  }
  if (plan->stream && plan->from >= 0) return NewFiles(input, *plan);
  const auto snapshot =
      plan->to == input.snapshot->version() ? input.snapshot : input.table->At(plan->to);
  JudgeFiles(services_, input.reader, *snapshot, input.table->location());
  return engine::TableInput{input.table->location(), snapshot, std::nullopt};
}

// Rows that came and went within the batch are not among what it reads.
engine::TableInput FlowRun::NewFiles(const BoundInput& input, const InputPlan& plan) const {
  std::vector<delta::AddFile> added;
  std::map<std::string, size_t> places;
  std::set<size_t> gone;
  for (const delta::VersionChange& change : input.table->Changes(plan.from, plan.to)) {
    if (!change.removed.empty() && input.skips_changes) continue;
    for (const delta::RemoveFile& file : change.removed) {
      const auto place = places.find(delta::FileKey(file.path, file.deletion_vector_json));
      if (place != places.end()) {
        gone.insert(place->second);
        places.erase(place);
        continue;
      }
      throw Error(ErrorCode::kInvalid,
                  "rows of " + input.display_name + " were changed or deleted (version " +
                      std::to_string(change.version) + "), which the stream into " +
                      dataset_.name.ToString() + " can't follow; " + scope_.FullRefresh(dataset_) +
                      " reads it anew, and read_stream('" + input.display_name +
                      "', skipChangeCommits => true) passes such versions over")
          .WithCondition("DELTA_SOURCE_TABLE_IGNORE_CHANGES");
    }
    for (const delta::AddFile& file : change.added) {
      places[delta::FileKey(file.path, file.deletion_vector_json)] = added.size();
      added.push_back(file);
    }
  }
  std::vector<delta::AddFile> files;
  for (size_t i = 0; i < added.size(); ++i) {
    if (!gone.contains(i)) files.push_back(std::move(added[i]));
  }
  JudgeFiles(services_, input.reader, *input.snapshot, files, input.table->location());
  return {input.table->location(), std::make_shared<FileSubset>(input.snapshot, std::move(files)),
          std::nullopt};
}

}  // namespace weir::session
