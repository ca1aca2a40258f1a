#include "weir/session/flow_run.h"

#include <algorithm>
#include <future>
#include <utility>

#include "weir/base/error.h"
#include "weir/base/fingerprint.h"
#include "weir/base/json.h"
#include "weir/base/uuid.h"
#include "weir/delta/column_mapping.h"
#include "weir/io/cancel_scope.h"
#include "weir/session/cdc_run.h"
#include "weir/session/changed_files.h"
#include "weir/session/dataset_columns.h"
#include "weir/session/dataset_table.h"
#include "weir/session/datasets.h"
#include "weir/session/file_subset.h"
#include "weir/session/other_writers.h"
#include "weir/session/sink_table.h"
#include "weir/session/statement_end.h"
#include "weir/session/stream_run.h"
#include "weir/session/table_write.h"
#include "weir/session/view_update.h"
#include "weir/sql/row_rules.h"
#include "weir/types/schema_json.h"

namespace weir::session {

using catalog::TableInfo;

namespace {

constexpr const char* kInputsChanged = "its inputs changed";

// A batch that is stored while what it gives is computed. Its destructor waits.
class BatchStore {
 public:
  BatchStore() = default;
  BatchStore(const FlowLog& log, int64_t number, const FlowBatch& planned)
      : planned_(planned.ToJson()),
        stored_(std::async(std::launch::async,
                           [log, number, planned, asked = io::CancelScope::Current()] {
                             const io::CancelScope scope(asked);
                             return log.Store(number, planned);
                           })) {}

  // What another run stored under this number is run by the next try.
  void Wait() {
    if (!stored_.valid() || stored_.get().ToJson() == planned_) return;
    throw Error(ErrorCode::kConflict,
                "another run of this flow began at the same moment; run it again")
        .WithCondition("DELTA_CONCURRENT_WRITE");
  }

