#pragma once

#include <map>
#include <string>

#include "weir/engine/engine.h"
#include "weir/session/flow_run.h"
#include "weir/session/table_write.h"

// Files that a flow reads again because they changed: allowOverwrites => 'replace'. Rows of a file
// are known by a column of the flow's table that holds `_metadata.file_path`.
// docs/decisions/0049-replaced-files.md
namespace weir::session {

// That the flow's table tells of each of its rows which file it is of, where a source asks for
// that. Throws DiagnosticError.
void RequireFilePaths(const Dataset& dataset, const Flow& flow, const BoundFlow& bound);

// Stages in `change`, whose base is set and which has the new rows, that rows of what those files
// were go away. `inputs` are those of the batch, `bound` as BindFlowInto gives it. Gives how many
// files there were.
size_t RemoveRowsOfChangedFiles(const Services& services, const std::string& statement_id,
                                const BoundFlow& bound,
                                const std::map<sql::InputId, engine::Input>& inputs,
                                const delta::Table& table, TableChange& change);

}  // namespace weir::session
