#include "weir/session/input_changes.h"

#include <algorithm>
#include <set>
#include <utility>

#include "weir/base/error.h"
#include "weir/delta/column_mapping.h"
#include "weir/session/lent_files.h"
#include "weir/sql/bound_exprs.h"
#include "weir/types/schema_json.h"

namespace weir::session {
namespace {

// More entries than this are not looked at one by one.
constexpr delta::Version kMostEntries = 1000;

std::optional<sql::IncrementalIssue> IssueOf(const BoundInput& input) {
  if (input.source != nullptr) {
    return sql::IncrementalIssue{"INPUT_NOT_IN_DELTA", input.display_name + " is no Delta table"};
  }
  if (input.stream) {
    return sql::IncrementalIssue{"STREAMING_SOURCE", input.display_name + " is read as a stream"};
  }
  if (input.feed) {
    return sql::IncrementalIssue{"OPERATOR_NOT_SUPPORTED",
                                 "it reads the change feed " + input.display_name};
  }
  if (input.snapshot == nullptr) return std::nullopt;
  for (const char* name :
       {delta::kChangeTypeColumn, delta::kCommitVersionColumn, delta::kCommitTimestampColumn}) {
    if (!input.snapshot->schema().Find(name)) continue;
    return sql::IncrementalIssue{
        "OPERATOR_NOT_SUPPORTED",
        input.display_name + " has a column called " + name + ", as what tells its changes"};
  }
  return std::nullopt;
}

// Whether files that are read by names know a field by the same ones.
bool HaveSameNames(const delta::StoredField& left, const delta::StoredField& right) {
  return left.name == right.name && left.was_float == right.was_float &&
         std::equal(left.children.begin(), left.children.end(), right.children.begin(),
                    right.children.end(), HaveSameNames);
}

// Columns that only one of them has are no matter: a query that reads one is another query.
bool IsReadAlike(const delta::Metadata& left, const delta::Metadata& right) {
  if (left.id != right.id || left.partition_columns != right.partition_columns) return false;
  const auto left_mode = delta::MappingOf(left.configuration);
  const auto right_mode = delta::MappingOf(right.configuration);
  if (left_mode == right_mode && left.schema_json == right.schema_json) return true;
  const bool by_ids =
      left_mode == delta::ColumnMapping::kId || right_mode == delta::ColumnMapping::kId;
  if (left_mode != right_mode && by_ids) return false;
  const Schema old = SchemaFromJson(left.schema_json);
  const Schema now = SchemaFromJson(right.schema_json);
  const auto old_stored = delta::StoredFieldsOf(old, left.configuration);
  const auto now_stored = delta::StoredFieldsOf(now, right.configuration);
  for (size_t i = 0; i < old.fields().size(); ++i) {
    const auto place = now.Find(old[i].name);
    if (!place) continue;
    if (old[i].type != now[*place].type) return false;
    if (!(left_mode == right_mode ? old_stored[i] == now_stored[*place]
                                  : HaveSameNames(old_stored[i], now_stored[*place]))) {
      return false;
    }
  }
  return true;
}

std::set<sql::InputId> InputsReadBy(const sql::Plan& plan) {
  std::set<sql::InputId> read;
  if (const auto* scan = std::get_if<sql::ScanPlan>(&plan.node)) read.insert(scan->input);
  sql::ForEachChildPlan(plan, [&](const sql::PlanPtr& child) { read.merge(InputsReadBy(*child)); });
  return read;
}

}  // namespace

int64_t LikelyRowsOf(const delta::Snapshot& snapshot) {
  constexpr size_t kMostAsked = 1000;
  constexpr int64_t kLikelyRow = 32;
  int64_t rows = 0;
  int64_t bytes = 0;  // Of those files.
  int64_t rest = 0;
  for (size_t i = 0; i < snapshot.files().size(); ++i) {
    const delta::AddFile& file = snapshot.files()[i];
    if (i >= kMostAsked) {
      rest += file.size;
      continue;
    }
    rows += snapshot.StatisticsOf(file).rows.value_or(file.size / kLikelyRow);
    bytes += file.size;
  }
  if (rest == 0 || bytes == 0) return rows;
  return rows + static_cast<int64_t>(static_cast<double>(rows) * static_cast<double>(rest) /
                                     static_cast<double>(bytes));
}

int64_t InputRowsOf(const std::vector<BoundInput>& inputs) {
  int64_t rows = 0;
  std::set<std::string> counted;
  for (const BoundInput& input : inputs) {
    if (input.snapshot != nullptr && counted.insert(input.identity).second) {
      rows += LikelyRowsOf(*input.snapshot);
    }
  }
  return rows;
}

std::vector<sql::IncrementalIssue> InputIssues(const std::vector<BoundInput>& inputs) {
  std::vector<sql::IncrementalIssue> issues;
  for (const BoundInput& input : inputs) {
    auto issue = IssueOf(input);
    if (issue && std::find(issues.begin(), issues.end(), *issue) == issues.end()) {
      issues.push_back(std::move(*issue));
    }
  }
  return issues;
}

InputChanges::InputChanges(const Services& services, const std::vector<BoundInput>& inputs,
                           const FlowBatch& before, const FlowBatch& now)
    : services_(services), inputs_(inputs), issues_(InputIssues(inputs)) {
  if (!issues_.empty()) return;
  for (const BoundInput& input : inputs_) {
    const InputPlan* taken = now.Find(input.identity);
    if (taken == nullptr) {
      Refuse("CHANGE_SET_MISSING",
             "the batch was decided before the query read " + input.display_name);
      return;
    }
    Look(input, before.Find(input.identity), *taken);
  }
}

void InputChanges::Refuse(const std::string& name, std::string message) {
  issues_.push_back({name, std::move(message)});
}

void InputChanges::Look(const BoundInput& input, const InputPlan* before, const InputPlan& now) {
  const auto [seen, is_new] = seen_.try_emplace(input.identity);
  if (is_new) {
    if (before == nullptr || now.to < before->to) {
      Refuse("CHANGE_SET_MISSING",
             input.display_name + " is another table than the one that was read before");
      return;
    }
    if (before->to == now.to) return;
    if (now.to - before->to > kMostEntries) {
      Refuse("TOO_MANY_FILE_ACTIONS",
             input.display_name + " changed " + std::to_string(now.to - before->to) + " times");
      return;
    }
    const auto snapshot =
        now.to == input.snapshot->version() ? input.snapshot : input.table->At(now.to);
    now_[input.identity] = snapshot;
    InputChange change{input.display_name, before->to, now.to, {}, {}};
    try {
      change.difference = delta::DifferenceOf(*input.table, *snapshot, before->to);
      if (change.difference.new_metadata && HasOtherColumns(input, *snapshot, before->to)) {
        Refuse("DATA_SCHEMA_CHANGED", "the columns of " + input.display_name + " changed");
        return;
      }
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kNotFound) throw;
      Refuse("CHANGE_SET_MISSING", error.what());
      return;
    }
    if (change.difference.repaired) {
      Refuse("CHANGE_SET_MISSING",
             "FSCK took rows out of " + input.display_name + ", and which ones nothing tells");
      return;
    }
    if (change.difference.files.empty()) return;
    std::vector<delta::AddFile> files;
    for (const delta::FeedFile& file : change.difference.files) files.push_back(file.file);
    JudgeFiles(services_, input.reader, *snapshot, files, input.table->location());
    if (!change.difference.only_inserts) {
      change.held = services_.view_changes.Find(
          ViewChanges::TableKey(input.table->location().uri, snapshot->metadata().id), before->to,
          now.to, snapshot->schema());
    }
    seen->second = changes_.size();
    changes_.push_back(std::move(change));
  }
  if (!seen->second) return;
  InputChange& change = changes_[*seen->second];
  change.inputs.push_back(input.id);
  const sql::HeldChanges held = change.held ? change.held->kind : sql::HeldChanges::kNone;
  changed_[input.id] = {change.difference.only_inserts, change.difference.rewritten && !change.held,
                        held};
}

