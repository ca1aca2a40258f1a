#include "weir/session/view_update.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "weir/base/error.h"
#include "weir/session/other_writers.h"
#include "weir/session/view_refresh.h"
#include "weir/sql/clocks.h"

namespace weir::session {
namespace {

constexpr const char* kFull = "COMPLETE_RECOMPUTE";
// Of a view's rows one in so many are taken to go when time goes on, the first time.
constexpr int64_t kLikelyMovedShare = 10;
constexpr const char* kVectors = "delta.enableDeletionVectors";

using SteadyTime = std::chrono::steady_clock::time_point;

double MillisSince(SteadyTime start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
      .count();
}

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

RefreshHistory HistoryOf(const delta::Table& table, const delta::Snapshot& base) {
  try {
    const auto last = table.Changes(base.version() - 1, base.version());
    if (last.front().info) {
      const auto& more = last.front().info->more;
      const auto found = more.find(kRefreshMember);
      if (found != more.end()) return RefreshHistoryFrom(found->second);
    }
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kNotFound) throw;
  }
  return {};
}

}  // namespace

std::optional<sql::IncrementalIssue> ViewUpdate::MustBeNew(const TableChange& change) const {
  const delta::Snapshot& base = *change.base;
  const std::string fingerprint = FingerprintOf(batch_.bound);
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

std::optional<sql::IncrementalIssue> ViewUpdate::LookAtClocks() {
  clocks_before_.reset();
  if (!batch_.now.read_clocks) return std::nullopt;
  const auto& before = batch_.before->read_clocks;
  if (!before) {
    return sql::IncrementalIssue{"PRIOR_TIMESTAMP_MISSING",
                                 "it is not known what time it was computed for"};
  }
  if (!sql::SayTheSameAt(*batch_.bound.plan, *before)) clocks_before_ = before;
  return std::nullopt;
}

// Whether the view is to be brought up to date by what changed.
bool ViewUpdate::Decide(const TableChange& change, FlowOutcome& outcome) {
  outcome.techniques = {{kFull, true, true, std::nullopt, {}}};
  outcome.change_sets.clear();
  shape_ = sql::ShapeOf(batch_.bound.plan);
  history_ = HistoryOf(batch_.table, *change.base);
  if (!batch_.before) return false;
  RefreshTechnique technique{shape_.technique, false, false, std::nullopt, shape_.issues};
  if (technique.maintenance_type.empty()) technique.maintenance_type = "ROW_BASED";
  const auto is_new = MustBeNew(change);
  if (is_new) technique.issues.push_back(*is_new);
  if (const auto issue = LookAtClocks()) technique.issues.push_back(*issue);
  if (technique.issues.empty()) {
    if (!changes_) {
      changes_.emplace(services_, batch_.bound.binding->inputs(), *batch_.before, batch_.now);
    }
    technique.issues = changes_->issues();
    TellChanges(outcome);
  }
  technique.is_applicable = technique.is_chosen = technique.issues.empty();
  outcome.techniques.insert(outcome.techniques.begin(), std::move(technique));
  if (outcome.techniques.front().is_applicable) Weigh(*change.base, outcome);
  const bool chosen = outcome.techniques.front().is_chosen;
  outcome.techniques.back().is_chosen = !chosen;
  // A changed definition is no falling back.
  if (!chosen && !is_new && MustBeIncremental()) Refuse(outcome);
  return chosen;
}

RefreshWork ViewUpdate::Work(const delta::Snapshot& base) const {
  RefreshWork work;
  work.input_rows = InputRowsOf(batch_.bound.binding->inputs());
  work.view_rows = LikelyRowsOf(base);
  work.changed_rows = changes_->likely_rows();
  if (clocks_before_) {
    work.changed_rows += history_.moved_rows().value_or(work.view_rows / kLikelyMovedShare);
  }
  const bool by_rows = shape_.way == sql::RefreshShape::Way::kByRows;
  bool only_inserts = !clocks_before_;
  for (const InputChange& change : changes_->all()) {
    only_inserts &= change.difference.only_inserts;
  }
  work.looks_up = !by_rows || !only_inserts;
  const bool computes_groups = !by_rows && shape_.merged == nullptr;
  work.reads_inputs =
      computes_groups || clocks_before_ || batch_.bound.binding->inputs().size() > 1;
  return work;
}

void ViewUpdate::Weigh(const delta::Snapshot& base, FlowOutcome& outcome) {
  work_ = Work(base);
  RefreshTechnique& changes = outcome.techniques.front();
  RefreshTechnique& full = outcome.techniques.back();
  changes.cost = CostOf(RefreshWay::kIncremental, work_, history_);
  full.cost = CostOf(RefreshWay::kFull, work_, history_);
  const auto policy = dataset_.clauses()->refresh_policy.value_or(sql::RefreshPolicy::kAuto);
  if (policy == sql::RefreshPolicy::kFull) {
    changes.is_chosen = false;
    outcome.why += ", and its REFRESH POLICY is FULL";
  } else if (policy == sql::RefreshPolicy::kAuto && *changes.cost > *full.cost) {
    changes.is_chosen = false;
    const std::string changed = CountedRows(changes_->likely_rows()) + " of ";
    changes.issues.push_back({"INCREMENTAL_PLAN_REJECTED_BY_COST_MODEL",
                              std::string(clocks_before_ ? "time went on, and " : "") + changed +
                                  CountedRows(work_.input_rows) + " of its inputs changed"});
    if (!clocks_before_) {
      outcome.why += " by " + changed + std::to_string(work_.input_rows);
    } else if (!changes_->all().empty()) {
      outcome.why += ", and its inputs changed by " + changed + std::to_string(work_.input_rows);
    }
  }
}

bool ViewUpdate::MustBeIncremental() const {
  return dataset_.clauses()->refresh_policy == sql::RefreshPolicy::kIncrementalStrict;
}

void ViewUpdate::Refuse(const FlowOutcome& outcome) const {
  std::string issues;
  for (const sql::IncrementalIssue& issue : outcome.techniques.front().issues) {
    issues += (issues.empty() ? "" : "; ") + issue.message + " (" + issue.name + ")";
  }
  throw Error(ErrorCode::kInvalid,
              dataset_.name.ToString() +
                  " can't be brought up to date by what changed in its inputs, and its REFRESH "
                  "POLICY is INCREMENTAL STRICT: " +
                  issues + "; " + scope_.FullRefresh(dataset_) +
                  " computes it anew, and the policy INCREMENTAL does so by itself")
      .WithCondition("MATERIALIZED_VIEW_NOT_INCREMENTALIZABLE");
}

void ViewUpdate::TellChanges(FlowOutcome& outcome) const {
  for (const InputChange& change : changes_->all()) {
    outcome.change_sets.push_back(
        {change.name, change.before, change.now, change.difference.likely_rows,
         static_cast<int64_t>(change.difference.files.size()), change.difference.only_inserts});
  }
}

// So that the view's own changes are small, unless it says otherwise.
void ViewUpdate::UseVectors(TableChange& change) const {
  if (shape_.way == sql::RefreshShape::Way::kNone) return;
  const delta::Metadata& metadata = change.metadata ? *change.metadata : change.base->metadata();
  if (metadata.configuration.contains(kVectors)) return;
  delta::Metadata with = metadata;
  with.configuration[kVectors] = "true";
  change.metadata = std::move(with);
}

void ViewUpdate::KeepHistory(RefreshWay way, double took_ms, TableChange& change) const {
  RefreshHistory history = history_;
  if (work_.input_rows > 0) {
    history = batch_.before ? history.With(way, work_, took_ms) : history.WithFirst(work_, took_ms);
  }
  change.commit.more[kRefreshMember] = ToJson(history);
}

engine::WriteResult ViewUpdate::Stage(
    const std::string& statement_id,
    const std::function<std::map<sql::InputId, engine::Input>()>& inputs,
    const delta::Metadata& metadata, TableChange& change, FlowOutcome& outcome) {
  const bool by_changes = Decide(change, outcome);
  UseVectors(change);
  if (by_changes) {
    if (auto written = TryChanges(statement_id, inputs, change, outcome)) return *written;
  }
  const auto start = std::chrono::steady_clock::now();
  change.replace_all = true;
  auto written = WriteFiles(services_, statement_id, batch_.bound.plan, inputs(),
                            batch_.table.location(), metadata, batch_.bound.binding->Options());
  change.files = written.files;
  work_.input_rows = InputRowsOf(batch_.bound.binding->inputs());
  work_.view_rows = written.statistics.rows;
  KeepHistory(RefreshWay::kFull, MillisSince(start), change);
  outcome.how = "full recompute";
  return written;
}

void ViewUpdate::KeepChanges(const delta::Snapshot& base, delta::Version committed) {
  if (!made_ || committed != base.version() + 1) return;
  services_.view_changes.Keep(
      {ViewChanges::TableKey(batch_.table.location().uri, base.metadata().id), base.version(),
       committed, *std::exchange(made_, std::nullopt)});
}

std::optional<engine::WriteResult> ViewUpdate::TryChanges(
    const std::string& statement_id,
    const std::function<std::map<sql::InputId, engine::Input>()>& inputs, TableChange& change,
    FlowOutcome& outcome) {
  const auto start = std::chrono::steady_clock::now();
  const TableChange before = change;
  const sql::BindOptions rules = batch_.bound.binding->Options();
  try {
    change.reads_table = true;
    ViewRefresh refresh(services_, statement_id, batch_.table, shape_, *changes_, clocks_before_,
                        inputs(), rules);
    engine::WriteResult written = refresh.Stage(change);
    made_ = refresh.TakeChanges();
    const RefreshCounts& counts = refresh.counts();
    outcome.how = "incremental";
    outcome.why = clocks_before_ ? "time went on" : "";
    if (!clocks_before_ || counts.changed > 0) {
      outcome.why += (outcome.why.empty() ? "" : ", and ") + std::string("its inputs changed by ") +
                     CountedRows(counts.changed);
    }
    if (counts.keys) {
      outcome.why +=
          ", in " + std::to_string(*counts.keys) + (*counts.keys == 1 ? " group" : " groups");
    }
    if (counts.removed > 0) outcome.why += "; " + CountedRows(counts.removed) + " removed";
    written.files = change.files;
    if (clocks_before_) {
      work_.changed_rows = std::max(changes_->likely_rows(), counts.added + counts.removed);
      history_.SetMovedRows(counts.added + counts.removed);
    }
    KeepHistory(RefreshWay::kIncremental, MillisSince(start), change);
    return written;
  } catch (const Error& error) {
    DeleteFiles(batch_.table.location(), change.files);
    change = before;
    if (!MayBeTriedInFull(error)) throw;
    if (error.code() == ErrorCode::kExhausted) history_ = history_.WithGivenUp(work_);
    RefreshTechnique& technique = outcome.techniques.front();
    technique.is_applicable = technique.is_chosen = false;
    technique.issues.push_back(IssueOfFailure(error));
    if (MustBeIncremental()) Refuse(outcome);
    outcome.techniques.back().is_chosen = true;
    outcome.why += ", and by that alone it failed: " + std::string(error.what());
    return std::nullopt;
  }
}

}  // namespace weir::session
