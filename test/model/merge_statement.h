#pragma once

#include "model/statement.h"

namespace weir::test::model {

// A MERGE with clauses of some kinds into a table that holds `now`. One in a few has two rows of
// its source that want to change the same row, which is refused when there is such a row.
Statement DrawMerge(const Content& now, Draw& draw);

}  // namespace weir::test::model
