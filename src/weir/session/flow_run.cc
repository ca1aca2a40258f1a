#include "weir/session/flow_run.h"

#include <algorithm>
#include <future>
#include <set>
#include <utility>

#include "weir/base/error.h"
#include "weir/base/fingerprint.h"
#include "weir/base/json.h"
#include "weir/base/uuid.h"
#include "weir/delta/column_mapping.h"
#include "weir/delta/file_key.h"
#include "weir/io/cancel_scope.h"
#include "weir/session/cdc_run.h"
#include "weir/session/changed_files.h"
#include "weir/session/dataset_columns.h"
#include "weir/session/dataset_table.h"
#include "weir/session/datasets.h"
#include "weir/session/file_subset.h"
#include "weir/session/other_writers.h"
#include "weir/session/sink_table.h"
#include "weir/session/state_fit.h"
#include "weir/session/statement_end.h"
#include "weir/session/stream_run.h"
#include "weir/session/table_write.h"
#include "weir/session/view_update.h"
#include "weir/sql/clocks.h"
#include "weir/sql/row_rules.h"
#include "weir/types/schema_json.h"

namespace weir::session {

using catalog::TableInfo;

namespace {

constexpr const char* kInputsChanged = "its inputs changed";

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
  std::optional<NextBatch> next = Next(table, *base, log, log.PendingAfter(done));
  if (!next || !next->batch) {
    if (outcome_.batches == 0) outcome_.how = "nothing new";
    if (next) LetGo(next->bound, log);
    return false;
  }
  const BoundFlow& bound = next->bound;
  const FlowBatch& batch = *next->batch;
  const bool is_view = dataset_.kind == DatasetKind::kMaterializedView;
  if (!is_view) {
    CheckStateFits(services_, scope_, dataset_, flow_, bound, table, *base, done >= 0);
  }
  // What a view becomes is computed meanwhile: nothing is there before the commit.
  const std::shared_future<int64_t> number =
      std::async(is_view ? std::launch::async : std::launch::deferred,
                 [&log, done, &batch, stored = next->number, asked = io::CancelScope::Current()] {
                   const io::CancelScope scope(asked);
                   return stored ? *stored : log.StoreAfter(done, batch);
                 })
          .share();
  if (!is_view) number.wait();

