#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

#include "weir/base/clock.h"
#include "weir/base/error.h"
#include "weir/base/logger.h"
#include "weir/catalog/catalog.h"
#include "weir/connect/source.h"
#include "weir/delta/snapshot_cache.h"
#include "weir/engine/engine.h"
#include "weir/io/object_store.h"
#include "weir/session/dataset.h"
#include "weir/session/pipeline_event.h"
#include "weir/session/temporary_names.h"
#include "weir/sql/ast.h"
#include "weir/sql/binder.h"
#include "weir/sql/refresh_shape.h"
#include "weir/types/batch.h"
#include "weir/types/diagnostic.h"

namespace weir::sql {
struct BoundChange;  // change_binder.h
}

namespace weir::session {

class FlowMemory;
class ViewChanges;

// What a session stands on. Everything outlives it.
struct Services {
  catalog::Catalog& catalog;
  engine::Engine& engine;
  delta::SnapshotCache& snapshots;
  io::Stores& stores;
  const connect::Registry& connectors;
  const Clock& clock;
  Logger& log;
  FlowMemory& flows;
  ViewChanges& view_changes;
};

struct SessionOptions {
  std::string principal;
  std::string catalog = "main";
  std::string schema = "default";
  std::string base_folder;  // Absolute: where relative paths start.
  // In force; what RESET puts in force again; the machine's, which SET TIME ZONE LOCAL means.
  TimeZonePtr zone = UtcZone();
  TimeZonePtr first_zone = UtcZone();
  std::string local_zone = "UTC";
};

// What a statement will touch, by full name or URI.
struct Access {
  std::vector<std::string> reads;
  std::vector<std::string> writes;
};

// Rows of one table that a condition picks.
struct RowCondition {
  sql::PlanPtr scan;  // All columns of the table, as input 0.
  sql::BoundExprPtr condition;
  std::string text;
};

// A statement that may run: names bound, permissions judged, inputs pinned to the versions that
// were current. A value.
struct Prepared {
  std::shared_ptr<const sql::StatementNode> given;  // As it was asked to prepare.
  // What runs: the same, its computed names put in, or what an EXECUTE IMMEDIATE comes to.
  std::shared_ptr<const sql::StatementNode> statement;
  std::string text;
  Access access;
  Instant begun;  // Before any table was looked at.
  int64_t catalog_revision = 0;
  int64_t session_revision = 0;  // Of what the session holds.
  std::string catalog;           // The names in force.
  std::string schema;
  // Of queries, and of statements with a query (INSERT, CREATE TABLE AS, EXPLAIN).
  sql::PlanPtr plan;
  std::map<sql::InputId, engine::Input> inputs;
  // Of statements that write into a table that is there (INSERT, CREATE OR REPLACE TABLE): what
  // they were bound against. Not newer than what `inputs` says of the same table.
  std::shared_ptr<const delta::Snapshot> target;
  // Of DELETE, UPDATE and MERGE: how `target` changes.
  std::shared_ptr<const sql::BoundChange> change = nullptr;
  std::optional<Schema> evolved =
      std::nullopt;  // Of INSERT WITH SCHEMA EVOLUTION: `target`'s after it.
  std::optional<Value> moment = std::nullopt;  // Of RESTORE: a BIGINT version or a TIMESTAMP.
  // The rows of it that make room for new ones, where those are not all.
  std::optional<RowCondition> replaced = std::nullopt;
  TemporaryNames temporaries = {};  // The session's own objects that the query names.
  std::string refresh = {};         // Of EXPLAIN CREATE MATERIALIZED VIEW.
  std::optional<sql::BoundRoutine> routine = std::nullopt;  // Of CREATE FUNCTION: its body.
  std::optional<Schema> view_columns = std::nullopt;  // Of a view that is shown: those it has now.
};

// A running statement's rows; statements that change something give one row of counts or nothing.
// The statement's record is closed when the last batch is taken, on failure, or on destruction.
class Result : public BatchStream {
 public:
  virtual const std::string& statement_id() const = 0;
  // Complete once Next() gave nothing.
  virtual const engine::RunStatistics& statistics() const = 0;
};

// The keys that SET knows.
std::vector<std::string> SettingNames();

// A way to bring a materialised view up to date, as it was weighed.
struct RefreshTechnique {
  std::string maintenance_type;  // Databricks': "ROW_BASED"; without MAINTENANCE_TYPE_.
  bool is_applicable = false;
  bool is_chosen = false;
  std::optional<double> cost;  // Estimated, in milliseconds.
  std::vector<sql::IncrementalIssue> issues = {};
};
// What changed in an input of a view since it was read last.
struct InputChangeSet {
  std::string table;
  int64_t from_version = 0;
  int64_t to_version = 0;
  int64_t rows = 0;  // As far as files tell.
  int64_t files = 0;
  bool only_inserts = false;
};

// What one flow's run did.
struct FlowOutcome {
  enum class Kind { kUpdated, kNothingNew };
  Kind kind = Kind::kNothingNew;
  int64_t batches = 0;
  int64_t files_read = 0;  // Files of file sources.
  int64_t bytes_written = 0;
  engine::RunStatistics statistics;
  bool is_cdc = false;
  int64_t upserted_rows = 0;  // Of AUTO CDC: rows of the table.
  int64_t deleted_rows = 0;
  int64_t late_rows = 0;       // Of streams, left out: the watermark had passed them.
  int64_t table_version = -1;  // The last committed, or the one found.
  // "append", "incremental", "full recompute", "nothing new".
  std::string how;
  std::string why;  // Of a view: "its inputs changed by 3 rows".
  // Of a view whose inputs changed: the last of its batches.
  std::vector<RefreshTechnique> techniques = {};
  std::vector<InputChangeSet> change_sets = {};
  // What changed of the table's columns before its flows ran; told with the first of them.
  std::vector<std::string> column_changes = {};
};

// A flow that was checked.
struct CheckedFlow {
  Schema schema;
  bool streaming = false;
  bool deterministic = true;
  // Those of its columns, by LowerName, that have the names and types that something outside of the
  // project gives them: files that say themselves what is in them, tables that others keep.
  std::set<std::string> found = {};
};

// What an update would do to a dataset, told before anything happens.
struct DatasetPlan {
  enum class Action {
    kCreate,   // It is not there yet.
    kKeep,     // As it is; new rows are added, or it is recomputed when its inputs changed.
    kEvolve,   // Its columns, comment or properties change; its rows stay.
    kRebuild,  // All its rows are computed anew.
    kLeave,    // No definition of the project fills it any more; it stays as it is.
  };
  catalog::QualifiedName name;
  Action action = Action::kKeep;
  std::vector<std::string> notes;  // What changes and why, one thing each.
};
std::string_view DatasetActionName(DatasetPlan::Action action);  // "create", "keep", ...

// What was done before the flows of a dataset run.
struct EnsuredDataset {
  std::vector<std::string> column_changes;  // Of a table that was there, one thing each.
  bool made = false;                        // Its table was not there before.
};

class SessionState;

// The gate: every read and write of user data, by SQL or by a pipeline's flow, is a statement that
// a session runs on behalf of a principal. Statements go in as text and parameters, batches come
// out. A session is driven by one thread at a time, but for Cancel and Progress, which come from
// others; sessions are independent.
class Session {
 public:
  Session(Services services, SessionOptions options);
  ~Session();

