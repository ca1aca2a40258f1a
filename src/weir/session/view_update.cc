#include "weir/session/view_update.h"

#include <utility>

#include "weir/base/error.h"
#include "weir/session/other_writers.h"
#include "weir/session/view_refresh.h"

namespace weir::session {
namespace {

constexpr const char* kFull = "COMPLETE_RECOMPUTE";

std::string CountedRows(int64_t count) {
  return std::to_string(count) + (count == 1 ? " row" : " rows");
}

// What may be tried the other way: a full refresh fails by itself where it has to.
bool MayBeTriedInFull(const Error& error) {
  return error.code() != ErrorCode::kCancelled && error.code() != ErrorCode::kDeadline &&
         error.code() != ErrorCode::kUnavailable && error.code() != ErrorCode::kDenied;
}

sql::IncrementalIssue IssueOfFailure(const Error& error) {
  if (error.code() == ErrorCode::kNotFound) return {"DATA_FILE_MISSING", error.what()};
  if (error.code() == ErrorCode::kExhausted) return {"TOO_MANY_FILE_ACTIONS", error.what()};
  return {"CHANGE_SET_MISSING", error.what()};
}

}  // namespace

std::optional<sql::IncrementalIssue> ViewUpdate::MustBeNew(const TableChange& change) const {
  const delta::Snapshot& base = *change.base;
  const std::string fingerprint = FingerprintOf(*batch_.bound.plan, batch_.bound.binding->zone());
  if (batch_.before->target != base.metadata().id) {
    return sql::IncrementalIssue{"CHANGE_SET_MISSING", "the view is another table now"};
  }
  if (batch_.before->fingerprint != fingerprint) {
    return sql::IncrementalIssue{"QUERY_FINGERPRINT_CHANGED", "its query changed"};
  }
  if (change.metadata) {
    return sql::IncrementalIssue{"DATA_SCHEMA_CHANGED", "its columns or partitions changed"};
  }
  if (WhatOthersDid(batch_.table, base) != OthersDid::kNothing) {
    return sql::IncrementalIssue{"CHANGE_SET_MISSING", "another writer changed the table"};
  }
  return std::nullopt;
}

// Whether the view is to be brought up to date by what changed.
bool ViewUpdate::Decide(const TableChange& change, FlowOutcome& outcome) {
  outcome.techniques = {{kFull, true, true, std::nullopt, {}}};
  outcome.change_sets.clear();
  if (!batch_.before) return false;
  shape_ = sql::ShapeOf(batch_.bound.plan);
  RefreshTechnique technique{shape_.technique, false, false, std::nullopt, shape_.issues};
  if (technique.maintenance_type.empty()) technique.maintenance_type = "ROW_BASED";
  if (auto issue = MustBeNew(change)) technique.issues.push_back(std::move(*issue));
  if (technique.issues.empty()) {
    changes_.emplace(batch_.bound.binding->inputs(), *batch_.before, batch_.now);
    technique.issues = changes_->issues();
    TellChanges(outcome);
  }
  technique.is_applicable = technique.is_chosen = technique.issues.empty();
  outcome.techniques.front().is_chosen = !technique.is_chosen;
  outcome.techniques.insert(outcome.techniques.begin(), std::move(technique));
  return outcome.techniques.front().is_chosen;
}

void ViewUpdate::TellChanges(FlowOutcome& outcome) const {
  for (const InputChange& change : changes_->all()) {
    outcome.change_sets.push_back({change.name, change.before, change.now,
                                   change.difference.likely_rows,
                                   static_cast<int64_t>(change.difference.files.size()),
                                   change.difference.only_inserts});
  }
}

engine::WriteResult ViewUpdate::Stage(
    const std::string& statement_id,
    const std::function<std::map<sql::InputId, engine::Input>()>& inputs,
    const delta::Metadata& metadata, TableChange& change, FlowOutcome& outcome) {
  if (Decide(change, outcome)) {
    if (auto written = TryChanges(statement_id, inputs, change, outcome)) return *written;
  }
  change.replace_all = true;
  auto written = WriteFiles(services_, statement_id, batch_.bound.plan, inputs(),
                            batch_.table.location(), metadata, batch_.bound.binding->Options());
  change.files = written.files;
  outcome.how = "full recompute";
  return written;
}

std::optional<engine::WriteResult> ViewUpdate::TryChanges(
    const std::string& statement_id,
    const std::function<std::map<sql::InputId, engine::Input>()>& inputs, TableChange& change,
    FlowOutcome& outcome) {
  const TableChange before = change;
  const sql::BindOptions rules = batch_.bound.binding->Options();
  try {
    change.reads_table = true;
    ViewRefresh refresh(services_, statement_id, batch_.table, shape_, *changes_, inputs(), rules);
    engine::WriteResult written = refresh.Stage(change);
    const RefreshCounts& counts = refresh.counts();
    outcome.how = "incremental";
    outcome.why = "its inputs changed by " + CountedRows(counts.changed);
    if (counts.keys) {
      outcome.why += ", in " + std::to_string(*counts.keys) +
                     (*counts.keys == 1 ? " group" : " groups");
    }
    if (counts.removed > 0) outcome.why += "; " + CountedRows(counts.removed) + " removed";
    written.files = change.files;
    return written;
  } catch (const Error& error) {
    DeleteFiles(batch_.table.location(), change.files);
    change = before;
    if (!MayBeTriedInFull(error)) throw;
    RefreshTechnique& technique = outcome.techniques.front();
    technique.is_applicable = technique.is_chosen = false;
    technique.issues.push_back(IssueOfFailure(error));
    outcome.techniques.back().is_chosen = true;
    return std::nullopt;
  }
}

}  // namespace weir::session