 private:
  std::string planned_;
  std::future<FlowBatch> stored_;
};

}  // namespace

std::map<std::string, std::string> FlowMetrics(const engine::WriteResult& written) {
  auto metrics = WriteMetrics(written);
  metrics["numDroppedRows"] = std::to_string(written.statistics.dropped_rows);
  Json expectations = Json::array();
  for (const auto& count : written.statistics.expectations) {
    if (sql::IsRowRule(count.name)) continue;
    expectations.push_back(
        {{"name", count.name}, {"passed_records", count.passed}, {"failed_records", count.failed}});
  }
  if (!expectations.empty()) metrics["expectations"] = expectations.dump();
  return metrics;
}

void FlowRun::Run() {
  progress_->BeginRun();
  while (Step()) {
  }
}

bool FlowRun::Step() {
  const Instant begun = services_.clock.Now();
  const auto info = FindDatasetTable(services_, scope_, dataset_);
  if (!info) {
    throw Error(ErrorCode::kNotFound, "the table " + dataset_.name.ToString() +
                                          " was dropped while the pipeline ran; run it again")
        .WithCondition("TABLE_OR_VIEW_NOT_FOUND");
  }
  if (dataset_.sink != nullptr) {
    RequireMayFillSink(services_, options_, scope_, *dataset_.sink, info);
  } else {
    services_.catalog.RequireTable(options_.principal, catalog::Privilege::kModify, info->name);
  }
  const delta::Table table = OpenTable(services_, info->location);
  const auto base = LatestOf(table, *info);
  RequireLastingProgress(*base, dataset_.name.ToString());
  outcome_.table_version = base->version();
  const FlowLog log = FlowLogOf(scope_, dataset_, flow_, table.location(), *base);
  const int64_t done = log.Done(*base);
  if (flow_.once && done >= 0) {
    outcome_.how = "ran once already";
    return false;
  }
  const bool overwrite = dataset_.kind == DatasetKind::kMaterializedView;
  // A batch that was stored and not committed is run as it was stored.
  std::optional<FlowBatch> batch = log.Find(done + 1);
  const bool resumed = batch.has_value();
  const Schema target = overwrite ? RecomputedSchema() : base->schema();
  const bool is_snapshot = IsSnapshotFlow(flow_);
  const auto versions = is_snapshot ? VersionsFor(log, done, batch) : nullptr;
  if (is_snapshot && versions == nullptr) {
    if (outcome_.batches == 0) outcome_.how = "nothing new";
    return false;
  }
  if (!overwrite) progress_->GoTo(log, *base);
  const BoundFlow bound = BindFlowInto(services_, options_, scope_, dataset_, flow_, target,
                                       base->metadata().configuration, *progress_, versions);
  if (!batch) batch = PlanNext(bound, table, *base, log);
  if (!batch) {
    if (outcome_.batches == 0) outcome_.how = "nothing new";
    LetGo(bound, log);
    return false;
  }
  // What another run decided, killed or beside this one, may lie behind what there is now.
  const FlowBatch planned = *batch;
  // What a view becomes is computed meanwhile: nothing is there before the commit.
  BatchStore store;
  if (!resumed && overwrite) {
    store = BatchStore(log, done + 1, planned);
  } else if (!resumed) {
    batch = log.Store(done + 1, planned);
  }
  const bool is_own = !resumed && batch->ToJson() == planned.ToJson();

  const std::string id = NewUuid();
  Access access = bound.binding->access();
  access.writes.push_back(dataset_.WrittenObject());
  services_.catalog.BeginStatement({id, options_.principal,
                                    std::string(flow_.query->span.Text()).substr(0, 4000),
                                    access.reads, access.writes, "ALLOWED", begun});
  begins_(id);
  try {
    const BatchAt at{
        id, bound, *batch, table, base, {log.app_id(), done + 1}, [&store] { store.Wait(); }};
    outcome_.why = resumed ? "it was stored before" : why_;
    if (flow_.cdc != nullptr) {
      RunCdc(at);
    } else if (flow_.replace != nullptr) {
      RunReplace(at);
    } else {
      RunRows(at, done < 0 || !overwrite ? std::nullopt : log.Find(done),
              is_own ? std::exchange(changes_, std::nullopt) : std::nullopt);
    }
  } catch (const Error& error) {
    EndStatement(services_, id, "FAILED: " + std::string(ErrorCodeName(error.code())), {});
    throw;
  }
  ++outcome_.batches;
  outcome_.files_read += batch_files_;
  outcome_.kind = FlowOutcome::Kind::kUpdated;
  Acknowledge(bound, *batch);
  CompactIfDue(bound, log, done + 1);
  if (flow_.once) return false;
  if (is_snapshot) return flow_.cdc->version != nullptr || !is_own;
  return !(overwrite || flow_.ReplacesWhere()) || !is_own;
}

void FlowRun::RunRows(const BatchAt& at, const std::optional<FlowBatch>& before,
                      std::optional<InputChanges> changes) {
  const bool is_view = dataset_.kind == DatasetKind::kMaterializedView;
  TableChange change;
  change.base = at.base;
  change.progress = at.progress;
  change.rests_on = scope_.GenerationApp(dataset_);
  change.commit.operation = is_view ? "REFRESH MATERIALIZED VIEW" : "STREAMING UPDATE";
  change.commit.more["weirStatement"] = "\"" + at.id + "\"";
  delta::Metadata metadata = at.base->metadata();
  const auto partitions =
      dataset_.sink != nullptr ? metadata.partition_columns : DeclaredPartitions(at.bound.target);
  const bool other_partitions = is_view && partitions != metadata.partition_columns;
  if (other_partitions || !(at.bound.target == at.base->schema())) {
    metadata.schema_json = SchemaToJson(at.bound.target);
    metadata.partition_columns = partitions;
    metadata = delta::WithMappingOf(std::move(metadata), at.base->metadata());
    change.metadata = metadata;
  }
  if (is_view) {
    change.domains = ClusteringChange(dataset_, DatasetDeclaration(dataset_, at.bound.target),
                                      metadata, *at.base);
  }
  const auto inputs = [&] { return InputsOf(at.bound, at.batch); };
  engine::WriteResult written;
  std::optional<StreamRun> kept;
  if (is_view) {
    ViewUpdate update(services_, dataset_, {at.bound, before, at.batch, at.table},
                      std::move(changes));
    written = update.Stage(at.id, inputs, metadata, change, outcome_);
  } else {
    outcome_.how = "append";
    written =
        at.bound.is_stateful ? AddEnded(at, metadata, kept, change) : AddNew(at, metadata, change);
  }
  try {
    at.stored();
  } catch (const Error&) {
    DeleteFiles(at.table.location(), change.files);
    throw;
  }
  change.numbers = written.last_numbers;
  change.commit.metrics.merge(FlowMetrics(written));
  if (!Commit(at, change, written) || !kept) return;
  kept->Tidy();
  outcome_.late_rows += kept->late_rows();
}

bool FlowRun::Commit(const BatchAt& at, const TableChange& change,
                     const engine::WriteResult& written) {
  const ChangeOutcome committed = CommitChange(services_, at.table, change);
  outcome_.table_version = committed.version;
  EndStatement(services_, at.id, "SUCCEEDED", {{dataset_.WrittenObject(), committed.version}});
  if (committed.was_there) return false;
  AddStatistics(written.statistics);
  for (const delta::AddFile& file : written.files) outcome_.bytes_written += file.size;
  return true;
}

engine::WriteResult FlowRun::AddNew(const BatchAt& at, const delta::Metadata& metadata,
                                    TableChange& change) {
  const StreamState state(services_, at.table.location(), GenerationOf(*at.base), flow_.name);
  if (state.IsNamedBy(*at.base)) {
    throw OtherOperators(dataset_.name.ToString(), "one that keeps rows", "none");
  }
  const auto inputs = InputsOf(at.bound, at.batch);
  auto written = WriteFiles(services_, at.id, at.bound.plan, inputs, at.table.location(), metadata,
                            at.bound.binding->Options());
  change.files = written.files;
  const size_t changed =
      RemoveRowsOfChangedFiles(services_, at.id, at.bound, inputs, at.table, change);
  if (changed > 0) {
    outcome_.how = "replace";
    outcome_.why = std::to_string(changed) + (changed == 1 ? " file" : " files") +
                   " that changed: rows of what they were go";
  }
  return written;
}

engine::WriteResult FlowRun::AddEnded(const BatchAt& at, const delta::Metadata& metadata,
                                      std::optional<StreamRun>& kept, TableChange& change) {
  kept.emplace(StreamRun::Batch{services_, at.id, dataset_, flow_, at.bound, at.table, at.base,
                                at.progress.second},
               InputsOf(at.bound, at.batch));
  auto written = WriteFiles(services_, at.id, kept->rows(), kept->inputs(), at.table.location(),
                            metadata, at.bound.binding->Options());
  change.files = written.files;
  kept->AddFoundTo(written.statistics);
  change.mark = kept->Mark();
  return written;
}

void FlowRun::RunCdc(const BatchAt& at) {
  outcome_.is_cdc = true;
  outcome_.how = "changes";
  CdcRun run({services_, at.id, dataset_, flow_, at.bound, at.table, at.base, at.progress});
  const CdcOutcome done = run.Run(InputsOf(at.bound, at.batch));
  outcome_.table_version = done.committed.version;
  EndStatement(services_, at.id, "SUCCEEDED", {{dataset_.name.ToString(), done.committed.version}});
  if (done.committed.was_there) return;
  AddStatistics(done.statistics);
  outcome_.bytes_written += done.bytes_written;
  outcome_.upserted_rows += done.upserted;
  outcome_.deleted_rows += done.deleted;
}

std::vector<std::string> FlowRun::DeclaredPartitions(const Schema& target) const {
  return DeclarationOf(*dataset_.clauses(), target).partition_columns;
}

Schema FlowRun::RecomputedSchema() const {
  FlowProgress nothing;
  const BoundFlow query = BindFlow(services_, options_, scope_, dataset_, flow_, nothing);
  auto planned = TableSchema(dataset_, {sql::SchemaOf(*query.plan)});
  if (auto* diagnostics = std::get_if<Diagnostics>(&planned)) throw DiagnosticError(*diagnostics);
  return std::get<Schema>(std::move(planned));
}

std::string FingerprintOf(const sql::Plan& plan, const TimeZone& zone) {
  return Fingerprint(sql::ToText(plan) + (zone.IsUtc() ? "" : "\ntime zone " + zone.name()));
}

std::optional<FlowBatch> FlowRun::PlanNext(const BoundFlow& bound, const delta::Table& table,
                                           const delta::Snapshot& base, const FlowLog& log) {
  const int64_t done = log.Done(base);
  const auto before = done < 0 ? std::nullopt : log.Find(done);
  if (before && before->target != base.metadata().id) ThrowReplaced();
  FlowBatch batch{FingerprintOf(*bound.plan, bound.binding->zone()), base.metadata().id, {}};
  if (bound.streaming) batch.previous_committed = log.CommittedAt(base);
  bool any_new = false;
  for (const BoundInput& input : bound.binding->inputs()) {
    if (batch.Find(input.identity) != nullptr) continue;
    auto plan = PlanInput(input, bound.streaming);
    if (!plan) continue;
    any_new |= plan->stream;
    batch.inputs.push_back(std::move(*plan));
  }
  if (bound.streaming) {
    if (!any_new && !HasMoreToEnd(bound, table, base)) return std::nullopt;
    if (dataset_.sink == nullptr && WhatOthersDid(table, base) == OthersDid::kRemovedRows) {
      why_ = "another writer removed rows, which stay away; --full-refresh " + dataset_.name.name +
             " reads everything anew";
    }
    return batch;
  }
  if (bound.versions != nullptr) batch.version = bound.versions->current;
  // Another version is reason enough.
  if (IsSnapshotFlow(flow_) && flow_.cdc->version != nullptr) return batch;
  why_ = WhyRecompute(bound, before, batch);
  if (why_ == kInputsChanged && WhatOthersDid(table, base) == OthersDid::kNothing) {
    changes_.emplace(services_, bound.binding->inputs(), *before, batch);
    if (changes_->issues().empty() && changes_->all().empty()) why_.clear();
  }
  if (why_.empty() && flow_.ReplacesWhere() && dataset_.flows.size() > 1) {
    why_ = "other flows add rows too";
  }
  if (!before && GenerationOf(base, scope_.GenerationApp(dataset_)) > 0)
    why_ = "a full refresh was asked for";
  if (why_.empty() && DeclaredPartitions(bound.target) != base.metadata().partition_columns) {
    why_ = "its partitioning changed";
  }
  if (why_.empty() && dataset_.kind == DatasetKind::kMaterializedView &&
      ForbidsMoreNulls(base.schema(), bound.target)) {
    why_ = "its columns may not hold NULL any more";
  }
  if (why_.empty() && WhatOthersDid(table, base) != OthersDid::kNothing) {
    why_ = "another writer changed the table";
  }
  return why_.empty() ? std::nullopt : std::optional(batch);
}

// Rows tell the batches behind theirs how late it is: one without rows ends what they allow.
bool FlowRun::HasMoreToEnd(const BoundFlow& bound, const delta::Table& table,
                           const delta::Snapshot& base) const {
  if (!bound.is_stateful) return false;
  return StreamState(services_, table.location(), GenerationOf(base), flow_.name)
      .ClockOf(base)
      .IsAhead();
}

std::string FlowRun::WhyRecompute(const BoundFlow& bound, const std::optional<FlowBatch>& before,
                                  const FlowBatch& now) {
  if (!before) return "the first time";
  if (!bound.deterministic) return "its query is not deterministic";
  if (before->fingerprint != now.fingerprint) return "its query changed";
  return before->inputs == now.inputs ? "" : kInputsChanged;
}

void FlowRun::ThrowReplaced() const {
  throw Error(
      ErrorCode::kInvalid,
      "the table " + dataset_.name.ToString() + " was replaced by another program since flow " +
          flow_.name + " last wrote it (it has another Delta id now); --full-refresh " +
          dataset_.name.name +
          (dataset_.sink != nullptr ? " writes all rows to the new one"
                                    : " empties and fills it anew, DROP TABLE " +
                                          dataset_.name.ToString() + " starts with a new one"))
      .WithCondition("DELTA_SCHEMA_CHANGED_SINCE_ANALYSIS");
}

std::optional<InputPlan> FlowRun::PlanInput(const BoundInput& input, bool streaming) {
  InputPlan plan;
  plan.identity = input.identity;
  plan.name = input.display_name;
  plan.stream = input.stream;
  if (input.source != nullptr) {
    connect::ReadLimit limit;
    limit.everything = !input.stream;
    plan.source = input.stream ? input.Plan(progress_->In(input.identity, *input.source), limit)
                               : input.Plan(*input.source->NewProgress(), limit);
    if (!plan.source && input.stream) return std::nullopt;
    if (!plan.source) plan.source = connect::BatchPlan{};
    return plan;
  }
  plan.to = input.snapshot->version();
  if (input.feed) {
    plan.to = input.feed->last;
    if (input.stream) plan.from = input.feed->first - 1;
  }
  if (!streaming) return plan;
  const auto& tables = progress_->tables();
  if (const auto at = tables.find(input.identity); at != tables.end()) {
    plan.from = at->second.through;
  } else if (input.stream && progress_->HasTableCalled(plan.name)) {
    throw Error(ErrorCode::kInvalid,
                "the table " + plan.name + " was dropped and made anew since flow " + flow_.name +
                    " last read it; whether its rows are new is not known, so --full-refresh " +
                    dataset_.name.name + " is needed to read it from its start")
        .WithCondition("DIFFERENT_DELTA_TABLE_READ_BY_STREAMING_SOURCE");
  }
  if (input.stream && plan.from >= plan.to) return std::nullopt;
  return plan;
}

void FlowRun::LetGo(const BoundFlow& bound, const FlowLog& log) {
  for (const BoundInput& input : bound.binding->inputs()) {
    if (input.source == nullptr || !input.stream) continue;
    const auto files = input.source->ToLetGo(progress_->In(input.identity, *input.source));
    if (files.empty()) continue;
    log.RecordGone(input.identity, files);
    input.source->LetGo(files);
  }
}

void FlowRun::Acknowledge(const BoundFlow& bound, const FlowBatch& batch) {
  for (const BoundInput& input : bound.binding->inputs()) {
    const InputPlan* plan = batch.Find(input.identity);
    if (input.source != nullptr && input.stream && plan != nullptr && plan->source) {
      input.source->Acknowledge(*plan->source);
    }
  }
}

void FlowRun::CompactIfDue(const BoundFlow& bound, const FlowLog& log, int64_t done) {
  if ((done + 1) % FlowLog::kCompactionInterval != 0) return;
  if (!bound.streaming) return log.Compact(done, Reached{});
  const auto info = FindDatasetTable(services_, scope_, dataset_);
  if (!info) return;
  const auto latest = LatestOf(OpenTable(services_, info->location), *info);
  if (log.Done(*latest) != done) return;  // Another run is ahead of this one.
  progress_->GoTo(log, *latest);
  // Of a source that the query does not read any more the plans stay as they are.
  for (const BoundInput& input : bound.binding->inputs()) {
    if (input.source != nullptr && input.stream) progress_->In(input.identity, *input.source);
  }
  log.Compact(done, progress_->ToCompact());
  progress_->Forget();  // As it was compacted it is smaller.
}

void FlowRun::AddStatistics(const engine::RunStatistics& added) {
  engine::RunStatistics& sum = outcome_.statistics;
  sum.rows += added.rows;
  sum.dropped_rows += added.dropped_rows;
  sum.reject_count += added.reject_count;
  sum.rescued_rows += added.rescued_rows;
  sum.lossy_rows += added.lossy_rows;
  sum.rejects.insert(sum.rejects.end(), added.rejects.begin(), added.rejects.end());
  for (const engine::ExpectationCount& count : added.expectations) {
    if (sql::IsRowRule(count.name)) continue;
    const auto at = std::find_if(sum.expectations.begin(), sum.expectations.end(),
                                 [&](const auto& other) { return other.name == count.name; });
    if (at == sum.expectations.end()) {
      sum.expectations.push_back(count);
    } else {
      at->passed += count.passed;
      at->failed += count.failed;
    }
  }
}

}  // namespace weir::session