  const SessionOptions& options() const { return options_; }
  // Puts a time zone in force, as if the session had begun in it. Throws Error{kInvalid}.
  void BeginIn(const std::string& time_zone);
  // Throws what SET would: for a setting that there is not, or a value that it can't have.
  void CheckSetting(const std::string& key, const std::string& value) const;

  // Resolve, type, judge. Mistakes in the text are diagnostics; a missing permission throws
  // Error{kDenied} (after the record of the refusal is written), a broken table its own Error.
  std::variant<Prepared, Diagnostics> Prepare(std::shared_ptr<const sql::StatementNode> statement);
  // Parses a text of one statement first, with values for its parameter markers.
  std::variant<Prepared, Diagnostics> Prepare(
      std::shared_ptr<const SourceText> text,
      std::shared_ptr<const sql::Parameters> parameters = nullptr);
  // Writes the statement's record, runs it, commits. Throws what went wrong. Where somebody else's
  // commit or change of the catalog came in between, nothing was written, and it is prepared and
  // run again on what is there now, with a record of its own; Error{kConflict} after many times.
  std::unique_ptr<Result> Execute(const Prepared& prepared);
  // Both, for callers with one statement: diagnostics are thrown as DiagnosticError.
  std::unique_ptr<Result> Run(const std::string& text, const std::string& source_name,
                              std::shared_ptr<const sql::Parameters> parameters = nullptr);

  // Stops the statement that was executed last, if it still computes, copies or lists files: it
  // fails with kCancelled. What it already commits is committed. Nothing when no statement runs.
  // From any thread.
  void Cancel();
  // How far that statement is; nothing when it is not known. From any thread.
  std::optional<engine::Progress> Progress() const;

