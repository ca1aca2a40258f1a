#pragma once

#include <list>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "weir/session/cdc_columns.h"
#include "weir/session/cdc_state.h"
#include "weir/session/change_run.h"
#include "weir/session/flow_run.h"
#include "weir/session/held_files.h"
#include "weir/session/named_inputs.h"

namespace weir::session {

// What a batch of events did to its table.
struct CdcOutcome {
  ChangeOutcome committed;
  int64_t upserted = 0;
  int64_t deleted = 0;
  int64_t bytes_written = 0;
  engine::RunStatistics statistics;  // Of reading the events.
};

// One batch of an AUTO CDC flow while it runs. The events are computed once; what they change of
// the state is committed first, then what follows for the table.
class CdcRun {
 public:
  explicit CdcRun(KeepingBatch batch);

  CdcOutcome Run(std::map<sql::InputId, engine::Input> inputs);

 private:
  // cdc_newest.cc: SCD TYPE 1.
  void KeepNewest();
  void KeepNewestValues();
  bool HoldTruncation();
  void MarkTruncation(const std::string& deleted);
  // cdc_history.cc: SCD TYPE 2.
  void KeepHistory();
  std::string EventsByPlace() const;
  void HoldGreaterEvents();
  void ChangeEvents(const std::string& changes);
  std::string History(const std::string& changes) const;
  std::string Moves(const std::string& changes) const;
  // cdc_snapshot.cc
  void KeepSnapshot();
  void CheckKeysAreUnique();
  void KeepLastSnapshot();
  void KeepSnapshots();
  std::string SetValues() const;

  CdcStateLayout Layout();
  void DropOldTombstones();
  void AddNewColumns();
  void HoldEvents(std::map<sql::InputId, engine::Input> inputs);
  void CheckEvents(const engine::RunStatistics& found) const;
  void TakeCounts(const HeldFiles& events);
  // The rows of a text, computed once and known by that name from now on; how many they are.
  int64_t Hold(const std::string& name, const std::string& text);
  int64_t Count(const std::string& text);
  void PutState();
  void PutTable();
  // Commits what a MERGE into the state changes.
  void ChangeState(const std::string& merge);
  void AddToState(const std::string& rows);
  void ChangeTable(const std::string& merge);
  delta::CommitOptions Commit(const std::string& operation) const;
  void CommitTable(TableChange change);

  const KeepingBatch batch_;
  const CdcShape& shape_;
  const CdcColumns columns_;
  const sql::BindOptions options_;
  CdcState state_;
  std::shared_ptr<const delta::Snapshot> state_now_;
  std::vector<std::string> in_state_;  // What values, or leaves, are called there.
  std::shared_ptr<const delta::Snapshot> base_;
  NamedInputs names_;
  std::list<HeldFiles> held_;
  sql::InputId next_input_ = 1;
  CdcOutcome outcome_;
  bool done_ = false;
};

}  // namespace weir::session
