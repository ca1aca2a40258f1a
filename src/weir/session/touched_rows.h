#pragma once

#include "weir/session/found_rows.h"
#include "weir/session/merge_parts.h"

namespace weir::session {

// Which rows of a table a DELETE, UPDATE or MERGE is about.
struct TouchedRows {
  RowsByFile deleted;  // Or changed.
  RowsByFile looked_at;
  // Of MERGE: whether several rows of the source match one of the table, and whether they would
  // change it.
  bool several_match = false;
  bool several_change = false;
};

// What sql::BoundChange::rows of a DELETE or UPDATE gives.
TouchedRows ReadPickedRows(BatchStream& rows);
// What that, or `placed_rows`, of a MERGE gives. Where it `inserts`, rows that match are looked at
// though nothing changes them: they keep rows of the source from being inserted. What matches is
// added to `source` (null: there are no places).
TouchedRows ReadPairs(BatchStream& pairs, bool inserts, MatchedSource* source);

}  // namespace weir::session
