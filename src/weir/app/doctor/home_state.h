#pragma once

#include <memory>
#include <string>
#include <vector>

#include "weir/app/command_line.h"
#include "weir/app/doctor/finding.h"
#include "weir/catalog/catalog.h"
#include "weir/delta/snapshot_cache.h"
#include "weir/engine/engine.h"
#include "weir/io/disk.h"
#include "weir/io/s3_stores.h"
#include "weir/session/flow_memory.h"
#include "weir/session/session.h"
#include "weir/session/view_changes.h"
#include "weir/state/database.h"

namespace weir::app {

// A home's state and tables, opened only to be read, as far as they can be.
class HomeState {
 public:
  // `clock` and `global` outlive it. Never throws for what is wrong with the home.
  HomeState(const GlobalOptions& global, const std::string& home, const Clock& clock,
            Instant grace);

  // The database: there, whole, of this format. What can't be told without it is left out of the
  // others.
  Finding CheckDatabase() const;
  Findings CheckStatements() const;
  Finding CheckLocks() const;
  // One for each thing that is not well with a table, and one for all.
  Findings CheckTables() const;
  Findings CheckOrphans() const;
  // Whether a statement or an update runs now.
  bool IsInUse() const;

 private:
  struct Holder {
    std::string lock;
    int64_t process = 0;
  };
  std::string DatabaseProblem();
  std::vector<std::string> Damage() const;
  std::vector<Holder> LockHolders() const;
  session::Services services() const;

  const GlobalOptions& global_;
  const std::string home_;
  const Clock& clock_;
  const Instant grace_;
  const std::string principal_;
  mutable io::LocalDisk disk_;
  mutable io::AllStores stores_;
  std::unique_ptr<engine::Engine> engine_;
  mutable delta::SnapshotCache snapshots_;
  mutable session::FlowMemory flows_;
  mutable session::ViewChanges view_changes_;
  connect::Registry connectors_;
  std::unique_ptr<state::Database> database_;
  std::unique_ptr<catalog::Catalog> catalog_;  // Null: the state can't be read.
  std::string problem_;                        // Why.
  bool is_empty_ = false;                      // A home that was never begun: nothing is lost.
};

}  // namespace weir::app
