#include "weir/session/cdc_run.h"

#include <algorithm>
#include <charconv>

#include "weir/base/error.h"
#include "weir/base/json.h"
#include "weir/delta/column_mapping.h"
#include "weir/session/lent_files.h"
#include "weir/sql/row_rules.h"
#include "weir/types/schema_json.h"

// What the kinds of AUTO CDC share: events, state, table.
namespace weir::session {
namespace {

constexpr sql::InputId kEventsInput = 900'000;
constexpr const char* kTombstoneProperty = "pipelines.cdc.tombstoneGCThresholdInSeconds";
constexpr int64_t kTombstoneSeconds = 172'800;
constexpr int64_t kMostTombstoneSeconds = 3'155'760'000;  // A century.
constexpr int64_t kBatchesBetweenDrops = 8;

int64_t SecondsOf(const std::string& text) {
  int64_t seconds = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  const bool whole = failure == std::errc() && end == text.data() + text.size();
  if (whole && seconds >= 0 && seconds <= kMostTombstoneSeconds) return seconds;
  throw Error(ErrorCode::kInvalid, std::string(kTombstoneProperty) + " = '" + text +
                                       "' is no number of seconds; set one, as in 172800")
      .WithCondition("INVALID_PARAMETER_VALUE");
}

int64_t FailedOf(const engine::RunStatistics& statistics, const std::string& name) {
  for (const auto& count : statistics.expectations) {
    if (count.name == name) return count.failed;
  }
  return 0;
}

std::string ListOfNames(const std::vector<Field>& fields) {
  std::string list;
  for (const Field& field : fields) list += (list.empty() ? "" : ", ") + field.name;
  return list;
}

Schema SchemaOfHeld(const sql::Plan& plan) {
  std::vector<Field> fields;
  for (const sql::PlanColumn& column : plan.columns) {
    fields.push_back({column.name, column.type, true, "{}"});
  }
  return Schema(std::move(fields));
}

}  // namespace

CdcRun::CdcRun(KeepingBatch batch)
    : batch_(std::move(batch)),
      shape_(batch_.bound.cdc->shape),
      columns_(shape_, batch_.bound.cdc->table),
      options_(batch_.bound.binding->Options()),
      state_(batch_.services, batch_.table.location(), GenerationOf(*batch_.base)),
      base_(batch_.base),
      names_(options_) {}

CdcOutcome CdcRun::Run(std::map<sql::InputId, engine::Input> inputs) {
  AddNewColumns();
  JudgeFiles(batch_.services, options_.current_user, *base_, batch_.table.location());
  if (!shape_.is_snapshot) {
    state_now_ = state_.Open(*base_, Layout(), batch_.dataset.name.ToString());
    state_now_ = state_.Packed(batch_.statement_id, std::move(state_now_));
    DropOldTombstones();
    PutState();
  }
  HoldEvents(std::move(inputs));
  if (shape_.is_snapshot) {
    KeepSnapshot();
  } else if (shape_.scd_type == 2) {
    KeepHistory();
  } else if (shape_.ignores_nulls) {
    KeepNewestValues();
  } else {
    KeepNewest();
  }
  if (!done_) {
    // Nothing changes, but that these events were seen.
    TableChange change;
    change.base = base_;
    change.commit = Commit("AUTO CDC");
    CommitTable(std::move(change));
  }
  if (!outcome_.committed.was_there) state_.Tidy(*batch_.table.Latest());
  return std::move(outcome_);
}

CdcStateLayout CdcRun::Layout() {
  CdcStateLayout layout;
  std::vector<Field> fields;
  for (size_t i = 0; i < columns_.keys().size(); ++i) {
    fields.push_back({"k" + std::to_string(i), columns_.keys()[i].type, true, "{}"});
  }
  fields.push_back({"seq", shape_.sequence, true, "{}"});
  layout.fixed = CdcFixed(shape_, batch_.bound.cdc->table);
  if (shape_.scd_type == 2) {
    fields.push_back({"del", TypeId::kBoolean, true, "{}"});
  } else {
    fields.push_back({shape_.ignores_nulls ? "dseq" : "del",
                      shape_.ignores_nulls ? shape_.sequence : DataType(TypeId::kBoolean), true,
                      "{}"});
    fields.push_back({"at", TypeId::kTimestamp, true, "{}"});
  }
  // Which column is whose stays as it was: the columns of a table may come, and be ordered anew.
  const std::string known = state_.PropertyOf("weir.cdc.values");
  Json owners = known.empty() ? Json::array() : ParseJson(known, "weir.cdc.values");
  const auto add = [&](const std::string& letter, const std::string& owner, const DataType& type) {
    const auto at = std::find(owners.begin(), owners.end(), Json(owner));
    const std::string name = letter + std::to_string(at - owners.begin());
    if (at == owners.end()) owners.push_back(owner);
    fields.push_back({name, type, true, "{}"});
    in_state_.push_back(name);
  };
  if (shape_.scd_type == 2) {
    for (const Field& value : columns_.values()) add("v", LowerName(value.name), value.type);
  } else if (shape_.ignores_nulls) {
    for (const CdcLeaf& leaf : columns_.leaves()) add("c", LowerName(leaf.name), shape_.sequence);
  }
  layout.growing["weir.cdc.values"] = owners.dump();
  layout.schema = Schema(std::move(fields));
  return layout;
}

// What comes later than this is not known to be older than a delete. Now and then: each time the
// state's files with such rows are written anew.
void CdcRun::DropOldTombstones() {
  if (shape_.scd_type != 1 || batch_.progress.second % kBatchesBetweenDrops != 0) return;
  const auto& properties = base_->metadata().configuration;
  const auto set = properties.find(kTombstoneProperty);
  const int64_t seconds = set == properties.end() ? kTombstoneSeconds : SecondsOf(set->second);
  const Value before(TypeId::kTimestamp, batch_.services.clock.Now().micros - seconds * 1'000'000);
  ChangeState("MERGE INTO target USING (VALUES (1)) AS c(one) ON target.at < CAST('" +
              before.ToString() + "' AS TIMESTAMP) WHEN MATCHED THEN DELETE");
}

// A source that grew since the table was brought up to date.
void CdcRun::AddNewColumns() {
  if (batch_.bound.target == base_->schema()) return;
  TableChange change;
  change.base = base_;
  delta::Metadata metadata = base_->metadata();
  metadata.schema_json = SchemaToJson(batch_.bound.target);
  change.metadata = delta::WithMappingOf(std::move(metadata), base_->metadata());
  change.commit = Commit("ALTER DATASET");
  change.rests_on = kGenerationAppId;
  CommitChange(batch_.services, batch_.table, change);
  base_ = batch_.table.Latest();
}

void CdcRun::HoldEvents(std::map<sql::InputId, engine::Input> inputs) {
  const HeldFiles& events =
      held_.emplace_back(batch_.services, batch_.statement_id,
                         std::vector<sql::HeldQuery>{{kEventsInput, batch_.bound.plan}},
                         std::move(inputs), state_.table().location());
  CheckEvents(events.StatisticsOf(0));
  TakeCounts(events);
  names_.Put("events", kEventsInput, SchemaOfHeld(*batch_.bound.plan),
             events.inputs().at(kEventsInput));
}

void CdcRun::CheckEvents(const engine::RunStatistics& found) const {
  const auto refuse = [&](const char* counted, const char* condition, const std::string& what) {
    const int64_t count = FailedOf(found, counted);
    if (count == 0) return;
    throw Error(
        ErrorCode::kInvalid,
        "flow " + batch_.flow.name + " into " + batch_.dataset.name.ToString() +
            " read events whose " + what + " (" + std::to_string(count) +
            " of them); nothing of the batch was applied, and it is read again once the source is "
            "mended, or a temporary view between them leaves such rows out")
        .WithCondition(condition);
  };
  refuse(kNullSequences, "AUTOCDC_MICROBATCH_VALIDATION.NULL_SEQUENCE",
         "SEQUENCE BY is NULL" +
             std::string(shape_.sequence.id() == TypeId::kStruct ? ", or a member of it" : "") +
             ", so when they happened is not known");
  refuse(kNullKeys, "AUTOCDC_MICROBATCH_VALIDATION.NULL_KEY",
         "key (" + ListOfNames(columns_.keys()) + ") is NULL, so whose they are is not known");
}

void CdcRun::TakeCounts(const HeldFiles& events) {
  const engine::RunStatistics& found = events.StatisticsOf(0);
  outcome_.statistics = found;
  outcome_.statistics.rows = 0;
  outcome_.statistics.expectations.clear();
  const int64_t no_rows = FailedOf(found, kNoRows);
  for (engine::ExpectationCount count : found.expectations) {
    if (count.name.starts_with('\x01')) continue;
    count.passed -= no_rows;
    outcome_.statistics.expectations.push_back(std::move(count));
  }
}

int64_t CdcRun::Hold(const std::string& name, const std::string& text) {
  const sql::PlanPtr plan = names_.Query(text);
  const sql::InputId id = next_input_++;
  const HeldFiles& rows = held_.emplace_back(batch_.services, batch_.statement_id,
                                             std::vector<sql::HeldQuery>{{id, plan}},
                                             names_.inputs(), state_.table().location());
  names_.Put(name, id, SchemaOfHeld(*plan), rows.inputs().at(id));
  return rows.StatisticsOf(0).rows;
}

int64_t CdcRun::Count(const std::string& text) {
  const auto rows = batch_.services.engine.Query(
      {batch_.statement_id, names_.Query(text), names_.inputs(), std::nullopt});
  const auto batch = rows->Next();
  return batch && batch->rows() > 0 ? batch->At(0, 0).integer() : 0;
}

void CdcRun::PutState() {
  names_.Put("state", next_input_++, state_now_->schema(),
             engine::TableInput{state_.table().location(), state_now_, std::nullopt});
  PutTable();
}

void CdcRun::PutTable() {
  names_.Put("target", next_input_++, base_->schema(),
             engine::TableInput{batch_.table.location(), base_, std::nullopt});
}

delta::CommitOptions CdcRun::Commit(const std::string& operation) const {
  delta::CommitOptions commit;
  commit.operation = operation;
  commit.more["weirStatement"] = "\"" + batch_.statement_id + "\"";
  return commit;
}

void CdcRun::ChangeState(const std::string& merge) {
  Prepared prepared;
  prepared.change = std::make_shared<const sql::BoundChange>(
      names_.Merge(merge, kChangedTable, state_now_->schema()));
  // What a MERGE reads of its own table it reads as its target.
  prepared.inputs = names_.InputsBut({"state", "target"});
  prepared.inputs[kChangedTable] =
      engine::TableInput{state_.table().location(), state_now_, std::nullopt};
  prepared.target = state_now_;
  ChangeRun run(batch_.services, batch_.statement_id, prepared, state_.table(), options_);
  run.Change();
  if (!run.Commit(Commit("AUTO CDC STATE"))) return;
  state_now_ = state_.table().Latest();
}

void CdcRun::AddToState(const std::string& rows) {
  const auto written =
      WriteFiles(batch_.services, batch_.statement_id, names_.Query(rows), names_.inputs(),
                 state_.table().location(), state_now_->metadata(), options_);
  if (written.files.empty()) return;
  TableChange change;
  change.base = state_now_;
  change.reads_table = true;
  change.files = written.files;
  change.commit = Commit("AUTO CDC STATE");
  CommitChange(batch_.services, state_.table(), change);
  state_now_ = state_.table().Latest();
}

void CdcRun::ChangeTable(const std::string& merge) {
  Prepared prepared;
  prepared.change =
      std::make_shared<const sql::BoundChange>(names_.Merge(merge, kChangedTable, base_->schema()));
  // What a MERGE reads of its own table it reads as its target.
  prepared.inputs = names_.InputsBut({"state", "target"});
  prepared.inputs[kChangedTable] = engine::TableInput{batch_.table.location(), base_, std::nullopt};
  prepared.target = base_;
  ChangeRun run(batch_.services, batch_.statement_id, prepared, batch_.table, options_);
  run.Change();
  outcome_.upserted = run.updated() + run.inserted();
  outcome_.deleted = run.deleted();
  auto commit = Commit("AUTO CDC");
  commit.metrics = {{"numTargetRowsUpdated", std::to_string(run.updated())},
                    {"numTargetRowsInserted", std::to_string(run.inserted())},
                    {"numTargetRowsDeleted", std::to_string(run.deleted())},
                    {"numOutputRows", std::to_string(outcome_.upserted)}};
  commit.metrics.merge(run.VectorMetrics("Target"));
  CommitTable(run.Staged(std::move(commit)));
}

void CdcRun::CommitTable(TableChange change) {
  change.progress = batch_.progress;
  change.rests_on = kGenerationAppId;
  if (state_now_ != nullptr && state_now_->version() > state_.NamedBy(*base_)) {
    change.mark = {state_.app_id(), state_now_->version()};
  }
  for (const delta::AddFile& file : change.files) outcome_.bytes_written += file.size;
  outcome_.committed = CommitChange(batch_.services, batch_.table, change);
  if (outcome_.committed.was_there) {
    outcome_.upserted = 0;
    outcome_.deleted = 0;
    outcome_.bytes_written = 0;
  }
  outcome_.statistics.rows = outcome_.upserted;
  done_ = true;
}

}  // namespace weir::session
