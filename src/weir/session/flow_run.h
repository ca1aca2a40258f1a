#pragma once

#include <functional>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "weir/session/binding.h"
#include "weir/session/cdc_shape.h"
#include "weir/session/flow_log.h"
#include "weir/session/input_changes.h"
#include "weir/session/session.h"
#include "weir/session/snapshot_versions.h"
#include "weir/session/table_write.h"

namespace weir::session {

class StreamRun;     // stream_run.h
struct TableChange;  // table_write.h

// What an AUTO CDC flow is to its table.
struct BoundCdc {
  CdcShape shape;
  CdcTable table;
  std::string version = {};  // Of FROM SNAPSHOT: an expression that gives it.
};
// What is counted of its events: those that fail to have a place, to have keys, to be rows.
inline constexpr const char* kNullSequences = "\x01null sequences";
inline constexpr const char* kNullKeys = "\x01null keys";
inline constexpr const char* kNoRows = "\x01no rows";

// A flow's query, bound against what is there now.
struct BoundFlow {
  std::unique_ptr<Binding> binding;
  // Of FROM SNAPSHOT: what its query names besides.
  std::shared_ptr<const SnapshotVersions> versions = nullptr;
  std::shared_ptr<SnapshotNames> snapshot_names = nullptr;
  sql::PlanPtr plan = nullptr;  // Of the query alone.
  Schema target = {};           // BindFlowInto: the columns that the plan gives.
  bool streaming = false;
  bool deterministic = true;
  bool varies_by_time = false;  // By that alone.
  // BindFlowInto of AUTO CDC: the plan gives events, under the names of cdc_columns.h.
  std::optional<BoundCdc> cdc = std::nullopt;
  // BindFlowInto: the inputs that are read as streams, and whether the plan keeps rows between its
  // batches (sql/stateful_query.h); then it says where rows may come late.
  std::set<sql::InputId> streams = {};
  bool is_stateful = false;
  bool latest_watermark = false;  // Of several streams the latest counts.

  sql::NameResolver& Names() const {
    return snapshot_names != nullptr ? *snapshot_names : binding->Names();
  }
};

// A batch of a flow that keeps something of its own besides its table, while it runs. What it names
// outlives it.
struct KeepingBatch {
  const Services& services;
  const std::string& statement_id;
  const Dataset& dataset;
  const Flow& flow;
  const BoundFlow& bound;
  const delta::Table& table;
  std::shared_ptr<const delta::Snapshot> base;
  std::pair<std::string, int64_t> progress;  // With which it is committed.
};

// What the clauses of an AUTO CDC flow make of its query's columns. Throws DiagnosticError.
CdcShape BoundCdcShape(const Flow& flow, const BoundFlow& query);
// The events of an AUTO CDC flow, for its table with the columns of `bound.target`.
void BindCdcInto(const Dataset& dataset, const Flow& flow, const BoundFlow& query,
                 BoundFlow& bound);

// What changes when the query does, an option of a source that it reads, or the zone whose clocks
// it goes by.
std::string FingerprintOf(const BoundFlow& bound);

// What a commit tells of the rows of a flow, by Delta's names and weir's.
std::map<std::string, std::string> FlowMetrics(const engine::WriteResult& written);

// What the memory of flows knows a flow by.
std::string FlowKey(const PipelineScope& scope, const Dataset& dataset, const Flow& flow);

// Hands over how far the flow got, as its table's log says; nothing where that is to be emptied.
// Throws Error{kDenied} where that is a sink's and may not be written.
void WithProgressOf(const Services& services, const SessionOptions& options,
                    const PipelineScope& scope, const Dataset& dataset, const Flow& flow,
                    const std::function<void(FlowProgress& progress)>& act);

// Binds and checks that the query fits its dataset: streams for a streaming table, none for a
// materialised view. Streams go on after `progress`, which outlives the result. `versions`: of FROM
// SNAPSHOT; null: as far as the flow got. Throws DiagnosticError.
BoundFlow BindFlow(const Services& services, const SessionOptions& options,
                   const PipelineScope& scope, const Dataset& dataset, const Flow& flow,
                   FlowProgress& progress,
                   std::shared_ptr<const SnapshotVersions> versions = nullptr);
// Of FROM SNAPSHOT ... WITH VERSION: the query that gives the version behind `last`.
BoundFlow BindVersionQuery(const Services& services, const SessionOptions& options,
                           const PipelineScope& scope, const Flow& flow,
                           const std::optional<SnapshotVersion>& last, FlowProgress& progress);

// The flow's rows as columns of its table, with expectations. Binds once more, now that the columns
// of the target are known; the inputs are those of the new binding. A streaming table that declares
// no columns gets those that its source grew since they were worked out, and wider types where its
// `properties` allow that.
BoundFlow BindFlowInto(const Services& services, const SessionOptions& options,
                       const PipelineScope& scope, const Dataset& dataset, const Flow& flow,
                       const Schema& target, const delta::Configuration& properties,
                       FlowProgress& progress,
                       std::shared_ptr<const SnapshotVersions> versions = nullptr);

// One flow brought up to date: batch by batch, each decided and stored before it runs, counted by
// the table's commit. Killed anywhere, the next run goes on exactly once.
class FlowRun {
 public:
  // `outcome` is added to as batches are committed; `begins` is told the id of each batch's
  // statement before it runs.
  FlowRun(const Services& services, const SessionOptions& options, const PipelineScope& scope,
          const Dataset& dataset, const Flow& flow, FlowOutcome& outcome,
          std::function<void(const std::string&)> begins)
      : services_(services),
        options_(options),
        scope_(scope),
        dataset_(dataset),
        flow_(flow),
        begins_(std::move(begins)),
        outcome_(outcome),
        progress_(services.flows, FlowKey(scope, dataset, flow)) {}