bool InputChanges::HasOtherColumns(const BoundInput& input, const delta::Snapshot& now,
                                   delta::Version before) const {
  return !IsReadAlike(now.metadata(), input.table->At(before)->metadata());
}

int64_t InputChanges::likely_rows() const {
  int64_t rows = 0;
  for (const InputChange& change : changes_) rows += change.difference.likely_rows;
  return rows;
}

const BoundInput& InputChanges::Bound(sql::InputId id) const {
  return *std::find_if(inputs_.begin(), inputs_.end(),
                       [&](const BoundInput& input) { return input.id == id; });
}

void InputChanges::AddTo(std::map<sql::InputId, engine::Input>& inputs,
                         const sql::Plan& plan) const {
  const auto read = InputsReadBy(plan);
  for (const InputChange& change : changes_) {
    for (const sql::InputId id : change.inputs) {
      const BoundInput& input = Bound(id);
      const io::Location& location = input.table->location();
      if (read.contains(sql::ChangesOf(id)) && change.held) {
        inputs[sql::ChangesOf(id)] = change.held->rows;
      } else if (read.contains(sql::ChangesOf(id))) {
        const delta::Snapshot& now = *now_.at(input.identity);
        inputs[sql::ChangesOf(id)] =
            engine::FeedInput{location, delta::FeedSchema(now.schema()),
                              now.metadata().configuration, change.difference.files};
      }
      if (read.contains(sql::BeforeOf(id))) {
        const auto before = input.table->At(change.before);
        JudgeFiles(services_, input.reader, *before, location);
        inputs[sql::BeforeOf(id)] = engine::TableInput{location, before, std::nullopt, {}, true};
      }
    }
  }
}

}  // namespace weir::session
