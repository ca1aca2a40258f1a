#pragma once

#include "weir/catalog/catalog.h"
#include "weir/session/session.h"
#include "weir/types/relation.h"

namespace weir::session {

// The files that the streams into a table have taken from folders, as rows:
// cloud_files_state(TABLE(t)). To be asked once the principal was found to manage the table.
BatchSequence CloudFilesStateOf(const Services& services, const catalog::TableInfo& table);

}  // namespace weir::session