  const std::string id = NewUuid();
  Access access = bound.binding->access();
  access.writes.push_back(dataset_.WrittenObject());
  services_.catalog.BeginStatement({id, options_.principal,
                                    std::string(flow_.query->span.Text()).substr(0, 4000),
                                    access.reads, access.writes, "ALLOWED", begun});
  begins_(id);
  try {
    const BatchAt at{id, bound, batch, table, base, log.app_id(), done, number};
    if (!why_.empty()) outcome_.why = why_;
    if (flow_.cdc != nullptr) {
      RunCdc(at);
    } else if (flow_.replace != nullptr) {
      RunReplace(at);
    } else {
      RunRows(at, done < 0 || !is_view ? std::nullopt : log.Find(done),
              std::exchange(changes_, std::nullopt));
    }
  } catch (const Error& error) {
    EndStatement(services_, id, "FAILED: " + std::string(ErrorCodeName(error.code())), {});
    throw;
  }
  ++outcome_.batches;
  outcome_.files_read += batch_files_;
  outcome_.kind = FlowOutcome::Kind::kUpdated;
  Acknowledge(bound, batch);
  CompactIfDue(bound, log, done, number.get());
  if (flow_.once) return false;
  if (IsSnapshotFlow(flow_)) return flow_.cdc->version != nullptr;
  return !is_view && !flow_.ReplacesWhere();
}

std::optional<FlowRun::NextBatch> FlowRun::Next(const delta::Table& table,
                                                const delta::Snapshot& base, const FlowLog& log,
                                                const std::optional<StoredBatch>& pending) {
  why_.clear();
  const bool is_view = dataset_.kind == DatasetKind::kMaterializedView;
  const Schema target = is_view ? RecomputedSchema() : base.schema();
  std::shared_ptr<const SnapshotVersions> versions;
  if (IsSnapshotFlow(flow_)) {
    versions = VersionsFor(log, log.Done(base), pending ? pending->batch.version : std::nullopt);
    if (versions == nullptr) return std::nullopt;
  }
  if (!is_view) progress_->GoTo(log, base);
  NextBatch next{BindFlowInto(services_, options_, scope_, dataset_, flow_, target,
                              base.metadata().configuration, *progress_, versions)};
  const bool is_stream = next.bound.streaming;
  if (pending && is_stream && IsStillThere(next.bound, pending->batch)) {
    why_ = "it was stored before";
    next.batch = pending->batch;
    next.number = pending->number;
    return next;
  }
  next.batch = PlanNext(next.bound, table, base, log);
  if (!next.batch || !pending) return next;
  if (is_stream) {
    why_ = "what a batch that was not committed was to read is gone, or changed";
  } else if (IsSame(next, pending->batch)) {
    next.batch = pending->batch;
    next.number = pending->number;
  } else if (pending->batch.version) {
    // Another snapshot, and of another time.
    return Next(table, base, log, std::nullopt);
  }
  return next;
}

bool FlowRun::IsSame(const NextBatch& next, const FlowBatch& stored) {
  if (!next.batch->IsAlike(stored)) return false;
  if (!next.batch->read_clocks) return true;
  return stored.read_clocks && sql::SayTheSameAt(*next.bound.plan, *stored.read_clocks);
}

bool FlowRun::IsStillThere(const BoundFlow& bound, const FlowBatch& batch) {
  return std::all_of(
      bound.binding->inputs().begin(), bound.binding->inputs().end(), [&](const BoundInput& input) {
        const InputPlan* plan = batch.Find(input.identity);
        if (plan == nullptr) return true;
        const bool is_whole_table = input.source == nullptr && !input.stream && !input.feed;
        if (is_whole_table) return plan->to == input.snapshot->version();
        if (input.source == nullptr) return !AreRowsChanged(input, *plan);
        return !plan->source || input.source->IsStillThere(*plan->source);
      });
}

// Whether rows that the batch takes of a table were changed or deleted since it was planned, which
// is how they are mended where it failed.
bool FlowRun::AreRowsChanged(const BoundInput& input, const InputPlan& plan) {
  if (!input.stream || input.feed || input.skips_changes) return false;
  if (plan.to >= input.snapshot->version()) return false;
  std::set<std::string> taken;
  try {
    const delta::Version after = plan.from < 0 ? plan.to : plan.from;
    for (const auto& change : input.table->Changes(after, input.snapshot->version())) {
      for (const delta::RemoveFile& file : change.removed) {
        if (change.version <= plan.to) continue;
        // From the start on: all files that were there.
        if (plan.from < 0) return true;
        if (taken.contains(delta::FileKey(file.path, file.deletion_vector_json))) return true;
      }
      if (change.version > plan.to) continue;
      for (const delta::AddFile& file : change.added) {
        taken.insert(delta::FileKey(file.path, file.deletion_vector_json));
      }
    }
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kNotFound) throw;
    // Entries of the log are gone; reading the batch tells what that means for it.
  }
  return false;
}

void FlowRun::RunRows(const BatchAt& at, const std::optional<FlowBatch>& before,
                      std::optional<InputChanges> changes) {
  const bool is_view = dataset_.kind == DatasetKind::kMaterializedView;
  TableChange change;
  change.base = at.base;
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
  std::optional<ViewUpdate> update;
  if (is_view) {
    update.emplace(services_, scope_, dataset_,
                   ViewUpdate::Batch{at.bound, before, at.batch, at.table}, std::move(changes));
    written = update->Stage(at.id, inputs, metadata, change, outcome_);
  } else {
    outcome_.how = "append";
    written =
        at.bound.is_stateful ? AddEnded(at, metadata, kept, change) : AddNew(at, metadata, change);
  }
  try {
    change.progress = at.Progress();
  } catch (const Error&) {
    DeleteFiles(at.table.location(), change.files);
    throw;
  }
  change.numbers = written.last_numbers;
  change.commit.metrics.merge(FlowMetrics(written));
  if (!Commit(at, change, written)) return;
  if (update) update->KeepChanges(*at.base, outcome_.table_version);
  if (!kept) return;
  kept->Tidy();
  outcome_.late_rows += kept->late_rows();
}

