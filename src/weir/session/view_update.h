#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "weir/session/flow_run.h"
#include "weir/session/input_changes.h"
#include "weir/session/refresh_cost.h"
#include "weir/session/table_write.h"
#include "weir/session/view_changes.h"
#include "weir/sql/refresh_shape.h"

namespace weir::session {

// One batch of a materialised view: brought up to date by what changed, or computed anew.
// docs/decisions/0043-incremental-views.md. What is passed outlives it.
class ViewUpdate {
 public:
  struct Batch {
    const BoundFlow& bound;
    const std::optional<FlowBatch>& before;  // The last one that counts.
    const FlowBatch& now;
    const delta::Table& table;  // Of the view.
  };
  // `changes`: since `before`, where they were looked at already.
  ViewUpdate(const Services& services, const PipelineScope& scope, const Dataset& dataset,
             Batch batch, std::optional<InputChanges> changes)
      : services_(services),
        scope_(scope),
        dataset_(dataset),
        batch_(batch),
        changes_(std::move(changes)) {}

  // Stages in `change`, whose base is set, what the view becomes; `metadata` is what it has then.
  // `inputs` gives what its query reads. What is told of it goes to `outcome`.
  engine::WriteResult Stage(const std::string& statement_id,
                            const std::function<std::map<sql::InputId, engine::Input>()>& inputs,
                            const delta::Metadata& metadata, TableChange& change,
                            FlowOutcome& outcome);
  // After the staged change was committed as that version.
  void KeepChanges(const delta::Snapshot& base, delta::Version committed);

 private:
  // Why the view has to be computed anew, whatever changed; nothing when it has not.
  std::optional<sql::IncrementalIssue> MustBeNew(const TableChange& change) const;
  bool Decide(const TableChange& change, FlowOutcome& outcome);
  void Weigh(const delta::Snapshot& base, FlowOutcome& outcome);
  // Sets `clocks_before_`. Nothing where it can be told what clocks said before.
  std::optional<sql::IncrementalIssue> LookAtClocks();
  RefreshWork Work(const delta::Snapshot& base) const;
  bool MustBeIncremental() const;
  [[noreturn]] void Refuse(const FlowOutcome& outcome) const;
  void UseVectors(TableChange& change) const;
  void KeepHistory(RefreshWay way, double took_ms, TableChange& change) const;
  std::optional<engine::WriteResult> TryChanges(
      const std::string& statement_id,
      const std::function<std::map<sql::InputId, engine::Input>()>& inputs, TableChange& change,
      FlowOutcome& outcome);
  void TellChanges(FlowOutcome& outcome) const;

  const Services& services_;
  const PipelineScope& scope_;
  const Dataset& dataset_;
  const Batch batch_;
  sql::RefreshShape shape_;
  RefreshHistory history_;
  RefreshWork work_;
  std::optional<InputChanges> changes_;
  std::optional<Instant> clocks_before_;  // When they were read, where they say something else now.
  std::optional<ViewChanges::Changes> made_;  // Of the view.
};

}  // namespace weir::session