  void Run();

 private:
  // Runs the next batch if there is one; whether there may be another.
  bool Step();
  // A query as it is bound for the next batch, what that reads, unless nothing is new, and where it
  // is stored already.
  struct NextBatch {
    BoundFlow bound;
    std::optional<FlowBatch> batch = std::nullopt;
    std::optional<int64_t> number = std::nullopt;
  };
  // A stream runs what was stored and not committed as it stands, as long as that can be read. What
  // reads whole tables goes by those that are there now. Nothing: FROM SNAPSHOT has no version.
  std::optional<NextBatch> Next(const delta::Table& table, const delta::Snapshot& base,
                                const FlowLog& log, const std::optional<StoredBatch>& pending);
  // Whether a batch that was stored is the next one, as a view would read it now.
  static bool IsSame(const NextBatch& next, const FlowBatch& stored);
  static bool IsStillThere(const BoundFlow& bound, const FlowBatch& batch);
  static bool AreRowsChanged(const BoundInput& input, const InputPlan& plan);
  // Of FROM SNAPSHOT: the versions by which its next batch is bound; none: there is no next one.
  // `stored` is the time of a batch that was not committed.
  std::shared_ptr<const SnapshotVersions> VersionsFor(const FlowLog& log, int64_t done,
                                                      const std::optional<SnapshotVersion>& stored);
  std::optional<SnapshotVersion> NextVersion(const SnapshotVersions& versions);
  void CheckIsLater(const SnapshotVersions& versions, const SnapshotVersion& next) const;
  // Of a materialised view: its columns follow its query.
  Schema RecomputedSchema() const;
  std::vector<std::string> DeclaredPartitions(const Schema& target) const;
  // What the next batch takes; nothing when nothing is new.
  std::optional<FlowBatch> PlanNext(const BoundFlow& bound, const delta::Table& table,
                                    const delta::Snapshot& base, const FlowLog& log);
  bool HasMoreToEnd(const BoundFlow& bound, const delta::Table& table,
                    const delta::Snapshot& base) const;
  // Why a materialised view is looked at anew; "" when it is as its query says.
  static std::string WhyRecompute(const BoundFlow& bound, const std::optional<FlowBatch>& before,
                                  const FlowBatch& now);
  [[noreturn]] void ThrowReplaced() const;
  std::optional<InputPlan> PlanInput(const BoundInput& input, bool streaming);
  // Sources do away with what they are to, once all that was new is committed.
  void LetGo(const BoundFlow& bound, const FlowLog& log);
  std::map<sql::InputId, engine::Input> InputsOf(const BoundFlow& bound, const FlowBatch& batch);
  engine::Input InputFor(const BoundInput& input, const InputPlan* plan);
  engine::TableInput NewFiles(const BoundInput& input, const InputPlan& plan) const;
  // A batch that is about to run, and what it is committed with. What it names outlives it.
  struct BatchAt {
    const std::string& id;  // Of its statement.
    const BoundFlow& bound;
    const FlowBatch& batch;
    const delta::Table& table;
    std::shared_ptr<const delta::Snapshot> base;
    const std::string& app_id;
    int64_t done;  // The batch that it follows, or -1.
    std::shared_future<int64_t> number;
    // Waits until the batch is stored.
    std::pair<std::string, int64_t> Progress() const { return {app_id, number.get()}; }
  };
  // Rows added to a streaming table, or a view brought up to date since `before`, by `changes`
  // where they were looked at already.
  void RunRows(const BatchAt& at, const std::optional<FlowBatch>& before,
               std::optional<InputChanges> changes);
  // Rows for a streaming table: those of new ones alone, or of what ends with them, for which more
  // is committed in `change`.
  engine::WriteResult AddNew(const BatchAt& at, const delta::Metadata& metadata,
                             TableChange& change);
  engine::WriteResult AddEnded(const BatchAt& at, const delta::Metadata& metadata,
                               std::optional<StreamRun>& kept, TableChange& change);
  void RunCdc(const BatchAt& at);
  // flow_replace.cc
  void RunReplace(const BatchAt& at);
  std::shared_ptr<const delta::Snapshot> WithNewColumns(const BatchAt& at);
  // Throws Error{kConflict} where what was committed already is not this batch.
  void CheckCounts(const BatchAt& at, const ChangeOutcome& committed);
  // Rows of a batch, and what is told of them.
  bool Commit(const BatchAt& at, const TableChange& change, const engine::WriteResult& written);
  void Acknowledge(const BoundFlow& bound, const FlowBatch& batch);
  // Every so many batches; this one follows `before`.
  void CompactIfDue(const BoundFlow& bound, const FlowLog& log, int64_t before, int64_t done);
  void AddStatistics(const engine::RunStatistics& statistics);

  const Services& services_;
  const SessionOptions& options_;
  const PipelineScope& scope_;
  const Dataset& dataset_;
  const Flow& flow_;
  const std::function<void(const std::string&)> begins_;
  FlowOutcome& outcome_;
  int64_t batch_files_ = 0;  // That the batch at hand reads.
  std::string why_;          // Of the batch that was planned last.
  const HeldProgress progress_;
  // Of a materialised view: what changed in the inputs of that batch.
  std::optional<InputChanges> changes_;
};

}  // namespace weir::session