bool FlowRun::Commit(const BatchAt& at, const TableChange& change,
                     const engine::WriteResult& written) {
  const ChangeOutcome committed = CommitChange(services_, at.table, change);
  CheckCounts(at, committed);
  outcome_.table_version = committed.version;
  EndStatement(services_, at.id, "SUCCEEDED", {{dataset_.WrittenObject(), committed.version}});
  if (committed.was_there) return false;
  AddStatistics(written.statistics);
  for (const delta::AddFile& file : written.files) outcome_.bytes_written += file.size;
  return true;
}

// What was there may be a batch that another run decided meanwhile, of what the inputs were then.
void FlowRun::CheckCounts(const BatchAt& at, const ChangeOutcome& committed) {
  if (!committed.was_there) return;
  const auto latest = at.table.Latest();
  const auto counts = latest->transactions().find(at.app_id);
  if (counts != latest->transactions().end() && counts->second.version == at.number.get()) return;
  throw Error(ErrorCode::kConflict, "another run of flow " + flow_.name +
                                        " committed a batch at the same moment; run it again")
      .WithCondition("DELTA_CONCURRENT_WRITE");
}

engine::WriteResult FlowRun::AddNew(const BatchAt& at, const delta::Metadata& metadata,
                                    TableChange& change) {
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
  kept.emplace(
      KeepingBatch{services_, at.id, dataset_, flow_, at.bound, at.table, at.base, at.Progress()},
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
  CdcRun run({services_, at.id, dataset_, flow_, at.bound, at.table, at.base, at.Progress()});
  const CdcOutcome done = run.Run(InputsOf(at.bound, at.batch));
  CheckCounts(at, done.committed);
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
  auto planned = TableSchema(dataset_, {{sql::SchemaOf(*query.plan)}});
  if (auto* diagnostics = std::get_if<Diagnostics>(&planned)) throw DiagnosticError(*diagnostics);
  return std::get<Schema>(std::move(planned));
}

std::string FingerprintOf(const BoundFlow& bound) {
  std::string text = sql::DefinitionOf(bound.plan);
  const TimeZone& zone = bound.binding->zone();
  if (!zone.IsUtc()) text += "\ntime zone " + zone.name();
  for (const BoundInput& input : bound.binding->inputs()) text += input.options;
  return Fingerprint(text);
}

std::optional<FlowBatch> FlowRun::PlanNext(const BoundFlow& bound, const delta::Table& table,
                                           const delta::Snapshot& base, const FlowLog& log) {
  const int64_t done = log.Done(base);
  const auto before = done < 0 ? std::nullopt : log.Find(done);
  if (before && before->target != base.metadata().id) ThrowReplaced();
  FlowBatch batch{FingerprintOf(bound), base.metadata().id, {}};
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
      why_ = "another writer removed rows, which stay away; " + scope_.FullRefresh(dataset_) +
             " reads everything anew";
    }
    return batch;
  }
  if (bound.versions != nullptr) batch.version = bound.versions->current;
  if (dataset_.kind == DatasetKind::kMaterializedView && bound.varies_by_time) {
    batch.read_clocks = bound.binding->Options().now;
  }
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
  if (!bound.deterministic && !now.read_clocks) return "its query is not deterministic";
  if (before->fingerprint != now.fingerprint) return "its query changed";
  const bool time_went_on =
      now.read_clocks &&
      !(before->read_clocks && sql::SayTheSameAt(*bound.plan, *before->read_clocks));
  if (time_went_on) return "time went on";
  return before->inputs == now.inputs ? "" : kInputsChanged;
}

void FlowRun::ThrowReplaced() const {
  throw Error(
      ErrorCode::kInvalid,
      "the table " + dataset_.name.ToString() + " was replaced by another program since flow " +
          flow_.name + " last wrote it (it has another Delta id now); " +
          scope_.FullRefresh(dataset_) +
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
                    " last read it; whether its rows are new is not known, so " +
                    scope_.FullRefresh(dataset_) + " is needed to read it from its start")
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

void FlowRun::CompactIfDue(const BoundFlow& bound, const FlowLog& log, int64_t before,
                           int64_t done) {
  constexpr int64_t kInterval = FlowLog::kCompactionInterval;
  if ((done + 1) / kInterval == (before + 1) / kInterval) return;
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
