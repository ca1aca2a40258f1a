#pragma once

#include <string>

#include "weir/delta/snapshot.h"
#include "weir/delta/table.h"
#include "weir/sql/plan.h"

namespace weir::session {

// All rows of a table, to be written into other files of it.
struct MovedRows {
  sql::PlanPtr rows;         // Its columns, and those that keep the ids of rows.
  delta::Metadata metadata;  // What to write them by: its schema has the latter, too.
  bool keeps_ids = false;
};

// Reads `input`, called `name` for EXPLAIN. Rows keep their ids where the table tracks them and
// its columns have their own names in files.
MovedRows MoveRows(const delta::Snapshot& base, sql::InputId input, const std::string& name);
// The same for files that are to be those of other metadata, which has the same columns.
MovedRows MoveRows(const delta::Snapshot& base, const delta::Metadata& metadata, sql::InputId input,
                   const std::string& name);

// Says in the commit that its rows kept their ids.
void TellIdsAreKept(delta::CommitOptions& commit);

}  // namespace weir::session
