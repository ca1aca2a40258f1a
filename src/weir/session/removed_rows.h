#pragma once

#include "weir/session/found_rows.h"
#include "weir/session/session.h"
#include "weir/session/table_write.h"

namespace weir::session {

// Stages in `change`, whose base is set, that these rows of its base go away: whole files are
// removed, of others the rows are named by deletion vectors where the table has them and most rows
// stay; else the files are written anew without them. Gives how many rows were copied.
int64_t StageRemoval(const Services& services, const std::string& statement_id,
                     const delta::Table& table, RowsByFile rows, TableChange& change);

}  // namespace weir::session
