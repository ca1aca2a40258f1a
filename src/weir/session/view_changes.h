#pragma once

#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>

#include "weir/delta/snapshot.h"
#include "weir/session/found_batches.h"
#include "weir/sql/plan_changes.h"

namespace weir::session {

// What the last refreshes of views made of them, so that views over those views need not read it
// back from their files: rows that came and went are few, but files have to be read as a whole to
// find them. In memory alone: what is not here is in the table. Safe from many threads.
class ViewChanges {
 public:
  struct Changes {
    sql::HeldChanges kind = sql::HeldChanges::kNone;
    // Columns of the view and a weight; of pairs also file and position of the row that went,
    // whether that is sure, and its values (sql::RefreshStatements::MergeGroups).
    FoundBatches rows;
  };
  // From one version of a table, by its place and Delta id, to the next.
  struct Step {
    std::string table;
    delta::Version before = -1;
    delta::Version now = -1;
    Changes changes;
  };
  struct Found {
    sql::HeldChanges kind;
    engine::RelationInput rows;  // As sql::ChangesOf an input is read.
  };

  static std::string TableKey(const std::string& uri, const std::string& id) {
    return uri + "#" + id;
  }
  void Keep(Step step);
  // Of a table with the columns of `schema`. Nothing where that step is not here, or is of others.
  std::optional<Found> Find(const std::string& table, delta::Version before, delta::Version now,
                            const Schema& schema) const;

 private:
  static constexpr int64_t kMostBytes = int64_t{128} << 20;

  mutable std::mutex mutex_;
  std::list<Step> steps_;  // One of each table, the newest first.
};

}  // namespace weir::session