  // The columns of a table or view, named from the session's catalog and schema; nothing when it is
  // absent, broken, or not the principal's to read. Leaves no record: for completion.
  std::optional<Schema> ColumnsOf(const sql::Name& name) const;

  // The names in a folder of a volume, folders with '/' at the end; nothing when it is absent or
  // not the principal's to read. Leaves no record: for completion.
  std::vector<std::string> NamesInVolume(const std::string& folder) const;

  // The data files of a table: path, rows, size, partition values, when it was added.
  std::unique_ptr<Result> TableFiles(const std::string& table);

  // Flows of pipelines. CheckFlow binds a flow against the catalog and the scope, and judges the
  // same permissions as running it. Nothing is changed.
  std::variant<CheckedFlow, Diagnostics> CheckFlow(const PipelineScope& scope,
                                                   const Dataset& dataset, const Flow& flow);
  // The rest of what can be told before anything runs, once the columns are known that the dataset
  // declares: its name, who owns the table, types that can't change, expectations, conversions,
  // what its flows keep. Gives the columns that the table will have once it was brought up to date:
  // a streaming table keeps those that its definition does not give any more.
  std::variant<Schema, Diagnostics> CheckDataset(const PipelineScope& scope, const Dataset& dataset,
                                                 const Schema& declared);
  // What is wrong with the keys of the dataset, once the columns of all are in `scope.schemas`.
  Diagnostics CheckKeys(const PipelineScope& scope, const Dataset& dataset, const Schema& schema);
  // Whether reports of updates may be kept there: not inside a table or the home.
  Diagnostics CheckStorage(const std::string& path);
  // Creates the dataset's table or view, or brings columns and comments up to date; claims it for
  // the pipeline. A table of another pipeline is Error{kExists}. `full_refresh` empties the table
  // and starts every flow anew.
  EnsuredDataset EnsureDataset(const PipelineScope& scope, const Dataset& dataset,
                               const Schema& schema, bool full_refresh);
  // Gives the dataset's table the keys that its definition says, and those to it to the tables of
  // other datasets that are there. Foreign keys to datasets whose tables have yet to be made come
  // with these.
  void EnsureKeys(const PipelineScope& scope, const Dataset& dataset, const Schema& schema);
  // What EnsureDataset and RunFlow would do to a checked dataset, as far as its definition decides
  // it: that its inputs changed is seen only when they have been brought up to date. Throws as
  // EnsureDataset does.
  DatasetPlan PlanDataset(const PipelineScope& scope, const Dataset& dataset, const Schema& schema,
                          bool full_refresh);
  // Tables and views that the pipeline filled before and that its project does not declare now.
  std::vector<DatasetPlan> PlanLeftovers(const PipelineScope& scope);
  // Drops those of them that are private, as far as the principal may: no statement can name them.
  void DropPrivateLeftovers(const PipelineScope& scope);
  // Adds events to the pipeline's event log, in one commit; makes the log when there is none. A
  // flush of an update that is in the log already adds nothing, so that it may be tried again.
  // Throws what keeps it from being written.
  void AppendEvents(const PipelineScope& scope, const std::string& update_id, int64_t flush,
                    const std::vector<PipelineEvent>& events);
  // Runs one flow until nothing is new. What it commits is added to `outcome`, which is right also
  // when it throws.
  void RunFlow(const PipelineScope& scope, const Dataset& dataset, const Flow& flow,
               FlowOutcome& outcome);

 private:
  void EnsureSchema(const catalog::SchemaName& name);
  void RequireMayCreateSchema(const catalog::SchemaName& name);
  void RequireMayFill(const PipelineScope& scope, const Dataset& dataset,
                      const std::optional<catalog::TableInfo>& there);
  std::variant<Prepared, Diagnostics> PrepareOnce(
      std::shared_ptr<const sql::StatementNode> statement);
  Prepared PrepareAgain(const Prepared& prepared);
  // What is missing or damaged may be a table that was dropped since the catalog was like that.
  bool MayHaveBeenDropped(const Error& error, int64_t catalog_revision) const;
  // Throws Error{kConflict} where it may be run again.
  void CheckIsCurrent(const Prepared& prepared) const;
  std::unique_ptr<Result> ExecuteOnce(const Prepared& prepared);
  std::string executed() const;
  // Cancel means that one from now on, and tells it by the token too.
  std::stop_token SetExecuted(const std::string& id);

  Services services_;
  SessionOptions options_;
  std::unique_ptr<SessionState> state_;
  mutable std::mutex mutex_;
  std::string executed_;  // The record's id of the last statement.
  std::stop_source executed_stop_;
};

}  // namespace weir::session
