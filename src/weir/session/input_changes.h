#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "weir/delta/table_difference.h"
#include "weir/session/binding.h"
#include "weir/session/view_changes.h"
#include "weir/sql/plan_changes.h"
#include "weir/sql/refresh_shape.h"

namespace weir::session {

// What changed in one input of a view between two of its batches.
struct InputChange {
  std::string name;  // As the view's query calls it.
  delta::Version before = -1;
  delta::Version now = -1;
  delta::TableDifference difference;
  // Of the view's scans of it.
  std::vector<sql::InputId> inputs;
  // Its rows, where they are held in memory.
  std::optional<ViewChanges::Found> held = std::nullopt;
};

// What changed in all of them.
class InputChanges {
 public:
  // `inputs` are those of a bound view, whose last batch that counts is `before`, and whose next
  // one is `now`. Reads logs. What is passed outlives this object.
  InputChanges(const Services& services, const std::vector<BoundInput>& inputs,
               const FlowBatch& before, const FlowBatch& now);

  // Why what changed can't be told; empty when it can.
  const std::vector<sql::IncrementalIssue>& issues() const { return issues_; }
  // Those that changed.
  const std::vector<InputChange>& all() const { return changes_; }
  const sql::ChangedInputs& changed() const { return changed_; }
  // How many rows that makes, as far as files tell.
  int64_t likely_rows() const;

  // What a plan of changes reads as changes and as before; those numbers that it uses. Reads logs.
  void AddTo(std::map<sql::InputId, engine::Input>& inputs, const sql::Plan& plan) const;

 private:
  void Look(const BoundInput& input, const InputPlan* before, const InputPlan& now);
  void Refuse(const std::string& name, std::string message);
  bool HasOtherColumns(const BoundInput& input, const delta::Snapshot& now,
                       delta::Version before) const;
  const BoundInput& Bound(sql::InputId id) const;

  const Services& services_;
  const std::vector<BoundInput>& inputs_;
  std::vector<sql::IncrementalIssue> issues_;
  std::vector<InputChange> changes_;
  sql::ChangedInputs changed_;
  // By identity: where it stands in `changes_`; nothing: it did not change.
  std::map<std::string, std::optional<size_t>> seen_;
  // The snapshots by whose columns changes are read.
  std::map<std::string, std::shared_ptr<const delta::Snapshot>> now_;
};

// How many rows there are, as far as files tell; a guess where they are very many.
int64_t LikelyRowsOf(const delta::Snapshot& snapshot);
// The same of all tables among them, each once.
int64_t InputRowsOf(const std::vector<BoundInput>& inputs);

// What keeps the inputs of a query from being followed, whatever changes in them.
std::vector<sql::IncrementalIssue> InputIssues(const std::vector<BoundInput>& inputs);

}  // namespace weir::session
